/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-producer-private.h"

#include "qs-bytes-private.h"
#include "qs-deadline-private.h"
#include "qs-gate-private.h"
#include "qs-grace-private.h"
#include "qs-kafka-error.h"
#include "qs-kill-point-private.h"
#include "qs-ledger-private.h"
#include "qs-message-private.h"
#include "qs-producer-client-private.h"
#include "qs-producer-pace-private.h"
#include "qs-producer-parts-private.h"
#include "qs-producer-queue-private.h"
#include "qs-rejects-private.h"

/* A busy producing thread serves delivery reports after so many records. */
#define RECORDS_PER_POLL 64

/* Bytes of a record after which it is done, too. */
#define LARGE_RECORD (16 * 1024)

/* Seconds to abort what is open, for which readers would have to wait. */
#define ABORT_TIMEOUT 5

/**
 * QsProducer:
 *
 * Delivers records to Kafka: in order, once each, acknowledged by all replicas.
 *
 * A record is first queued, and counts as delivered when the brokers have acknowledged it;
 * [method@Producer.flush] waits for that. The size of the queue is limited
 * (`queue.buffering.max.messages` and `queue.buffering.max.kbytes` in
 * [property@Application:producer-config]): when it is full, producing blocks. While many more
 * threads than processors want to run, and the brokers answer, a source blocks earlier: a
 * longer queue would only take memory and time from the brokers. An outage of the brokers that
 * is shorter than [property@Application:broker-availability-timeout] only delays records.
 *
 * No record is lost silently: the next call reports the first record that cannot be
 * delivered, and every later flush fails.
 *
 * ## Life cycle
 *
 * A source has one while it runs, see [method@BaseSource.get_producer];
 * [method@Application.get_producer] makes one for other records.
 *
 * ## Thread safety
 *
 * Any thread may use it.
 */
struct _QsProducer
{
  GObject parent_instance;

  QsProducerParts parts;

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

/* A record is given up with @failure (taken): nothing more is committed. */
static gboolean
give_up (QsProducer *self, GError *failure, GError **error)
{
  if (!QS_IS_MUTANT ("no-poison"))
    qs_producer_poison (self, failure);
  g_propagate_error (error, failure);

  return FALSE;
}

/* A broker that hangs must not keep a source that is stopping. */
static void
abort_transaction (QsProducer *self)
{
  qs_transactor_abort (self->parts.transactor,
                       qs_grace_cut_tidying (self->parts.grace, qs_deadline_after (ABORT_TIMEOUT)));
}

/* From now on, waits may be cut. */
static void
stop_waiting (GCancellable *cancellable, gpointer client)
{
  qs_producer_client_wake (client);
}

static void
qs_producer_finalize (GObject *object)
{
  QsProducer *self = QS_PRODUCER (object);

  if (self->parts.transactor != NULL && self->parts.client != NULL)
    abort_transaction (self);
  if (self->parts.grace_id != 0)
    g_cancellable_disconnect (qs_grace_get_cancellable (self->parts.grace), self->parts.grace_id);
  g_clear_pointer (&self->parts.client, qs_producer_client_free);
  g_clear_pointer (&self->parts.transactor, qs_transactor_free);
  qs_ledger_clear (&self->parts.ledger);
  g_clear_pointer (&self->parts.grace, qs_grace_unref);
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
      g_value_set_uint64 (value, qs_ledger_get_n_waiting (&self->parts.ledger));
      break;

    case PROP_N_ACKNOWLEDGED:
      g_value_set_uint64 (value, qs_ledger_get_n_acknowledged (&self->parts.ledger));
      break;

    case PROP_N_FAILED:
      g_value_set_uint64 (value, qs_ledger_get_n_failed (&self->parts.ledger));
      break;

    case PROP_BYTES_ACKNOWLEDGED:
      g_value_set_uint64 (value, qs_ledger_get_bytes_acknowledged (&self->parts.ledger));
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
   * The total size of the keys and values of the acknowledged records, in bytes; changes
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
  qs_ledger_init (&self->parts.ledger);
  qs_gate_init (&self->gate);
  self->parts.n_answered_at_pause = G_MAXUINT64;
}

QsProducer *
qs_producer_new (QsKafkaConfig       *config,
                 const char          *name,
                 QsGrace             *grace,
                 QsProducerFailedFunc failed,
                 gpointer             user_data,
                 GError             **error)
{
  return qs_producer_new_transactional (config, name, NULL, grace, failed, user_data, error);
}

QsProducer *
qs_producer_new_transactional (QsKafkaConfig       *config,
                               const char          *name,
                               const char          *transactional_id,
                               QsGrace             *grace,
                               QsProducerFailedFunc failed,
                               gpointer             user_data,
                               GError             **error)
{
  g_autoptr (QsProducer) self = g_object_new (QS_TYPE_PRODUCER, NULL);

  if (grace != NULL)
    self->parts.grace = qs_grace_ref (grace);
  if (transactional_id != NULL)
    self->parts.transactor = qs_transactor_new (config, transactional_id);
  self->parts.client = qs_producer_client_new (
      config, &self->parts.ledger, self->parts.transactor, name, failed, user_data, error);
  if (self->parts.client == NULL)
    return NULL;

  if (grace != NULL)
    self->parts.grace_id = g_cancellable_connect (
        qs_grace_get_cancellable (grace), G_CALLBACK (stop_waiting), self->parts.client, NULL);

  return g_steal_pointer (&self);
}

QsProducerTopic *
qs_producer_open_topic (QsProducer *self, const char *name, GError **error)
{
  guint            n_partitions = 0;
  QsProducerTopic *topic = qs_producer_topics_open (
      qs_producer_client_get_topics (self->parts.client), name, &n_partitions, error);

  qs_answer_wait_add_partitions (qs_producer_client_get_answers (self->parts.client), n_partitions);

  return topic;
}

QsProducerTopic *
qs_producer_open_changelog (QsProducer *self, const char *name, GError **error)
{
  return qs_producer_topics_open (
      qs_producer_client_get_topics (self->parts.client), name, NULL, error);
}

gboolean
qs_producer_get_watermarks (QsProducer *self,
                            const char *topic,
                            int         partition,
                            gint64      deadline,
                            gint64     *low,
                            gint64     *high,
                            GError    **error)
{
  return qs_producer_topics_get_watermarks (qs_producer_client_get_topics (self->parts.client),
                                            topic,
                                            partition,
                                            deadline,
                                            low,
                                            high,
                                            error);
}

gboolean
qs_producer_set_error_handling (QsProducer     *self,
                                QsErrorHandling handling,
                                const char     *topic,
                                GError        **error)
{
  return qs_producer_client_set_error_handling (self->parts.client, handling, topic, error);
}

QsProducerParts *
qs_producer_get_parts (QsProducer *self)
{
  return &self->parts;
}

gboolean
qs_producer_is_transactional (QsProducer *self)
{
  return self->parts.transactor != NULL;
}

gsize
qs_producer_get_max_size (QsProducer *self)
{
  return qs_producer_client_get_limits (self->parts.client)->record_bytes;
}

gboolean
qs_producer_fence (QsProducer *self, gint64 deadline, GCancellable *cancellable, GError **error)
{
  g_assert (self->parts.transactor != NULL);

  return qs_transactor_fence (self->parts.transactor, deadline, cancellable, error);
}

gboolean
qs_producer_add_offsets (QsProducer                                      *self,
                         const struct rd_kafka_topic_partition_list_s    *offsets,
                         const struct rd_kafka_consumer_group_metadata_s *metadata,
                         gint64                                           deadline,
                         GError                                         **error)
{
  g_assert (self->parts.transactor != NULL);

  return qs_transactor_add_offsets (self->parts.transactor, offsets, metadata, deadline, error);
}

void
qs_producer_abandon (QsProducer *self, const GError *reason)
{
  g_assert (self->parts.transactor != NULL);

  qs_ledger_poison (&self->parts.ledger, reason);
  abort_transaction (self);
}

/* Has the next record be one of a transaction, until leave_transaction(). @deadline as
 * for qs_producer_wait_for_room(). */
static gboolean
enter_transaction (QsProducer *self, gint64 deadline, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (self->parts.transactor == NULL ||
      qs_transactor_enter (self->parts.transactor,
                           deadline != 0 ? deadline : G_MAXINT64,
                           qs_grace_get_cancellable (self->parts.grace),
                           &failure))
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
  QsProducerWait wait;

  qs_producer_wait_begin (&wait, &self->parts);
  while (failure == NULL && qs_producer_client_has_pending (self->parts.client))
    qs_producer_wait_for_room (&wait, topic, 0, &failure);
  qs_producer_wait_end (&wait);

  return failure == NULL || give_up (self, g_steal_pointer (&failure), error);
}

/* Sends @record, which is counted as sent.
 *
 * Context: between enter_transaction() and leave_transaction(). */
static gboolean
send_entered (QsProducer *self, const QsOutgoing *record, gint64 deadline, GError **error)
{
  g_autoptr (GError) failure = NULL;
  QsEnqueued result = qs_producer_client_enqueue (self->parts.client, record, &failure);

  if (G_UNLIKELY (result == QS_ENQUEUED_NOT_YET))
    result = qs_producer_wait_and_enqueue (&self->parts, record, deadline, &failure);

  if (G_LIKELY (result == QS_ENQUEUED))
    return TRUE;

  qs_ledger_remove_sent (&self->parts.ledger, record->key_length + record->value_length);
  if (record->offsets != NULL)
    qs_ledger_remove_own (&self->parts.ledger);
  if (result == QS_ENQUEUED_REJECTED && deadline == 0 &&
      qs_producer_client_reject (self->parts.client, record, "produce", failure))
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
  if (self->parts.transactor != NULL)
    qs_transactor_leave (self->parts.transactor);
}

static gboolean
check_earlier (QsProducer *self, GError **error)
{
  return self->tells_apart ? qs_ledger_check_alive (&self->parts.ledger, error)
                           : qs_ledger_check (&self->parts.ledger, error);
}

static gboolean
send_record (QsProducer *self, const QsOutgoing *record, gint64 deadline, GError **error)
{
  gsize    length = record->key_length + record->value_length;
  guint64  n_sent;
  gboolean ok;

  if (!check_earlier (self, error) ||
      (deadline == 0 && G_UNLIKELY (qs_producer_client_has_pending (self->parts.client)) &&
       !wait_for_dead_letters (self, record->topic, error)) ||
      !enter_transaction (self, deadline, error))
    return FALSE;

  QS_KILL_POINT ("produce-before");
  if (record->offsets != NULL)
    qs_ledger_add_own (&self->parts.ledger);
  n_sent = qs_ledger_add_sent (&self->parts.ledger, length);
  ok = send_entered (self, record, deadline, error);
  QS_KILL_POINT ("produce-after");
  leave_transaction (self);
  if (n_sent % RECORDS_PER_POLL == 0 || length >= LARGE_RECORD)
    {
      qs_producer_client_serve (self->parts.client);
      if (deadline == 0)
        qs_producer_pace (&self->parts);
    }

  return ok;
}

/* Why a record that was rejected is not produced. */
static GError *
new_rejection (rd_kafka_topic_t *topic, const GError *failure)
{
  GError *error = g_error_copy (failure);

  /* The message of a serializer is complete. */
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

  if (!qs_ledger_check (&self->parts.ledger, error) ||
      !wait_for_dead_letters (self, record.topic, error) || !enter_transaction (self, 0, error))
    return FALSE;

  ok = qs_producer_client_reject (
           self->parts.client, &record, qs_message_get_stage (message), failure) ||
       give_up (self, new_rejection (record.topic, failure), error);
  leave_transaction (self);
  qs_producer_client_serve (self->parts.client);

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
  if (self->parts.transactor != NULL && !has_timer &&
      qs_transactor_is_open (self->parts.transactor))
    return;

  qs_gate_pass (&self->gate, qs_grace_get_cancellable (self->parts.grace));
}

void
qs_producer_poison (QsProducer *self, const GError *error)
{
  qs_ledger_poison (&self->parts.ledger, error);
}

void
qs_producer_fail (QsProducer *self, const GError *error)
{
  qs_producer_client_fail (self->parts.client, error);
}

GError *
qs_producer_dup_error (QsProducer *self)
{
  return qs_ledger_dup_error (&self->parts.ledger, FALSE);
}

gboolean
qs_producer_is_filling (QsProducer *self)
{
  return qs_producer_client_is_filling (self->parts.client);
}
