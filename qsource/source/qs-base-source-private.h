/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"

G_BEGIN_DECLS

/*
 * What its subclasses in this library, the worker and the application may do to
 * a source and a user may not.
 */

/* What a source tells whoever runs it. Called in start()'s thread. */
typedef struct
{
  void (*connected)      (gpointer      user_data);
  void (*connect_failed) (const GError *error,
                          gpointer      user_data);
  /* Its state is being read back: records read, to go, and each second. 0 to go:
   * that is over. */
  void (*recovering)     (gint64        n_records,
                          gint64        n_left,
                          double        rate,
                          gpointer      user_data);
} QsSourceObserver;

/* Makes @self ready for a (new) run: a fresh cancellable, no error, no
 * producer. @observer (nullable) must outlive the run.
 *
 * Context: the thread that will call start(), or before it exists.
 * Locks: none. */
void     qs_base_source_prepare      (QsBaseSource           *self,
                                      const QsSourceObserver *observer,
                                      gpointer                user_data);

/* Tells the observer.
 *
 * Context: start()'s thread.   Locks: none. */
void     qs_base_source_tell_recovering (QsBaseSource        *self,
                                         gint64               n_records,
                                         gint64               n_left,
                                         double               rate);

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
