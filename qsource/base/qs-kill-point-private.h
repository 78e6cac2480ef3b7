/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Where a test may end this process as kill -9 does: QSOURCE_KILL_POINT=NAME:N
 * in the environment ends it when the point called NAME is passed the Nth time.
 * Only a library built with -Dkill_points=true has them.
 *
 * Context: any.   Locks: none.
 */
#ifdef QS_KILL_POINTS
void qs_kill_point_pass (const char *name);
# define QS_KILL_POINT(name) qs_kill_point_pass (name)
#else
# define QS_KILL_POINT(name) ((void) 0)
#endif

G_END_DECLS
