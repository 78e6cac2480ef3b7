/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-run-private.h"
#include "qs-state-admin.h"

G_BEGIN_DECLS

/*
 * Functions of QsStateAdmin for its other file.
 *
 * Context: one thread at a time.   Locks: none.
 */

/* The settings of its application, for its own use. transfer full */
QsRunSettings *qs_state_admin_make_settings (QsStateAdmin  *self,
                                             GError       **error);

/* Emits records-read; a QsStateSnapshotProgress. */
void           qs_state_admin_note_progress (guint64       done,
                                             guint64       total,
                                             gpointer      self);

/* Returns the path of its store. transfer full */
char          *qs_state_admin_dup_path      (QsStateAdmin  *self,
                                             const char    *state_dir,
                                             const char    *group);

G_END_DECLS
