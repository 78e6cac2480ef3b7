/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-producer-private.h"

#include "qs-bytes-private.h"
#include "qs-message-private.h"
#include "qs-topic-private.h"

/* The part of producing that needs QsTopic, which the layer of QsProducer does not know. */

gboolean
qs_topic_produce (QsTopic    *self,
                  QsProducer *producer,
                  int         partition,
                  GBytes     *key,
                  GBytes     *value,
                  QsHeaders  *headers,
                  gint64      timestamp,
                  GError    **error)
{
  QsOutgoing record = {
    .topic = qs_producer_open_topic (producer, qs_topic_get_name (self), error),
    .headers = headers,
    .timestamp = timestamp,
    .partition = partition,
  };

  record.key = qs_bytes_get_data (key, &record.key_length);
  record.value = qs_bytes_get_data (value, &record.value_length);

  return record.topic != NULL && qs_producer_send (producer, &record, error);
}

static gboolean
reject (QsProducer *self, QsTopic *topic, QsMessage *message, GError **error)
{
  QsProducerTopic *handle = qs_producer_open_topic (self, qs_topic_get_name (topic), error);

  return handle != NULL && qs_producer_reject (self, handle, message, error);
}

/**
 * qs_producer_produce:
 * @self: a producer
 * @topic: the topic to produce to
 * @message: the message
 * @error: return location for an error
 *
 * Queues a message for a topic.
 *
 * The message is delivered when [method@Producer.flush] has returned true. It goes to its
 * [property@Message:partition], or to the partition of its key if that is -1; a
 * [property@Message:timestamp] of 0 means now.
 *
 * It blocks while the queue is full, and may be called from any thread. It fails with the
 * first delivery error that was not reported yet, so that no message is lost silently. It
 * fails with [error@Gio.IOErrorEnum.CANCELLED] if it waits for room in the queue while the
 * source is stopping; the message is not queued then.
 *
 * Returns: true if the message was queued
 */
gboolean
qs_producer_produce (QsProducer *self, QsTopic *topic, QsMessage *message, GError **error)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), FALSE);
  g_return_val_if_fail (QS_IS_TOPIC (topic), FALSE);
  g_return_val_if_fail (QS_IS_MESSAGE (message), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  qs_producer_wait_while_paused (self, FALSE);
  if (qs_message_get_failure (message) != NULL)
    return reject (self, topic, message, error);

  return qs_topic_produce (topic,
                           self,
                           qs_message_get_partition (message),
                           qs_message_get_key (message),
                           qs_message_get_value (message),
                           qs_message_get_headers (message),
                           qs_message_get_timestamp (message),
                           error);
}
