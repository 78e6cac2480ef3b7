/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-kafka-config-private.h"
#include "qs-message.h"

G_BEGIN_DECLS

#define QS_TYPE_CONSUMER (qs_consumer_get_type ())

/*
 * Reads partitions that it is told, from offsets that it is told; no group.
 *
 * Context: one thread at a time.   Locks: none.
 */
G_DECLARE_FINAL_TYPE (QsConsumer, qs_consumer, QS, CONSUMER, GObject)

QsConsumer *qs_consumer_new           (QsKafkaConfig  *config,
                                       GError        **error);

/* How many partitions @topic has, without creating it by asking;
 * QS_KAFKA_ERROR_UNKNOWN_TOPIC if it isn't there. */
gboolean    qs_consumer_get_n_partitions (QsConsumer  *self,
                                          const char  *topic,
                                          int         *n_partitions,
                                          GError     **error);

/* The first and the next offset of a partition. */
gboolean    qs_consumer_get_watermarks (QsConsumer    *self,
                                        const char    *topic,
                                        int            partition,
                                        gint64        *low,
                                        gint64        *high,
                                        GError       **error);

/* Reads @topic's @partition from the absolute @offset on; replaces what was
 * read before. */
gboolean    qs_consumer_assign        (QsConsumer     *self,
                                       const char     *topic,
                                       int             partition,
                                       gint64          offset,
                                       GError        **error);

/* The next message, transfer full; NULL without an error if none came within
 * @timeout_ms. */
QsMessage  *qs_consumer_poll          (QsConsumer     *self,
                                       int             timeout_ms,
                                       GError        **error);

G_END_DECLS
