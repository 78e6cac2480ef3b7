/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-received-private.h"

#include "qs-headers-private.h"
#include "qs-message-private.h"

QsMessage *
qs_message_new_from_kafka (rd_kafka_message_t *message)
{
  g_autoptr (GBytes) key = NULL;
  g_autoptr (GBytes) value = NULL;
  g_autoptr (QsHeaders) headers = qs_headers_new_from_kafka (message);
  rd_kafka_timestamp_type_t type;

  if (message->key != NULL)
    key = g_bytes_new (message->key, message->key_len);
  if (message->payload != NULL)
    value = g_bytes_new (message->payload, message->len);

  return qs_message_new_received (key,
                                  value,
                                  headers,
                                  rd_kafka_message_timestamp (message, &type),
                                  rd_kafka_topic_name (message->rkt),
                                  message->partition,
                                  message->offset);
}
