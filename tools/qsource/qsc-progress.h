/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * How far something is that takes its time, on standard error: a bar on a terminal, which log
 * lines don't break; elsewhere a line now and then. What is soon done is not shown.
 */
typedef struct _QscProgress QscProgress;

QscProgress *qsc_progress_new   (void);

/* @what is being done, and @done of @total of it, in any unit; a @total of 0 is unknown. */
void         qsc_progress_set   (QscProgress *self,
                                 const char  *what,
                                 double       done,
                                 double       total);

/* There is nothing to be shown any more, for now. */
void         qsc_progress_clear (QscProgress *self);
void         qsc_progress_free  (QscProgress *self);

/* Has the log show only @least and what is worse, from now on. */
void         qsc_log_limit      (GLogLevelFlags least);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QscProgress, qsc_progress_free)

G_END_DECLS
