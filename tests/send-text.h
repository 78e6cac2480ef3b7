/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <string.h>

#include "qs-producer-private.h"

/* Sends a record of texts; a NULL @key or @value is null. @headers: nullable. */
static inline gboolean
send_text (QsProducer      *producer,
           QsProducerTopic *topic,
           int              partition,
           const char      *key,
           const char      *value,
           QsHeaders       *headers,
           GError         **error)
{
  const QsOutgoing record = {
    .topic = topic,
    .key = (const guint8 *) key,
    .key_length = key != NULL ? strlen (key) : 0,
    .value = (const guint8 *) value,
    .value_length = value != NULL ? strlen (value) : 0,
    .headers = headers,
    .partition = partition,
  };

  return qs_producer_send (producer, &record, error);
}
