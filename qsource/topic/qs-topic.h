/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_TOPIC (qs_topic_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsTopic, qs_topic, QS, TOPIC, GObject)

QS_AVAILABLE_IN_ALL
QsTopic      *qs_topic_new                    (const char    *name) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
const char   *qs_topic_get_name               (QsTopic       *self);
QS_AVAILABLE_IN_ALL
QsSerializer *qs_topic_get_key_serializer     (QsTopic       *self);
QS_AVAILABLE_IN_ALL
void          qs_topic_set_key_serializer     (QsTopic       *self,
                                               QsSerializer  *serializer);
QS_AVAILABLE_IN_ALL
QsSerializer *qs_topic_get_value_serializer   (QsTopic       *self);
QS_AVAILABLE_IN_ALL
void          qs_topic_set_value_serializer   (QsTopic       *self,
                                               QsSerializer  *serializer);
QS_AVAILABLE_IN_ALL
int           qs_topic_get_n_partitions       (QsTopic       *self);
QS_AVAILABLE_IN_ALL
void          qs_topic_set_n_partitions       (QsTopic       *self,
                                               int            n_partitions);
QS_AVAILABLE_IN_ALL
int           qs_topic_get_replication_factor (QsTopic       *self);
QS_AVAILABLE_IN_ALL
void          qs_topic_set_replication_factor (QsTopic       *self,
                                               int            replication_factor);
QS_AVAILABLE_IN_ALL
GVariant     *qs_topic_get_config             (QsTopic       *self);
QS_AVAILABLE_IN_ALL
void          qs_topic_set_config             (QsTopic       *self,
                                               GVariant      *config);

QS_AVAILABLE_IN_ALL
QsMessage    *qs_topic_serialize              (QsTopic       *self,
                                               GVariant      *key,
                                               GVariant      *value,
                                               QsHeaders     *headers,
                                               gint64         timestamp,
                                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
QsMessage    *qs_topic_serialize_json         (QsTopic       *self,
                                               const guint8  *key,
                                               gsize          key_length,
                                               const guint8  *value,
                                               gsize          value_length,
                                               QsHeaders     *headers,
                                               gint64         timestamp,
                                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
QsRecord     *qs_topic_deserialize            (QsTopic       *self,
                                               QsMessage     *message,
                                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
