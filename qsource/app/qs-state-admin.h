/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_STATE_ADMIN (qs_state_admin_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsStateAdmin, qs_state_admin, QS, STATE_ADMIN, GObject)

QS_AVAILABLE_IN_ALL
QsStateAdmin    *qs_state_admin_new             (QsApplication *application,
                                                 const char    *source_name) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
QsApplication   *qs_state_admin_get_application (QsStateAdmin  *self);
QS_AVAILABLE_IN_ALL
const char      *qs_state_admin_get_source_name (QsStateAdmin  *self);
QS_AVAILABLE_IN_ALL
const char      *qs_state_admin_get_store_name  (QsStateAdmin  *self);
QS_AVAILABLE_IN_ALL
int              qs_state_admin_get_partition   (QsStateAdmin  *self);
QS_AVAILABLE_IN_ALL
int              qs_state_admin_get_n_partitions (QsStateAdmin *self);

QS_AVAILABLE_IN_ALL
QsStateSnapshot *qs_state_admin_read            (QsStateAdmin  *self,
                                                 GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
QsStateSnapshot *qs_state_admin_read_store      (QsStateAdmin  *self,
                                                 GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
QsStateSnapshot *qs_state_admin_read_changelog  (QsStateAdmin  *self,
                                                 gint64         offset,
                                                 gint64         time,
                                                 GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
gboolean         qs_state_admin_open            (QsStateAdmin  *self,
                                                 GError       **error);
QS_AVAILABLE_IN_ALL
QsState         *qs_state_admin_get_state       (QsStateAdmin  *self,
                                                 GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
gboolean         qs_state_admin_commit          (QsStateAdmin  *self,
                                                 GError       **error);
QS_AVAILABLE_IN_ALL
void             qs_state_admin_close           (QsStateAdmin  *self);

QS_AVAILABLE_IN_ALL
gboolean         qs_state_admin_reset           (QsStateAdmin  *self,
                                                 GError       **error);

G_END_DECLS
