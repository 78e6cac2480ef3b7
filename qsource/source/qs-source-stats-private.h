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

/* How long flushes and acknowledgements took, see qs_buckets_bounds; an at, floating.
 *
 * Context: the thread that runs the application.   Locks: none. */
GVariant      *qs_source_stats_describe_flushes (QsSourceStats *self);
GVariant      *qs_source_stats_describe_latencies (QsSourceStats *self);

G_END_DECLS
