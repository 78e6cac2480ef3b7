/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-rdkafka-private.h"

#include "qs-ledger-private.h"

G_BEGIN_DECLS

/*
 * Lets the threads of a client of librdkafka sleep until a broker answers.
 *
 * An idempotent producer of librdkafka (2.0.2 and later) sends nothing to a partition as
 * long as five records of it are unanswered. Records that wait behind them for longer than
 * linger.ms have its thread poll without a pause: a hundred records a second to a broker
 * that is 50 ms away take half a processor, and a hundred producers on one machine starve
 * the broker that they wait for. So, wherever nothing more can be sent, the thread that
 * has sent a request waits for the answer inside librdkafka's call to an interceptor, for
 * as long as librdkafka itself would wait before it gives the request up.
 *
 * Context: any.   Locks: its own, held for a moment.
 */
typedef struct _QsAnswerWait QsAnswerWait;

/* Has the client that is made of @conf, and whose records @ledger counts, wait. */
QsAnswerWait *qs_answer_wait_new       (QsLedger        *ledger,
                                        rd_kafka_conf_t *conf);

/* Without a client. */
void     qs_answer_wait_free           (QsAnswerWait    *self);

/* Ends @client, for whose threads nothing waits any more, and frees @self with the last of
 * them. The ledger may end before. */
void     qs_answer_wait_end_client     (QsAnswerWait    *self,
                                        rd_kafka_t      *client);

/* A topic of @n_partitions is produced to as well. */
void     qs_answer_wait_add_partitions (QsAnswerWait    *self,
                                        guint            n_partitions);

/* Between them no thread waits: calls of librdkafka that need its threads at once. */
void     qs_answer_wait_begin_hurry    (QsAnswerWait    *self);
void     qs_answer_wait_end_hurry      (QsAnswerWait    *self);

/* Whether to wait after a request: with so many requests unanswered, by a client that
 * produces to @n_partitions and has @n_in_flight records in its queue and on their way. */
gboolean qs_answer_wait_is_due         (guint            n_unanswered,
                                        guint            n_partitions,
                                        guint64          n_in_flight);

G_END_DECLS
