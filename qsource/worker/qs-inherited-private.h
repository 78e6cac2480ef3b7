/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Makes good what this process got from the one that started it, and that nobody could
 * work with: a descriptor 0, 1 or 2 that is closed would be that of the next socket or
 * file, into which a line of the log goes then; and where SIGCHLD is ignored, nobody
 * can find out how a process has ended.
 *
 * Context: when the library is loaded.   Locks: none.
 */
void qs_inherited_mend (gboolean is_worker);

G_END_DECLS
