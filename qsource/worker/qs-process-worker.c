/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-process-worker-private.h"

#include <signal.h>
#include <unistd.h>

#include "qs-gsource-private.h"
#include "qs-log-private.h"
#include "qs-program-private.h"
#include "qs-source-error.h"
#include "qs-source-event-private.h"
#include "qs-source.h"
#include "qs-topic.h"
#include "qs-worker-fate-private.h"
#include "qs-worker-ipc.h"
#include "qs-worker-protocol-private.h"
#include "qs-worker-spawn-private.h"

/* A worker ends itself after its shutdown-timeout. If it hasn't this much later,
 * not even that thread of it runs (SIGSTOP, a frozen machine). */
#define KILL_GRACE 1.0

/* How long to wait, after a process has exited, for its last words on the
 * connection: a child that it forked may hold it open for ever. */
#define LINGER 1.0

/* How long to wait for the exit of a process that was killed: a program that
 * handles SIGCHLD itself can hide it. */
#define GIVE_UP 5.0

/*
 * The order of things is `spawn, Hello, Started, Result, closed, exited`, of which
 * any but the last may be missing, and the last two come in either order. Held
 * by itself from start() until it has ended.
 */
struct _QsProcessWorker
{
  QsWorker parent_instance;

  /* Set once, at construction. Owned. */
  QsTopic       *topic;
  QsKafkaConfig *config;
  guint          application;
  char         **argv; /* nullable */
  double         startup_timeout;

  /* Since start(). Owned. */
  GMainContext    *context;
  GSource         *watch; /* for the exit of the process */
  GDBusConnection *connection;
  QsIpcParent     *parent;
  QsIpcPeer       *peer;
  char            *command; /* as it was started, for errors */
  GSource         *timer;   /* the limit of what is waited for now; nullable */

  /* The pid of the source's process; another than the one that was started if
   * that is a wrapper. 0 before Hello. */
  int hello_pid;

  gboolean      reported;    /* Result came, with ... */
  GError       *result;      /* ... this; nullable. Owned. */
  char         *detail;      /* nullable. Owned. */
  char         *stop_reason; /* why it stopped by itself; nullable. Owned. */
  QsWorkerForce force;       /* why it was killed */
  gboolean      ending;      /* the process must end by itself, or the timer ends it */
  gboolean      closed;
  gboolean      exited;      /* with ... */
  int           wait_status; /* ... this */
  gboolean      ended;
};

G_DEFINE_FINAL_TYPE (QsProcessWorker, qs_process_worker, QS_TYPE_WORKER)

static void maybe_end (QsProcessWorker *self);

static const char *
get_name (QsProcessWorker *self)
{
  return qs_base_source_get_name (qs_worker_get_source (QS_WORKER (self)));
}

static double
get_shutdown_timeout (QsProcessWorker *self)
{
  return qs_base_source_get_shutdown_timeout (qs_worker_get_source (QS_WORKER (self)));
}

static void
set_timer (QsProcessWorker *self, double seconds, GSourceFunc callback)
{
  qs_gsource_clear (&self->timer);

  if (seconds < 0 || seconds * 1000 >= G_MAXUINT)
    return;

  self->timer = g_timeout_source_new ((guint) (seconds * 1000));
  g_source_set_callback (self->timer, callback, self, NULL);
  g_source_attach (self->timer, self->context);
}

static gboolean
give_up_cb (gpointer data)
{
  QsProcessWorker *self = data;

  qs_log_warning (get_name (self),
                  NULL,
                  "The end of the worker process (pid %d) was not seen; does this program handle "
                  "or ignore SIGCHLD?",
                  qs_worker_get_pid (QS_WORKER (self)));
  self->exited = TRUE;
  self->closed = TRUE;
  maybe_end (self);

  return G_SOURCE_REMOVE;
}

static void
kill_now (QsProcessWorker *self, QsWorkerForce force)
{
  int pid = qs_worker_get_pid (QS_WORKER (self));

  if (self->force == QS_WORKER_FORCE_NONE)
    self->force = force;

  /* What was started, unless it has been waited for; and behind a wrapper the
   * source's own, which is there as long as it holds the connection. */
  if (!self->exited)
    kill (pid, SIGKILL);
  if (!self->closed && self->hello_pid > 0 && self->hello_pid != pid)
    kill (self->hello_pid, SIGKILL);

  set_timer (self, GIVE_UP, give_up_cb);
}

static gboolean
startup_timeout_cb (gpointer data)
{
  kill_now (data, QS_WORKER_FORCE_STARTUP);
  return G_SOURCE_REMOVE;
}

static gboolean
shutdown_timeout_cb (gpointer data)
{
  kill_now (data, QS_WORKER_FORCE_SHUTDOWN);
  return G_SOURCE_REMOVE;
}

static gboolean
linger_cb (gpointer data)
{
  QsProcessWorker *self = data;

  self->closed = TRUE;
  maybe_end (self);

  return G_SOURCE_REMOVE;
}

/* From now on the process has its shutdown-timeout. */
static void
expect_end (QsProcessWorker *self)
{
  if (self->ending || self->force != QS_WORKER_FORCE_NONE)
    return;

  self->ending = TRUE;
  set_timer (self, get_shutdown_timeout (self) + KILL_GRACE, shutdown_timeout_cb);
}

/* How it ended, which it didn't say itself. */
static GError *
new_fate_error (QsProcessWorker *self)
{
  const QsWorkerFate fate = {
    .name = get_name (self),
    .pid = qs_worker_get_pid (QS_WORKER (self)),
    .command = self->command,
    .startup_timeout = self->startup_timeout,
    .shutdown_timeout = get_shutdown_timeout (self),
    .force = self->force,
    .said_hello = self->hello_pid != 0,
    .stopping = qs_worker_is_stopping (QS_WORKER (self)),
    .stop_reason = self->stop_reason,
    .wait_status = self->wait_status,
  };

  return qs_worker_fate_new_error (&fate);
}

/* Nothing more is heard of the worker. */
static void
disconnect (QsProcessWorker *self)
{
  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  if (self->peer != NULL)
    g_signal_handlers_disconnect_by_data (self->peer, self);
  if (self->parent != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->parent, self);
      g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->parent));
    }

  g_clear_object (&self->peer);
  g_clear_object (&self->parent);
  g_clear_object (&self->connection);
}

static void
maybe_end (QsProcessWorker *self)
{
  g_autoptr (QsProcessWorker) keep = NULL;
  g_autoptr (GError) error = NULL;

  if (self->ended || !self->exited)
    return;

  if (!self->reported && !self->closed)
    {
      set_timer (self, LINGER, linger_cb);
      return;
    }

  /* start() took it. */
  keep = self;
  self->ended = TRUE;
  qs_gsource_clear (&self->timer);
  g_dbus_connection_close (self->connection, NULL, NULL, NULL);
  disconnect (self);

  error = self->reported ? g_steal_pointer (&self->result) : new_fate_error (self);
  qs_worker_emit_ended (QS_WORKER (self), error, self->detail);
}

static void
exited_cb (GPid pid, int wait_status, gpointer user_data)
{
  QsProcessWorker *self = user_data;

  self->exited = TRUE;
  self->wait_status = wait_status;
  maybe_end (self);
}

static void
closed_cb (GDBusConnection *connection,
           gboolean         remote_peer_vanished,
           GError          *error,
           QsProcessWorker *self)
{
  self->closed = TRUE;

  if (self->exited)
    maybe_end (self);
  else
    expect_end (self);
}

/* Which topics this process has created and checked for the source. */
static void
add_topics (QsProcessWorker *self, GVariantDict *settings)
{
  QsBaseSource *source = qs_worker_get_source (QS_WORKER (self));
  QsTopic      *dead_letters = NULL;

  g_variant_dict_insert (settings, QS_WORKER_SETTING_TOPIC, "s", qs_topic_get_name (self->topic));

  if (QS_IS_SOURCE (source))
    dead_letters = qs_source_get_dead_letter_topic (QS_SOURCE (source));
  if (dead_letters != NULL)
    g_variant_dict_insert (
        settings, QS_WORKER_SETTING_DEAD_LETTERS, "s", qs_topic_get_name (dead_letters));
}

static gboolean
handle_hello_cb (QsIpcParent           *parent,
                 GDBusMethodInvocation *invocation,
                 int                    pid,
                 const char            *version,
                 QsProcessWorker       *self)
{
  gboolean     stopping = qs_worker_is_stopping (QS_WORKER (self));
  gboolean     paused = qs_worker_get_paused (QS_WORKER (self));
  GVariantDict settings;

  self->hello_pid = pid;
  if (!self->ending)
    qs_gsource_clear (&self->timer);

  g_variant_dict_init (&settings, NULL);
  g_variant_dict_insert_value (
      &settings, QS_WORKER_SETTING_KAFKA, qs_kafka_config_to_variant (self->config));
  if (qs_worker_get_state (QS_WORKER (self)) != NULL)
    g_variant_dict_insert_value (
        &settings,
        QS_WORKER_SETTING_STATE,
        qs_state_config_to_variant (qs_worker_get_state (QS_WORKER (self))));
  add_topics (self, &settings);
  g_variant_dict_insert (&settings, QS_WORKER_SETTING_STOP, "b", stopping);
  g_variant_dict_insert (&settings, QS_WORKER_SETTING_PAUSED, "b", paused);
  qs_ipc_parent_complete_hello (parent, invocation, g_variant_dict_end (&settings));
  qs_worker_emit_paused (QS_WORKER (self), paused);

  return TRUE;
}

static gboolean
handle_result_cb (QsIpcParent           *parent,
                  GDBusMethodInvocation *invocation,
                  GVariant              *values,
                  QsProcessWorker       *self)
{
  g_autoptr (QsSourceEvent) event = qs_source_event_new_from_variant (values);

  if (!self->reported && event != NULL)
    {
      self->reported = TRUE;
      self->result = g_steal_pointer (&event->error);
      self->detail = g_steal_pointer (&event->detail);
      if (event->stats != NULL)
        qs_worker_emit_stats (QS_WORKER (self), event->stats);

      /* What is left is to exit. */
      expect_end (self);
    }

  qs_ipc_parent_complete_result (parent, invocation);

  return TRUE;
}

static void
note_stopping (QsProcessWorker *self, const GError *reason)
{
  if (reason != NULL && self->stop_reason == NULL)
    self->stop_reason = g_strdup (reason->message);

  if (!qs_worker_is_stopping (QS_WORKER (self)))
    {
      qs_worker_set_stopping (QS_WORKER (self));
      expect_end (self);
    }
}

static void
event_cb (QsIpcPeer *peer, GVariant *values, QsProcessWorker *self)
{
  QsWorker *worker = QS_WORKER (self);
  g_autoptr (QsSourceEvent) event = qs_source_event_new_from_variant (values);

  if (event == NULL)
    return;

  switch (event->type)
    {
    case QS_SOURCE_EVENT_STARTED:
      qs_worker_emit_started (worker, qs_worker_get_pid (worker));
      break;

    case QS_SOURCE_EVENT_CONNECTED:
      qs_worker_emit_connected (worker);
      break;

    case QS_SOURCE_EVENT_CONNECT_FAILED:
      qs_worker_emit_connect_failed (worker, event->error);
      break;

    case QS_SOURCE_EVENT_RECOVERING:
      qs_worker_emit_recovering (worker, event->n_records, event->n_left, event->rate);
      break;

    case QS_SOURCE_EVENT_STOPPING:
      note_stopping (self, event->error);
      break;

    case QS_SOURCE_EVENT_STATS:
      /* One that was overtaken by the result is older than what that said. */
      if (!self->reported)
        qs_worker_emit_stats (worker, event->stats);
      break;

    /* Told in other ways. */
    case QS_SOURCE_EVENT_PAUSED:
    case QS_SOURCE_EVENT_FINISHED:
    case QS_SOURCE_EVENT_FAILED:
    case QS_N_SOURCE_EVENTS:
    default:
      break;
    }
}

static gboolean
export_objects (QsProcessWorker *self, GError **error)
{
  self->parent = qs_ipc_parent_skeleton_new ();
  if (!g_dbus_interface_skeleton_export (
          G_DBUS_INTERFACE_SKELETON (self->parent), self->connection, QS_WORKER_PATH, error))
    return FALSE;

  self->peer = qs_ipc_peer_proxy_new_sync (self->connection,
                                           G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES,
                                           NULL,
                                           QS_WORKER_PATH,
                                           NULL,
                                           error);
  if (self->peer == NULL)
    return FALSE;

  g_signal_connect (self->connection, "closed", G_CALLBACK (closed_cb), self);
  g_signal_connect (self->parent, "handle-hello", G_CALLBACK (handle_hello_cb), self);
  g_signal_connect (self->parent, "handle-result", G_CALLBACK (handle_result_cb), self);
  g_signal_connect (self->peer, "event", G_CALLBACK (event_cb), self);

  return TRUE;
}

static gboolean
spawn (QsProcessWorker *self, GError **error)
{
  g_auto (GStrv) argv = self->argv != NULL ? g_strdupv (self->argv) : qs_program_dup_argv (error);
  int  worker_fd = -1;
  GPid pid = 0;

  if (argv == NULL)
    return FALSE;

  self->command = qs_worker_spawn_describe (argv);
  self->connection = qs_worker_spawn_connection (&worker_fd, error);
  if (self->connection == NULL)
    return FALSE;

  if (export_objects (self, error))
    pid = qs_worker_spawn (argv,
                           self->application,
                           qs_worker_get_partition (QS_WORKER (self)),
                           get_name (self),
                           worker_fd,
                           error);
  close (worker_fd);
  if (pid == 0)
    return FALSE;

  qs_worker_set_pid (QS_WORKER (self), pid);
  self->watch = g_child_watch_source_new (pid);
  g_source_set_callback (self->watch, G_SOURCE_FUNC (exited_cb), self, NULL);
  g_source_attach (self->watch, self->context);

  return TRUE;
}

static gboolean
qs_process_worker_start (QsWorker *worker, GError **error)
{
  QsProcessWorker *self = QS_PROCESS_WORKER (worker);
  g_autoptr (GError) local_error = NULL;

  self->context = g_main_context_ref_thread_default ();

  if (!spawn (self, &local_error))
    {
      g_autoptr (GString) why = g_string_new (local_error->message);

      /* GLib's quotes are not for every terminal. */
      g_string_replace (why, "\342\200\234", "'", 0);
      g_string_replace (why, "\342\200\235", "'", 0);
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_NOT_STARTED,
                   "Cannot start a worker process for source '%s'%s%s: %s. Check "
                   "QsApplication:worker-argv, or set QsApplication:isolation to thread",
                   get_name (self),
                   self->command != NULL ? " as: " : "",
                   self->command != NULL ? self->command : "",
                   why->str);
      return FALSE;
    }

  qs_log_debug (get_name (self),
                NULL,
                "Worker process %d is started as: %s",
                qs_worker_get_pid (worker),
                self->command);

  /* Until it has ended. */
  g_object_ref (self);
  g_dbus_connection_start_message_processing (self->connection);
  set_timer (self, self->startup_timeout, startup_timeout_cb);

  return TRUE;
}

static void
qs_process_worker_stop (QsWorker *worker)
{
  QsProcessWorker *self = QS_PROCESS_WORKER (worker);

  /* Before Hello it is told in the answer to that. */
  if (self->hello_pid != 0 && !self->closed)
    qs_ipc_peer_call_stop (self->peer, NULL, NULL, NULL);

  if (!self->exited)
    expect_end (self);
}

typedef struct
{
  QsProcessWorker *worker; /* owned */
  gboolean         is_paused;
} PauseCall;

static void
set_paused_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PauseCall *call = user_data;

  /* A worker that can't answer is at its end, which is told in its own way. */
  if (qs_ipc_peer_call_set_paused_finish (QS_IPC_PEER (object), result, NULL))
    qs_worker_emit_paused (QS_WORKER (call->worker), call->is_paused);

  g_object_unref (call->worker);
  g_free (call);
}

static void
qs_process_worker_set_paused (QsWorker *worker, gboolean is_paused)
{
  QsProcessWorker *self = QS_PROCESS_WORKER (worker);
  PauseCall       *call = NULL;

  /* Before Hello it is told in the answer to that. */
  if (self->hello_pid == 0 || self->closed)
    return;

  call = g_new (PauseCall, 1);
  call->worker = g_object_ref (self);
  call->is_paused = is_paused;
  qs_ipc_peer_call_set_paused (self->peer, is_paused, NULL, set_paused_cb, call);
}

static void
qs_process_worker_kill (QsWorker *worker)
{
  QsProcessWorker *self = QS_PROCESS_WORKER (worker);

  if (!self->exited)
    kill_now (self, QS_WORKER_FORCE_KILL);
}

static void
qs_process_worker_dispose (GObject *object)
{
  QsProcessWorker *self = QS_PROCESS_WORKER (object);

  qs_gsource_clear (&self->timer);
  disconnect (self);
  qs_gsource_clear (&self->watch);

  G_OBJECT_CLASS (qs_process_worker_parent_class)->dispose (object);
}

static void
qs_process_worker_finalize (GObject *object)
{
  QsProcessWorker *self = QS_PROCESS_WORKER (object);

  g_clear_object (&self->topic);
  g_clear_pointer (&self->config, qs_kafka_config_unref);
  g_clear_pointer (&self->argv, g_strfreev);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->command, g_free);
  g_clear_pointer (&self->detail, g_free);
  g_clear_pointer (&self->stop_reason, g_free);
  g_clear_error (&self->result);

  G_OBJECT_CLASS (qs_process_worker_parent_class)->finalize (object);
}

static void
qs_process_worker_class_init (QsProcessWorkerClass *klass)
{
  GObjectClass  *object_class = G_OBJECT_CLASS (klass);
  QsWorkerClass *worker_class = QS_WORKER_CLASS (klass);

  object_class->dispose = qs_process_worker_dispose;
  object_class->finalize = qs_process_worker_finalize;
  worker_class->start = qs_process_worker_start;
  worker_class->stop = qs_process_worker_stop;
  worker_class->kill = qs_process_worker_kill;
  worker_class->set_paused = qs_process_worker_set_paused;
}

static void
qs_process_worker_init (QsProcessWorker *self)
{
}

QsWorker *
qs_process_worker_new (QsBaseSource      *source,
                       QsTopic           *topic,
                       QsKafkaConfig     *config,
                       guint              application,
                       const char *const *argv,
                       double             startup_timeout)
{
  QsProcessWorker *self = g_object_new (QS_TYPE_PROCESS_WORKER, "source", source, NULL);

  self->topic = g_object_ref (topic);
  self->config = qs_kafka_config_ref (config);
  self->application = application;
  self->argv = g_strdupv ((char **) argv);
  self->startup_timeout = startup_timeout;

  return QS_WORKER (self);
}
