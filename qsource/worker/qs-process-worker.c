/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-process-worker-private.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qs-gsource-private.h"
#include "qs-log-private.h"
#include "qs-process-private.h"
#include "qs-source-error.h"
#include "qs-source-event-private.h"
#include "qs-source.h"
#include "qs-topic.h"
#include "qs-worker-fate-private.h"
#include "qs-worker-link-private.h"
#include "qs-worker-protocol-private.h"
#include "qs-worker-spawn-private.h"

/* A worker ends itself after its shutdown-timeout. If it hasn't this much later,
 * not even that thread of it runs (SIGSTOP, a frozen machine). */
#define KILL_GRACE 1.0

/* How long to wait, after a process has exited, for its last words on the
 * connection: a child that it forked may hold it open for ever. */
#define LINGER 1.0

/* How long to wait for the exit of a process that was killed. */
#define GIVE_UP 5.0

/* The phase of the process; it only advances. */
typedef enum
{
  PROCESS_NEW,
  PROCESS_SPAWNED,  /* it is there */
  PROCESS_AT_WORK,  /* Hello: it has reached run() */
  PROCESS_REPORTED, /* Result: what is left is to exit */
  PROCESS_OVER,     /* that was reported */
} ProcessPhase;

/* The awaited event, limited by the timer. */
typedef enum
{
  LIMIT_NONE,
  LIMIT_STARTUP,  /* until Hello */
  LIMIT_SHUTDOWN, /* until it has exited by itself */
  LIMIT_LINGER,   /* until it is heard of no more */
  LIMIT_GIVE_UP,  /* until it has exited by force */
} Limit;

/*
 * The order of things is `spawn, greeting, Hello, Started, Result, closed, exited`, of
 * which any but the last may be missing, and the last two come in either order. Held
 * by itself from start() until it has ended.
 */
struct _QsProcessWorker
{
  QsWorker parent_instance;

  /* Set once, at construction. */
  QsTopic                *topic;    /* owned */
  const QsWorkerSettings *settings; /* not owned */

  ProcessPhase phase;
  QsWorkerLink link;
  Limit        limit;

  /* Since start(). Owned. */
  GMainContext *context;
  char         *command; /* as it was started, for errors */
  GSource      *timer;   /* of the limit; nullable */
  GSource      *watch;   /* for the exit of what was started; NULL: it has */

  /* The process that was started; another one might be at the other end of the connection. */
  QsProcess started;

  QsSourceEvent *report;      /* Result; NULL before. Owned. */
  char          *stop_reason; /* why it stopped by itself; nullable. Owned. */
  QsWorkerForce  force;       /* why it was killed */
  int            wait_status; /* once it has exited; -1: nobody knows */
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
set_phase (QsProcessWorker *self, ProcessPhase phase)
{
  g_assert (phase > self->phase);

  self->phase = phase;
}

static gboolean
has_exited (QsProcessWorker *self)
{
  return self->phase > PROCESS_NEW && self->watch == NULL;
}

static void
set_exited (QsProcessWorker *self, int wait_status)
{
  qs_gsource_clear (&self->watch);
  self->wait_status = wait_status;
}

static gboolean timer_cb (gpointer data);

static void
set_limit (QsProcessWorker *self, Limit limit, double seconds)
{
  qs_gsource_clear (&self->timer);
  self->limit = limit;

  if (seconds < 0 || seconds * 1000 >= G_MAXUINT)
    return;

  self->timer = g_timeout_source_new ((guint) (seconds * 1000));
  g_source_set_callback (self->timer, timer_cb, self, NULL);
  g_source_attach (self->timer, self->context);
}

static void
kill_now (QsProcessWorker *self, QsWorkerForce force)
{
  if (self->force == QS_WORKER_FORCE_NONE)
    self->force = force;

  /* The process that was started, unless it was reaped; and, behind a wrapper, the source's own,
   * which exists as long as it holds the connection. */
  if (!has_exited (self))
    qs_process_kill (&self->started);
  if (self->link.phase == QS_WORKER_LINK_OPEN && self->link.process.pid != self->started.pid)
    qs_process_kill (&self->link.process);

  set_limit (self, LIMIT_GIVE_UP, GIVE_UP);
}

static void
give_up (QsProcessWorker *self)
{
  qs_worker_fate_warn_of_unseen (get_name (self), qs_worker_get_pid (QS_WORKER (self)));
  set_exited (self, -1);
  qs_worker_link_close (&self->link, self);
  maybe_end (self);
}

static void
warn_of_end (QsProcessWorker *self)
{
  if (self->phase == PROCESS_REPORTED)
    qs_worker_fate_warn_of_slow_end (
        get_name (self), qs_worker_get_pid (QS_WORKER (self)), get_shutdown_timeout (self));
}

static gboolean
timer_cb (gpointer data)
{
  QsProcessWorker *self = data;

  switch (self->limit)
    {
    case LIMIT_STARTUP:
      kill_now (self, QS_WORKER_FORCE_STARTUP);
      break;

    case LIMIT_SHUTDOWN:
      warn_of_end (self);
      kill_now (self, QS_WORKER_FORCE_SHUTDOWN);
      break;

    case LIMIT_LINGER:
      qs_worker_link_close (&self->link, self);
      maybe_end (self);
      break;

    case LIMIT_GIVE_UP:
      give_up (self);
      break;

    case LIMIT_NONE:
    default:
      g_assert_not_reached ();
    }

  return G_SOURCE_REMOVE;
}

/* From now on the process has its shutdown-timeout. */
static void
expect_end (QsProcessWorker *self)
{
  if (self->limit != LIMIT_SHUTDOWN && self->limit != LIMIT_GIVE_UP)
    set_limit (self, LIMIT_SHUTDOWN, get_shutdown_timeout (self) + KILL_GRACE);
}

/* How it ended, which it didn't say itself. */
static GError *
new_fate_error (QsProcessWorker *self)
{
  const QsWorkerFate fate = {
    .name = get_name (self),
    .pid = qs_worker_get_pid (QS_WORKER (self)),
    .command = self->command,
    .startup_timeout = self->settings->startup_timeout,
    .shutdown_timeout = get_shutdown_timeout (self),
    .force = self->force,
    .said_hello = self->phase >= PROCESS_AT_WORK,
    .stopping = qs_worker_is_stopping (QS_WORKER (self)),
    .stop_reason = self->stop_reason,
    .wait_status = self->wait_status,
  };

  return qs_worker_fate_new_error (&fate);
}

static void
maybe_end (QsProcessWorker *self)
{
  g_autoptr (QsProcessWorker) keep = NULL;
  g_autoptr (GError) error = NULL;
  QsSourceEvent event = { 0 };

  if (self->phase == PROCESS_OVER || !has_exited (self))
    return;

  if (self->phase != PROCESS_REPORTED && self->link.phase != QS_WORKER_LINK_CLOSED)
    {
      set_limit (self, LIMIT_LINGER, LINGER);
      return;
    }

  /* start() took it. */
  keep = self;
  error = self->report != NULL ? g_steal_pointer (&self->report->error) : new_fate_error (self);
  set_phase (self, PROCESS_OVER);
  set_limit (self, LIMIT_NONE, -1);
  qs_worker_link_close (&self->link, self);

  event = (QsSourceEvent){
    .type = error != NULL ? QS_SOURCE_EVENT_FAILED : QS_SOURCE_EVENT_FINISHED,
    .error = error,
    .detail = self->report != NULL ? self->report->detail : NULL,
  };
  qs_worker_tell (QS_WORKER (self), &event);
}

static gboolean
exited_cb (int wait_status, gpointer user_data)
{
  QsProcessWorker *self = user_data;

  if (self->phase == PROCESS_REPORTED && WIFEXITED (wait_status) &&
      WEXITSTATUS (wait_status) == QS_WORKER_EXIT_WATCHDOG)
    warn_of_end (self);

  set_exited (self, wait_status);
  maybe_end (self);

  return G_SOURCE_REMOVE;
}

static void
note_closed (QsProcessWorker *self)
{
  qs_worker_link_close (&self->link, self);

  if (has_exited (self))
    maybe_end (self);
  else
    expect_end (self);
}

static void
closed_cb (GDBusConnection *connection,
           gboolean         remote_peer_vanished,
           GError          *error,
           QsProcessWorker *self)
{
  note_closed (self);
}

static GVariant *
make_settings (QsProcessWorker *self)
{
  QsWorker            *worker = QS_WORKER (self);
  QsBaseSource        *source = qs_worker_get_source (worker);
  const QsWorkerOrders orders = {
    .config = self->settings->config,
    .state = qs_worker_get_state (worker),
    .topic = self->topic,
    .dead_letters =
        QS_IS_SOURCE (source) ? qs_source_get_dead_letter_topic (QS_SOURCE (source)) : NULL,
    .stop = qs_worker_is_stopping (worker),
    .paused = qs_worker_get_paused (worker),
  };

  return qs_worker_protocol_make_settings (&orders);
}

static gboolean
handle_hello_cb (QsIpcParent           *parent,
                 GDBusMethodInvocation *invocation,
                 const char            *version,
                 QsProcessWorker       *self)
{
  const QsSourceEvent paused = {
    .type = QS_SOURCE_EVENT_PAUSED,
    .is_paused = qs_worker_get_paused (QS_WORKER (self)),
  };

  /* No worker says it twice; one that does so without end gets no more of our time. */
  if (self->phase >= PROCESS_AT_WORK)
    {
      g_dbus_method_invocation_return_error_literal (
          invocation, G_DBUS_ERROR, G_DBUS_ERROR_FAILED, "Hello was said");
      kill_now (self, QS_WORKER_FORCE_PROTOCOL);
      note_closed (self);
      return TRUE;
    }

  set_phase (self, PROCESS_AT_WORK);
  if (self->limit == LIMIT_STARTUP)
    set_limit (self, LIMIT_NONE, -1);

  qs_ipc_parent_complete_hello (parent, invocation, make_settings (self));
  qs_worker_tell (QS_WORKER (self), &paused);

  return TRUE;
}

static gboolean
handle_result_cb (QsIpcParent           *parent,
                  GDBusMethodInvocation *invocation,
                  GVariant              *values,
                  QsProcessWorker       *self)
{
  g_autoptr (QsSourceEvent) event = qs_source_event_new_from_variant (values);

  if (self->phase == PROCESS_AT_WORK && event != NULL)
    {
      const QsSourceEvent stats = { .type = QS_SOURCE_EVENT_STATS, .stats = event->stats };

      /* By a signal that this process got and obeys, too. */
      if (qs_worker_fate_is_signal (event->signal_number, event->error) &&
          qs_worker_get_phase (QS_WORKER (self)) == QS_WORKER_STOPPING)
        g_clear_error (&event->error);
      if (event->stats != NULL)
        qs_worker_tell (QS_WORKER (self), &stats);
      self->report = g_steal_pointer (&event);
      set_phase (self, PROCESS_REPORTED);

      /* Only the exit is left. */
      expect_end (self);
    }

  qs_ipc_parent_complete_result (parent, invocation);

  return TRUE;
}

static void
event_cb (QsIpcPeer *peer, GVariant *values, QsProcessWorker *self)
{
  g_autoptr (QsSourceEvent) event = qs_source_event_new_from_variant (values);

  /* Older than the result that has overtaken it, or an end, which only results report. */
  if (event == NULL || self->phase != PROCESS_AT_WORK || event->type == QS_SOURCE_EVENT_FINISHED ||
      event->type == QS_SOURCE_EVENT_FAILED)
    return;

  if (event->type == QS_SOURCE_EVENT_STARTED)
    event->pid = qs_worker_get_pid (QS_WORKER (self));
  if (event->type == QS_SOURCE_EVENT_STOPPING && event->error != NULL && self->stop_reason == NULL)
    self->stop_reason = g_strdup (event->error->message);

  qs_worker_tell (QS_WORKER (self), event);
  if (event->type == QS_SOURCE_EVENT_STOPPING)
    expect_end (self);
}

/* Somebody has connected, as the kernel says who. */
static gboolean
greeting_cb (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  static const QsWorkerLinkHandlers handlers = {
    .hello = G_CALLBACK (handle_hello_cb),
    .result = G_CALLBACK (handle_result_cb),
    .event = G_CALLBACK (event_cb),
    .closed = G_CALLBACK (closed_cb),
  };
  QsProcessWorker *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!qs_worker_link_accept (&self->link, &handlers, self, &error))
    {
      qs_log_debug (get_name (self), NULL, "No worker has connected: %s", error->message);
      note_closed (self);
    }

  return G_SOURCE_REMOVE;
}

static gboolean
spawn (QsProcessWorker *self, GError **error)
{
  guint application = 0;
  g_auto (GStrv) argv =
      qs_worker_spawn_dup_argv (QS_WORKER (self), self->settings, &application, error);
  int  worker_fd = -1;
  GPid pid = 0;

  if (argv == NULL)
    return FALSE;

  self->command = qs_worker_spawn_describe (argv);
  if (!qs_worker_link_listen (&self->link, self->context, greeting_cb, self, &worker_fd, error))
    return FALSE;

  pid = qs_worker_spawn (argv,
                         application,
                         qs_worker_get_partition (QS_WORKER (self)),
                         get_name (self),
                         worker_fd,
                         self->settings->has_stdin,
                         error);
  close (worker_fd);
  if (pid == 0)
    return FALSE;

  set_phase (self, PROCESS_SPAWNED);
  qs_worker_set_pid (QS_WORKER (self), pid);
  qs_process_open (&self->started, pid);
  self->watch = qs_process_watch (&self->started, self->context, exited_cb, self);

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
      g_propagate_error (
          error, qs_worker_fate_new_spawn_error (get_name (self), self->command, local_error));
      return FALSE;
    }

  qs_log_debug (get_name (self), NULL, "Process %d: %s", qs_worker_get_pid (worker), self->command);

  /* Until it has ended. */
  g_object_ref (self);
  set_limit (self, LIMIT_STARTUP, self->settings->startup_timeout);

  return TRUE;
}

static void
qs_process_worker_stop (QsWorker *worker)
{
  QsProcessWorker *self = QS_PROCESS_WORKER (worker);

  /* Before Hello, the answer to that contains it. */
  if (self->phase == PROCESS_AT_WORK && self->link.phase == QS_WORKER_LINK_OPEN)
    qs_ipc_peer_call_stop (self->link.peer, NULL, NULL, NULL);

  if (!has_exited (self))
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
  PauseCall          *call = user_data;
  const QsSourceEvent event = { .type = QS_SOURCE_EVENT_PAUSED, .is_paused = call->is_paused };

  /* A worker that cannot answer is at its end, which is reported separately. */
  if (qs_ipc_peer_call_set_paused_finish (QS_IPC_PEER (object), result, NULL) &&
      call->worker->phase != PROCESS_OVER)
    qs_worker_tell (QS_WORKER (call->worker), &event);

  g_object_unref (call->worker);
  g_free (call);
}

static void
qs_process_worker_set_paused (QsWorker *worker, gboolean is_paused)
{
  QsProcessWorker *self = QS_PROCESS_WORKER (worker);
  PauseCall       *call = NULL;

  /* Before Hello, the answer to that contains it. */
  if (self->phase != PROCESS_AT_WORK || self->link.phase != QS_WORKER_LINK_OPEN)
    return;

  call = g_new (PauseCall, 1);
  call->worker = g_object_ref (self);
  call->is_paused = is_paused;
  qs_ipc_peer_call_set_paused (self->link.peer, is_paused, NULL, set_paused_cb, call);
}

static void
qs_process_worker_kill (QsWorker *worker)
{
  QsProcessWorker *self = QS_PROCESS_WORKER (worker);

  if (!has_exited (self))
    kill_now (self, QS_WORKER_FORCE_KILL);
}

static void
qs_process_worker_dispose (GObject *object)
{
  QsProcessWorker *self = QS_PROCESS_WORKER (object);

  qs_gsource_clear (&self->timer);
  qs_worker_link_close (&self->link, self);
  qs_gsource_clear (&self->watch);

  G_OBJECT_CLASS (qs_process_worker_parent_class)->dispose (object);
}

static void
qs_process_worker_finalize (GObject *object)
{
  QsProcessWorker *self = QS_PROCESS_WORKER (object);

  g_clear_object (&self->topic);
  g_clear_pointer (&self->context, g_main_context_unref);
  qs_process_clear (&self->started);
  qs_worker_link_clear (&self->link);
  g_clear_pointer (&self->command, g_free);
  g_clear_pointer (&self->stop_reason, g_free);
  g_clear_pointer (&self->report, qs_source_event_free);

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
  self->started = QS_PROCESS_INIT;
  self->link = QS_WORKER_LINK_INIT;
}

QsWorker *
qs_process_worker_new (QsBaseSource *source, QsTopic *topic, const QsWorkerSettings *settings)
{
  QsProcessWorker *self = g_object_new (QS_TYPE_PROCESS_WORKER, "source", source, NULL);

  self->topic = g_object_ref (topic);
  self->settings = settings;

  return QS_WORKER (self);
}
