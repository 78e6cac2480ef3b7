/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <librdkafka/rdkafka.h>

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

/* See qs_producer_open_topic(). */
QsProducerTopic  *qs_producer_topics_open        (QsProducerTopics  *self,
                                                  const char        *name,
                                                  GError           **error);

G_END_DECLS
