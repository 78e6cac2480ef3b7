/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-enums.h"
#include "qs-kafka-conf-private.h"
#include "qs-kafka-config-private.h"
#include "qs-ledger-private.h"
#include "qs-outgoing-private.h"
#include "qs-transactor-private.h"

G_BEGIN_DECLS

/*
 * A producing client of librdkafka: what becomes of its records is written into a
 * ledger, what can't be delivered is dealt with as was said, and brokers that no
 * longer answer end it. QsProducer is its only user.
 *
 * A thread of its own serves delivery reports and errors while nobody produces;
 * one that produces does it by itself, since freeing a record in another thread
 * than the one that allocated it halves the speed of both.
 *
 * Context: any.   Locks: none.
 */
typedef struct _QsDelivery QsDelivery;

/* As in qs-producer-private.h. */
typedef void (*QsDeliveryFailedFunc) (const GError *error,
                                      gpointer      user_data);

/* @ledger: of the client's records. @transactor (nullable): runs its transactions.
 * Both must live longer. */
QsDelivery *qs_delivery_new                (QsKafkaConfig         *config,
                                            QsLedger              *ledger,
                                            QsTransactor          *transactor,
                                            const char            *name,
                                            QsDeliveryFailedFunc   failed,
                                            gpointer               user_data,
                                            GError               **error);

/* Ends the client, with a warning if records are lost by that. */
void        qs_delivery_free               (QsDelivery            *self);

rd_kafka_t *qs_delivery_get_client         (QsDelivery            *self);

/* Serves reports and errors, waiting at most @wait_ms for the first, as a
 * thread that produces or flushes does. @wait_ms < QS_DELIVERY_TICK. */
#define QS_DELIVERY_TICK 50
void        qs_delivery_serve              (QsDelivery            *self,
                                            int                    wait_ms);

/* Whether a fifth of the queue is full, in records or in bytes. */
gboolean    qs_delivery_is_filling         (QsDelivery            *self);

/* Says what becomes of records that can't be delivered; before the first one. See
 * qs_rejects_new(). */
void        qs_delivery_set_error_handling (QsDelivery            *self,
                                            QsErrorHandling        handling,
                                            rd_kafka_topic_t      *topic);

/* Deals with @record, which is not sent because of @why, as was said; FALSE if
 * that is the sender's failure. It is counted as refused in either case. */
gboolean    qs_delivery_reject             (QsDelivery            *self,
                                            const QsOutgoing      *record,
                                            const char            *stage,
                                            const GError          *why);

/* Whether dead letters wait for room in the queue; tries to send them. */
gboolean    qs_delivery_has_pending        (QsDelivery            *self);

guint64     qs_delivery_get_n_skipped      (QsDelivery            *self);

/* Nothing can be delivered any more, because of @error; the first one wins. */
void        qs_delivery_fail               (QsDelivery            *self,
                                            const GError          *error);

/* Why a record failed with @code, where that says no more than that client or
 * transaction can't go on: records that they held were purged, others are not taken.
 * @detail, of @size, is filled in with what there is to say about it. */
rd_kafka_resp_err_t qs_delivery_find_reason (QsDelivery            *self,
                                             rd_kafka_resp_err_t    code,
                                             char                  *detail,
                                             gsize                  size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsDelivery, qs_delivery_free)

G_END_DECLS
