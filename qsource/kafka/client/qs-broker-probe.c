/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdatomic.h>

#include "qs-broker-probe-private.h"

#include "qs-broker-watch-private.h"
#include "qs-kafka-error-private.h"
#include "qs-log-private.h"

#define PROBE_TIME 1000 /* milliseconds */

struct _QsBrokerProbe
{
  rd_kafka_t    *client; /* not owned */
  QsKafkaConfig *config; /* owned */
  QsBrokerWatch  watch;
  gboolean       is_down; /* for all we know */
  guint64        n_answers;
  char          *cause;  /* owned, nullable */
  GThread       *thread; /* owned; NULL while nobody asks */

  /* Of the thread: it has ended, with this. */
  _Atomic gboolean is_done;
  _Atomic gboolean has_answer;
};

static gpointer
probe_main (gpointer user_data)
{
  QsBrokerProbe                  *self = user_data;
  const struct rd_kafka_metadata *metadata = NULL;
  rd_kafka_resp_err_t             code;

  code = rd_kafka_metadata (self->client, 0, NULL, &metadata, PROBE_TIME);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    rd_kafka_metadata_destroy (metadata);

  atomic_store (&self->has_answer, code == RD_KAFKA_RESP_ERR_NO_ERROR);
  atomic_store (&self->is_done, TRUE);

  return NULL;
}

static void
ask (QsBrokerProbe *self)
{
  if (self->thread != NULL)
    {
      if (!atomic_load (&self->is_done))
        return;

      g_thread_join (g_steal_pointer (&self->thread));
      if (atomic_load (&self->has_answer))
        self->is_down = FALSE;
    }

  if (!self->is_down)
    return;

  atomic_store (&self->is_done, FALSE);
  self->thread = g_thread_try_new ("qs-probe", probe_main, self, NULL);
}

QsBrokerProbe *
qs_broker_probe_new (rd_kafka_t *client, QsKafkaConfig *config)
{
  QsBrokerProbe *self = g_new0 (QsBrokerProbe, 1);

  self->client = client;
  self->config = qs_kafka_config_ref (config);
  qs_broker_watch_init (&self->watch, config->broker_availability_timeout);

  return self;
}

void
qs_broker_probe_free (QsBrokerProbe *self)
{
  if (self->thread != NULL)
    g_thread_join (self->thread);

  qs_kafka_config_unref (self->config);
  g_free (self->cause);
  g_free (self);
}

void
qs_broker_probe_note (QsBrokerProbe *self, rd_kafka_resp_err_t code, const char *reason)
{
  /* librdkafka does not always report that all are down, so ask after each error. */
  self->is_down = TRUE;
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    return;

  g_free (self->cause);
  self->cause = qs_kafka_error_dup_cause (reason);
}

void
qs_broker_probe_answered (QsBrokerProbe *self)
{
  self->n_answers++;
}

gboolean
qs_broker_probe_look (QsBrokerProbe *self, GError **error)
{
  const char *cause = self->cause != NULL ? self->cause : "they do not answer";

  ask (self);

  switch (qs_broker_watch_look (
      &self->watch, g_get_monotonic_time (), self->is_down ? 1 : 0, self->n_answers))
    {
    case QS_BROKER_WATCH_WARN:
      qs_log_warning (
          NULL, NULL, "No broker could be reached for %.0f s: %s", self->watch.waited / 1e6, cause);
      return TRUE;

    case QS_BROKER_WATCH_BACK:
      qs_log_message (NULL, NULL, "The brokers can be reached again");
      return TRUE;

    case QS_BROKER_WATCH_GIVE_UP:
      g_set_error (error,
                   QS_KAFKA_ERROR,
                   QS_KAFKA_ERROR_UNAVAILABLE,
                   "Cannot read: no broker at '%s' could be reached for %g s "
                   "(broker-availability-timeout): %s",
                   self->config->bootstrap_servers,
                   self->config->broker_availability_timeout,
                   cause);
      return FALSE;

    case QS_BROKER_WATCH_FINE:
    default:
      return TRUE;
    }
}
