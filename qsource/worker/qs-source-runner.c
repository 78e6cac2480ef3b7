/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-runner-private.h"

#include <unistd.h>

#include "qs-base-source-private.h"
#include "qs-log-private.h"
#include "qs-producer-private.h"
#include "qs-source-private.h"
#include "qs-stateful-source-private.h"
#include "qs-topic.h"

/* Context: a thread of the producer, which may outlive all but the watcher. */
static void
producer_failed_cb (const GError *error, gpointer user_data)
{
  const QsSourceEvent event = { .type = QS_SOURCE_EVENT_STOPPING, .error = (GError *) error };

  qs_source_watcher_tell (user_data, &event);
}

/* By which newer producers end older ones; NULL if records need no transaction.
 * A source without a state has one as if it had. */
static char *
dup_transactional_id (QsBaseSource *source, const QsSourceRunner *self)
{
  g_autofree char *default_name = g_strconcat ("source-", qs_base_source_get_name (source), NULL);
  const char      *store_name = default_name;

  if (self->state == NULL || !self->state->exactly_once)
    return NULL;

  if (QS_IS_STATEFUL_SOURCE (source))
    store_name = qs_stateful_source_get_store_name (QS_STATEFUL_SOURCE (source));

  return qs_state_config_dup_transactional_id (self->state, store_name, self->partition);
}

/* Says to the producer what the source wants done with what can't be delivered. */
static gboolean
set_error_handling (QsBaseSource         *source,
                    QsProducer           *producer,
                    const QsSourceRunner *self,
                    GError              **error)
{
  g_autoptr (QsTopic) topic = NULL;

  if (!QS_IS_SOURCE (source))
    return TRUE;

  topic = qs_source_dup_dead_letter_topic (QS_SOURCE (source), self->topic);

  return qs_producer_set_error_handling (producer,
                                         qs_source_get_errors (QS_SOURCE (source)),
                                         topic != NULL ? qs_topic_get_name (topic) : NULL,
                                         error);
}

static QsProducer *
make_producer (QsBaseSource *source, QsSourceRun *run, const QsSourceRunner *self, GError **error)
{
  g_autofree char *transactional_id = dup_transactional_id (source, self);
  QsSourceWatcher *watcher = qs_source_run_get_watcher (run);
  QsProducer      *producer = NULL;

  /* Half of the time for what is in flight, half for the source's own. */
  producer = qs_producer_new_transactional (self->config,
                                            qs_base_source_get_name (source),
                                            transactional_id,
                                            qs_source_run_get_cancellable (run),
                                            qs_base_source_get_shutdown_timeout (source) / 2,
                                            producer_failed_cb,
                                            watcher,
                                            error);

  /* It may call back as long as it lives, and the source may keep it. */
  if (producer != NULL)
    g_object_set_data_full (G_OBJECT (producer),
                            "qs-source-watcher",
                            qs_source_watcher_ref (watcher),
                            (GDestroyNotify) qs_source_watcher_unref);

  return producer;
}

/* Stopping is no failure, but what it costs isn't kept silent. */
static void
warn_of_rest (QsBaseSource *source, QsProducer *producer)
{
  guint64 n_records = qs_producer_get_n_in_flight (producer);

  if (n_records > 0)
    qs_log_warning (qs_base_source_get_name (source),
                    NULL,
                    "Stopped before %" G_GUINT64_FORMAT " records were acknowledged",
                    n_records);
}

/* Decides how the run ended, from what start() said and what the producer
 * knows. */
static gboolean
conclude (QsBaseSource *source, QsSourceRun *run, GError *run_error, GError **error)
{
  QsProducer *producer = qs_source_run_get_producer (run);
  g_autoptr (GError) verdict = run_error;
  g_autoptr (GError) producer_error = qs_producer_dup_error (producer);
  g_autoptr (GError) failure = qs_source_run_dup_failure (run, NULL);

  /* A start() that ignored a lost record, or that only saw itself cancelled
   * because of it: the record is what matters. */
  if (producer_error != NULL &&
      (verdict == NULL || g_error_matches (verdict, G_IO_ERROR, G_IO_ERROR_CANCELLED)))
    {
      g_clear_error (&verdict);
      verdict = g_steal_pointer (&producer_error);
    }

  /* A source looks like that when it is stopped. */
  if (failure == NULL && g_error_matches (verdict, G_IO_ERROR, G_IO_ERROR_CANCELLED) &&
      qs_source_run_is_stopping (run))
    {
      warn_of_rest (source, producer);
      return TRUE;
    }

  if (verdict == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&verdict));
  return FALSE;
}

gboolean
qs_source_runner_run (QsBaseSource         *source,
                      QsSourceRun          *run,
                      const QsSourceRunner *self,
                      GError              **error)
{
  const QsSourceEvent started = { .type = QS_SOURCE_EVENT_STARTED, .pid = (int) getpid () };
  g_autoptr (QsProducer) producer = NULL;
  GError *run_error = NULL;

  if (self->state != NULL && QS_IS_STATEFUL_SOURCE (source))
    qs_stateful_source_set_environment (
        QS_STATEFUL_SOURCE (source), self->config, self->state, self->partition);
  else if (self->state != NULL && QS_IS_SOURCE (source))
    qs_source_set_commit_interval (QS_SOURCE (source), self->state->commit_interval);

  producer = make_producer (source, run, self, error);
  if (producer == NULL || !set_error_handling (source, producer, self, error) ||
      !qs_base_source_configure (source, self->topic, producer, error))
    return FALSE;

  /* Stopped before it came to anything. */
  if (qs_source_run_is_stopping (run))
    return conclude (source, run, NULL, error);

  qs_source_watcher_tell (qs_source_run_get_watcher (run), &started);

  /* A QsSource has flushed already; of another, nothing may be lost in silence. */
  if (qs_base_source_start (source, &run_error) &&
      (qs_producer_get_n_in_flight (producer) > 0 || qs_producer_is_transactional (producer)))
    qs_producer_flush (producer, -1, &run_error);

  return conclude (source, run, run_error, error);
}
