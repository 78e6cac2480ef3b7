/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-enums.h"
#include "qs-stateful-source.h"

G_BEGIN_DECLS

#define QS_TYPE_COMMAND_SOURCE (qs_command_source_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsCommandSource, qs_command_source, QS, COMMAND_SOURCE, QsStatefulSource)

QS_AVAILABLE_IN_ALL
QsCommandSource  *qs_command_source_new  (const char         *name,
                                          const char *const  *argv) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
