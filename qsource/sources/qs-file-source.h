/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-enums.h"
#include "qs-stateful-source.h"

G_BEGIN_DECLS

#define QS_TYPE_FILE_SOURCE (qs_file_source_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsFileSource, qs_file_source, QS, FILE_SOURCE, QsStatefulSource)

QS_AVAILABLE_IN_ALL
QsFileSource       *qs_file_source_new              (const char         *name,
                                                     const char *const  *path) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
const char *const  *qs_file_source_get_path         (QsFileSource       *self);

G_END_DECLS
