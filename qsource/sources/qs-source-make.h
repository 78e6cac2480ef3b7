/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

QS_AVAILABLE_IN_ALL
QsBaseSource  *qs_source_make        (const char  *type,
                                      const char  *name,
                                      GVariant    *properties,
                                      GError     **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
GType          qs_source_lookup_type (const char  *type,
                                      GError     **error);
QS_AVAILABLE_IN_ALL
char         **qs_source_list_types  (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
