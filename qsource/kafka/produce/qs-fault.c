/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-fault-private.h"

#include "qs-kafka-error-private.h"
#include "qs-rejects-private.h"

/* Why a record failed with @code, where that says no more than that client or
 * transaction can't go on: records that they held were purged, others are not taken.
 * @detail, of @size, is filled in with what there is to say about it. */
static rd_kafka_resp_err_t
find_reason (const QsFault *self, rd_kafka_resp_err_t code, char *detail, gsize size)
{
  rd_kafka_resp_err_t reason = RD_KAFKA_RESP_ERR_NO_ERROR;

  if (code != RD_KAFKA_RESP_ERR__PURGE_QUEUE && code != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT &&
      code != RD_KAFKA_RESP_ERR__FATAL && code != RD_KAFKA_RESP_ERR__STATE)
    return code;

  reason = rd_kafka_fatal_error (self->client, detail, size);
  if (reason == RD_KAFKA_RESP_ERR_NO_ERROR && self->transactor != NULL)
    reason = qs_transactor_find_reason (self->transactor, detail, size);

  return reason != RD_KAFKA_RESP_ERR_NO_ERROR ? reason : code;
}

/* Whether @code says that a topic or a partition isn't there. DESTROY is what records
 * fail with that librdkafka still held when it forgot their partition. */
static gboolean
is_about_place (rd_kafka_resp_err_t code)
{
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__DESTROY ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

/* Whether a record that failed with @code is at fault itself, rather than its topic,
 * which any other record would find as it is, too. */
gboolean
qs_fault_is_about_record (const QsFault      *self,
                          rd_kafka_resp_err_t code,
                          QsProducerTopic    *topic,
                          int                 partition)
{
  int n_partitions = 0;

  if (!is_about_place (code))
    return qs_rejects_is_about_record (code);

  /* librdkafka says the same of a topic that is gone. */
  n_partitions = partition >= 0 ? qs_producer_topics_look (self->topics, topic) : 0;

  return n_partitions > 0 && partition >= n_partitions;
}

/* Describes a topic or partition that does not exist, and sets its *@code. */
static void
describe_place (const QsFault       *self,
                QsProducerTopic     *topic,
                int                  partition,
                rd_kafka_resp_err_t *code,
                char                *detail,
                gsize                size)
{
  int n_partitions = qs_producer_topics_look (self->topics, topic);

  if (n_partitions < 0 || (n_partitions > 0 && partition >= n_partitions))
    return;

  *code = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  if (n_partitions == 0)
    g_snprintf (detail,
                size,
                "the topic is gone: somebody has deleted it since the source started; create it "
                "again, or let auto-create-topics do so when the application starts again");
  else
    g_snprintf (detail,
                size,
                "the topic was deleted and created again, with %d partitions, since the source "
                "started, and its records are lost; start the application again to continue",
                n_partitions);
}

/* The one place that decides whether the record is at fault or its transaction: one
 * that was sent fails with the transaction; one that was refused does only where the
 * transaction is at its end. @topic: nullable. */
GError *
qs_fault_new_error (const QsFault      *self,
                    rd_kafka_resp_err_t code,
                    const char         *what,
                    QsProducerTopic    *topic,
                    int                 partition,
                    gboolean            was_sent)
{
  GError             *error = NULL;
  char                detail[512] = "";
  rd_kafka_resp_err_t reason = find_reason (self, code, detail, sizeof detail);
  gboolean            has_ended =
      *detail != '\0' || reason == RD_KAFKA_RESP_ERR__FENCED || reason == RD_KAFKA_RESP_ERR__STATE;
  const char *text = NULL;

  if (topic != NULL && *detail == '\0' && is_about_place (reason))
    describe_place (self, topic, partition, &reason, detail, sizeof detail);
  text = *detail != '\0' ? detail : NULL;

  if (self->transactor != NULL && (was_sent || has_ended))
    {
      qs_transactor_set_error (self->transactor, &error, reason, what, text);
      return error;
    }

  qs_kafka_error_set_for_topic (&error, reason, what, text, QS_KAFKA_RIGHT_WRITE);
  if (was_sent && error->code != QS_KAFKA_ERROR_NOT_AUTHORIZED &&
      error->code != QS_KAFKA_ERROR_MESSAGE_TOO_LARGE &&
      error->code != QS_KAFKA_ERROR_UNKNOWN_TOPIC && error->code != QS_KAFKA_ERROR_FENCED)
    error->code = QS_KAFKA_ERROR_DELIVERY;

  return error;
}
