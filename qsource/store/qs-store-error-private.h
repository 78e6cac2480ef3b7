/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-state-error.h"

G_BEGIN_DECLS

/*
 * RocksDB's errors as QS_STATE_ERROR.
 *
 * Context: any.   Locks: none.
 */

/* With what a message of CORRUPT about a copy ends. */
#define QS_STORE_ERROR_NEXT_START " (it is rebuilt from the changelog topic at the next start)"

/* Whether RocksDB's error @text says that somebody else has the lock. */
gboolean qs_store_error_is_locked (const char  *text);

/* Whether RocksDB's error @text says that the files are damaged. A file that is gone is
 * damage, too: RocksDB knows which ones it has made. */
gboolean qs_store_error_is_damage (const char  *text);

/* Sets @error from RocksDB's error @text, which is freed: that it could not
 * @what ("read from") the store in @path. If it is corrupt, a store that is a copy of
 * something is marked, to be made again; one that isn't is all that there is, and is
 * looked at again at the next start. Always returns FALSE. */
gboolean qs_store_error_take      (GError     **error,
                                   char        *text,
                                   const char  *what,
                                   const char  *path,
                                   gboolean     is_copy);

/* The same for what the system said: a FAILED, with what can be done about it. */
gboolean qs_store_error_set_errno (GError     **error,
                                   int          code,
                                   const char  *what,
                                   const char  *path);

/* Sets CORRUPT because of @reason, with what can be done about it. */
gboolean qs_store_error_corrupt   (GError     **error,
                                   const char  *path,
                                   const char  *reason,
                                   gboolean     is_copy);

G_END_DECLS
