/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-kafka-config-private.h"
#include "qs-topic-info-private.h"

G_BEGIN_DECLS

#define QS_TYPE_ADMIN (qs_admin_get_type ())

/*
 * The client with which topics are looked at and created. Its calls block: until
 * @deadline, a question for request-timeout at most, a creation and a deletion for
 * topic-create-timeout; and they end soon after @cancellable is cancelled. On an embedded
 * broker of this process, which answers no CreateTopics request, topics are created
 * directly.
 *
 * Context: one thread at a time.   Locks: none.
 */
G_DECLARE_FINAL_TYPE (QsAdmin, qs_admin, QS, ADMIN, GObject)

QsAdmin    *qs_admin_new             (QsKafkaConfig  *config,
                                      GError        **error);

/* By when a question that is asked now must be answered (request-timeout), and by when
 * a topic that is created now must be there (topic-create-timeout): for what takes
 * several calls. */
gint64      qs_admin_get_question_deadline (QsAdmin  *self);

gint64      qs_admin_get_creation_deadline (QsAdmin  *self);

/* Waits until a broker answers: warns within 5 s, with address and cause, fails
 * after request-timeout; refused credentials or certificates fail at once. */
gboolean    qs_admin_connect         (QsAdmin        *self,
                                      GCancellable   *cancellable,
                                      GError        **error);

/* Looks for topic @name. Returns TRUE and sets *@exists; @info is filled in if
 * it does. */
gboolean    qs_admin_lookup_topic    (QsAdmin        *self,
                                      const char     *name,
                                      gint64          deadline,
                                      gboolean       *exists,
                                      QsTopicInfo    *info,
                                      GCancellable   *cancellable,
                                      GError        **error);

/* Whether the broker is an embedded one, of this process or another one. */
gboolean    qs_admin_is_embedded      (QsAdmin       *self);

/* The settings of topic @name as a new name → value table of strings; an empty
 * one on an embedded broker, which has none. */
GHashTable *qs_admin_dup_topic_config (QsAdmin       *self,
                                       const char    *name,
                                       gint64         deadline,
                                       GCancellable  *cancellable,
                                       GError       **error);

/* For how many seconds the brokers remember a transactional id that nobody uses;
 * less than 0 where they don't say, as an embedded broker doesn't. */
double      qs_admin_find_id_lifetime (QsAdmin       *self,
                                       GCancellable  *cancellable);

/* Creates topic @name and waits until each partition has a leader, at most
 * topic-create-timeout. -1 partitions or replicas = the broker's default;
 * @config: a{ss}, nullable. Fails with QS_KAFKA_ERROR_TOPIC_EXISTS if somebody
 * else was quicker. */
gboolean    qs_admin_create_topic    (QsAdmin        *self,
                                      const char     *name,
                                      int             n_partitions,
                                      int             replication_factor,
                                      GVariant       *config,
                                      GCancellable   *cancellable,
                                      GError        **error);

/* Deletes topic @name and waits until the brokers know it no more. An embedded
 * broker can't: QS_KAFKA_ERROR_INVALID_STATE. */
gboolean    qs_admin_delete_topic    (QsAdmin        *self,
                                      const char     *name,
                                      GCancellable   *cancellable,
                                      GError        **error);

G_END_DECLS
