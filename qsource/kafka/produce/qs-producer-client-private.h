/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-answer-wait-private.h"
#include "qs-enums.h"
#include "qs-kafka-conf-private.h"
#include "qs-kafka-config-private.h"
#include "qs-ledger-private.h"
#include "qs-outgoing-private.h"
#include "qs-producer-topics-private.h"
#include "qs-queue-limits-private.h"
#include "qs-reports-private.h"
#include "qs-transactor-private.h"

G_BEGIN_DECLS

/*
 * A producing client of librdkafka: what becomes of its records is written into a
 * ledger, what can't be delivered is dealt with as was said, and brokers that no
 * longer answer end it. QsProducer is its only user.
 *
 * A helper, a thread of its own, serves delivery reports while nobody produces.
 *
 * Context: any.   Locks: none.
 */
typedef struct _QsProducerClient QsProducerClient;

/* @ledger: of the client's records. @transactor (nullable): runs its transactions.
 * Both must live longer. */
QsProducerClient *qs_producer_client_new                (QsKafkaConfig       *config,
                                                         QsLedger            *ledger,
                                                         QsTransactor        *transactor,
                                                         const char          *name,
                                                         QsProducerFailedFunc failed,
                                                         gpointer             user_data,
                                                         GError             **error);

/* Ends the client, with a warning if records are lost by that. */
void              qs_producer_client_free               (QsProducerClient    *self);

/* The topics that it produces to. */
QsProducerTopics *qs_producer_client_get_topics         (QsProducerClient    *self);

/* How its threads wait, and how much its queue takes. */
QsAnswerWait     *qs_producer_client_get_answers        (QsProducerClient    *self);
const QsQueueLimits *qs_producer_client_get_limits      (QsProducerClient    *self);

typedef enum
{
  QS_ENQUEUED,
  QS_ENQUEUED_NOT_YET,    /* the queue is full, and no error is set */
  QS_ENQUEUED_REJECTED,   /* because of something about the record */
  QS_ENQUEUED_FAILED,
} QsEnqueued;

/* Queues @record, or says why not. */
QsEnqueued        qs_producer_client_enqueue            (QsProducerClient    *self,
                                                         const QsOutgoing    *record,
                                                         GError             **error);

/* Has what waits for more to come (linger.ms) be sent, and serves for a moment what
 * serve() does. While it lasts, the client's threads spin: that is no way to wait. */
void              qs_producer_client_push               (QsProducerClient    *self);

/* Serves the reports and errors that are there, as a thread that produces does. */
void              qs_producer_client_serve              (QsProducerClient    *self);

/* As those of QsReports; dead letters are sent as well. */
void              qs_producer_client_begin_wait         (QsProducerClient    *self,
                                                         QsReportsWait       *wait);
void              qs_producer_client_end_wait           (QsProducerClient    *self);
void              qs_producer_client_wait               (QsProducerClient    *self,
                                                         QsReportsWait       *wait,
                                                         gint64               until);
void              qs_producer_client_wake               (QsProducerClient    *self);

/* Whether a fifth of the queue is full, in records or in bytes. */
gboolean          qs_producer_client_is_filling         (QsProducerClient    *self);

/* See qs_producer_set_error_handling(). */
gboolean          qs_producer_client_set_error_handling (QsProducerClient    *self,
                                                         QsErrorHandling      handling,
                                                         const char          *topic,
                                                         GError             **error);

/* Deals with @record, which is not sent because of @why, as was said; FALSE if
 * that is the sender's failure. It is counted as refused in either case. */
gboolean          qs_producer_client_reject             (QsProducerClient    *self,
                                                         const QsOutgoing    *record,
                                                         const char          *stage,
                                                         const GError        *why);

/* Whether dead letters wait for room in the queue; tries to send them. */
gboolean          qs_producer_client_has_pending        (QsProducerClient    *self);

guint64           qs_producer_client_get_n_skipped      (QsProducerClient    *self);

/* Nothing can be delivered any more, because of @error; the first one wins. */
void              qs_producer_client_fail               (QsProducerClient    *self,
                                                         const GError        *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsProducerClient, qs_producer_client_free)

G_END_DECLS
