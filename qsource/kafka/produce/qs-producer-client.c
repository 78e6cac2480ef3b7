/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdatomic.h>

#include "qs-producer-client-private.h"

#include "qs-broker-watch-private.h"
#include "qs-fault-private.h"
#include "qs-headers-private.h"
#include "qs-kafka-error-private.h"
#include "qs-log-private.h"
#include "qs-message-private.h"
#include "qs-outage-private.h"
#include "qs-producer-topics-private.h"
#include "qs-rejects-private.h"

/* How long a push lasts, at most: enough for librdkafka's threads to wake up. */
#define PUSH_MS 1

/* A queue is filling when this part of it is. */
#define FILLING_PART 5

struct _QsProducerClient
{
  /* Set before the first record, not changed after. */
  char             *name;       /* of the source, for the log; nullable */
  QsKafkaConfig    *config;     /* owned */
  QsLedger         *ledger;     /* not owned */
  QsTransactor     *transactor; /* not owned; nullable */
  rd_kafka_t       *client;
  QsProducerTopics *topics;
  QsFault           fault;
  GThread          *helper;
  QsQueueLimits     limits;
  QsAnswerWait     *answers; /* owned; ends with the client */

  /* The helper only. */
  QsProducerFailedFunc failed; /* `NULL` once it was called */
  gpointer             failed_data;

  /* Any thread. */
  _Atomic (QsRejects *) rejects; /* owned; nullable, set once: the helper runs before */
  _Atomic gboolean      ending;
  QsReports             reports;

  GMutex lock;
  char  *cause; /* what librdkafka last said about the brokers; nullable */
};

static GError *
new_delivery_error (QsProducerClient *self, const rd_kafka_message_t *report)
{
  g_autofree char *record = qs_kafka_error_describe_record (
      report->rkt, (int) report->partition, report->key, report->key_len);
  g_autofree char *what = g_strconcat ("Cannot deliver ", record, NULL);

  return qs_fault_new_error (&self->fault, report->err, what, report->rkt, report->partition, TRUE);
}

/* Whether the record of @report is given up in order. In a transaction, librdkafka
 * fails all of it with one record, and the dead letter with it. */
static gboolean
is_rejected (QsProducerClient *self, const rd_kafka_message_t *report)
{
  return self->rejects != NULL && self->transactor == NULL && report->_private == NULL &&
         !qs_rejects_is_dead_letter (self->rejects, report) &&
         qs_fault_is_about_record (&self->fault, report->err, report->rkt, report->partition);
}

/* Deals with @record as was said; FALSE if it is a failure. */
static gboolean
reject (QsProducerClient *self, const QsOutgoing *record, const char *stage, const GError *why)
{
  switch (qs_rejects_get_handling (self->rejects))
    {
    case QS_ERROR_HANDLING_SKIP:
      qs_rejects_skip (self->rejects, record, why);
      return TRUE;

    case QS_ERROR_HANDLING_DEAD_LETTER:
      /* Before it can be sent: whoever flushes waits for it from now on. */
      qs_ledger_add_letter (self->ledger);
      qs_rejects_bury (self->rejects, record, stage, why);
      return TRUE;

    case QS_ERROR_HANDLING_FAIL:
    default:
      return FALSE;
    }
}

static gboolean
reject_undelivered (QsProducerClient *self, const rd_kafka_message_t *report)
{
  g_autoptr (GError) why = new_delivery_error (self, report);
  g_autoptr (QsHeaders) headers = qs_headers_new_from_kafka ((rd_kafka_message_t *) report);
  const QsOutgoing record = {
    .topic = report->rkt,
    .key = report->key,
    .key_length = report->key_len,
    .value = report->payload,
    .value_length = report->len,
    .headers = headers,
    .timestamp = rd_kafka_message_timestamp (report, NULL),
    .partition = report->partition,
  };

  return reject (self, &record, "delivery", why);
}

static void
delivery_failed (QsProducerClient *self, const rd_kafka_message_t *report, gsize n_bytes)
{
  g_autoptr (GError) error = NULL;

  if (!is_rejected (self, report) || !reject_undelivered (self, report))
    error = new_delivery_error (self, report);
  if (report->_private != NULL)
    qs_ledger_add_own_done (self->ledger, n_bytes, error);
  else
    qs_ledger_add_failed (self->ledger, n_bytes, error);
}

static void
delivery_report_cb (rd_kafka_t *client, const rd_kafka_message_t *report, void *user_data)
{
  QsProducerClient *self = user_data;
  gboolean          is_dead_letter =
      self->rejects != NULL && qs_rejects_is_dead_letter (self->rejects, report);
  gsize n_bytes = is_dead_letter ? 0 : report->len + report->key_len;

  if (G_UNLIKELY (report->err != RD_KAFKA_RESP_ERR_NO_ERROR))
    {
      delivery_failed (self, report, n_bytes);
    }
  else if (is_dead_letter)
    {
      qs_ledger_add_dead_letter (self->ledger);
    }
  else if (report->_private != NULL)
    {
      qs_produced_offsets_note (report->_private, report->offset);
      qs_ledger_add_own_done (self->ledger, n_bytes, NULL);
    }
  else
    {
      if (qs_ledger_wants_latency (self->ledger))
        qs_ledger_note_latency (self->ledger, rd_kafka_message_latency (report));
      qs_ledger_add_acknowledged (self->ledger, n_bytes);
    }
}

static void
error_cb (rd_kafka_t *client, int code, const char *reason, void *user_data)
{
  QsProducerClient *self = user_data;
  g_autoptr (GError) error = NULL;

  if (code == RD_KAFKA_RESP_ERR__FATAL)
    {
      error = qs_fault_new_error (&self->fault, code, "Cannot continue producing", NULL, -1, FALSE);
      qs_producer_client_fail (self, error);
    }
  else if (qs_kafka_error_refuses_admission (code, reason))
    {
      g_autofree char *cause = qs_kafka_error_dup_cause (reason);

      qs_kafka_error_set (&error, RD_KAFKA_RESP_ERR__AUTHENTICATION, "Cannot produce", cause);
      qs_producer_client_fail (self, error);
    }
  else if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    {
      g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

      g_free (self->cause);
      self->cause = qs_kafka_error_dup_cause (reason);
    }
}

/* Why nothing is acknowledged. */
static char *
dup_cause (QsProducerClient *self)
{
  g_autofree char *told = NULL;

  g_mutex_lock (&self->lock);
  told = g_strdup (self->cause);
  g_mutex_unlock (&self->lock);

  return qs_outage_dup_cause (self->client, told);
}

static void
watch_brokers (QsProducerClient *self, QsBrokerWatch *watch)
{
  guint64          n_waiting = qs_ledger_get_n_in_flight (self->ledger);
  guint64          n_answered = qs_ledger_get_n_answered (self->ledger);
  g_autofree char *cause = NULL;
  g_autoptr (GError) error = NULL;
  double waited;

  QsBrokerVerdict verdict;

  waited = watch->waited / 1e6;
  verdict = qs_broker_watch_look (watch, g_get_monotonic_time (), n_waiting, n_answered);
  if (verdict == QS_BROKER_WATCH_WARN || verdict == QS_BROKER_WATCH_GIVE_UP)
    cause = dup_cause (self);

  switch (verdict)
    {
    case QS_BROKER_WATCH_WARN:
      qs_log_warning (self->name,
                      NULL,
                      "The brokers have acknowledged nothing for %.0f s, %" G_GUINT64_FORMAT
                      " records are waiting: %s",
                      waited,
                      n_waiting,
                      cause);
      break;

    case QS_BROKER_WATCH_BACK:
      /* Nothing waits any more where all has failed, too. */
      if (n_answered > watch->n_at_warning)
        qs_log_message (self->name, NULL, "The brokers acknowledge records again");
      break;

    case QS_BROKER_WATCH_GIVE_UP:
      error = g_error_new (QS_KAFKA_ERROR,
                           QS_KAFKA_ERROR_UNAVAILABLE,
                           "Cannot deliver %" G_GUINT64_FORMAT
                           " records: the brokers at '%s' have acknowledged nothing for %g s "
                           "(broker-availability-timeout): %s",
                           n_waiting,
                           self->config->bootstrap_servers,
                           self->config->broker_availability_timeout,
                           cause);
      qs_producer_client_fail (self, error);
      break;

    case QS_BROKER_WATCH_FINE:
    default:
      break;
    }
}

/* Queues what was given up for its topic; a dead letter that is refused is a record
 * that is lost. */
static void
send_dead_letters (QsProducerClient *self)
{
  while (self->rejects != NULL)
    {
      g_autoptr (GError) error = NULL;

      if (qs_rejects_send (self->rejects, &error))
        break;

      qs_ledger_add_failed (self->ledger, 0, error);
    }
}

static void
tell_failure (QsProducerClient *self)
{
  g_autoptr (GError) failure = NULL;
  QsProducerFailedFunc failed = self->failed;

  if (failed == NULL || qs_ledger_check_alive (self->ledger, &failure))
    return;

  self->failed = NULL;
  failed (failure, self->failed_data);
}

static gpointer
helper_main (gpointer user_data)
{
  QsProducerClient *self = user_data;
  QsBrokerWatch     watch;

  qs_broker_watch_init (&watch, self->config->broker_availability_timeout);

  while (!atomic_load (&self->ending))
    {
      qs_reports_help (&self->reports, qs_broker_watch_get_interval (&watch));
      send_dead_letters (self);
      watch_brokers (self, &watch);
      tell_failure (self);
      if (self->transactor != NULL)
        qs_transactor_keep_alive (self->transactor, self->name);
    }

  return NULL;
}

static gboolean
open_client (QsProducerClient *self, GError **error)
{
  g_autoptr (rd_kafka_conf_t) conf = NULL;

  conf = qs_kafka_conf_new (QS_KAFKA_ROLE_PRODUCER,
                            self->config->bootstrap_servers,
                            self->config->client_config,
                            self->config->producer_config,
                            error);
  if (conf == NULL)
    return FALSE;

  qs_kafka_config_limit_batches (self->config, conf);
  if (self->transactor != NULL)
    qs_transactor_configure (self->transactor, conf);
  rd_kafka_conf_set_opaque (conf, self);
  rd_kafka_conf_set_dr_msg_cb (conf, delivery_report_cb);
  rd_kafka_conf_set_error_cb (conf, error_cb);
  self->answers = qs_answer_wait_new (self->ledger, conf);
  self->client = qs_kafka_conf_create (g_steal_pointer (&conf), QS_KAFKA_ROLE_PRODUCER, error);
  if (self->client == NULL)
    return FALSE;

  if (self->transactor != NULL)
    qs_transactor_set_client (self->transactor, self->client, self->answers);
  qs_queue_limits_read (&self->limits, self->client);
  self->topics = qs_producer_topics_new (self->client);
  self->fault = (QsFault){ self->client, self->transactor, self->topics };
  qs_reports_init (&self->reports, self->client, self->ledger);
  self->helper = g_thread_try_new ("qs-producer-client", helper_main, self, error);

  return self->helper != NULL;
}

QsProducerClient *
qs_producer_client_new (QsKafkaConfig       *config,
                        QsLedger            *ledger,
                        QsTransactor        *transactor,
                        const char          *name,
                        QsProducerFailedFunc failed,
                        gpointer             user_data,
                        GError             **error)
{
  g_autoptr (QsProducerClient) self = g_new0 (QsProducerClient, 1);

  g_mutex_init (&self->lock);
  self->config = qs_kafka_config_ref (config);
  self->ledger = ledger;
  self->transactor = transactor;
  self->name = g_strdup (name);
  self->failed = failed;
  self->failed_data = user_data;
  if (!open_client (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

static void
stop_helper (QsProducerClient *self)
{
  qs_answer_wait_begin_hurry (self->answers);
  atomic_store (&self->ending, TRUE);
  qs_reports_wake_all (&self->reports);

  g_thread_join (g_steal_pointer (&self->helper));
}

static void
stop_client (QsProducerClient *self)
{
  guint64 n_dropped;

  qs_reports_serve (&self->reports);
  n_dropped = qs_ledger_get_n_in_flight (self->ledger);
  if (n_dropped > 0)
    {
      qs_log_warning (self->name,
                      NULL,
                      "%" G_GUINT64_FORMAT
                      " records were dropped: the producer ended before they were acknowledged",
                      n_dropped);

      /* An answer that says that the client was fenced, and comes while this is
       * destroyed, has librdkafka (2.0.2) free the text of its error twice. Let
       * nobody wait for answers. */
      rd_kafka_purge (self->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    }

  qs_reports_clear (&self->reports);
  qs_answer_wait_end_client (g_steal_pointer (&self->answers), g_steal_pointer (&self->client));
}

void
qs_producer_client_free (QsProducerClient *self)
{
  if (self->helper != NULL)
    stop_helper (self);
  g_clear_pointer (&self->topics, qs_producer_topics_free);
  if (self->client != NULL)
    stop_client (self);

  g_clear_pointer (&self->answers, qs_answer_wait_free);
  if (atomic_load (&self->rejects) != NULL)
    qs_rejects_free (atomic_load (&self->rejects));
  g_free (self->name);
  qs_kafka_config_unref (self->config);
  g_free (self->cause);
  g_mutex_clear (&self->lock);
  g_free (self);
}

QsProducerTopics *
qs_producer_client_get_topics (QsProducerClient *self)
{
  return self->topics;
}

QsAnswerWait *
qs_producer_client_get_answers (QsProducerClient *self)
{
  return self->answers;
}

const QsQueueLimits *
qs_producer_client_get_limits (QsProducerClient *self)
{
  return &self->limits;
}

QsEnqueued
qs_producer_client_enqueue (QsProducerClient *self, const QsOutgoing *record, GError **error)
{
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP;
  g_autofree char    *text = NULL;
  g_autofree char    *what = NULL;

  /* librdkafka takes a negative timestamp for none. */
  if (G_LIKELY (record->timestamp >= 0 && record->partition >= -1) ||
      (qs_message_check_timestamp (record->timestamp, error) &&
       qs_message_check_partition (record->partition, error)))
    code = qs_outgoing_enqueue (record, self->client);
  if (G_LIKELY (code == RD_KAFKA_RESP_ERR_NO_ERROR))
    return QS_ENQUEUED;
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
    return QS_ENQUEUED_NOT_YET;

  text = qs_kafka_error_describe_record (
      record->topic, record->partition, record->key, record->key_length);
  what = g_strconcat ("Cannot produce ", text, NULL);
  if (code == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP)
    {
      g_prefix_error (error, "%s: ", what);
      return QS_ENQUEUED_REJECTED;
    }

  g_propagate_error (
      error,
      qs_fault_new_error (&self->fault, code, what, record->topic, record->partition, FALSE));

  return qs_fault_is_about_record (&self->fault, code, record->topic, record->partition)
             ? QS_ENQUEUED_REJECTED
             : QS_ENQUEUED_FAILED;
}

void
qs_producer_client_push (QsProducerClient *self)
{
  rd_kafka_flush (self->client, PUSH_MS);
  qs_producer_client_serve (self);
}

void
qs_producer_client_serve (QsProducerClient *self)
{
  qs_reports_serve (&self->reports);
  send_dead_letters (self);
}

void
qs_producer_client_begin_wait (QsProducerClient *self, QsReportsWait *wait)
{
  qs_reports_begin_wait (&self->reports, wait);
}

void
qs_producer_client_end_wait (QsProducerClient *self)
{
  qs_reports_end_wait (&self->reports);
}

void
qs_producer_client_wait (QsProducerClient *self, QsReportsWait *wait, gint64 until)
{
  qs_reports_wait (&self->reports, wait, until);
  send_dead_letters (self);
}

void
qs_producer_client_wake (QsProducerClient *self)
{
  qs_reports_wake (&self->reports);
}

gboolean
qs_producer_client_is_filling (QsProducerClient *self)
{
  return qs_ledger_get_n_in_flight (self->ledger) >= self->limits.records / FILLING_PART ||
         qs_ledger_get_bytes_in_flight (self->ledger) >= self->limits.bytes / FILLING_PART;
}

gboolean
qs_producer_client_set_error_handling (QsProducerClient *self,
                                       QsErrorHandling   handling,
                                       const char       *topic,
                                       GError          **error)
{
  QsProducerTopic *dead_letters = NULL;
  QsRejects       *rejects = NULL;
  QsRejects       *none = NULL;

  if (topic != NULL)
    dead_letters = qs_producer_topics_open (self->topics, topic, NULL, error);
  if (topic != NULL && dead_letters == NULL)
    return FALSE;

  rejects = qs_rejects_new (handling, self->name, self->client, dead_letters);
  if (!atomic_compare_exchange_strong (&self->rejects, &none, rejects))
    g_assert_not_reached ();

  return TRUE;
}

gboolean
qs_producer_client_reject (QsProducerClient *self,
                           const QsOutgoing *record,
                           const char       *stage,
                           const GError     *why)
{
  qs_ledger_add_refused (self->ledger);

  return self->rejects != NULL && reject (self, record, stage, why);
}

gboolean
qs_producer_client_has_pending (QsProducerClient *self)
{
  if (G_LIKELY (self->rejects == NULL || !qs_rejects_has_pending (self->rejects)))
    return FALSE;

  send_dead_letters (self);

  return qs_rejects_has_pending (self->rejects);
}

guint64
qs_producer_client_get_n_skipped (QsProducerClient *self)
{
  return self->rejects != NULL ? qs_rejects_get_n_skipped (self->rejects) : 0;
}

void
qs_producer_client_fail (QsProducerClient *self, const GError *error)
{
  /* First the transaction: whoever sees the failure finds it given up. */
  if (self->transactor != NULL)
    qs_transactor_give_up (self->transactor, error);
  if (!qs_ledger_fail (self->ledger, error))
    return;

  qs_reports_wake_all (&self->reports);
}
