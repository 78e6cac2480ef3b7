/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-enums.h"
#include "qs-outgoing-private.h"

#include "qs-rdkafka-private.h"

G_BEGIN_DECLS

/*
 * Handles the records of one client of librdkafka that cannot be delivered: skips them, or
 * keeps them until they are queued for a dead-letter topic. QsProducerClient is its only
 * user.
 *
 * Context: any.   Locks: none.
 */
typedef struct _QsRejects QsRejects;

/* @source: for headers and the log. @topic: the dead-letter topic's handle, owned
 * by the client's topics; NULL unless that is what is done. @client must live
 * longer. */
QsRejects       *qs_rejects_new                (QsErrorHandling        handling,
                                                const char            *source,
                                                rd_kafka_t            *client,
                                                rd_kafka_topic_t      *topic);
void             qs_rejects_free               (QsRejects             *self);

QsErrorHandling  qs_rejects_get_handling       (QsRejects             *self);
guint64          qs_rejects_get_n_skipped      (QsRejects             *self);

/* Whether @report is about a dead letter. */
gboolean         qs_rejects_is_dead_letter     (QsRejects                *self,
                                                const rd_kafka_message_t *report);

/* Whether @code says that something is wrong with a record, and nothing with all
 * others; that its partition isn't there is for the caller to judge. */
gboolean         qs_rejects_is_about_record    (rd_kafka_resp_err_t    code);

/* Counts @record, which is given up because of @why, and logs it. */
void             qs_rejects_skip               (QsRejects             *self,
                                                const QsOutgoing      *record,
                                                const GError          *why);

/* Makes a dead letter of @record and keeps it for send(). @stage: what was being
 * done with it, a word for its headers. */
void             qs_rejects_bury               (QsRejects             *self,
                                                const QsOutgoing      *record,
                                                const char            *stage,
                                                const GError          *why);

/* Queues the dead letters for which there is room. FALSE with @error: one of them,
 * which is gone now, was refused; call it again for the others. */
gboolean         qs_rejects_send               (QsRejects             *self,
                                                GError               **error);

/* Whether some still wait for room. */
gboolean         qs_rejects_has_pending        (QsRejects             *self);

G_END_DECLS
