/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-producer-parts-private.h"
#include "qs-producer-wait-private.h"

G_BEGIN_DECLS

/*
 * How records get into the queue of a producer's client.
 */

/* Waits a moment for the queue to get room, or for pending dead letters to get into it.
 * @deadline: monotonic, of a flush; 0: of a call that doesn't wait once the source is to stop. */
gboolean   qs_producer_wait_for_room    (QsProducerWait          *wait,
                                         struct rd_kafka_topic_s *topic,
                                         gint64                   deadline,
                                         GError                 **error);

/* Queues @record as soon as there is room. @deadline: as above. */
QsEnqueued qs_producer_wait_and_enqueue (QsProducerParts         *parts,
                                         const QsOutgoing        *record,
                                         gint64                   deadline,
                                         GError                 **error);

G_END_DECLS
