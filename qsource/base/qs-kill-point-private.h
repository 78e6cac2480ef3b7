/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A place where a test can end this process as kill -9 does: QSOURCE_KILL_POINT=NAME:N in
 * the environment ends it when the point called NAME is passed the Nth time. Only a library
 * built with -Dkill_points=true has them.
 *
 * A mutant is a mistake that a test can switch on to see that it is found:
 * QSOURCE_MUTANT=NAME makes the one called NAME.
 *
 * Context: any.   Locks: none.
 */
#ifdef QS_KILL_POINTS
void     qs_kill_point_pass (const char *name);
gboolean qs_kill_point_errs (const char *mutant);
# define QS_KILL_POINT(name) qs_kill_point_pass (name)
# define QS_IS_MUTANT(name) qs_kill_point_errs (name)
#else
# define QS_KILL_POINT(name) ((void) 0)
# define QS_IS_MUTANT(name) FALSE
#endif

G_END_DECLS
