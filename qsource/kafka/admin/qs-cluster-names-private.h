/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-kafka-config-private.h"

G_BEGIN_DECLS

/*
 * Lists topics and groups on the brokers by name. Each call makes a client of its own, and
 * blocks for request-timeout at most.
 *
 * Context: any.   Locks: none.
 */

/* All topics that the client may see, or all consumer groups, sorted; transfer full. */
char **qs_cluster_names_list_topics (QsKafkaConfig  *config,
                                     GError        **error);
char **qs_cluster_names_list_groups (QsKafkaConfig  *config,
                                     GError        **error);

G_END_DECLS
