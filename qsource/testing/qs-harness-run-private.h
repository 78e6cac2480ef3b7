/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-application.h"

G_BEGIN_DECLS

/*
 * One application that is run without a thread of its own: it goes on while
 * somebody waits.
 *
 * Context: one thread.   Locks: none.
 */
typedef struct _QsHarnessRun QsHarnessRun;

/* @application isn't owned. */
QsHarnessRun *qs_harness_run_new        (QsApplication  *application);

/* Ends what runs. */
void          qs_harness_run_free       (QsHarnessRun   *self);

/* Begins; ask is_running(), then is_connected(). */
void          qs_harness_run_start      (QsHarnessRun   *self);
gboolean      qs_harness_run_is_running (QsHarnessRun   *self);

/* Whether its source has come so far that it produces. */
gboolean      qs_harness_run_is_connected (QsHarnessRun *self);

/* The process of its source; 0: none. */
int           qs_harness_run_get_pid    (QsHarnessRun   *self);

/* How the last one ended; NULL: well. transfer none */
const GError *qs_harness_run_get_error  (QsHarnessRun   *self);
void          qs_harness_run_forget_error (QsHarnessRun *self);

/* Goes on until something happens, but at most for @ms milliseconds. */
void          qs_harness_run_iterate    (QsHarnessRun   *self,
                                         guint           ms);

/* Goes on until it has ended; FALSE if that didn't happen until @deadline. */
gboolean      qs_harness_run_wait       (QsHarnessRun   *self,
                                         gint64          deadline);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsHarnessRun, qs_harness_run_free)

G_END_DECLS
