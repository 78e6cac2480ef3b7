/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-answer-wait-private.h"
#include "qs-kafka-config-private.h"

#include "qs-rdkafka-private.h"

G_BEGIN_DECLS

/*
 * The transactions of one client of librdkafka: fencing, begin, commit, abort,
 * and what their errors mean. QsProducerClient and QsProducer are its only users.
 *
 * A transaction begins with the first record after the last one. When one has
 * failed in any way, its client is of no more use: who goes on is a new one,
 * which reads the verdict from the topic.
 */
typedef struct _QsTransactor QsTransactor;

/* @id: the transactional id. */
QsTransactor *qs_transactor_new        (QsKafkaConfig        *config,
                                        const char           *id);
void          qs_transactor_free       (QsTransactor         *self);

/* Configures librdkafka for it, before the client is made.
 *
 * Context: any.   Locks: none. */
void          qs_transactor_configure  (QsTransactor         *self,
                                        rd_kafka_conf_t      *conf);

/* Sets the client of the transactions; it must stay as long as they are used.
 *
 * Context: any, before what follows.   Locks: none. */
void          qs_transactor_set_client (QsTransactor         *self,
                                        rd_kafka_t           *client,
                                        QsAnswerWait         *answers);

/* Ends all older clients with this id and what they left open, once; waits until
 * @deadline and for broker-availability-timeout at most, and less when @cancellable is
 * cancelled. So do enter() and add_offsets().
 *
 * Context: one thread at a time.   Locks: none. */
gboolean      qs_transactor_fence      (QsTransactor         *self,
                                        gint64                deadline,
                                        GCancellable         *cancellable,
                                        GError              **error);

/* Has fence() wait no longer: it fails with @error.
 *
 * Context: any.   Locks: none. */
void          qs_transactor_give_up    (QsTransactor         *self,
                                        const GError         *error);

/* Has the brokers remember an id that rests, which they forget after its lifetime; to be
 * called now and then. It may take a second or two. @name (nullable): of the source,
 * for the log.
 *
 * Context: one thread.   Locks: none. */
void          qs_transactor_keep_alive (QsTransactor         *self,
                                        const char           *name);

/* Begins a transaction unless there is one, and fences before the first. To be
 * called before each record; leave() after it.
 *
 * Context: any.   Locks: if it returns TRUE, none may commit until leave(). */
gboolean      qs_transactor_enter      (QsTransactor         *self,
                                        gint64                deadline,
                                        GCancellable         *cancellable,
                                        GError              **error);
void          qs_transactor_leave      (QsTransactor         *self);

/* Whether a transaction has begun that is not committed yet.
 *
 * Context: any.   Locks: none. */
gboolean      qs_transactor_is_open    (QsTransactor         *self);

/* Adds what a consumer has dealt with to the transaction, which is begun if there
 * is none.
 *
 * Context: any.   Locks: none. */
gboolean      qs_transactor_add_offsets (QsTransactor                             *self,
                                         const rd_kafka_topic_partition_list_t    *offsets,
                                         const rd_kafka_consumer_group_metadata_t *metadata,
                                         gint64                                    deadline,
                                         GError                                  **error);

/* Commits what there is. Once it has begun, nothing but broker-availability-timeout
 * ends it early; then its outcome is unknown, and that is the error.
 *
 * Context: any.   Locks: waits for those who entered. */
gboolean      qs_transactor_commit     (QsTransactor         *self,
                                        GError              **error);

/* Aborts what there is, as well as that can be done until @deadline.
 *
 * Context: any.   Locks: waits for those who entered. */
void          qs_transactor_abort      (QsTransactor         *self,
                                        gint64                deadline);

/* Why the transaction can't go on, which the records that it takes with it don't
 * say. RD_KAFKA_RESP_ERR_NO_ERROR: it can, or the reason is unknown.
 *
 * Context: any.   Locks: none. */
rd_kafka_resp_err_t qs_transactor_find_reason (QsTransactor  *self,
                                               char          *detail,
                                               gsize          size);

/* Sets @error from librdkafka's @code in a transaction: fenced by another client, timed
 * out, or QS_KAFKA_ERROR_TRANSACTION. Always returns FALSE.
 *
 * Context: any.   Locks: none. */
gboolean      qs_transactor_set_error  (QsTransactor         *self,
                                        GError              **error,
                                        rd_kafka_resp_err_t   code,
                                        const char           *what,
                                        const char           *detail);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsTransactor, qs_transactor_free)

G_END_DECLS
