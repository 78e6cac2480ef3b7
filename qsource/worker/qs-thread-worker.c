/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-thread-worker-private.h"

#include <unistd.h>

#include "qs-base-source-private.h"
#include "qs-callback-private.h"
#include "qs-gsource-private.h"
#include "qs-program-private.h"
#include "qs-source-error.h"
#include "qs-topic.h"
#include "qs-worker-child-private.h"

#define STATS_INTERVAL_MS 1000

/* How long, in seconds, a thread that was to end at once may take to do so. */
#define KILL_GRACE 1.0

/* The phase of the thread; it only advances. */
typedef enum
{
  THREAD_NEW,
  THREAD_RUNNING,
  THREAD_STOPPING, /* stop() was called */
  THREAD_OVER,     /* it has ended */
  THREAD_LEFT,     /* it was left behind */
} ThreadPhase;

/* The reports of threads, in order, until it is closed; later reports are dropped. Referenced by
 * all that might still report. */
typedef struct
{
  GMutex   lock;
  GQueue   events;   /* QsSourceEvent; owned, and guarded by the lock, as below */
  GSource *delivery; /* owned; NULL: it is closed, and its main context may be gone */
} Inbox;

/*
 * Held by itself from start() until it has ended, which is when its threads are
 * gone and all that they posted is delivered. Nothing is reffed or unreffed in
 * them, as all of it may belong to a script.
 */
struct _QsThreadWorker
{
  QsWorker parent_instance;

  /* Set once, at construction; then only read. Owned. */
  QsTopic       *topic;
  QsKafkaConfig *config;

  /* Since start(); then only read by threads. Owned. */
  GMainContext *context;
  QsSourceRun  *run;
  GThread      *thread;

  Inbox *inbox; /* shared with threads; NULL before start() */

  GSource *stats_timer; /* nullable */
  GSource *kill_timer;  /* until the thread is left behind; nullable */

  /* The stop() of an earlier run must not meet the next one: so it ends when
   * neither thread runs any more. */
  ThreadPhase phase;
  GThread    *stop_thread; /* nullable */
  GError     *error;       /* of the run; nullable. Owned. */

  guint64 thread_id; /* atomic enough: set by the thread before it runs anything */
};

G_DEFINE_FINAL_TYPE (QsThreadWorker, qs_thread_worker, QS_TYPE_WORKER)

/* A report of a thread that is not an event: its stop() has returned. */
static QsSourceEvent stop_returned;

static void begin_stop (QsThreadWorker *self);

static void
message_free (gpointer message)
{
  if (message != &stop_returned)
    qs_source_event_free (message);
}

static void
inbox_clear (gpointer data)
{
  Inbox *self = data;

  g_queue_clear_full (&self->events, message_free);
  g_mutex_clear (&self->lock);
}

static void
inbox_unref (gpointer inbox)
{
  g_atomic_rc_box_release_full (inbox, inbox_clear);
}

/* Takes @event; FALSE if nobody gets it any more.
 *
 * Context: any. */
static gboolean
post (Inbox *self, QsSourceEvent *event)
{
  gboolean is_open = FALSE;

  g_mutex_lock (&self->lock);
  is_open = self->delivery != NULL;
  g_queue_push_tail (&self->events, event);
  if (is_open)
    g_source_set_ready_time (self->delivery, 0);
  g_mutex_unlock (&self->lock);

  return is_open;
}

/* Context: any. */
static gboolean
post_event_cb (const QsSourceEvent *event, gpointer inbox)
{
  return post (inbox, qs_source_event_copy (event));
}

/* The next report; transfer full. NULL: there is none. */
static QsSourceEvent *
take_event (Inbox *self)
{
  QsSourceEvent *event = NULL;

  g_mutex_lock (&self->lock);
  event = g_queue_pop_head (&self->events);
  g_mutex_unlock (&self->lock);

  return event;
}

static void
close_inbox (Inbox *self)
{
  GSource *delivery = NULL;

  g_mutex_lock (&self->lock);
  delivery = g_steal_pointer (&self->delivery);
  g_mutex_unlock (&self->lock);

  qs_gsource_clear (&delivery);
}

static void
tell_stats (QsThreadWorker *self)
{
  g_autoptr (GVariant) stats = qs_source_run_dup_stats (self->run);
  const QsSourceEvent event = { .type = QS_SOURCE_EVENT_STATS, .stats = stats };

  if (stats != NULL)
    qs_worker_tell (QS_WORKER (self), &event);
}

static gboolean
stats_cb (gpointer data)
{
  tell_stats (data);
  return G_SOURCE_CONTINUE;
}

static void
set_phase (QsThreadWorker *self, ThreadPhase phase)
{
  g_assert (phase > self->phase);

  self->phase = phase;
}

/* No report that a thread might still make is delivered after this. */
static void
go_deaf (QsThreadWorker *self)
{
  tell_stats (self);
  qs_gsource_clear (&self->stats_timer);
  qs_gsource_clear (&self->kill_timer);
  close_inbox (self->inbox);
}

static void
maybe_end (QsThreadWorker *self)
{
  QsBaseSource *source = qs_worker_get_source (QS_WORKER (self));
  g_autoptr (QsThreadWorker) keep = NULL;
  g_autofree char *detail = NULL;
  QsSourceEvent    event = { .type = QS_SOURCE_EVENT_FINISHED };

  if (self->phase != THREAD_OVER || self->stop_thread != NULL || self->stats_timer == NULL)
    return;

  /* start() took it. */
  keep = self;
  go_deaf (self);

  detail = g_strdup (qs_base_source_get_error_detail (source));
  if (self->error != NULL)
    event = (QsSourceEvent){
      .type = QS_SOURCE_EVENT_FAILED,
      .error = self->error,
      .detail = detail,
    };
  qs_worker_tell (QS_WORKER (self), &event);
}

/* The thread can't be ended, so it goes on without anybody who waits for it; what it
 * uses is never freed. */
static gboolean
leave_behind_cb (gpointer data)
{
  QsThreadWorker *self = data;
  const char     *name = qs_base_source_get_name (qs_worker_get_source (QS_WORKER (self)));
  g_autoptr (GError) error = NULL;
  QsSourceEvent event = { .type = QS_SOURCE_EVENT_FAILED };

  error = g_error_new (
      QS_SOURCE_ERROR,
      QS_SOURCE_ERROR_KILLED,
      "The thread of source '%s' did not end, and was abandoned: it runs until its run() returns "
      "or this program ends. A run() that checks is_stopping() or waits with wait() ends at once",
      name);
  event.error = error;

  set_phase (self, THREAD_LEFT);
  go_deaf (self);
  qs_worker_tell (QS_WORKER (self), &event);

  return G_SOURCE_REMOVE;
}

static void
deliver_event (QsThreadWorker *self, QsSourceEvent *event)
{
  QsWorker *worker = QS_WORKER (self);

  switch (event->type)
    {
    case QS_SOURCE_EVENT_STOPPING:
      if (self->phase == THREAD_OVER)
        break;
      qs_worker_tell (worker, event);
      begin_stop (self);
      break;

    case QS_SOURCE_EVENT_FINISHED:
    case QS_SOURCE_EVENT_FAILED:
      g_thread_join (g_steal_pointer (&self->thread));
      set_phase (self, THREAD_OVER);
      self->error = g_steal_pointer (&event->error);
      break;

    case QS_SOURCE_EVENT_STARTED:
    case QS_SOURCE_EVENT_CONNECTED:
    case QS_SOURCE_EVENT_CONNECT_FAILED:
    case QS_SOURCE_EVENT_RECOVERING:
    case QS_SOURCE_EVENT_PAUSED:
    case QS_SOURCE_EVENT_STATS:
    case QS_N_SOURCE_EVENTS:
    default:
      qs_worker_tell (worker, event);
    }
}

static gboolean
deliver_cb (gpointer data)
{
  g_autoptr (QsThreadWorker) self = g_object_ref (data);
  GSource       *delivery = self->inbox->delivery;
  QsSourceEvent *event = NULL;

  g_source_set_ready_time (delivery, -1);

  while (!g_source_is_destroyed (delivery) && (event = take_event (self->inbox)) != NULL)
    {
      if (event == &stop_returned)
        g_thread_join (g_steal_pointer (&self->stop_thread));
      else
        deliver_event (self, event);
      message_free (event);

      maybe_end (self);
    }

  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs delivery_funcs = { .dispatch = dispatch };

static Inbox *
make_inbox (QsThreadWorker *self)
{
  Inbox *inbox = g_atomic_rc_box_new0 (Inbox);

  g_mutex_init (&inbox->lock);
  inbox->delivery = g_source_new (&delivery_funcs, sizeof (GSource));
  g_source_set_callback (inbox->delivery, deliver_cb, self, NULL);
  g_source_attach (inbox->delivery, self->context);

  return inbox;
}

static gpointer
run_thread_func (gpointer data)
{
  QsThreadWorker *self = data;
  QsWorker       *worker = QS_WORKER (self);
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) error = NULL;
  QsSourceEvent       event = { .type = QS_SOURCE_EVENT_FINISHED };
  const QsWorkerSetup setup = {
    .topic = self->topic,
    .config = self->config,
    .state = qs_worker_get_state (worker),
    .partition = qs_worker_get_partition (worker),
  };

  self->thread_id = (guint64) pthread_self ();

  /* A run() that iterates its main context must not get the application's. */
  g_main_context_push_thread_default (context);
  if (!qs_worker_run_source (qs_worker_get_source (worker), self->run, &setup, &error))
    event = (QsSourceEvent){ .type = QS_SOURCE_EVENT_FAILED, .error = error };
  g_main_context_pop_thread_default (context);

  post (self->inbox, qs_source_event_copy (&event));

  return NULL;
}

static gpointer
stop_thread_func (gpointer data)
{
  QsThreadWorker *self = data;

  qs_base_source_stop (qs_worker_get_source (QS_WORKER (self)));
  post (self->inbox, &stop_returned);

  return NULL;
}

/* In a thread, since the user's stop() may take its time. */
static void
begin_stop (QsThreadWorker *self)
{
  if (self->phase >= THREAD_STOPPING)
    return;

  set_phase (self, THREAD_STOPPING);
  qs_source_run_expect_stop (self->run);
  qs_source_run_cancel (self->run);
  self->stop_thread = g_thread_new ("qs-stop", stop_thread_func, self);
}

static void
qs_thread_worker_set_paused (QsWorker *worker, gboolean is_paused)
{
  QsThreadWorker     *self = QS_THREAD_WORKER (worker);
  const QsSourceEvent event = { .type = QS_SOURCE_EVENT_PAUSED, .is_paused = is_paused };

  qs_source_run_set_paused (self->run, is_paused);
  qs_worker_tell (worker, &event);
}

static gboolean
is_still_running (QsBaseSource *source)
{
  g_autoptr (QsSourceRun) run = qs_base_source_dup_run (source);
  QsSourceRunPhase phase = qs_source_run_get_phase (run);

  return phase == QS_SOURCE_RUN_STARTED || phase == QS_SOURCE_RUN_LEAVING;
}

static gboolean
qs_thread_worker_start (QsWorker *worker, GError **error)
{
  QsThreadWorker  *self = QS_THREAD_WORKER (worker);
  QsBaseSource    *source = qs_worker_get_source (worker);
  g_autofree char *thread_name = NULL;

  if (qs_callback_has_thread (G_OBJECT_TYPE (source)))
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_NOT_STARTED,
                   "Cannot run source '%s' in a thread: JavaScript runs in its own thread only. "
                   "Set QsApplication:isolation to process",
                   qs_base_source_get_name (source));
      return FALSE;
    }

  if (is_still_running (source))
    {
      g_set_error (
          error,
          QS_SOURCE_ERROR,
          QS_SOURCE_ERROR_NOT_STARTED,
          "Cannot run source '%s': the thread of its last run was abandoned and has not ended yet",
          qs_base_source_get_name (source));
      return FALSE;
    }

  self->context = g_main_context_ref_thread_default ();
  self->inbox = make_inbox (self);
  qs_base_source_prepare (
      source, post_event_cb, g_atomic_rc_box_acquire (self->inbox), inbox_unref);
  self->run = qs_base_source_dup_run (source);
  qs_worker_set_pid (worker, getpid ());
  if (qs_worker_get_paused (worker))
    qs_thread_worker_set_paused (worker, TRUE);

  self->stats_timer = g_timeout_source_new (STATS_INTERVAL_MS);
  g_source_set_callback (self->stats_timer, stats_cb, self, NULL);
  g_source_attach (self->stats_timer, self->context);

  set_phase (self, THREAD_RUNNING);
  thread_name = g_strconcat ("qs-", qs_base_source_get_name (source), NULL);
  self->thread = g_thread_new (thread_name, run_thread_func, g_object_ref (self));

  return TRUE;
}

static void
qs_thread_worker_stop (QsWorker *worker)
{
  begin_stop (QS_THREAD_WORKER (worker));
}

/* A language may have a way to interrupt it; else it gets a moment to see that it is
 * to end. */
static void
qs_thread_worker_kill (QsWorker *worker)
{
  QsThreadWorker *self = QS_THREAD_WORKER (worker);

  begin_stop (self);
  if (self->phase != THREAD_STOPPING || self->kill_timer != NULL)
    return;

  qs_program_interrupt (self->thread_id);
  self->kill_timer = g_timeout_source_new ((guint) (KILL_GRACE * 1000));
  g_source_set_callback (self->kill_timer, leave_behind_cb, self, NULL);
  g_source_attach (self->kill_timer, self->context);
}

static void
qs_thread_worker_dispose (GObject *object)
{
  QsThreadWorker *self = QS_THREAD_WORKER (object);

  g_clear_object (&self->topic);

  G_OBJECT_CLASS (qs_thread_worker_parent_class)->dispose (object);
}

static void
qs_thread_worker_finalize (GObject *object)
{
  QsThreadWorker *self = QS_THREAD_WORKER (object);

  g_clear_pointer (&self->config, qs_kafka_config_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->run, qs_source_run_unref);
  g_clear_pointer (&self->inbox, inbox_unref);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (qs_thread_worker_parent_class)->finalize (object);
}

static void
qs_thread_worker_class_init (QsThreadWorkerClass *klass)
{
  GObjectClass  *object_class = G_OBJECT_CLASS (klass);
  QsWorkerClass *worker_class = QS_WORKER_CLASS (klass);

  object_class->dispose = qs_thread_worker_dispose;
  object_class->finalize = qs_thread_worker_finalize;
  worker_class->start = qs_thread_worker_start;
  worker_class->stop = qs_thread_worker_stop;
  worker_class->kill = qs_thread_worker_kill;
  worker_class->set_paused = qs_thread_worker_set_paused;
}

static void
qs_thread_worker_init (QsThreadWorker *self)
{
}

QsWorker *
qs_thread_worker_new (QsBaseSource *source, QsTopic *topic, const QsWorkerSettings *settings)
{
  QsThreadWorker *self = g_object_new (QS_TYPE_THREAD_WORKER, "source", source, NULL);

  self->topic = g_object_ref (topic);
  self->config = qs_kafka_config_ref (settings->config);

  return QS_WORKER (self);
}
