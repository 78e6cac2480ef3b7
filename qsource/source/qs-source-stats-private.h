/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-source-stats.h"

G_BEGIN_DECLS

/*
 * What is counted of a source: by one worker, and, as their sum, by all of them.
 * A worker sends it as an a{sv} with the names of QsSourceStats' properties.
 */
typedef struct
{
  guint64 n_acknowledged;
  guint64 bytes_acknowledged;
  guint64 n_in_flight;
  guint64 n_failed;
  guint64 n_skipped;
  guint64 n_dead_letters;
  guint64 n_flushes;
  gint64  last_flush_time;  /* milliseconds since 1970 UTC; 0 = never */
  guint64 n_restarts;
  guint64 n_recovered;
  guint64 n_to_recover;
  double  recovery_rate;
  double  progress_done;    /* as its author reports it; -1 = unknown, as below */
  double  progress_total;
  gint64  lag_records;
  double  lag_seconds;
} QsSourceCounts;

/* Nothing is counted, and nothing was reported. */
#define QS_SOURCE_COUNTS_INIT                                                         \
  ((QsSourceCounts){                                                                  \
      .progress_done = -1, .progress_total = -1, .lag_records = -1, .lag_seconds = -1 \
  })

/* Sets what @stats, an a{sv}, has; the rest stays.
 *
 * Context: any.   Locks: none. */
void           qs_source_counts_read      (QsSourceCounts       *self,
                                           GVariant             *stats);

/* Adds those of a worker; @is_over: it has ended, so that only what adds up
 * counts.
 *
 * Context: any.   Locks: none. */
void           qs_source_counts_add       (QsSourceCounts       *self,
                                           const QsSourceCounts *other,
                                           gboolean              is_over);

/* As an a{sv}; floating.
 *
 * Context: any.   Locks: none. */
GVariant      *qs_source_counts_to_variant (const QsSourceCounts *self);

QsSourceStats *qs_source_stats_new        (void);

/* Notifies what changes.
 *
 * Context: the thread that watches the source.   Locks: none. */
void           qs_source_stats_update     (QsSourceStats        *self,
                                           const QsSourceCounts *counts);

G_END_DECLS
