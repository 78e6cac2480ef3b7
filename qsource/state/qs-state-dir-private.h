/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Removes @path, a directory that this library made for itself, with all that is
 * in it. Symbolic links aren't followed; what can't be removed stays.
 *
 * Context: any.   Locks: none. */
void qs_state_dir_remove (const char *path);

G_END_DECLS
