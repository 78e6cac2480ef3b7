/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-thread-worker-private.h"

#include <unistd.h>

#include "qs-callback-private.h"
#include "qs-source-error.h"
#include "qs-source-runner-private.h"
#include "qs-topic.h"

#define STATS_INTERVAL_MS 1000

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
  GMainContext   *context;
  QsSourceRunner *runner;
  GThread        *thread;

  GSource *stats_timer; /* nullable */

  /* The stop() of an earlier run must not meet the next one: so it ends when
   * neither thread runs any more. */
  GThread *stop_thread; /* nullable */
  gboolean stop_begun;
  gboolean run_over;
  GError  *error; /* of the run; nullable. Owned. */
};

G_DEFINE_FINAL_TYPE (QsThreadWorker, qs_thread_worker, QS_TYPE_WORKER)

typedef enum
{
  NEWS_STARTED,
  NEWS_CONNECTED,
  NEWS_CONNECT_FAILED,
  NEWS_PRODUCER_FAILED,
  NEWS_RECOVERING,
  NEWS_STOP_RETURNED,
  NEWS_ENDED,
} News;

/* What a thread has to tell. */
typedef struct
{
  QsThreadWorker *worker;
  News            what;
  GError         *error; /* nullable */

  /* Of a recovery. */
  gint64 n_records;
  gint64 n_left;
  double rate;
} Message;

static void begin_stop (QsThreadWorker *self);

static void
message_free (gpointer data)
{
  Message *message = data;

  g_clear_error (&message->error);
  g_free (message);
}

static void
emit_stats (QsThreadWorker *self)
{
  g_autoptr (GVariant) stats = qs_source_runner_dup_stats (self->runner);

  if (stats != NULL)
    qs_worker_emit_stats (QS_WORKER (self), stats);
}

static gboolean
stats_cb (gpointer data)
{
  emit_stats (data);
  return G_SOURCE_CONTINUE;
}

static void
maybe_end (QsThreadWorker *self)
{
  g_autoptr (QsThreadWorker) keep = NULL;
  g_autofree char *detail = NULL;

  if (!self->run_over || self->stop_thread != NULL)
    return;

  /* start() took it. */
  keep = self;
  g_source_destroy (self->stats_timer);
  g_clear_pointer (&self->stats_timer, g_source_unref);
  emit_stats (self);
  qs_source_runner_detach (self->runner);

  detail = g_strdup (qs_base_source_get_error_detail (qs_worker_get_source (QS_WORKER (self))));
  qs_worker_emit_ended (QS_WORKER (self), self->error, detail);
}

static gboolean
deliver_cb (gpointer data)
{
  Message        *message = data;
  QsThreadWorker *self = message->worker;

  switch (message->what)
    {
    case NEWS_STARTED:
      qs_worker_emit_started (QS_WORKER (self), getpid ());
      break;

    case NEWS_CONNECTED:
      qs_worker_emit_connected (QS_WORKER (self));
      break;

    case NEWS_CONNECT_FAILED:
      qs_worker_emit_connect_failed (QS_WORKER (self), message->error);
      break;

    case NEWS_RECOVERING:
      qs_worker_emit_recovering (
          QS_WORKER (self), message->n_records, message->n_left, message->rate);
      break;

    case NEWS_PRODUCER_FAILED:
      qs_worker_set_stopping (QS_WORKER (self));
      begin_stop (self);
      break;

    case NEWS_STOP_RETURNED:
      g_thread_join (g_steal_pointer (&self->stop_thread));
      maybe_end (self);
      break;

    case NEWS_ENDED:
      g_thread_join (g_steal_pointer (&self->thread));
      self->run_over = TRUE;
      self->error = g_steal_pointer (&message->error);
      maybe_end (self);
      break;

    default:
      g_assert_not_reached ();
    }

  return G_SOURCE_REMOVE;
}

static Message *
new_message (QsThreadWorker *self, News what, const GError *error)
{
  Message *message = g_new0 (Message, 1);

  message->worker = self;
  message->what = what;
  message->error = error != NULL ? g_error_copy (error) : NULL;

  return message;
}

/* Posts to the context of start()'s caller; one priority, so the order stays.
 *
 * Context: any. */
static void
post_message (Message *message)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, deliver_cb, message, message_free);
  g_source_attach (source, message->worker->context);
}

static void
post (QsThreadWorker *self, News what, const GError *error)
{
  post_message (new_message (self, what, error));
}

static void
recovering_cb (gint64 n_records, gint64 n_left, double rate, gpointer user_data)
{
  Message *message = new_message (user_data, NEWS_RECOVERING, NULL);

  message->n_records = n_records;
  message->n_left = n_left;
  message->rate = rate;
  post_message (message);
}

static void
started_cb (gpointer user_data)
{
  post (user_data, NEWS_STARTED, NULL);
}

static void
connected_cb (gpointer user_data)
{
  post (user_data, NEWS_CONNECTED, NULL);
}

static void
connect_failed_cb (const GError *error, gpointer user_data)
{
  post (user_data, NEWS_CONNECT_FAILED, error);
}

static void
producer_failed_cb (const GError *error, gpointer user_data)
{
  post (user_data, NEWS_PRODUCER_FAILED, error);
}

static const QsSourceRunnerEvents events = {
  started_cb, connected_cb, connect_failed_cb, producer_failed_cb, recovering_cb,
};

static gpointer
run_thread_func (gpointer data)
{
  QsThreadWorker *self = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) error = NULL;

  /* A run() that iterates its main context must not get the application's. */
  g_main_context_push_thread_default (context);
  qs_source_runner_run (self->runner, self->config, &error);
  g_main_context_pop_thread_default (context);

  post (self, NEWS_ENDED, error);

  return NULL;
}

static gpointer
stop_thread_func (gpointer data)
{
  QsThreadWorker *self = data;

  qs_base_source_stop (qs_worker_get_source (QS_WORKER (self)));
  post (self, NEWS_STOP_RETURNED, NULL);

  return NULL;
}

/* In a thread, since the user's stop() may take its time. */
static void
begin_stop (QsThreadWorker *self)
{
  if (self->stop_begun || self->run_over)
    return;

  self->stop_begun = TRUE;
  qs_source_runner_cancel (self->runner);
  self->stop_thread = g_thread_new ("qs-stop", stop_thread_func, self);
}

static void
qs_thread_worker_set_paused (QsWorker *worker, gboolean is_paused)
{
  QsThreadWorker *self = QS_THREAD_WORKER (worker);

  qs_source_runner_set_paused (self->runner, is_paused);
  qs_worker_emit_paused (worker, is_paused);
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

  self->context = g_main_context_ref_thread_default ();
  self->runner = qs_source_runner_new (source, self->topic, &events, self);
  if (qs_worker_get_state (worker) != NULL)
    qs_source_runner_set_state (
        self->runner, qs_worker_get_state (worker), qs_worker_get_partition (worker));
  qs_worker_set_pid (worker, getpid ());
  if (qs_worker_get_paused (worker))
    qs_thread_worker_set_paused (worker, TRUE);

  self->stats_timer = g_timeout_source_new (STATS_INTERVAL_MS);
  g_source_set_callback (self->stats_timer, stats_cb, self, NULL);
  g_source_attach (self->stats_timer, self->context);

  thread_name = g_strconcat ("qs-", qs_base_source_get_name (source), NULL);
  self->thread = g_thread_new (thread_name, run_thread_func, g_object_ref (self));

  return TRUE;
}

static void
qs_thread_worker_stop (QsWorker *worker)
{
  begin_stop (QS_THREAD_WORKER (worker));
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
  g_clear_pointer (&self->runner, qs_source_runner_unref);
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
  worker_class->kill = qs_thread_worker_stop;
  worker_class->set_paused = qs_thread_worker_set_paused;
}

static void
qs_thread_worker_init (QsThreadWorker *self)
{
}

QsWorker *
qs_thread_worker_new (QsBaseSource *source, QsTopic *topic, QsKafkaConfig *config)
{
  QsThreadWorker *self = g_object_new (QS_TYPE_THREAD_WORKER, "source", source, NULL);

  self->topic = g_object_ref (topic);
  self->config = qs_kafka_config_ref (config);

  return QS_WORKER (self);
}
