/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

QS_AVAILABLE_IN_ALL
GBytes   *qs_json_to_bytes    (GVariant      *value,
                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
GVariant *qs_json_from_bytes  (GBytes        *bytes,
                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
char     *qs_json_to_string   (GVariant      *value,
                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
GVariant *qs_json_from_string (const char    *text,
                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
gboolean  qs_json_check       (const guint8  *text,
                               gsize          length,
                               GError       **error);

G_END_DECLS
