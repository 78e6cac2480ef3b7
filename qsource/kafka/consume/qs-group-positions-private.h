/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>
#include <librdkafka/rdkafka.h>

#include "qs-enums.h"
#include "qs-offsets-private.h"

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy)

/*
 * Where a member of a group begins to read. All of it blocks, for @timeout_ms
 * at most at a time.
 *
 * Context: any.   Locks: none.
 */

rd_kafka_topic_partition_list_t *qs_group_positions_new (QsOffsets *offsets);

/* All partitions of @topics. */
rd_kafka_topic_partition_list_t *qs_group_positions_new_whole (rd_kafka_t         *client,
                                                               const char * const *topics,
                                                               int                 timeout_ms,
                                                               GError            **error);

/* Sets the offset of each of @partitions: what the group has committed, else
 * what @reset says. The latter is committed at once: else the next member to
 * read the partition would begin somewhere else, and lose what lies between. */
gboolean qs_group_positions_resolve (rd_kafka_t                      *client,
                                     rd_kafka_topic_partition_list_t *partitions,
                                     QsAutoOffsetReset                reset,
                                     int                              timeout_ms,
                                     GError                         **error);

/* Sets the offset of each of @partitions to that of its next record. */
gboolean qs_group_positions_find_ends (rd_kafka_t                      *client,
                                       rd_kafka_topic_partition_list_t *partitions,
                                       int                              timeout_ms,
                                       GError                         **error);

/* Goes back to what is committed of each of @partitions. */
gboolean qs_group_positions_rewind   (rd_kafka_t                      *client,
                                      rd_kafka_topic_partition_list_t *partitions,
                                      int                              timeout_ms,
                                      GError                         **error);

/* Commits, and returns when the brokers have it. That this member has been
 * replaced is no error: others will read those records again. */
gboolean qs_group_positions_commit   (rd_kafka_t                      *client,
                                      rd_kafka_topic_partition_list_t *partitions,
                                      int                              timeout_ms,
                                      GError                         **error);

G_END_DECLS
