/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * How many threads of the machine want to run; looked at once in 10 ms. Where that can't be
 * known, it is none. To which processors a thread is bound, is not considered.
 *
 * Context: any.   Locks: none.
 */

/* Whether they are more than the processors can have take turns at once. */
gboolean qs_crowd_is_there  (void);

/* The part of a processor that each of them gets: 1 where none has to wait. */
double   qs_crowd_get_share (void);

/* Their number, in the text of /proc/loadavg. */
guint    qs_crowd_read      (const char *text);

/* The answers to the questions above for @n_threads on @n_processors. */
gboolean qs_crowd_is_crowd  (guint       n_threads,
                             guint       n_processors);
double   qs_crowd_share_of  (guint       n_threads,
                             guint       n_processors);

G_END_DECLS
