/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <math.h>

#include "qs-base-source-private.h"
#include "qs-source-private.h"

/* The methods of QsSource by which its author reports how far it is. */

/**
 * qs_source_report_progress:
 * @self: a source
 * @done: how much is done, in any unit; -1 = unknown
 * @total: how much there is to be done, in the same; -1 = unknown
 *
 * Reports how far the source is.
 *
 * It is seen wherever sources are watched, such as
 * [property@SourceStats:progress-done] and [signal@Application::source-stats], about
 * once a second. The last report counts. It costs little: call it as often as
 * something is done. It may be called from any thread.
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
 * @records: how many records it is behind; -1 = unknown
 * @seconds: how many seconds it is behind; -1 = unknown
 *
 * Reports how far the source is behind what it reads.
 *
 * It is seen as what [method@Source.report_progress] reports is, in
 * [property@SourceStats:lag-records] and [property@SourceStats:lag-seconds]. It may be
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
