/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_STATE (qs_state_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsState, qs_state, QS, STATE, GObject)

QS_AVAILABLE_IN_ALL
GVariant  *qs_state_get               (QsState     *self,
                                       const char  *key,
                                       GError     **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
GVariant  *qs_state_get_with_fallback (QsState     *self,
                                       const char  *key,
                                       GVariant    *fallback,
                                       GError     **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
gint64     qs_state_get_int64         (QsState     *self,
                                       const char  *key,
                                       gint64       fallback,
                                       GError     **error);
QS_AVAILABLE_IN_ALL
double     qs_state_get_double        (QsState     *self,
                                       const char  *key,
                                       double       fallback,
                                       GError     **error);
QS_AVAILABLE_IN_ALL
char      *qs_state_get_string        (QsState     *self,
                                       const char  *key,
                                       const char  *fallback,
                                       GError     **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
GBytes    *qs_state_get_bytes         (QsState     *self,
                                       const char  *key,
                                       GError     **error) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
gboolean   qs_state_set               (QsState     *self,
                                       const char  *key,
                                       GVariant    *value,
                                       GError     **error);
QS_AVAILABLE_IN_ALL
gboolean   qs_state_set_with_ttl      (QsState     *self,
                                       const char  *key,
                                       GVariant    *value,
                                       double       ttl,
                                       GError     **error);
QS_AVAILABLE_IN_ALL
gboolean   qs_state_set_bytes         (QsState     *self,
                                       const char  *key,
                                       GBytes      *value,
                                       GError     **error);

QS_AVAILABLE_IN_ALL
gboolean   qs_state_remove            (QsState     *self,
                                       const char  *key,
                                       GError     **error);
QS_AVAILABLE_IN_ALL
gboolean   qs_state_contains          (QsState     *self,
                                       const char  *key,
                                       GError     **error);

QS_AVAILABLE_IN_ALL
char     **qs_state_keys              (QsState     *self,
                                       const char  *prefix,
                                       GError     **error) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
GBytes    *qs_state_get_data          (QsState      *self,
                                       const guint8 *key,
                                       gsize         key_length,
                                       GError      **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
const guint8 *qs_state_peek_data      (QsState      *self,
                                       const guint8 *key,
                                       gsize         key_length,
                                       gsize        *length,
                                       GError      **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
gboolean   qs_state_set_data          (QsState      *self,
                                       const guint8 *key,
                                       gsize         key_length,
                                       const guint8 *value,
                                       gsize         value_length,
                                       double        ttl,
                                       GError      **error);
QS_AVAILABLE_IN_ALL
gboolean   qs_state_set_json          (QsState      *self,
                                       const guint8 *key,
                                       gsize         key_length,
                                       const guint8 *json,
                                       gsize         json_length,
                                       double        ttl,
                                       GError      **error);
QS_AVAILABLE_IN_ALL
gboolean   qs_state_remove_data       (QsState      *self,
                                       const guint8 *key,
                                       gsize         key_length,
                                       GError      **error);
QS_AVAILABLE_IN_ALL
gboolean   qs_state_contains_data     (QsState      *self,
                                       const guint8 *key,
                                       gsize         key_length,
                                       GError      **error);
QS_AVAILABLE_IN_ALL
GVariant  *qs_state_list_data         (QsState      *self,
                                       const guint8 *prefix,
                                       gsize         prefix_length,
                                       GError      **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
