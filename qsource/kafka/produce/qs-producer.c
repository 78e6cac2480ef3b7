/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-producer-private.h"

#include "qs-bytes-private.h"
#include "qs-deadline-private.h"
#include "qs-delivery-private.h"
#include "qs-gate-private.h"
#include "qs-grace-private.h"
#include "qs-kafka-error.h"
#include "qs-kill-point-private.h"
#include "qs-ledger-private.h"
#include "qs-message-private.h"
#include "qs-rejects-private.h"

/* A busy producing thread serves delivery reports after so many records. */
#define RECORDS_PER_POLL 64

/* Seconds to abort what is open, for which readers would have to wait. */
#define ABORT_TIMEOUT 5

/* Milliseconds. */
#define WAIT_SLICE 20

/* How many records are pushed out rather than waited for; by a flush, for how long,
 * in microseconds. */
#define PUSH_TIME (100 * 1000)
#define MAX_PUSHED 10000

G_STATIC_ASSERT (WAIT_SLICE < QS_DELIVERY_TICK);

/**
 * QsProducer:
 *
 * Delivers records to Kafka: in order, once each, acknowledged by all replicas.
 *
 * A record is queued first; it counts as delivered when the brokers have
 * acknowledged it, which [method@Producer.flush] waits for. The queue is
 * bounded (`queue.buffering.max.messages` and `queue.buffering.max.kbytes` in
 * [property@Application:producer-config]): when it is full, producing waits. An
 * outage of the brokers that is shorter than
 * [property@Application:broker-availability-timeout] costs only time.
 *
 * No record is lost in silence: the first one that can't be delivered is told
 * by the next call, and every later flush fails.
 *
 * ## Life cycle
 *
 * A source has one while it runs, see [method@BaseSource.get_producer]. It
 * can't be made by itself.
 *
 * ## Thread safety
 *
 * Any thread may use it.
 */
struct _QsProducer
{
  GObject parent_instance;

  QsLedger      ledger;
  QsDelivery   *delivery;   /* owned; `NULL`: made by g_object_new() */
  QsTransactor *transactor; /* owned; `NULL`: records are delivered one by one */
  QsGrace       grace;      /* of the source */

  QsGate gate; /* closed while it is paused */

  gboolean tells_apart; /* see qs_producer_set_tells_apart() */
};

enum
{
  PROP_N_IN_FLIGHT = 1,
  PROP_N_ACKNOWLEDGED,
  PROP_N_FAILED,
  PROP_BYTES_ACKNOWLEDGED,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsProducer, qs_producer, G_TYPE_OBJECT)

/* @deadline 0: a source that is stopping doesn't wait. */
static gboolean
wait_for_room (QsProducer *self, rd_kafka_topic_t *topic, gint64 deadline, GError **error)
{
  if (!qs_ledger_check (&self->ledger, error))
    return FALSE;

  if (deadline != 0 && qs_deadline_passed (qs_grace_cut_deadline (&self->grace, deadline)))
    {
      g_set_error (error,
                   QS_KAFKA_ERROR,
                   QS_KAFKA_ERROR_TIMED_OUT,
                   "Cannot flush: the queue was full, and topic '%s' got no room in time",
                   rd_kafka_topic_name (topic));
      return FALSE;
    }
  if (deadline == 0 && qs_grace_has_begun (&self->grace))
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_CANCELLED,
                   "Cannot produce to topic '%s': the queue is full and the source is stopping",
                   rd_kafka_topic_name (topic));
      return FALSE;
    }

  /* A full queue has nothing to linger for; one of usual size fills its batches. */
  if (qs_ledger_get_n_in_flight (&self->ledger) <= MAX_PUSHED)
    qs_delivery_push (self->delivery, WAIT_SLICE);
  else
    qs_delivery_serve (self->delivery, WAIT_SLICE);

  return TRUE;
}

/* Queues @record, waiting for room. @deadline as for wait_for_room(). */
static QsEnqueued
enqueue_or_wait (QsProducer *self, const QsOutgoing *record, gint64 deadline, GError **error)
{
  QsEnqueued result;

  while ((result = qs_delivery_enqueue (self->delivery, record, error)) == QS_ENQUEUED_NOT_YET)
    {
      if (!wait_for_room (self, record->topic, deadline, error))
        return QS_ENQUEUED_FAILED;
    }

  return result;
}

/* A record is given up with @failure (taken): nothing more is committed. */
static gboolean
give_up (QsProducer *self, GError *failure, GError **error)
{
  if (!QS_IS_MUTANT ("no-poison"))
    qs_producer_poison (self, failure);
  g_propagate_error (error, failure);

  return FALSE;
}

static void
qs_producer_finalize (GObject *object)
{
  QsProducer *self = QS_PRODUCER (object);

  if (self->transactor != NULL && self->delivery != NULL)
    qs_transactor_abort (self->transactor, ABORT_TIMEOUT);
  g_clear_pointer (&self->delivery, qs_delivery_free);
  g_clear_pointer (&self->transactor, qs_transactor_free);
  qs_ledger_clear (&self->ledger);
  qs_grace_clear (&self->grace);
  qs_gate_clear (&self->gate);

  G_OBJECT_CLASS (qs_producer_parent_class)->finalize (object);
}

static void
qs_producer_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsProducer *self = QS_PRODUCER (object);

  switch (prop_id)
    {
    case PROP_N_IN_FLIGHT:
      g_value_set_uint64 (value, qs_producer_get_n_in_flight (self));
      break;

    case PROP_N_ACKNOWLEDGED:
      g_value_set_uint64 (value, qs_producer_get_n_acknowledged (self));
      break;

    case PROP_N_FAILED:
      g_value_set_uint64 (value, qs_producer_get_n_failed (self));
      break;

    case PROP_BYTES_ACKNOWLEDGED:
      g_value_set_uint64 (value, qs_producer_get_bytes_acknowledged (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_producer_class_init (QsProducerClass *klass)
{
  GObjectClass     *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = qs_producer_finalize;
  object_class->get_property = qs_producer_get_property;

  /**
   * QsProducer:n-in-flight: (getter get_n_in_flight)
   *
   * How many records wait to be acknowledged; changes without notification.
   */
  props[PROP_N_IN_FLIGHT] = g_param_spec_uint64 (
      "n-in-flight", NULL, "Records that wait to be acknowledged", 0, G_MAXUINT64, 0, flags);

  /**
   * QsProducer:n-acknowledged: (getter get_n_acknowledged)
   *
   * How many records were acknowledged; changes without notification.
   */
  props[PROP_N_ACKNOWLEDGED] = g_param_spec_uint64 ("n-acknowledged",
                                                    NULL,
                                                    "Records that the brokers have acknowledged",
                                                    0,
                                                    G_MAXUINT64,
                                                    0,
                                                    flags);

  /**
   * QsProducer:n-failed: (getter get_n_failed)
   *
   * How many records could not be delivered, or were refused; changes without notification.
   */
  props[PROP_N_FAILED] = g_param_spec_uint64 ("n-failed",
                                              NULL,
                                              "Records that could not be delivered or were refused",
                                              0,
                                              G_MAXUINT64,
                                              0,
                                              flags);

  /**
   * QsProducer:bytes-acknowledged: (getter get_bytes_acknowledged)
   *
   * How many bytes the keys and values of the acknowledged records had; changes
   * without notification.
   */
  props[PROP_BYTES_ACKNOWLEDGED] =
      g_param_spec_uint64 ("bytes-acknowledged",
                           NULL,
                           "Bytes of the keys and values of the acknowledged records",
                           0,
                           G_MAXUINT64,
                           0,
                           flags);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_producer_init (QsProducer *self)
{
  qs_ledger_init (&self->ledger);
  qs_gate_init (&self->gate);
}

QsProducer *
qs_producer_new (QsKafkaConfig       *config,
                 const char          *name,
                 GCancellable        *cancellable,
                 double               stop_timeout,
                 QsProducerFailedFunc failed,
                 gpointer             user_data,
                 GError             **error)
{
  return qs_producer_new_transactional (
      config, name, NULL, cancellable, stop_timeout, failed, user_data, error);
}

QsProducer *
qs_producer_new_transactional (QsKafkaConfig       *config,
                               const char          *name,
                               const char          *transactional_id,
                               GCancellable        *cancellable,
                               double               stop_timeout,
                               QsProducerFailedFunc failed,
                               gpointer             user_data,
                               GError             **error)
{
  g_autoptr (QsProducer) self = g_object_new (QS_TYPE_PRODUCER, NULL);

  qs_grace_init (&self->grace, cancellable, stop_timeout);
  if (transactional_id != NULL)
    self->transactor = qs_transactor_new (config, transactional_id);
  self->delivery =
      qs_delivery_new (config, &self->ledger, self->transactor, name, failed, user_data, error);
  if (self->delivery == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

QsProducerTopic *
qs_producer_open_topic (QsProducer *self, const char *name, GError **error)
{
  return qs_delivery_open_topic (self->delivery, name, error);
}

gboolean
qs_producer_get_watermarks (QsProducer *self,
                            const char *topic,
                            int         partition,
                            double      seconds,
                            gint64     *low,
                            gint64     *high,
                            GError    **error)
{
  return qs_delivery_get_watermarks (self->delivery, topic, partition, seconds, low, high, error);
}

gboolean
qs_producer_set_error_handling (QsProducer     *self,
                                QsErrorHandling handling,
                                const char     *topic,
                                GError        **error)
{
  return qs_delivery_set_error_handling (self->delivery, handling, topic, error);
}

gboolean
qs_producer_is_transactional (QsProducer *self)
{
  return self->transactor != NULL;
}

gsize
qs_producer_get_max_size (QsProducer *self)
{
  return qs_delivery_get_max_size (self->delivery);
}

gboolean
qs_producer_fence (QsProducer *self, GCancellable *cancellable, GError **error)
{
  g_assert (self->transactor != NULL);

  return qs_transactor_fence (self->transactor, cancellable, error);
}

gboolean
qs_producer_add_offsets (QsProducer                                      *self,
                         const struct rd_kafka_topic_partition_list_s    *offsets,
                         const struct rd_kafka_consumer_group_metadata_s *metadata,
                         GError                                         **error)
{
  g_assert (self->transactor != NULL);

  return qs_transactor_add_offsets (self->transactor, offsets, metadata, error);
}

void
qs_producer_abandon (QsProducer *self, const GError *reason)
{
  g_assert (self->transactor != NULL);

  qs_ledger_poison (&self->ledger, reason);
  qs_transactor_abort (self->transactor, ABORT_TIMEOUT);
}

/* Has the next record be one of a transaction, until leave_transaction(). */
static gboolean
enter_transaction (QsProducer *self, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (self->transactor == NULL ||
      qs_transactor_enter (self->transactor, self->grace.cancellable, &failure))
    return TRUE;

  qs_producer_poison (self, failure);
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/* Waits until the dead letters of earlier records are queued. */
static gboolean
wait_for_dead_letters (QsProducer *self, rd_kafka_topic_t *topic, GError **error)
{
  g_autoptr (GError) failure = NULL;

  while (qs_delivery_has_pending (self->delivery))
    {
      if (!wait_for_room (self, topic, 0, &failure))
        return give_up (self, g_steal_pointer (&failure), error);
    }

  return TRUE;
}

/* Sends @record, which is counted as sent.
 *
 * Context: between enter_transaction() and leave_transaction(). */
static gboolean
send_entered (QsProducer *self, const QsOutgoing *record, gint64 deadline, GError **error)
{
  g_autoptr (GError) failure = NULL;
  QsEnqueued result = enqueue_or_wait (self, record, deadline, &failure);

  if (G_LIKELY (result == QS_ENQUEUED))
    return TRUE;

  qs_ledger_remove_sent (&self->ledger, record->key_length + record->value_length);
  if (record->offsets != NULL)
    qs_ledger_remove_own (&self->ledger);
  if (result == QS_ENQUEUED_REJECTED && deadline == 0 &&
      qs_delivery_reject (self->delivery, record, "produce", failure))
    return TRUE;

  if (result == QS_ENQUEUED_REJECTED && self->tells_apart)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  return give_up (self, g_steal_pointer (&failure), error);
}

static void
leave_transaction (QsProducer *self)
{
  if (self->transactor != NULL)
    qs_transactor_leave (self->transactor);
}

static gboolean
check_earlier (QsProducer *self, GError **error)
{
  return self->tells_apart ? qs_ledger_check_alive (&self->ledger, error)
                           : qs_ledger_check (&self->ledger, error);
}

static gboolean
send_record (QsProducer *self, const QsOutgoing *record, gint64 deadline, GError **error)
{
  gsize    length = record->key_length + record->value_length;
  guint64  n_sent;
  gboolean ok;

  if (!check_earlier (self, error) ||
      (deadline == 0 && !wait_for_dead_letters (self, record->topic, error)) ||
      !enter_transaction (self, error))
    return FALSE;

  QS_KILL_POINT ("produce-before");
  if (record->offsets != NULL)
    qs_ledger_add_own (&self->ledger);
  n_sent = qs_ledger_add_sent (&self->ledger, length);
  ok = send_entered (self, record, deadline, error);
  QS_KILL_POINT ("produce-after");
  leave_transaction (self);
  if (n_sent % RECORDS_PER_POLL == 0)
    qs_delivery_serve (self->delivery, 0);

  return ok;
}

/* Why a record that was rejected is not produced. */
static GError *
new_rejection (rd_kafka_topic_t *topic, const GError *failure)
{
  GError *error = g_error_copy (failure);

  /* What a serializer says is complete. */
  if (g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_REJECTED))
    g_prefix_error (
        &error, "Cannot produce a rejected record to topic '%s': ", rd_kafka_topic_name (topic));

  return error;
}

gboolean
qs_producer_reject (QsProducer *self, QsProducerTopic *topic, QsMessage *message, GError **error)
{
  const GError *failure = qs_message_get_failure (message);
  QsOutgoing    record = {
       .topic = topic,
       .headers = qs_message_get_headers (message),
       .timestamp = qs_message_get_timestamp (message),
       .partition = -1,
  };
  gboolean ok = FALSE;

  record.key = qs_bytes_get_data (qs_message_get_key (message), &record.key_length);
  record.value = qs_bytes_get_data (qs_message_get_value (message), &record.value_length);

  if (!qs_ledger_check (&self->ledger, error) ||
      !wait_for_dead_letters (self, record.topic, error) || !enter_transaction (self, error))
    return FALSE;

  ok = qs_delivery_reject (self->delivery, &record, qs_message_get_stage (message), failure) ||
       give_up (self, new_rejection (record.topic, failure), error);
  leave_transaction (self);
  qs_delivery_serve (self->delivery, 0);

  return ok;
}

gboolean
qs_producer_send (QsProducer *self, const QsOutgoing *record, GError **error)
{
  return send_record (self, record, 0, error);
}

gboolean
qs_producer_send_in_flush (QsProducer       *self,
                           const QsOutgoing *record,
                           gint64            deadline,
                           GError          **error)
{
  return send_record (self, record, deadline, error);
}

void
qs_producer_set_tells_apart (QsProducer *self)
{
  self->tells_apart = TRUE;
}

void
qs_producer_set_paused (QsProducer *self, gboolean is_paused)
{
  qs_gate_set_closed (&self->gate, is_paused);
}

void
qs_producer_wait_while_paused (QsProducer *self, gboolean has_timer)
{
  if (self->transactor != NULL && !has_timer && qs_transactor_is_open (self->transactor))
    return;

  qs_gate_pass (&self->gate, self->grace.cancellable);
}

void
qs_producer_poison (QsProducer *self, const GError *error)
{
  qs_ledger_poison (&self->ledger, error);
}

void
qs_producer_fail (QsProducer *self, const GError *error)
{
  qs_delivery_fail (self->delivery, error);
}

GError *
qs_producer_dup_error (QsProducer *self)
{
  return qs_ledger_dup_error (&self->ledger, FALSE);
}

gboolean
qs_producer_is_filling (QsProducer *self)
{
  return qs_delivery_is_filling (self->delivery);
}

GVariant *
qs_producer_get_stats (QsProducer *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "n-in-flight", "t", qs_producer_get_n_in_flight (self));
  g_variant_dict_insert (&dict, "n-acknowledged", "t", qs_producer_get_n_acknowledged (self));
  g_variant_dict_insert (&dict, "n-failed", "t", qs_producer_get_n_failed (self));
  g_variant_dict_insert (&dict, "n-skipped", "t", qs_delivery_get_n_skipped (self->delivery));
  g_variant_dict_insert (
      &dict, "n-dead-letters", "t", qs_ledger_get_n_dead_letters (&self->ledger));
  g_variant_dict_insert (
      &dict, "bytes-acknowledged", "t", qs_producer_get_bytes_acknowledged (self));

  return g_variant_dict_end (&dict);
}

/**
 * qs_producer_get_n_in_flight: (get-property n-in-flight)
 * @self: a producer
 *
 * Gets how many records wait to be acknowledged.
 *
 * Returns: the number of records
 */
guint64
qs_producer_get_n_in_flight (QsProducer *self)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), 0);

  return qs_ledger_get_n_waiting (&self->ledger);
}

/**
 * qs_producer_get_n_acknowledged: (get-property n-acknowledged)
 * @self: a producer
 *
 * Gets how many records were acknowledged.
 *
 * Returns: the number of records
 */
guint64
qs_producer_get_n_acknowledged (QsProducer *self)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), 0);

  return qs_ledger_get_n_acknowledged (&self->ledger);
}

/**
 * qs_producer_get_n_failed: (get-property n-failed)
 * @self: a producer
 *
 * Gets how many records could not be delivered.
 *
 * Returns: the number of records
 */
guint64
qs_producer_get_n_failed (QsProducer *self)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), 0);

  return qs_ledger_get_n_failed (&self->ledger);
}

/**
 * qs_producer_get_bytes_acknowledged: (get-property bytes-acknowledged)
 * @self: a producer
 *
 * Gets how many bytes the keys and values of the acknowledged records had.
 *
 * Returns: the number of bytes
 */
guint64
qs_producer_get_bytes_acknowledged (QsProducer *self)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), 0);

  return qs_ledger_get_bytes_acknowledged (&self->ledger);
}

/* Whether waiting makes sense. A transaction that has lost a record is only aborted,
 * and librdkafka tries those behind the lost one until it is too old. */
static gboolean
check_waiting (QsProducer *self, GError **error)
{
  GError *poison = NULL;

  if (!qs_ledger_check_alive (&self->ledger, error))
    return FALSE;
  if (self->transactor != NULL)
    poison = qs_ledger_dup_error (&self->ledger, FALSE);
  if (poison == NULL)
    return TRUE;

  g_propagate_error (error, poison);
  return FALSE;
}

/* Waits for acknowledgements, but not for long. Where little is left, that little might
 * linger, and is pushed out; but only at first, and not where much is left, which fills
 * its batches anyway: a push has librdkafka's threads spin, and many of them starve the
 * brokers of a small machine. */
static void
wait_for_some (QsProducer *self, gint64 started, gint64 deadline, guint64 n_in_flight)
{
  if (n_in_flight > MAX_PUSHED || g_get_monotonic_time () - started > PUSH_TIME)
    {
      qs_delivery_serve (self->delivery, qs_deadline_slice (deadline, WAIT_SLICE));
      return;
    }

  qs_delivery_push (self->delivery, qs_deadline_slice (deadline, WAIT_SLICE));
  /* Waits where nothing is queued but a record of another thread is about to be. */
  qs_delivery_serve (self->delivery, 1);
}

static gboolean
wait_until_acknowledged (QsProducer *self, gint64 deadline, GError **error)
{
  gint64  started = g_get_monotonic_time ();
  guint64 n_in_flight;

  while ((n_in_flight = qs_ledger_get_n_in_flight (&self->ledger)) > 0)
    {
      if (!check_waiting (self, error))
        return FALSE;

      deadline = qs_grace_cut_deadline (&self->grace, deadline);
      if (qs_deadline_passed (deadline))
        {
          g_set_error (error,
                       QS_KAFKA_ERROR,
                       QS_KAFKA_ERROR_TIMED_OUT,
                       "Cannot flush: %" G_GUINT64_FORMAT
                       " records were not acknowledged within %.1f s",
                       n_in_flight,
                       (g_get_monotonic_time () - started) / 1e6);
          return FALSE;
        }

      wait_for_some (self, started, deadline, n_in_flight);
    }

  return TRUE;
}

static gboolean
commit (QsProducer *self, GError **error)
{
  return self->transactor == NULL || qs_transactor_commit (self->transactor, error);
}

/**
 * qs_producer_flush:
 * @self: a producer
 * @timeout: seconds, or -1 to wait without end
 * @error: return location for an error
 *
 * Waits until all records were acknowledged; under exactly-once, commits them.
 *
 * It fails, now and every time after, if one of them could not be delivered or
 * was refused when it was produced, and with `QS_KAFKA_ERROR_TIMED_OUT` if it
 * takes longer than @timeout, or than what a source has left when it is stopping.
 * The wait ends, too, when the producer can't go on: the brokers refuse it, or
 * were away for longer than [property@Application:broker-availability-timeout],
 * which is all that bounds a commit that has begun.
 *
 * Returns: true if all records were acknowledged
 */
gboolean
qs_producer_flush (QsProducer *self, double timeout, GError **error)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), FALSE);

  return qs_producer_flush_until (self, qs_deadline_after (timeout), error);
}

gboolean
qs_producer_await_until (QsProducer *self, gint64 deadline, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (!wait_until_acknowledged (self, deadline, &failure))
    qs_ledger_poison (&self->ledger, failure);

  g_clear_error (&failure);
  failure = qs_ledger_dup_error (&self->ledger, TRUE);
  if (failure == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

gboolean
qs_producer_flush_until (QsProducer *self, gint64 deadline, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (self->delivery == NULL)
    {
      g_set_error_literal (error,
                           QS_KAFKA_ERROR,
                           QS_KAFKA_ERROR_INVALID_STATE,
                           "Cannot flush: this producer belongs to no source");
      return FALSE;
    }

  if (!qs_producer_await_until (self, deadline, error))
    return FALSE;

  if (commit (self, &failure))
    return TRUE;

  qs_ledger_poison (&self->ledger, failure);
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}
