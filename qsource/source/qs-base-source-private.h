/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"

G_BEGIN_DECLS

/*
 * What the worker (worker/) may do to a source and a user may not.
 */

/* What a source tells whoever runs it. Called in start()'s thread. */
typedef struct
{
  void (*connected)      (gpointer user_data);
  void (*connect_failed) (const GError *error,
                          gpointer      user_data);
} QsSourceObserver;

/* Makes @self ready for a (new) run: a fresh cancellable, no error, no
 * producer. @observer (nullable) must outlive the run.
 *
 * Context: the thread that will call start(), or before it exists.
 * Locks: none. */
void qs_base_source_prepare      (QsBaseSource           *self,
                                  const QsSourceObserver *observer,
                                  gpointer                user_data);

/* Sets QsBaseSource:status and notifies.
 *
 * Context: the thread that watches the source.   Locks: none. */
void qs_base_source_set_status   (QsBaseSource           *self,
                                  QsSourceStatus          status);

/* Keeps the error with which @self failed, for dup_error(); transfer full, and
 * nullable to forget it.
 *
 * Context: the thread that watches the source.   Locks: none. */
void qs_base_source_take_error   (QsBaseSource           *self,
                                  GError                 *error);

G_END_DECLS
