/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-enums.h"
#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_REPORT (qs_report_get_type ())

QS_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QsReport, qs_report, QS, REPORT, GObject)

QS_AVAILABLE_IN_1_0
gboolean      qs_report_get_passed     (QsReport    *self);
QS_AVAILABLE_IN_1_0
guint         qs_report_get_seed       (QsReport    *self);
QS_AVAILABLE_IN_1_0
guint         qs_report_get_kills      (QsReport    *self);
QS_AVAILABLE_IN_1_0
guint64       qs_report_get_records    (QsReport    *self);
QS_AVAILABLE_IN_1_0
guint64       qs_report_get_lost       (QsReport    *self);
QS_AVAILABLE_IN_1_0
guint64       qs_report_get_duplicated (QsReport    *self);

QS_AVAILABLE_IN_1_0
char        **qs_report_dup_rules      (QsReport    *self) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_1_0
QsRuleResult  qs_report_get_result     (QsReport    *self,
                                        const char  *rule);
QS_AVAILABLE_IN_1_0
const char   *qs_report_get_message    (QsReport    *self,
                                        const char  *rule);
QS_AVAILABLE_IN_1_0
char         *qs_report_to_json        (QsReport    *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
