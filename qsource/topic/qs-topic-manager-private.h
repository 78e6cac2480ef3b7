/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-admin-private.h"
#include "qs-topic.h"

G_BEGIN_DECLS

/* Brings the topics of an application in place: looks each of @topics
 * (QsTopic) up, creates what is missing if @create (with a log line each),
 * waits until it can be used, and fails on a name that is illegal or too long,
 * on a topic that is missing and must not be created, or that exists with other settings
 * than asked for (QS_KAFKA_ERROR_TOPIC_MISMATCH where the partition count differs, a
 * warning for anything else). Each error names the topic.
 *
 * Context: any; it blocks.   Locks: none. */
gboolean qs_topic_manager_prepare (QsAdmin       *admin,
                                   GPtrArray     *topics,
                                   gboolean       create,
                                   GCancellable  *cancellable,
                                   GError       **error);

/* How @topic stands, and changes nothing: an a{sv}, floating, see
 * qs_application_check_topics(). @create: whether it may be created.
 *
 * Context: any; it blocks.   Locks: none. */
GVariant *qs_topic_manager_describe (QsAdmin       *admin,
                                     QsTopic       *topic,
                                     gboolean       create,
                                     GCancellable  *cancellable,
                                     GError       **error);

/* How large a batch may be that every one of @topics takes, in bytes: the smallest
 * max.message.bytes. 0 where the brokers don't say, -1 on failure.
 *
 * Context: any; it blocks.   Locks: none. */
int      qs_topic_manager_find_max_batch_size (QsAdmin       *admin,
                                               GPtrArray     *topics,
                                               GCancellable  *cancellable,
                                               GError       **error);

G_END_DECLS
