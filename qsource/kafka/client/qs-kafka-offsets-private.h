/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

#include "qs-rdkafka-private.h"

G_BEGIN_DECLS

/* Asks for the offsets of the first record of a partition, @low (nullable), and of the next
 * one that will be written, @high (nullable). rd_kafka_query_watermark_offsets() waits as long
 * as its request lasts, whatever its time limit: for good if the broker goes away at the wrong
 * moment.
 *
 * Context: any; it blocks for at most @timeout_ms.   Locks: none. */
rd_kafka_resp_err_t qs_kafka_query_offsets (rd_kafka_t *client,
                                            const char *topic,
                                            int         partition,
                                            int         timeout_ms,
                                            gint64     *low,
                                            gint64     *high);

/* Whether the failure @code to answer goes by: when the partition has a leader again, say, after
 * its topic was created or a broker came back.
 *
 * Context: any.   Locks: none. */
gboolean            qs_kafka_offsets_is_passing (rd_kafka_resp_err_t code);

G_END_DECLS
