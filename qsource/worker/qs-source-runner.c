/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-runner-private.h"

#include "qs-base-source-private.h"
#include "qs-log-private.h"
#include "qs-producer-private.h"
#include "qs-source-private.h"
#include "qs-stateful-source-private.h"
#include "qs-topic.h"

struct _QsSourceRunner
{
  gatomicrefcount ref_count;

  /* Borrowed: the owner of the runner keeps them alive. */
  QsBaseSource *source;
  QsTopic      *topic;

  /* The source's own, taken here once, as the source mustn't be asked from other
   * threads. Owned; the cancellable until detach(). */
  GCancellable *cancellable;
  char         *name;
  double        shutdown_timeout;

  /* Owned; nullable. */
  QsStateConfig *state;
  int            partition;

  GMutex lock;
  /* Made by run(). Owned. */
  QsProducer *producer;
  gboolean    is_paused;
  /* NULL after detach(). */
  const QsSourceRunnerEvents *events;
  gpointer                    user_data;
};

static void
connected_cb (gpointer user_data)
{
  QsSourceRunner *self = user_data;

  self->events->connected (self->user_data);
}

static void
connect_failed_cb (const GError *error, gpointer user_data)
{
  QsSourceRunner *self = user_data;

  self->events->connect_failed (error, self->user_data);
}

/* run() lasts as long as start() and is always the owner's: no lock needed. */
static void
recovering_cb (gint64 n_records, gint64 n_left, double rate, gpointer user_data)
{
  QsSourceRunner *self = user_data;

  self->events->recovering (n_records, n_left, rate, self->user_data);
}

static const QsSourceObserver observer = { connected_cb, connect_failed_cb, recovering_cb };

static void
producer_failed_cb (const GError *error, gpointer user_data)
{
  QsSourceRunner *self = user_data;

  /* Under the lock, so that detach() waits until it is over. */
  g_mutex_lock (&self->lock);
  if (self->events != NULL)
    self->events->producer_failed (error, self->user_data);
  g_mutex_unlock (&self->lock);
}

/* By which newer producers end older ones; NULL if records need no transaction.
 * A source without a state has one as if it had. */
static char *
dup_transactional_id (QsSourceRunner *self)
{
  g_autofree char *default_name = g_strconcat ("source-", self->name, NULL);
  const char      *store_name = default_name;

  if (self->state == NULL || !self->state->exactly_once)
    return NULL;

  if (QS_IS_STATEFUL_SOURCE (self->source))
    store_name = qs_stateful_source_get_store_name (QS_STATEFUL_SOURCE (self->source));

  return qs_state_config_dup_transactional_id (self->state, store_name, self->partition);
}

/* Says to the producer what the source wants done with what can't be delivered. */
static gboolean
set_error_handling (QsSourceRunner *self, GError **error)
{
  g_autoptr (QsTopic) topic = NULL;
  QsSource *source = NULL;

  if (!QS_IS_SOURCE (self->source))
    return TRUE;

  source = QS_SOURCE (self->source);
  topic = qs_source_dup_dead_letter_topic (source, self->topic);

  return qs_producer_set_error_handling (self->producer,
                                         qs_source_get_errors (source),
                                         topic != NULL ? qs_topic_get_name (topic) : NULL,
                                         error);
}

static gboolean
make_producer (QsSourceRunner *self, QsKafkaConfig *config, GError **error)
{
  g_autofree char *transactional_id = dup_transactional_id (self);
  g_autoptr (QsProducer) producer = NULL;

  /* Half of the time for what is in flight, half for the source's own. */
  producer = qs_producer_new_transactional (config,
                                            self->name,
                                            transactional_id,
                                            self->cancellable,
                                            self->shutdown_timeout / 2,
                                            producer_failed_cb,
                                            self,
                                            error);
  if (producer == NULL)
    return FALSE;

  /* It may call back as long as it lives, and the source may keep it. */
  g_object_set_data_full (G_OBJECT (producer),
                          "qs-source-runner",
                          qs_source_runner_ref (self),
                          (GDestroyNotify) qs_source_runner_unref);

  g_mutex_lock (&self->lock);
  qs_producer_set_paused (producer, self->is_paused);
  self->producer = g_steal_pointer (&producer);
  g_mutex_unlock (&self->lock);

  return TRUE;
}

/* Stopping is no failure, but what it costs isn't kept silent. */
static void
warn_of_rest (QsSourceRunner *self)
{
  guint64 n_records = qs_producer_get_n_in_flight (self->producer);

  if (n_records > 0)
    qs_log_warning (self->name,
                    NULL,
                    "Stopped before %" G_GUINT64_FORMAT " records were acknowledged",
                    n_records);
}

/* Decides how the run ended, from what start() said and what the producer
 * knows. */
static gboolean
conclude (QsSourceRunner *self, GError *run_error, GError **error)
{
  g_autoptr (GError) verdict = run_error;
  g_autoptr (GError) producer_error = qs_producer_dup_error (self->producer);

  /* A start() that ignored a lost record, or that only saw itself cancelled
   * because of it: the record is what matters. */
  if (producer_error != NULL &&
      (verdict == NULL || g_error_matches (verdict, G_IO_ERROR, G_IO_ERROR_CANCELLED)))
    {
      g_clear_error (&verdict);
      verdict = g_steal_pointer (&producer_error);
    }

  /* A source looks like that when it is stopped. */
  if (g_error_matches (verdict, G_IO_ERROR, G_IO_ERROR_CANCELLED) &&
      g_cancellable_is_cancelled (self->cancellable))
    {
      warn_of_rest (self);
      return TRUE;
    }

  if (verdict == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&verdict));
  return FALSE;
}

QsSourceRunner *
qs_source_runner_new (QsBaseSource               *source,
                      QsTopic                    *topic,
                      const QsSourceRunnerEvents *events,
                      gpointer                    user_data)
{
  QsSourceRunner *self = g_new0 (QsSourceRunner, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);

  qs_base_source_prepare (source, &observer, self);

  self->source = source;
  self->topic = topic;
  self->cancellable = g_object_ref (qs_base_source_get_cancellable (source));
  self->name = g_strdup (qs_base_source_get_name (source));
  self->shutdown_timeout = qs_base_source_get_shutdown_timeout (source);
  self->events = events;
  self->user_data = user_data;

  return self;
}

QsSourceRunner *
qs_source_runner_ref (QsSourceRunner *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
qs_source_runner_unref (QsSourceRunner *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->events == NULL);

  g_free (self->name);
  g_clear_pointer (&self->state, qs_state_config_unref);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
qs_source_runner_detach (QsSourceRunner *self)
{
  /* Outside of the lock: dropping the last reference ends its threads, one of
   * which may wait for the lock. And the producer has a reference to us. */
  g_autoptr (QsProducer) producer = NULL;

  g_mutex_lock (&self->lock);
  self->events = NULL;
  producer = g_steal_pointer (&self->producer);
  g_mutex_unlock (&self->lock);

  g_clear_object (&self->cancellable);
}

void
qs_source_runner_set_state (QsSourceRunner *self, QsStateConfig *state, int partition)
{
  g_assert (self->state == NULL);

  self->state = qs_state_config_ref (state);
  self->partition = partition;
}

void
qs_source_runner_set_topic (QsSourceRunner *self, QsTopic *topic)
{
  self->topic = topic;
}

void
qs_source_runner_cancel (QsSourceRunner *self)
{
  g_cancellable_cancel (self->cancellable);
}

void
qs_source_runner_set_paused (QsSourceRunner *self, gboolean is_paused)
{
  g_mutex_lock (&self->lock);
  self->is_paused = is_paused;
  if (self->producer != NULL)
    qs_producer_set_paused (self->producer, is_paused);
  g_mutex_unlock (&self->lock);
}

/* Reads nothing but atomic variables of the source, which may be a script's. */
static GVariant *
collect_stats (QsSourceRunner *self, QsProducer *producer)
{
  g_autoptr (GVariant) stats = g_variant_ref_sink (qs_producer_get_stats (producer));
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (stats);

  if (QS_IS_SOURCE (self->source))
    {
      QsSourceOutput *output = qs_source_get_output (QS_SOURCE (self->source));

      g_variant_dict_insert (&dict, "n-flushes", "t", qs_source_output_get_n_flushes (output));
      g_variant_dict_insert (
          &dict, "last-flush-time", "x", qs_source_output_get_last_flush_time (output));
    }

  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

GVariant *
qs_source_runner_dup_stats (QsSourceRunner *self)
{
  g_autoptr (QsProducer) producer = NULL;

  g_mutex_lock (&self->lock);
  if (self->producer != NULL)
    producer = g_object_ref (self->producer);
  g_mutex_unlock (&self->lock);

  return producer != NULL ? collect_stats (self, producer) : NULL;
}

gboolean
qs_source_runner_run (QsSourceRunner *self, QsKafkaConfig *config, GError **error)
{
  GError *run_error = NULL;

  if (self->state != NULL && QS_IS_STATEFUL_SOURCE (self->source))
    qs_stateful_source_set_environment (
        QS_STATEFUL_SOURCE (self->source), config, self->state, self->partition);
  else if (self->state != NULL && QS_IS_SOURCE (self->source))
    qs_source_set_commit_interval (QS_SOURCE (self->source), self->state->commit_interval);

  if (!make_producer (self, config, error) || !set_error_handling (self, error) ||
      !qs_base_source_configure (self->source, self->topic, self->producer, error))
    return FALSE;

  /* Stopped before it came to anything. */
  if (g_cancellable_is_cancelled (self->cancellable))
    return conclude (self, NULL, error);

  self->events->started (self->user_data);

  /* A QsSource has flushed already; of another, nothing may be lost in silence. */
  if (qs_base_source_start (self->source, &run_error) &&
      (qs_producer_get_n_in_flight (self->producer) > 0 ||
       qs_producer_is_transactional (self->producer)))
    qs_producer_flush (self->producer, -1, &run_error);

  return conclude (self, run_error, error);
}
