/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>
#include "qs-rdkafka-private.h"

#include "qs-enums.h"
#include "qs-offsets-private.h"

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy)

/*
 * Finds where a member of a group begins to read. All functions block until
 * @deadline at most, however many requests it takes, and for 5 s without an answer.
 *
 * Context: any.   Locks: none.
 */

rd_kafka_topic_partition_list_t *qs_group_positions_new (QsOffsets *offsets);

/* All partitions of @topics. */
rd_kafka_topic_partition_list_t *qs_group_positions_new_whole (rd_kafka_t         *client,
                                                               const char * const *topics,
                                                               gint64              deadline,
                                                               GError            **error);

/* Makes *@known (nullable, owned) the partitions that @topics have, unless there is one
 * already. */
void     qs_group_positions_note_known (QsOffsets         **known,
                                        rd_kafka_t         *client,
                                        char             **topics,
                                        gint64              deadline);

/* Sets the offset of each of @partitions: what the group has committed, else
 * what @reset says, or, of one that isn't among those that were @known (nullable) and so
 * was added later, its beginning; again and again until @deadline. The latter is committed at once: else the next member to
 * read the partition would begin somewhere else, and lose what lies between. */
gboolean qs_group_positions_resolve (rd_kafka_t                      *client,
                                     rd_kafka_topic_partition_list_t *partitions,
                                     QsAutoOffsetReset                reset,
                                     QsOffsets                       *known,
                                     gint64                           deadline,
                                     _Atomic gboolean                *is_closing,
                                     GError                         **error);

/* The offset of @partition is none of the topic's. Sets it to the first one that there
 * is, with a warning that has both, or fails if @reset says that.  */
gboolean qs_group_positions_reset    (rd_kafka_t                      *client,
                                      rd_kafka_topic_partition_t      *partition,
                                      QsAutoOffsetReset                reset,
                                      gint64                           deadline,
                                      GError                         **error);

/* Gets the end of each of @partitions: the offset of its next record. transfer full */
QsOffsets *qs_group_positions_find_ends (rd_kafka_t                    *client,
                                         QsOffsets                     *partitions,
                                         gint64                         deadline,
                                         GError                       **error);

/* Goes back to what is committed of each of @partitions. */
gboolean qs_group_positions_rewind   (rd_kafka_t                      *client,
                                      rd_kafka_topic_partition_list_t *partitions,
                                      gint64                           deadline,
                                      GError                         **error);

/* Commits, and returns when the brokers have it. That this member has been
 * replaced is no error: others will read those records again. */
gboolean qs_group_positions_commit   (rd_kafka_t                      *client,
                                      rd_kafka_topic_partition_list_t *partitions,
                                      gint64                           deadline,
                                      GError                         **error);

/* See qs_group_consumer_count_unread().
 *
 * Context: any; it blocks.   Locks: none. */
gint64   qs_group_positions_count_unread (rd_kafka_t         *client,
                                          const char *const  *topics,
                                          QsOffsets          *share,
                                          QsOffsets         **ends,
                                          gint64              deadline,
                                          GError            **error);

G_END_DECLS
