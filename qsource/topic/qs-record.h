/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_RECORD (qs_record_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsRecord, qs_record, QS, RECORD, GObject)

QS_AVAILABLE_IN_ALL
GVariant   *qs_record_get_key       (QsRecord *self);
QS_AVAILABLE_IN_ALL
GVariant   *qs_record_get_value     (QsRecord *self);
QS_AVAILABLE_IN_ALL
QsHeaders  *qs_record_get_headers   (QsRecord *self);
QS_AVAILABLE_IN_ALL
gint64      qs_record_get_timestamp (QsRecord *self);
QS_AVAILABLE_IN_ALL
const char *qs_record_get_topic     (QsRecord *self);
QS_AVAILABLE_IN_ALL
int         qs_record_get_partition (QsRecord *self);
QS_AVAILABLE_IN_ALL
gint64      qs_record_get_offset    (QsRecord *self);

QS_AVAILABLE_IN_ALL
GBytes     *qs_record_dup_key_bytes   (QsRecord *self);
QS_AVAILABLE_IN_ALL
GBytes     *qs_record_dup_value_bytes (QsRecord *self);
QS_AVAILABLE_IN_ALL
char       *qs_record_dup_value_text  (QsRecord *self,
                                       GError  **error);
QS_AVAILABLE_IN_ALL
const guint8 *qs_record_peek_bytes    (QsRecord *self,
                                       gboolean  of_key,
                                       gsize    *length);

G_END_DECLS
