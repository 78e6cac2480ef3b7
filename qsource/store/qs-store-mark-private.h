/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The mark of a corrupt store: a file beside those of RocksDB, which would open
 * many a damaged store again and fail later.
 *
 * Context: any.   Locks: none.
 */

/* Marks the store in @path; the first @reason stays. Logs a failure. */
void     qs_store_mark_set      (const char *path,
                                 const char *reason);

/* The same in the directory @fd; these two set errno if they fail. */
gboolean qs_store_mark_set_at   (int         fd,
                                 const char *reason);
gboolean qs_store_mark_clear_at (int         fd);

/* Why the store in @path can only be corrupt: it is marked, or files are
 * missing, so that RocksDB would make a new one of it. NULL: nothing is wrong
 * as far as can be seen. */
char    *qs_store_mark_dup_harm (const char *path);

G_END_DECLS
