/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-headers.h"
#include "qs-produced-offsets-private.h"

G_BEGIN_DECLS

/* One topic as one producer knows it: librdkafka's handle, which only this folder
 * looks into. Owned by the producer, valid as long as it lives. */
typedef struct rd_kafka_topic_s QsProducerTopic;

/* Called once, when the producer can't go on: brokers away for longer than
 * broker-availability-timeout, refused credentials, a fatal error of librdkafka.
 * From then on produce and flush fail with @error.
 *
 * It must not drop the producer's last reference: the thread would wait for
 * itself.
 *
 * Context: a thread of the producer.   Locks: none. */
typedef void (*QsProducerFailedFunc) (const GError *error,
                                      gpointer      user_data);

/* One record on its way into the queue of a client of librdkafka; nothing in it
 * is owned. A NULL key or value is null, one of length 0 is empty (mind that
 * g_bytes_get_data() gives NULL for empty bytes: qs_bytes_get_data()). */
typedef struct
{
  QsProducerTopic   *topic;
  const guint8      *key;
  const guint8      *value;
  gsize              key_length;
  gsize              value_length;
  QsHeaders         *headers;    /* nullable */
  gint64             timestamp;  /* milliseconds since 1970 UTC; 0 = now */
  int                partition;  /* -1 = by key */
  QsProducedOffsets *offsets;    /* where its offset is noted, nullable; it must live
                                  * until no record is in flight and the producer is
                                  * flushed, or is gone */
} QsOutgoing;

/* Queues it, copying its bytes; or says why not, as an rd_kafka_resp_err_t.
 *
 * Context: any.   Locks: none. */
struct rd_kafka_s;
int qs_outgoing_enqueue (const QsOutgoing  *self,
                         struct rd_kafka_s *client);

G_END_DECLS
