/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-source-counts-private.h"
#include "qs-source-stats.h"

G_BEGIN_DECLS

QsSourceStats *qs_source_stats_new        (void);

/* Notifies what changes.
 *
 * Context: the thread that watches the source.   Locks: none. */
void           qs_source_stats_update     (QsSourceStats        *self,
                                           const QsSourceCounts *counts);

/* All counts at once; transfer none, until the next update.
 *
 * Context: the thread that watches the source.   Locks: none. */
const QsSourceCounts *
               qs_source_stats_get_counts (QsSourceStats        *self);

/* Adds each count, by its name, and the buckets of flushes and acknowledgements (an `at`,
 * see qs_buckets_bounds) to @dict, an a{sv}.
 *
 * Context: the thread that runs the application.   Locks: none. */
void           qs_source_stats_describe   (QsSourceStats        *self,
                                           GVariantBuilder      *dict);

G_END_DECLS
