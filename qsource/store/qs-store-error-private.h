/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-state-error.h"

G_BEGIN_DECLS

/*
 * RocksDB's errors as QS_STATE_ERROR.
 *
 * Context: any.   Locks: none.
 */

/* Whether RocksDB's error @text says that somebody else has the lock. */
gboolean qs_store_error_is_locked (const char  *text);

/* Sets @error from RocksDB's error @text, which is freed: that it could not
 * @what ("read from") the store in @path. Marks the store if it is corrupt.
 * Always returns FALSE. */
gboolean qs_store_error_take      (GError     **error,
                                   char        *text,
                                   const char  *what,
                                   const char  *path);

/* The same for what the system said: a FAILED, with what can be done about it. */
gboolean qs_store_error_set_errno (GError     **error,
                                   int          code,
                                   const char  *what,
                                   const char  *path);

/* Sets CORRUPT because of @reason, with what can be done about it. */
gboolean qs_store_error_corrupt   (GError     **error,
                                   const char  *path,
                                   const char  *reason);

G_END_DECLS
