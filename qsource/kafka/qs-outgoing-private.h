/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-delivery-offsets-private.h"
#include "qs-headers.h"

#include <librdkafka/rdkafka.h>

G_BEGIN_DECLS

/* One record on its way into the queue of a client of librdkafka; nothing in it
 * is owned. A NULL key or value is null, one of length 0 is empty. */
typedef struct
{
  rd_kafka_topic_t  *topic;
  const guint8      *key;
  const guint8      *value;
  gsize              key_length;
  gsize              value_length;
  QsHeaders         *headers;    /* nullable */
  gint64             timestamp;  /* milliseconds since 1970 UTC; 0 = now */
  int                partition;  /* -1 = by key */
  QsDeliveryOffsets *offsets;    /* where its offset is noted; nullable */
} QsOutgoing;

/* Queues it, copying its bytes, or says why not.
 *
 * Context: any.   Locks: none. */
rd_kafka_resp_err_t qs_outgoing_enqueue (const QsOutgoing *self,
                                         rd_kafka_t       *client);

G_END_DECLS
