/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_MESSAGE (qs_message_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsMessage, qs_message, QS, MESSAGE, GObject)

QS_AVAILABLE_IN_ALL
QsMessage  *qs_message_new           (GBytes    *key,
                                      GBytes    *value,
                                      QsHeaders *headers,
                                      gint64     timestamp,
                                      int        partition) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
QsMessage  *qs_message_new_rejected  (GBytes     *key,
                                      GBytes     *value,
                                      QsHeaders  *headers,
                                      gint64      timestamp,
                                      const char *reason) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
const char *qs_message_get_rejection (QsMessage *self);
QS_AVAILABLE_IN_ALL
GBytes     *qs_message_get_key       (QsMessage *self);
QS_AVAILABLE_IN_ALL
GBytes     *qs_message_get_value     (QsMessage *self);
QS_AVAILABLE_IN_ALL
QsHeaders  *qs_message_get_headers   (QsMessage *self);
QS_AVAILABLE_IN_ALL
gint64      qs_message_get_timestamp (QsMessage *self);
QS_AVAILABLE_IN_ALL
const char *qs_message_get_topic     (QsMessage *self);
QS_AVAILABLE_IN_ALL
int         qs_message_get_partition (QsMessage *self);
QS_AVAILABLE_IN_ALL
gint64      qs_message_get_offset    (QsMessage *self);

G_END_DECLS
