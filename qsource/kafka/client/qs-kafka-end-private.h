/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

#include "qs-rdkafka-private.h"

G_BEGIN_DECLS

/* Destroys @client, without closing the consumer that it may be. It waits for its
 * threads, but not without end: librdkafka 2.0.2 never ends one that served a partition
 * whose topic was deleted. Then the client is left behind, with no callback of ours.
 *
 * Context: any; it may block for some seconds.   Locks: none. */
void qs_kafka_end_client (rd_kafka_t *client);

G_END_DECLS
