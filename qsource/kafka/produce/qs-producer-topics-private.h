/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-rdkafka-private.h"

#include "qs-outgoing-private.h"

G_BEGIN_DECLS

/*
 * The topics that one client of librdkafka produces to.
 *
 * Context: any.   Locks: none.
 */
typedef struct _QsProducerTopics QsProducerTopics;

/* @client must live longer. */
QsProducerTopics *qs_producer_topics_new         (rd_kafka_t        *client);
void              qs_producer_topics_free        (QsProducerTopics  *self);

/* See qs_producer_open_topic(). @n_partitions (nullable): set to how many it has if they
 * were asked for, as it was opened first. */
QsProducerTopic  *qs_producer_topics_open        (QsProducerTopics  *self,
                                                  const char        *name,
                                                  guint             *n_partitions,
                                                  GError           **error);

/* How many partitions @topic has by now; 0: it is gone, -1: nobody answers. It blocks
 * for a second at most, and asks once in that time. */
int               qs_producer_topics_look        (QsProducerTopics  *self,
                                                  QsProducerTopic   *topic);

/* See qs_producer_get_watermarks(). */
gboolean          qs_producer_topics_get_watermarks (QsProducerTopics  *self,
                                                     const char        *topic,
                                                     int                partition,
                                                     gint64             deadline,
                                                     gint64            *low,
                                                     gint64            *high,
                                                     GError           **error);

G_END_DECLS
