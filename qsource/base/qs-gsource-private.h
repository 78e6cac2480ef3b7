/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Sources of the thread-default main context, kept in a field until they are done.
 *
 * Context: the thread of that main context.   Locks: none.
 */

/* Has @func called every @ms milliseconds; transfer full. */
GSource *qs_gsource_new_timeout (guint        ms,
                                 GSourceFunc  func,
                                 gpointer     user_data);

/* Ends what is in @source, if anything, and makes it NULL. */
void     qs_gsource_clear       (GSource    **source);

G_END_DECLS
