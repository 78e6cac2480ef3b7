/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-worker-control-private.h"

#include <errno.h>
#include <gio/gunixconnection.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "qs-callback-private.h"
#include "qs-deadline-private.h"
#include "qs-log-private.h"
#include "qs-program-private.h"
#include "qs-source-error.h"
#include "qs-version.h"
#include "qs-worker-fate-private.h"
#include "qs-worker-ipc.h"
#include "qs-worker-protocol-private.h"
#include "qs-worker-stdin-private.h"

/* How often to look whether what is counted has changed; less often when it hasn't for so many
 * looks, so that an idle source lets the processor sleep. */
#define STATS_INTERVAL_MS 1000
#define IDLE_INTERVAL_MS 2000
#define IDLE_LOOKS 10

/* How long the parent may take to hear how the source ended, and stdio to be
 * flushed: it may stand in a debugger, or nobody read our output. */
#define RESULT_TIMEOUT_MS 10000
#define EXIT_TIMEOUT 5.0

/* How long, in seconds, the parent may be behind with a signal that both have got. */
#define PARENT_TIMEOUT 1.0

struct _QsWorkerControl
{
  /* Set before the thread answers anything; then only read. Owned, but for the
   * source and its run, which last as long as the process. */
  char            *name;
  QsBaseSource    *source;
  QsSourceRun     *run;
  double           shutdown_timeout;
  gboolean         ignores_hang_up; /* as under nohup */
  gboolean         stop_on_main;    /* stop() must be called on the main thread */
  GMainContext    *context;
  GDBusConnection *connection;
  QsIpcPeer       *peer;
  QsIpcParent     *parent;
  pid_t            parent_pid; /* not above 0 where it can't be seen */

  /* Of the control thread only. */
  gboolean  stopping;
  GVariant *stats;  /* the last that were reported */
  guint     n_idle; /* looks since then */

  /* Atomic: somebody reports and exits. */
  int finishing;

  /* Atomic: somebody else's signal, which made it stop; 0 = none did. */
  int signal_number;

  GMutex   lock;
  GCond    cond;
  gboolean ready;        /* the thread answers, or ... */
  GError  *error;        /* ... can't */
  gboolean parent_stops; /* it was asked by the parent, or that is gone */
};

/* A helper thread takes no signal that the user's code could handle: its handler
 * must interrupt the main thread. */
static void
start_thread (const char *name, GThreadFunc func, gpointer data)
{
  const int synchronous[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
  sigset_t  blocked, old;

  sigfillset (&blocked);
  for (guint i = 0; i < G_N_ELEMENTS (synchronous); i++)
    sigdelset (&blocked, synchronous[i]);

  pthread_sigmask (SIG_BLOCK, &blocked, &old);
  g_thread_unref (g_thread_new (name, func, data));
  pthread_sigmask (SIG_SETMASK, &old, NULL);
}

/* Touches nothing that another thread could hold: only so it is sure to come. */
static gpointer
watchdog_thread_func (gpointer data)
{
  gint64 deadline = *(gint64 *) data;

  while (!qs_deadline_passed (deadline))
    g_usleep ((gulong) qs_deadline_slice (deadline, 60 * 1000) * 1000);

  _exit (QS_WORKER_EXIT_WATCHDOG);
}

static void
arm_watchdog (double seconds)
{
  gint64 deadline = qs_deadline_after (seconds);

  if (deadline != G_MAXINT64)
    start_thread ("qs-watchdog", watchdog_thread_func, g_memdup2 (&deadline, sizeof deadline));
}

static gpointer
stop_thread_func (gpointer data)
{
  sigset_t none;

  /* Restore a shell's signal mask for processes that the user's stop() starts. */
  sigemptyset (&none);
  pthread_sigmask (SIG_SETMASK, &none, NULL);
  qs_base_source_stop (data);

  return NULL;
}

static gboolean
stop_on_main_cb (gpointer data)
{
  qs_base_source_stop (data);
  return G_SOURCE_REMOVE;
}

/* Context: the control thread. */
static void
begin_stop (QsWorkerControl *self, const char *reason)
{
  g_autoptr (GError) error =
      reason != NULL ? qs_source_event_new_error ("", QS_SOURCE_ERROR_FAILED, reason) : NULL;
  const QsSourceEvent event = { .type = QS_SOURCE_EVENT_STOPPING, .error = error };

  if (self->stopping)
    return;
  self->stopping = TRUE;

  /* First of all, since cancelling may call handlers of the user's. */
  arm_watchdog (self->shutdown_timeout);
  qs_ipc_peer_emit_event (self->peer, qs_source_event_to_variant (&event));

  if (self->source == NULL)
    return;

  qs_source_run_expect_stop (self->run);
  qs_source_run_cancel (self->run);

  /* Some languages run functions in their own thread only. */
  if (self->stop_on_main)
    g_idle_add_full (G_PRIORITY_DEFAULT, stop_on_main_cb, self->source, NULL);
  else
    start_thread ("qs-stop", stop_thread_func, self->source);
}

typedef struct
{
  QsWorkerControl *control;
  char            *reason;
} StopRequest;

static gboolean
stop_request_cb (gpointer data)
{
  StopRequest *request = data;

  begin_stop (request->control, request->reason);
  return G_SOURCE_REMOVE;
}

static void
stop_request_free (gpointer data)
{
  StopRequest *request = data;

  g_free (request->reason);
  g_free (request);
}

static void
note_parent_stops (QsWorkerControl *self)
{
  g_mutex_lock (&self->lock);
  self->parent_stops = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

static gboolean
handle_stop_cb (QsIpcPeer *peer, GDBusMethodInvocation *invocation, QsWorkerControl *self)
{
  note_parent_stops (self);
  begin_stop (self, NULL);
  qs_ipc_peer_complete_stop (peer, invocation);

  return TRUE;
}

static gboolean
handle_set_paused_cb (QsIpcPeer             *peer,
                      GDBusMethodInvocation *invocation,
                      gboolean               paused,
                      QsWorkerControl       *self)
{
  if (self->run != NULL)
    qs_source_run_set_paused (self->run, paused);
  qs_ipc_peer_complete_set_paused (peer, invocation);

  return TRUE;
}

static void
closed_cb (GDBusConnection *connection,
           gboolean         remote_peer_vanished,
           GError          *error,
           QsWorkerControl *self)
{
  qs_log_debug (self->name, NULL, "The connection to the parent is closed, stopping");
  note_parent_stops (self);
  begin_stop (self, NULL);
}

/* The parent requests a stop. If it got the same signal, as from a terminal or a service manager,
 * that request is still to come. */
static void
handle_signal (QsWorkerControl *self, int signal_number)
{
  g_autoptr (GError) error = qs_worker_fate_new_signal_error (self->name, getpid (), signal_number);

  if (self->stopping)
    return;

  g_atomic_int_set (&self->signal_number, signal_number);
  begin_stop (self, error->message);
}

static gboolean
terminate_cb (gpointer data)
{
  handle_signal (data, SIGTERM);
  return G_SOURCE_CONTINUE;
}

static gboolean
interrupt_cb (gpointer data)
{
  handle_signal (data, SIGINT);
  return G_SOURCE_CONTINUE;
}

static gboolean
hang_up_cb (gpointer data)
{
  handle_signal (data, SIGHUP);
  return G_SOURCE_CONTINUE;
}

static void attach_source (QsWorkerControl *self, GSource *source, GSourceFunc callback);

static gboolean
tick_cb (gpointer data)
{
  QsWorkerControl *self = data;
  gboolean         was_idle = self->n_idle >= IDLE_LOOKS;
  gboolean         is_idle = FALSE;
  g_autoptr (GVariant) stats = NULL;

  /* The connection stays open as long as some child that the parent forked
   * has a copy of its end. */
  if (self->parent_pid > 0 && kill (self->parent_pid, 0) != 0 && errno == ESRCH)
    begin_stop (self, NULL);

  stats = self->run != NULL ? qs_source_run_dup_stats (self->run) : NULL;
  if (stats != NULL && (self->stats == NULL || !g_variant_equal (stats, self->stats)))
    {
      const QsSourceEvent event = { .type = QS_SOURCE_EVENT_STATS, .stats = stats };

      qs_ipc_peer_emit_event (self->peer, qs_source_event_to_variant (&event));
      g_clear_pointer (&self->stats, g_variant_unref);
      self->stats = g_steal_pointer (&stats);
      self->n_idle = 0;
    }
  else if (self->n_idle < IDLE_LOOKS)
    {
      self->n_idle++;
    }

  is_idle = self->n_idle >= IDLE_LOOKS;
  if (is_idle == was_idle)
    return G_SOURCE_CONTINUE;

  attach_source (
      self, g_timeout_source_new (is_idle ? IDLE_INTERVAL_MS : STATS_INTERVAL_MS), tick_cb);
  return G_SOURCE_REMOVE;
}

static void
attach_source (QsWorkerControl *self, GSource *source, GSourceFunc callback)
{
  g_source_set_callback (source, callback, self, NULL);
  g_source_attach (source, self->context);
  g_source_unref (source);
}

/* Context: the control thread, with its main context pushed: that is where the
 * connection and what is exported on it will call back. */
static gboolean
connect_to_parent (QsWorkerControl *self, int fd, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GCredentials) credentials = NULL;

  if (socket == NULL)
    return FALSE;

  credentials = g_socket_get_credentials (socket, NULL);
  if (credentials != NULL)
    self->parent_pid = g_credentials_get_unix_pid (credentials, NULL);

  stream = g_socket_connection_factory_create_connection (socket);
  if (!g_unix_connection_send_credentials (G_UNIX_CONNECTION (stream), NULL, error))
    return FALSE;

  /* Without authentication: nobody but the two of us has an end of it. */
  self->connection = g_dbus_connection_new_sync (G_IO_STREAM (stream),
                                                 NULL,
                                                 G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                                 NULL,
                                                 NULL,
                                                 error);
  if (self->connection == NULL)
    return FALSE;

  g_signal_connect (self->connection, "closed", G_CALLBACK (closed_cb), self);

  self->peer = qs_ipc_peer_skeleton_new ();
  g_signal_connect (self->peer, "handle-stop", G_CALLBACK (handle_stop_cb), self);
  g_signal_connect (self->peer, "handle-set-paused", G_CALLBACK (handle_set_paused_cb), self);
  if (!g_dbus_interface_skeleton_export (
          G_DBUS_INTERFACE_SKELETON (self->peer), self->connection, QS_WORKER_PATH, error))
    return FALSE;

  self->parent = qs_ipc_parent_proxy_new_sync (self->connection,
                                               G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES,
                                               NULL,
                                               QS_WORKER_PATH,
                                               NULL,
                                               error);
  if (self->parent == NULL)
    return FALSE;

  /* Both calls have their own limits. */
  g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (self->parent), G_MAXINT);
  g_dbus_connection_start_message_processing (self->connection);

  return TRUE;
}

typedef struct
{
  QsWorkerControl *control;
  int              fd;
} ThreadData;

static gpointer
control_thread_func (gpointer data)
{
  g_autofree ThreadData *thread_data = data;
  QsWorkerControl       *self = thread_data->control;
  g_autoptr (GMainLoop) loop = g_main_loop_new (self->context, FALSE);
  g_autoptr (GError) error = NULL;

  g_main_context_push_thread_default (self->context);

  if (connect_to_parent (self, thread_data->fd, &error))
    {
      attach_source (self, g_unix_signal_source_new (SIGTERM), terminate_cb);
      attach_source (self, g_unix_signal_source_new (SIGINT), interrupt_cb);
      if (!self->ignores_hang_up)
        attach_source (self, g_unix_signal_source_new (SIGHUP), hang_up_cb);
      attach_source (self, g_timeout_source_new (STATS_INTERVAL_MS), tick_cb);
    }

  g_mutex_lock (&self->lock);
  self->error = g_steal_pointer (&error);
  self->ready = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);

  /* For ever: it ends with the process. */
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (self->context);

  return NULL;
}

QsWorkerControl *
qs_worker_control_new (const char *name, gboolean ignores_hang_up)
{
  QsWorkerControl *self = g_new0 (QsWorkerControl, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->name = g_strdup (name);
  self->context = g_main_context_new ();
  self->shutdown_timeout = EXIT_TIMEOUT;
  self->ignores_hang_up = ignores_hang_up;

  return self;
}

gboolean
qs_worker_control_start (QsWorkerControl *self,
                         int              fd,
                         QsBaseSource    *source,
                         QsSourceRun     *run,
                         GError         **error)
{
  ThreadData *data = g_new0 (ThreadData, 1);

  self->source = source;
  self->run = run;
  if (source != NULL)
    {
      self->shutdown_timeout = qs_base_source_get_shutdown_timeout (source);
      self->stop_on_main = qs_callback_has_thread (G_OBJECT_TYPE (source));
    }

  data->control = self;
  data->fd = fd;
  start_thread ("qs-control", control_thread_func, data);

  g_mutex_lock (&self->lock);
  while (!self->ready)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);

  if (self->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->error));
      return FALSE;
    }

  return TRUE;
}

GVariant *
qs_worker_control_hello (QsWorkerControl *self, GCancellable *cancellable, GError **error)
{
  g_autofree char *version = g_strdup_printf ("%u.%u", QS_MAJOR_VERSION, QS_MINOR_VERSION);
  GVariant        *settings = NULL;

  if (!qs_ipc_parent_call_hello_sync (self->parent, version, &settings, cancellable, error))
    return NULL;

  return settings;
}

static void
stop_soon (QsWorkerControl *self, const char *reason)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  StopRequest *request = g_new0 (StopRequest, 1);

  request->control = self;
  request->reason = qs_source_event_dup_text (reason);

  /* Not g_main_context_invoke(), which may call it in this thread. */
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, stop_request_cb, request, stop_request_free);
  g_source_attach (source, self->context);
}

gboolean
qs_worker_control_tell (const QsSourceEvent *event, gpointer control)
{
  QsWorkerControl *self = control;

  /* The stop is reported when it happens. */
  if (event->type == QS_SOURCE_EVENT_STOPPING)
    stop_soon (self, event->error->message);
  else
    qs_ipc_peer_emit_event (self->peer, qs_source_event_to_variant (event));

  /* Out of this process before the user's code can end it. */
  if (event->type == QS_SOURCE_EVENT_STARTED)
    g_dbus_connection_flush_sync (self->connection, NULL, NULL);

  return TRUE;
}

static void
report (QsWorkerControl *self, const GError *error, const char *detail)
{
  g_autoptr (GVariant) stats = self->run != NULL ? qs_source_run_dup_stats (self->run) : NULL;
  g_autoptr (GError) local_error = NULL;
  const QsSourceEvent event = {
    .type = error != NULL ? QS_SOURCE_EVENT_FAILED : QS_SOURCE_EVENT_FINISHED,
    .signal_number = g_atomic_int_get (&self->signal_number),
    .error = (GError *) error,
    .detail = (char *) detail,
    .stats = stats,
  };

  g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (self->parent), RESULT_TIMEOUT_MS);
  if (!qs_ipc_parent_call_result_sync (
          self->parent, qs_source_event_to_variant (&event), NULL, &local_error))
    qs_log_debug (self->name,
                  NULL,
                  "Cannot report the end of the source to the parent: %s",
                  local_error->message);
}

/* A source that another process's signal has stopped has failed, unless the parent is stopping,
 * too; its request might be late. transfer full */
static GError *
new_signal_error (QsWorkerControl *self)
{
  gint64   deadline = qs_deadline_after (PARENT_TIMEOUT);
  int      signal_number = g_atomic_int_get (&self->signal_number);
  gboolean parent_stops = FALSE;

  if (signal_number == 0)
    return NULL;

  g_mutex_lock (&self->lock);
  while (!self->parent_stops && g_cond_wait_until (&self->cond, &self->lock, deadline))
    ;
  parent_stops = self->parent_stops;
  g_mutex_unlock (&self->lock);

  return parent_stops ? NULL
                      : qs_worker_fate_new_signal_error (self->name, getpid (), signal_number);
}

int
qs_worker_control_end (QsWorkerControl *self, const GError *error, const char *detail)
{
  g_autoptr (GError) signal_error = NULL;
  g_autoptr (GError) explained = qs_worker_stdin_explain (error);

  /* The second caller waits for the exit of the first one. */
  while (!g_atomic_int_compare_and_exchange (&self->finishing, FALSE, TRUE))
    g_usleep (G_USEC_PER_SEC);

  if (error == NULL)
    error = signal_error = new_signal_error (self);
  report (self, explained != NULL ? explained : error, detail);

  /* The end of the program might hang, or the reader of our output. */
  arm_watchdog (self->shutdown_timeout);

  return error == NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}

void
qs_worker_control_finish (QsWorkerControl *self, const GError *error, const char *detail)
{
  qs_program_exit (qs_worker_control_end (self, error, detail));
}
