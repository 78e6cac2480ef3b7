/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-enums.h"
#include "qs-grace-private.h"
#include "qs-kafka-config-private.h"
#include "qs-outgoing-private.h"
#include "qs-producer.h"

G_BEGIN_DECLS

/*
 * Functions of a producer for the layers above (topic/, source/, worker/), not for users.
 * qs_producer_produce() is declared in qs-producer.h, where users look for it, and defined
 * in topic/, where QsTopic can be seen.
 */

/* Makes an idempotent producer; no network is waited for.
 *
 * @grace: of the run that it belongs to, nullable: when that is stopping, a produce that
 *   waits for room gives up with G_IO_ERROR_CANCELLED, and a flush has what is left of it.
 *
 * Context: any.   Locks: none. */
QsProducer      *qs_producer_new        (QsKafkaConfig         *config,
                                         const char            *name,
                                         QsGrace               *grace,
                                         QsProducerFailedFunc   failed,
                                         gpointer               user_data,
                                         GError               **error);

/* The same, but a transactional one: a record belongs to a transaction, which the
 * first one begins and qs_producer_flush() commits, all or nothing. A flush that
 * failed is followed by no other; the transaction is then aborted with the
 * producer, or by whoever uses @transactional_id next.
 *
 * Context: any.   Locks: none. */
QsProducer      *qs_producer_new_transactional (QsKafkaConfig         *config,
                                                const char            *name,
                                                const char            *transactional_id,
                                                QsGrace               *grace,
                                                QsProducerFailedFunc   failed,
                                                gpointer               user_data,
                                                GError               **error);

gboolean         qs_producer_is_transactional (QsProducer      *self);

/* The largest record that it takes, in bytes.
 *
 * Context: any.   Locks: none. */
gsize            qs_producer_get_max_size (QsProducer          *self);

/* Ends all older producers with the same transactional id, and aborts what they
 * left open. The first record does it if this wasn't called. It waits until @deadline and
 * for broker-availability-timeout at most, as does add_offsets().
 *
 * Context: one thread; it blocks.   Locks: none. */
gboolean         qs_producer_fence      (QsProducer            *self,
                                         gint64                 deadline,
                                         GCancellable          *cancellable,
                                         GError               **error);

/* Makes the offsets that a consumer has dealt with part of the transaction, which
 * is begun if there is none: both are committed by qs_producer_flush(), or neither.
 * It fails if the consumer is no longer the member of its group that
 * @metadata says.
 *
 * Context: any; it blocks.   Locks: none. */
struct rd_kafka_topic_partition_list_s;
struct rd_kafka_consumer_group_metadata_s;
gboolean         qs_producer_add_offsets (QsProducer           *self,
                                          const struct rd_kafka_topic_partition_list_s    *offsets,
                                          const struct rd_kafka_consumer_group_metadata_s *metadata,
                                          gint64                deadline,
                                          GError              **error);

/* Aborts the open transaction, if there is one: its records are never seen.
 * Nothing can be produced after that.
 *
 * Context: any; it blocks for some seconds at most.   Locks: none. */
void             qs_producer_abandon    (QsProducer            *self,
                                         const GError          *reason);

/* Looks up or makes the handle of topic @name, and has its metadata fetched,
 * so that the first produce needs no second round. The producer caches it.
 *
 * Context: any.   Locks: none. */
QsProducerTopic *qs_producer_open_topic (QsProducer            *self,
                                         const char            *name,
                                         GError               **error);

/* The same, of a changelog, of which a producer has one partition. */
QsProducerTopic *qs_producer_open_changelog (QsProducer        *self,
                                             const char        *name,
                                             GError           **error);

/* The first and the next offset of a partition (both nullable), asked for until @deadline at
 * most.
 *
 * Context: any; it blocks.   Locks: none. */
gboolean         qs_producer_get_watermarks (QsProducer        *self,
                                             const char        *topic,
                                             int                partition,
                                             gint64             deadline,
                                             gint64            *low,
                                             gint64            *high,
                                             GError           **error);

/* Queues @record. It counts as sent until it fails; then every later flush fails,
 * too. Blocks while the queue is full. Fails with the first delivery error not yet
 * reported.
 *
 * Context: any.   Locks: none. */
gboolean         qs_producer_send       (QsProducer            *self,
                                         const QsOutgoing      *record,
                                         GError               **error);

/* The same for a record that a flush adds: waits for room although the source is
 * stopping, until the @deadline of the flush.
 *
 * Context: any.   Locks: none. */
gboolean         qs_producer_send_in_flush (QsProducer         *self,
                                            const QsOutgoing   *record,
                                            gint64              deadline,
                                            GError            **error);

/* qs_producer_flush() as a part of what must end by @deadline.
 *
 * Context: any; it blocks.   Locks: none. */
gboolean         qs_producer_flush_until (QsProducer           *self,
                                          gint64                deadline,
                                          GError              **error);

/* The part of it that waits for acknowledgements, and commits nothing: that may follow.
 *
 * Context: any; it blocks.   Locks: none. */
gboolean         qs_producer_await_until (QsProducer           *self,
                                          gint64                deadline,
                                          GError              **error);

/* Says what becomes of records that can't be delivered because of something about
 * them; @topic (nullable) is the dead-letter topic's name. In a transaction this
 * holds only for what is refused before it is sent.
 *
 * Context: any, before the first record; it may block.   Locks: none. */
gboolean         qs_producer_set_error_handling (QsProducer      *self,
                                                 QsErrorHandling  handling,
                                                 const char      *topic,
                                                 GError         **error);

/* Deals with @message, which has a failure, as with a record that is refused.
 *
 * Context: any.   Locks: none. */
gboolean         qs_producer_reject     (QsProducer            *self,
                                         QsProducerTopic       *topic,
                                         QsMessage             *message,
                                         GError               **error);

/* From now on producing fails only for what is about its own record, and flush only
 * for the others: for those who deal with each failure by itself.
 *
 * Context: any, before the first record.   Locks: none. */
void             qs_producer_set_tells_apart (QsProducer       *self);

/* Has those who call wait_while_paused() wait, or ends that.
 *
 * Context: any.   Locks: none. */
void             qs_producer_set_paused (QsProducer            *self,
                                         gboolean               is_paused);

/* To be called before a record that a user produces, by qs_producer_send()'s
 * caller, who must hold nothing that a flush needs. It doesn't wait while a
 * transaction is open, which would get too old meanwhile, unless @has_timer:
 * another thread commits it. Nor while the source is stopping.
 *
 * Context: any.   Locks: none. */
void             qs_producer_wait_while_paused (QsProducer     *self,
                                                gboolean        has_timer);

/* Makes every later flush fail with a copy of @error: a record was given up
 * (the caller knows of it). The first one wins.
 *
 * Context: any.   Locks: none. */
void             qs_producer_poison     (QsProducer            *self,
                                         const GError          *error);

/* Ends @self with a copy of @error: from now on produce and flush fail, and its error
 * callback is called.
 *
 * Context: any.   Locks: none. */
void             qs_producer_fail       (QsProducer            *self,
                                         const GError          *error);

/* The error with which flush fails, or NULL. transfer full
 *
 * Context: any.   Locks: none. */
GError          *qs_producer_dup_error  (QsProducer            *self);

/* Whether a fifth of the queue is full, in records or in bytes: who must not wait had
 * better produce no more for now.
 *
 * Context: any.   Locks: none. */
gboolean         qs_producer_is_filling (QsProducer            *self);

/* Gets its private data, for its own methods: see qs-producer-parts-private.h.
 *
 * Context: any.   Locks: none. */
struct _QsProducerParts;
struct _QsProducerParts *qs_producer_get_parts (QsProducer     *self);

/* Counters as an a{sv} for QsApplication::source-stats; floating.
 *
 * Context: any.   Locks: none. */
GVariant        *qs_producer_dup_stats  (QsProducer            *self);

G_END_DECLS
