/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Deadlines on the monotonic clock, in microseconds, so that a wait of several
 * steps has one end. G_MAXINT64 is a deadline that never comes.
 *
 * Context: any.   Locks: none.
 */

/* The deadline that comes @seconds from now; a negative number never does. */
gint64   qs_deadline_after  (double seconds);

/* FALSE: the timeout that a user gave is no number. */
gboolean qs_deadline_check  (double   seconds,
                             GError **error);

gboolean qs_deadline_passed (gint64 deadline);

/* How long to wait for now, in milliseconds: until @deadline, but at most
 * @max_ms, so that the caller can look whether it was cancelled. */
int      qs_deadline_slice  (gint64 deadline,
                             int    max_ms);

G_END_DECLS
