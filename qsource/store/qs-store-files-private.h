/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The files of a store, apart from what RocksDB does with them.
 *
 * Context: any.   Locks: none.
 */

/* Opens the directory @path, none of whose last three components may be a
 * symbolic link, and sets @fd; to -1 if it isn't there. */
gboolean qs_store_files_open_dir (const char  *path,
                                  int         *fd,
                                  GError     **error);

/* Removes from the directory @fd, which is @path, what RocksDB has made there,
 * but the lock. A crash in between leaves it marked. */
gboolean qs_store_files_remove   (const char  *path,
                                  int          fd,
                                  GError     **error);

/* Makes the path of a table of the store in @path before the database takes it. transfer full */
char    *qs_store_files_build_ingest_path (const char *path);

G_END_DECLS
