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

/* As qs_kafka_end_client(), for a client with interceptors, which its threads call to their
 * end. @free_data (nullable) frees their @data then. */
void qs_kafka_end_client_full (rd_kafka_t *client, GDestroyNotify free_data, gpointer data);

/* Whether @client, a member of a group, can be destroyed: librdkafka before 2.3 aborts
 * the process if one has joined and never got an assignment, which can be empty.
 *
 * Context: any.   Locks: none. */
gboolean qs_kafka_end_allows_member (gboolean was_assigned);

/* As qs_kafka_end_client(); a member that can't be destroyed is left behind. Its threads
 * go on, and unless it was closed it leaves the group when nobody has polled it for
 * max.poll.interval.ms. */
void qs_kafka_end_member (rd_kafka_t *client, gboolean was_assigned);

G_END_DECLS
