/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Removes the store in @path if nobody has it open and nothing was written to it for @age
 * milliseconds. Returns whether it has; what can't be removed is logged.
 *
 * Context: any; blocks on the disk.   Locks: none. */
gboolean qs_store_sweep (const char  *path,
                         gint64       age);

G_END_DECLS
