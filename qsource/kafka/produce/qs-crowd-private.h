/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether more threads of the machine want to run than its processors can have take
 * turns at once; FALSE where that can't be known.
 *
 * Context: any.   Locks: none. */
gboolean qs_crowd_is_there (void);

/* The same, of the text of /proc/loadavg. */
gboolean qs_crowd_in_text  (const char *text,
                            guint       n_processors);

G_END_DECLS
