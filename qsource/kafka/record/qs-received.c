/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-received-private.h"

#include "qs-headers-private.h"
#include "qs-message-private.h"

void
qs_received_init (QsReceived *self, rd_kafka_message_t *message, GRefString *topic)
{
  rd_kafka_timestamp_type_t type;

  self->topic = topic;
  self->partition = message->partition;
  self->offset = message->offset;
  self->timestamp = rd_kafka_message_timestamp (message, &type);
  self->message = message;
}

const guint8 *
qs_received_peek_key (const QsReceived *self, gsize *length)
{
  *length = self->message->key_len;

  return self->message->key;
}

const guint8 *
qs_received_peek_value (const QsReceived *self, gsize *length)
{
  *length = self->message->len;

  return self->message->payload;
}

GBytes *
qs_received_dup_key (const QsReceived *self)
{
  const rd_kafka_message_t *message = self->message;

  return message->key != NULL ? g_bytes_new (message->key, message->key_len) : NULL;
}

GBytes *
qs_received_dup_value (const QsReceived *self)
{
  const rd_kafka_message_t *message = self->message;

  return message->payload != NULL ? g_bytes_new (message->payload, message->len) : NULL;
}

QsHeaders *
qs_received_dup_headers (const QsReceived *self)
{
  return qs_headers_new_from_kafka (self->message);
}

gboolean
qs_received_check (const QsReceived *self, GError **error)
{
  return qs_headers_check_kafka (self->message, error);
}

QsMessage *
qs_received_new_message (const QsReceived *self)
{
  g_autoptr (GBytes) key = qs_received_dup_key (self);
  g_autoptr (GBytes) value = qs_received_dup_value (self);
  g_autoptr (QsHeaders) headers = qs_received_dup_headers (self);

  return qs_message_new_received (
      key, value, headers, self->timestamp, self->topic, self->partition, self->offset);
}
