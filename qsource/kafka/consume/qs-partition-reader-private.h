/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-kafka-config-private.h"
#include "qs-message.h"
#include "qs-record-view-private.h"

G_BEGIN_DECLS

#define QS_TYPE_PARTITION_READER (qs_partition_reader_get_type ())

/*
 * Reads given partitions from given offsets, without a group.
 *
 * Context: one thread at a time.   Locks: none.
 */
G_DECLARE_FINAL_TYPE (QsPartitionReader, qs_partition_reader, QS, PARTITION_READER, GObject)

QsPartitionReader *qs_partition_reader_new (QsKafkaConfig  *config,
                                            GError        **error);

/* The same for reading much at once, by qs_partition_reader_read() only. @committed:
 * records of transactions are seen only if these were committed, and the last
 * offset is that before the first open one. */
QsPartitionReader *qs_partition_reader_new_bulk (QsKafkaConfig  *config,
                                                 gboolean        committed,
                                                 GError        **error);

/* Functions that ask the brokers take a deadline; one question never takes longer than
 * request-timeout. */

/* Gets the id of the cluster; NULL if it does not report one. transfer full */
char *qs_partition_reader_dup_cluster_id (QsPartitionReader *self,
                                          gint64             deadline);

/* How many partitions @topic has, without creating it by asking;
 * QS_KAFKA_ERROR_UNKNOWN_TOPIC if it isn't there. */
gboolean qs_partition_reader_get_n_partitions (QsPartitionReader  *self,
                                               const char         *topic,
                                               gint64              deadline,
                                               int                *n_partitions,
                                               GError            **error);

/* The first and the next offset of a partition. */
gboolean qs_partition_reader_get_watermarks (QsPartitionReader  *self,
                                             const char         *topic,
                                             int                 partition,
                                             gint64              deadline,
                                             gint64             *low,
                                             gint64             *high,
                                             GError            **error);

/* Reads @topic's @partition from the absolute @offset on; replaces what was
 * read before. */
gboolean qs_partition_reader_assign (QsPartitionReader  *self,
                                     const char         *topic,
                                     int                 partition,
                                     gint64              offset,
                                     GError            **error);

/* Reads nothing more until the next assign(): what was read ahead is forgotten. */
void     qs_partition_reader_rest   (QsPartitionReader  *self);

/* Called with each record that was read; FALSE with an error ends reading. */
typedef gboolean (*QsPartitionReaderFunc) (const QsRecordView *record,
                                           gpointer            user_data,
                                           GError            **error);

/* Waits at most @timeout_ms for records, and has @func called with all that are
 * there. *@position becomes the offset up to which the partition was read, gaps
 * and control records included; it stays if nothing came. A record that is no
 * more, or not yet, there to read is QS_KAFKA_ERROR_FAILED. */
gboolean qs_partition_reader_read (QsPartitionReader      *self,
                                   int                     timeout_ms,
                                   QsPartitionReaderFunc   func,
                                   gpointer                user_data,
                                   gint64                 *position,
                                   GError                **error);

/* The next message, transfer full; NULL without an error if none came within
 * @timeout_ms. */
QsMessage *qs_partition_reader_poll (QsPartitionReader  *self,
                                     int                 timeout_ms,
                                     GError            **error);

G_END_DECLS
