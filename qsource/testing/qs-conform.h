/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-conform-callbacks.h"

G_BEGIN_DECLS

#define QS_TYPE_CONFORM (qs_conform_get_type ())

QS_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QsConform, qs_conform, QS, CONFORM, GObject)

QS_AVAILABLE_IN_1_0
QsConform  *qs_conform_new        (QsHarnessFactory   factory,
                                   gpointer           user_data,
                                   GDestroyNotify     destroy) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_1_0
guint       qs_conform_get_seed   (QsConform         *self);
QS_AVAILABLE_IN_1_0
void        qs_conform_set_seed   (QsConform         *self,
                                   guint              seed);
QS_AVAILABLE_IN_1_0
guint       qs_conform_get_kills  (QsConform         *self);
QS_AVAILABLE_IN_1_0
void        qs_conform_set_kills  (QsConform         *self,
                                   guint              kills);
QS_AVAILABLE_IN_1_0
guint       qs_conform_get_records (QsConform        *self);
QS_AVAILABLE_IN_1_0
void        qs_conform_set_records (QsConform        *self,
                                   guint              records);
QS_AVAILABLE_IN_1_0
double      qs_conform_get_timeout (QsConform        *self);
QS_AVAILABLE_IN_1_0
void        qs_conform_set_timeout (QsConform        *self,
                                   double             timeout);
QS_AVAILABLE_IN_1_0
QsReport   *qs_conform_get_report (QsConform         *self);

QS_AVAILABLE_IN_1_0
void        qs_conform_add_rule   (QsConform         *self,
                                   const char        *name,
                                   QsRuleFunc         func,
                                   gpointer           user_data,
                                   GDestroyNotify     destroy);
QS_AVAILABLE_IN_1_0
gboolean    qs_conform_skip_rule  (QsConform         *self,
                                   const char        *name,
                                   const char        *reason,
                                   GError           **error);
QS_AVAILABLE_IN_1_0
char      **qs_conform_dup_rules  (QsConform         *self) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_1_0
gboolean    qs_conform_check      (QsConform         *self,
                                   const char        *rule,
                                   GError           **error);
QS_AVAILABLE_IN_1_0
QsReport   *qs_conform_run        (QsConform         *self,
                                   GError           **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_1_0
void        qs_conform_add_tests  (QsConform         *self,
                                   const char        *path);

G_END_DECLS
