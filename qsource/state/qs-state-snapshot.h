/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_STATE_SNAPSHOT (qs_state_snapshot_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsStateSnapshot, qs_state_snapshot, QS, STATE_SNAPSHOT, GObject)

QS_AVAILABLE_IN_ALL
guint      qs_state_snapshot_get_n_entries (QsStateSnapshot *self);
QS_AVAILABLE_IN_ALL
GBytes    *qs_state_snapshot_dup_key       (QsStateSnapshot *self,
                                            guint            index) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
gboolean   qs_state_snapshot_is_text_key   (QsStateSnapshot *self,
                                            guint            index);
QS_AVAILABLE_IN_ALL
GBytes    *qs_state_snapshot_dup_value     (QsStateSnapshot *self,
                                            guint            index) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
gint64     qs_state_snapshot_get_expires   (QsStateSnapshot *self,
                                            guint            index);
QS_AVAILABLE_IN_ALL
int        qs_state_snapshot_find          (QsStateSnapshot *self,
                                            const guint8    *key,
                                            gsize            key_length);
QS_AVAILABLE_IN_ALL
gint64     qs_state_snapshot_get_offset    (QsStateSnapshot *self);
QS_AVAILABLE_IN_ALL
GPtrArray *qs_state_snapshot_diff          (QsStateSnapshot *self,
                                            QsStateSnapshot *other) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
