/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-base-source.h"

G_BEGIN_DECLS

QS_AVAILABLE_IN_ALL
void           qs_source_describe_type   (GType        type,
                                          const char  *summary,
                                          const char  *promise,
                                          const char  *example);
QS_AVAILABLE_IN_ALL
GVariant      *qs_source_dup_description (GType        type) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
GVariant      *qs_source_describe        (QsBaseSource *source) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
