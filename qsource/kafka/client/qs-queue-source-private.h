/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>
#include "qs-rdkafka-private.h"

G_BEGIN_DECLS

/* Takes what is in the queue, for a few milliseconds at most. TRUE if more may
 * be there. */
typedef gboolean (*QsQueueFunc) (gpointer user_data);

/*
 * A GSource that is ready when something comes into @queue, and at least once a
 * second: a consumer that isn't polled leaves its group. Its callback is a
 * QsQueueFunc.
 *
 * Context: any.   Locks: none.
 */
GSource *qs_queue_source_new       (rd_kafka_queue_t  *queue,
                                    GError           **error);

/* A paused one is never ready. */
void     qs_queue_source_set_paused (GSource          *source,
                                    gboolean          paused);

G_END_DECLS
