/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * The standard input of a worker that must not have its parent's.
 *
 * Context: any.   Locks: none.
 */

/* An error when it is read, and when it is opened by name, not an end that looks as if
 * all had been read. Programs that don't read it don't care. A descriptor, -1 if there
 * can be none. */
int     qs_worker_stdin_new_none (void);

/* If this process has that, and @error (nullable) may come from reading it: the same with
 * our words for it. Else NULL. transfer full */
GError *qs_worker_stdin_explain  (const GError *error);

G_END_DECLS
