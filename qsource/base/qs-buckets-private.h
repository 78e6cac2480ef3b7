/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * How long something took, counted in buckets: how many took longer than one bound, and at
 * most the next one.
 */
#define QS_N_BUCKETS 11
extern const double qs_buckets_bounds[QS_N_BUCKETS - 1]; /* seconds */

/* The place of what has taken @seconds.
 *
 * Context: any.   Locks: none. */
guint qs_buckets_find (double seconds);

G_END_DECLS
