/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"
#include "qs-source-run-private.h"

G_BEGIN_DECLS

/*
 * Functions of a source for its subclasses in this library, the worker and the application,
 * not for users.
 */

/* Makes @self ready for a new run, which others can't mistake for an earlier one.
 * @func (nullable) is called with each event, in any thread, as long as @destroy (nullable)
 * wasn't called with @user_data.
 *
 * Context: the thread that will call start(), or before it exists.
 * Locks: none. */
void     qs_base_source_prepare      (QsBaseSource           *self,
                                      QsSourceEventFunc       func,
                                      gpointer                user_data,
                                      GDestroyNotify          destroy);

/* Its newest run; transfer full.
 *
 * Context: any.   Locks: none. */
QsSourceRun *qs_base_source_dup_run  (QsBaseSource           *self);

/* The same for a while, at no cost in start()'s thread.
 *
 * Context: any, both in the same.   Locks: none. */
QsSourceRun *qs_base_source_enter_run (QsBaseSource          *self);
void         qs_base_source_leave_run (QsBaseSource          *self,
                                       QsSourceRun           *run);

/* Its newest run if start() runs in the calling thread, else NULL; transfer none.
 *
 * Context: any.   Locks: none. */
QsSourceRun *qs_base_source_get_own_run (QsBaseSource         *self);

/* Whether start() runs in the calling thread, or in another one.
 *
 * Context: any.   Locks: none. */
gboolean qs_base_source_is_own_thread (QsBaseSource          *self);
gboolean qs_base_source_is_foreign_thread (QsBaseSource      *self);

/* Reports @event to the listener of the run.
 *
 * Context: start()'s thread.   Locks: none. */
void     qs_base_source_tell         (QsBaseSource           *self,
                                      const QsSourceEvent    *event);

/* @ok, unless it was made to fail meanwhile: that error replaces @error.
 *
 * Context: start()'s thread.   Locks: none. */
gboolean qs_base_source_check_failure (QsBaseSource          *self,
                                       gboolean               ok,
                                       GError               **error);

/* Sets QsBaseSource:status and notifies.
 *
 * Context: the thread that watches the source.   Locks: none. */
void     qs_base_source_set_status   (QsBaseSource           *self,
                                      QsSourceStatus          status);

/* Keeps the error with which @self failed, for dup_error(); transfer full, and
 * nullable to forget it.
 *
 * Context: the thread that watches the source.   Locks: none. */
void     qs_base_source_take_error   (QsBaseSource           *self,
                                      GError                 *error);

/* Warns that cleanup() after a failure has failed with @error. What is reported is that failure, whose
 * details, @detail (nullable), are those of the source again.
 *
 * Context: the thread of start().   Locks: none. */
void     qs_base_source_note_cleanup (QsBaseSource           *self,
                                      const GError           *error,
                                      const char             *detail);

/* Whether virtual function @vfunc succeeded: it returned @result and set
 * @own_error (nullable; taken). FALSE without an error becomes one with a fixed
 * message: bindings lose exceptions.
 *
 * Context: the thread that called it.   Locks: none. */
gboolean qs_base_source_check_result (QsBaseSource           *self,
                                      const char             *vfunc,
                                      gboolean                result,
                                      GError                 *own_error,
                                      GError                **error);

G_END_DECLS
