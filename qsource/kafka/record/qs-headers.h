/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_HEADERS (qs_headers_get_type ())

QS_AVAILABLE_IN_ALL
GType       qs_headers_get_type   (void) G_GNUC_CONST;

QS_AVAILABLE_IN_ALL
QsHeaders  *qs_headers_new        (void) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
QsHeaders  *qs_headers_copy       (QsHeaders  *self) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
void        qs_headers_free       (QsHeaders  *self);

QS_AVAILABLE_IN_ALL
guint       qs_headers_get_length (QsHeaders  *self);
QS_AVAILABLE_IN_ALL
const char *qs_headers_get_name   (QsHeaders  *self,
                                   guint       index);
QS_AVAILABLE_IN_ALL
GBytes     *qs_headers_get_value  (QsHeaders  *self,
                                   guint       index);
QS_AVAILABLE_IN_ALL
GBytes     *qs_headers_lookup     (QsHeaders  *self,
                                   const char *name);

QS_AVAILABLE_IN_ALL
void        qs_headers_append     (QsHeaders  *self,
                                   const char *name,
                                   GBytes     *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsHeaders, qs_headers_free)

G_END_DECLS
