/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-producer.h"
#include "qs-received-private.h"
#include "qs-topic.h"

G_BEGIN_DECLS

/* The same topic under another name: serializers and settings are shared.
 *
 * Context: any.   Locks: none. */
QsTopic *qs_topic_new_renamed (QsTopic    *self,
                               const char *name);

/* Says with how many partitions it is created if its n-partitions is -1. One that is
 * there already may have any number.
 *
 * Context: as for its properties.   Locks: none. */
void     qs_topic_suggest_partitions (QsTopic *self,
                                      int      n_partitions);

/* With how many it is created; -1: the broker's default.
 *
 * Context: any.   Locks: none. */
int      qs_topic_get_initial_partitions (QsTopic *self);

/* Says that it is created on as many brokers as @model (nullable) is, unless it has a
 * replication-factor of its own, and which @settings (static) of its user an error is to
 * name.
 *
 * Context: as for its properties.   Locks: none. */
void     qs_topic_follow           (QsTopic    *self,
                                    QsTopic    *model,
                                    const char *settings);

/* Gets the arguments of qs_topic_follow(); NULL, and the topic's own, if it was not called.
 *
 * Context: any.   Locks: none. */
QsTopic    *qs_topic_get_model     (QsTopic    *self);
const char *qs_topic_get_settings  (QsTopic    *self);

/* As qs_topic_serialize(), but in bytes; NULL for a null key or value. What floats is
 * sunk in any case.
 *
 * Context: any.   Locks: none. */
gboolean qs_topic_serialize_bytes (QsTopic   *self,
                                   GVariant  *key,
                                   GVariant  *value,
                                   GBytes   **key_bytes,
                                   GBytes   **value_bytes,
                                   GError   **error);

/* Whether the record is to blame for @failure, so that it can be dealt with as the user of
 * a source wishes: not where no other record could be serialized either, as without the
 * schema registry.
 *
 * Context: any.   Locks: none. */
gboolean qs_topic_can_reject      (const GError *failure);

/* The message of a record that couldn't be serialized because of @failure: a part
 * that its serializer doesn't take is as text in it, and a header says so.
 *
 * Context: any.   Locks: none. */
QsMessage *qs_topic_reject        (QsTopic      *self,
                                   GVariant     *key,
                                   GVariant     *value,
                                   QsHeaders    *headers,
                                   gint64        timestamp,
                                   const GError *failure);

/* Queues a record for the topic; see qs_producer_send().
 *
 * Context: any.   Locks: none. */
gboolean qs_topic_produce         (QsTopic    *self,
                                   QsProducer *producer,
                                   int         partition,
                                   GBytes     *key,
                                   GBytes     *value,
                                   QsHeaders  *headers,
                                   gint64      timestamp,
                                   GError    **error);

/* As qs_topic_deserialize(), for what a consumer has just read; see
 * qs_record_new_received().
 *
 * Context: any.   Locks: none. */
QsRecord *qs_topic_deserialize_received (QsTopic           *self,
                                         QsRecord          *spare,
                                         const QsReceived  *received,
                                         GError           **error);

/* As qs_topic_deserialize_received(), but key and value are deserialized only when they
 * are asked for; then what can't be is NULL. */
QsRecord *qs_topic_defer_received (QsTopic           *self,
                                   QsRecord          *spare,
                                   const QsReceived  *received);

/* Makes a record of @received, with key and value as bytes. */
QsRecord *qs_topic_wrap_received  (const QsReceived  *received);

G_END_DECLS
