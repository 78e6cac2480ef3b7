/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes a temporary directory for the state of a broker that dies with this process. Removes those
 * of processes that were killed before they could do it: each directory is locked while its process
 * lives. Transfer full, for qs_state_dir_remove() and g_free().
 *
 * Context: any.   Locks: none. */
char *qs_state_dir_new_temporary (GError    **error);

/* Removes @path, a directory that this library made for itself, with all that is
 * in it. Symbolic links aren't followed; what can't be removed stays.
 *
 * Context: any.   Locks: none. */
void  qs_state_dir_remove        (const char *path);

/* Removes all temporary directories of this process, which is about to end.
 *
 * Context: any.   Locks: none. */
void  qs_state_dir_remove_all    (void);

G_END_DECLS
