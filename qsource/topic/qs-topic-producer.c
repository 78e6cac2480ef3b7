/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-producer-private.h"

#include "qs-message.h"
#include "qs-topic.h"

/* The method of QsProducer that needs to know what a topic is: the layer that
 * the producer belongs to doesn't. */

/* The bytes, or NULL for null. Empty ones are not null: g_bytes_get_data() alone
 * would not tell the two apart. */
static const guint8 *
bytes_data (GBytes *bytes, gsize *length)
{
  const guint8 *data;

  *length = 0;
  if (bytes == NULL)
    return NULL;

  data = g_bytes_get_data (bytes, length);
  return data != NULL ? data : (const guint8 *) "";
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
 * It is delivered when [method@Producer.flush] has returned true. The message
 * goes to its [property@Message:partition], or to the one of its key if that is
 * -1; a [property@Message:timestamp] of 0 is now.
 *
 * It blocks while the queue is full, and may be called from any thread. It
 * fails with the first delivery error that was not told yet, so that no message
 * is lost in silence, and with `G_IO_ERROR_CANCELLED` if it waits for room while
 * the source is stopping; this message was then not queued.
 *
 * Returns: true if the message was queued
 */
gboolean
qs_producer_produce (QsProducer *self, QsTopic *topic, QsMessage *message, GError **error)
{
  QsProducerTopic *handle;
  const guint8    *key;
  const guint8    *value;
  gsize            key_length;
  gsize            value_length;

  g_return_val_if_fail (QS_IS_PRODUCER (self), FALSE);
  g_return_val_if_fail (QS_IS_TOPIC (topic), FALSE);
  g_return_val_if_fail (QS_IS_MESSAGE (message), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  handle = qs_producer_open_topic (self, qs_topic_get_name (topic), error);
  if (handle == NULL)
    return FALSE;

  qs_producer_wait_while_paused (self, FALSE);

  key = bytes_data (qs_message_get_key (message), &key_length);
  value = bytes_data (qs_message_get_value (message), &value_length);

  return qs_producer_send (self,
                           handle,
                           qs_message_get_partition (message),
                           key,
                           key_length,
                           value,
                           value_length,
                           qs_message_get_headers (message),
                           qs_message_get_timestamp (message),
                           error);
}
