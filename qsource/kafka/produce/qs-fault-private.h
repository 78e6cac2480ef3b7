/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-rdkafka-private.h"

#include "qs-producer-topics-private.h"
#include "qs-transactor-private.h"

G_BEGIN_DECLS

/*
 * The one place that decides what is at fault when a record isn't delivered: the record,
 * its topic, its transaction or the client. QsProducerClient owns it.
 *
 * Context: any; it may ask the brokers, which blocks for a second at most.   Locks: none.
 */
typedef struct
{
  rd_kafka_t       *client;     /* none of them is owned */
  QsTransactor     *transactor; /* nullable */
  QsProducerTopics *topics;
} QsFault;

/* Whether a record that failed with @code is at fault itself, rather than its topic,
 * which any other record would find as it is, too. */
gboolean  qs_fault_is_about_record (const QsFault       *self,
                                    rd_kafka_resp_err_t  code,
                                    QsProducerTopic     *topic,
                                    int                  partition);

/* The error of what failed with @code: @what was attempted. One that @was_sent fails with
 * its transaction; one that was refused does only where the transaction is at its end.
 * @topic: nullable. */
GError   *qs_fault_new_error       (const QsFault       *self,
                                    rd_kafka_resp_err_t  code,
                                    const char          *what,
                                    QsProducerTopic     *topic,
                                    int                  partition,
                                    gboolean             was_sent);

G_END_DECLS
