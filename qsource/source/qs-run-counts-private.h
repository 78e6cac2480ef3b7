/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-source-counts-private.h"

G_BEGIN_DECLS

/*
 * Counts of one run of a source, in addition to those of its producer. Part of a
 * QsSourceRun.
 *
 * Context: any.   Locks: its own.
 */
typedef struct
{
  GMutex         lock;
  QsSourceCounts counts;
} QsRunCounts;

void      qs_run_counts_init           (QsRunCounts  *self);
void      qs_run_counts_clear          (QsRunCounts  *self);

/* Sets the values that the author reports; -1 = unknown. */
void      qs_run_counts_set_progress   (QsRunCounts  *self,
                                        double        done,
                                        double        total);
void      qs_run_counts_set_lag        (QsRunCounts  *self,
                                        gint64        records,
                                        double        seconds);

/* How large the state is; -1 = unknown. */
void      qs_run_counts_set_state_size (QsRunCounts  *self,
                                        gint64        keys,
                                        gint64        bytes);

/* A flush has succeeded or failed, after @seconds. */
void      qs_run_counts_note_flush     (QsRunCounts  *self,
                                        double        seconds,
                                        gboolean      ok);

/* These, and those of the producer, @produced (a{sv}, sunk). transfer full */
GVariant *qs_run_counts_dup_stats      (QsRunCounts  *self,
                                        GVariant     *produced);

G_END_DECLS
