/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>
#include "qs-rdkafka-private.h"

#include "qs-offsets-private.h"

G_BEGIN_DECLS

/*
 * How a member of a group takes partitions and gives them away. Nothing of it
 * blocks.
 *
 * Context: any; librdkafka wants add() and remove() one at a time.   Locks: none.
 */

/* Whether the group's members keep what they have while it changes. */
gboolean qs_group_assignment_is_cooperative (rd_kafka_t                            *client);

/* Asks for a share of @topics. */
gboolean qs_group_assignment_join           (rd_kafka_t                            *client,
                                             const char                            *group,
                                             const char * const                    *topics,
                                             GError                               **error);

/* Begins to read @partitions, too; or with @alone, where there is no group that has
 * to agree, them and no others. */
gboolean qs_group_assignment_add            (rd_kafka_t                            *client,
                                             const rd_kafka_topic_partition_list_t *partitions,
                                             gboolean                               alone,
                                             GError                               **error);

/* Reads @partitions, which are being read, at the offsets that they have here. (A seek
 * does nothing to one that has stopped because its offset was gone.) @starts: where the
 * reading of each began. */
gboolean qs_group_assignment_move           (rd_kafka_t                            *client,
                                             const rd_kafka_topic_partition_list_t *partitions,
                                             QsOffsets                             *starts,
                                             gboolean                               alone,
                                             GError                               **error);

/* Reads @partitions no more. That they are gone already is only logged. */
void     qs_group_assignment_remove         (rd_kafka_t                            *client,
                                             const rd_kafka_topic_partition_list_t *partitions);

/* Notes in @starts where the reading of @partitions has begun, or that it is over. */
void     qs_group_assignment_note   (QsOffsets                             *starts,
                                     const rd_kafka_topic_partition_list_t *partitions);
void     qs_group_assignment_forget (QsOffsets                             *starts,
                                     const rd_kafka_topic_partition_list_t *partitions);

G_END_DECLS
