/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-rdkafka-private.h"

#include <glib.h>

G_BEGIN_DECLS

/* Why the topics of @client get nowhere: asks the brokers, and names what is short: the
 * connection, for which @cause (nullable) is what librdkafka said last, a topic, a leader
 * or replicas.
 *
 * Context: any; it blocks for a second at most.   Locks: none. */
char *qs_outage_dup_cause (rd_kafka_t *client,
                           const char *cause);

G_END_DECLS
