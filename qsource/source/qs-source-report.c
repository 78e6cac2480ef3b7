/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <math.h>

#include "qs-base-source-private.h"
#include "qs-source-private.h"

/* The methods of QsSource by which its author reports how far it is. */

/**
 * qs_source_report_progress:
 * @self: a source
 * @done: how much is done, in a unit of your choice; -1 = unknown
 * @total: how much there is to do, in the same unit; -1 = unknown
 *
 * Reports the progress of the source.
 *
 * [property@SourceStats:progress-done], [property@SourceStats:progress-total] and
 * [signal@Application::source-stats] show the last report, about once a second. A call is
 * cheap, so report each step. It may be called from any thread.
 */
void
qs_source_report_progress (QsSource *self, double done, double total)
{
  g_autoptr (QsSourceRun) run = NULL;

  g_return_if_fail (QS_IS_SOURCE (self));
  g_return_if_fail (!isnan (done) && !isnan (total));

  run = qs_base_source_dup_run (QS_BASE_SOURCE (self));
  qs_run_counts_set_progress (qs_source_run_get_counts (run), done, total);
}

/**
 * qs_source_report_lag:
 * @self: a source
 * @records: how many records the source is behind; -1 = unknown
 * @seconds: how many seconds the source is behind; -1 = unknown
 *
 * Reports how far the source is behind its input.
 *
 * [property@SourceStats:lag-records], [property@SourceStats:lag-seconds] and
 * [signal@Application::source-stats] show the last report, about once a second. It may be
 * called from any thread.
 */
void
qs_source_report_lag (QsSource *self, gint64 records, double seconds)
{
  g_autoptr (QsSourceRun) run = NULL;

  g_return_if_fail (QS_IS_SOURCE (self));
  g_return_if_fail (!isnan (seconds));

  run = qs_base_source_dup_run (QS_BASE_SOURCE (self));
  qs_run_counts_set_lag (qs_source_run_get_counts (run), records, seconds);
}
