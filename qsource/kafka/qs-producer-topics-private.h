/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>
#include <librdkafka/rdkafka.h>

G_BEGIN_DECLS

/*
 * The topics that one client of librdkafka produces to.
 *
 * Context: any.   Locks: none.
 */
typedef struct _QsProducerTopics QsProducerTopics;
typedef struct _QsProducerTopic QsProducerTopic;

/* @client must live longer. */
QsProducerTopics *qs_producer_topics_new         (rd_kafka_t        *client);
void              qs_producer_topics_free        (QsProducerTopics  *self);

/* See qs_producer_open_topic(). */
QsProducerTopic  *qs_producer_topics_open        (QsProducerTopics  *self,
                                                  const char        *name,
                                                  GError           **error);

/* librdkafka's handle of a topic; transfer none. */
rd_kafka_topic_t *qs_producer_topic_get_handle   (QsProducerTopic   *topic);

G_END_DECLS
