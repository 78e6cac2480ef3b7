/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-stats-private.h"

static const QsSourceCounts one = {
  .n_acknowledged = 100,
  .bytes_acknowledged = 1000,
  .n_in_flight = 7,
  .n_failed = 1,
  .n_flushes = 10,
  .last_flush_time = 5000,
  .n_to_recover = 30,
  .recovery_rate = 1.5,
};

static const QsSourceCounts other = {
  .n_acknowledged = 11,
  .n_in_flight = 2,
  .n_skipped = 3,
  .n_dead_letters = 4,
  .last_flush_time = 4000,
  .n_to_recover = 5,
  .recovery_rate = 0.5,
};

static void
test_together (void)
{
  QsSourceCounts total = one;

  g_test_summary ("What workers count that run side by side adds up; the last flush is the later");

  qs_source_counts_add (&total, &other, FALSE);
  g_assert_cmpuint (total.n_acknowledged, ==, 111);
  g_assert_cmpuint (total.bytes_acknowledged, ==, 1000);
  g_assert_cmpuint (total.n_in_flight, ==, 9);
  g_assert_cmpuint (total.n_failed, ==, 1);
  g_assert_cmpuint (total.n_skipped, ==, 3);
  g_assert_cmpuint (total.n_dead_letters, ==, 4);
  g_assert_cmpuint (total.n_flushes, ==, 10);
  g_assert_cmpint (total.last_flush_time, ==, 5000);
  g_assert_cmpuint (total.n_to_recover, ==, 35);
  g_assert_cmpfloat (total.recovery_rate, ==, 2);
}

static void
test_over (void)
{
  QsSourceCounts total = other;

  g_test_summary ("Of a worker that is over, even killed, nothing is in flight or to be recovered");

  qs_source_counts_add (&total, &one, TRUE);
  g_assert_cmpuint (total.n_acknowledged, ==, 111);
  g_assert_cmpuint (total.n_flushes, ==, 10);
  g_assert_cmpint (total.last_flush_time, ==, 5000);
  g_assert_cmpuint (total.n_in_flight, ==, 2);
  g_assert_cmpuint (total.n_to_recover, ==, 5);
  g_assert_cmpfloat (total.recovery_rate, ==, 0.5);
}

static void
test_known (void)
{
  QsSourceCounts total = QS_SOURCE_COUNTS_INIT;
  QsSourceCounts unknown = QS_SOURCE_COUNTS_INIT;
  QsSourceCounts known = QS_SOURCE_COUNTS_INIT;
  QsSourceCounts read = QS_SOURCE_COUNTS_INIT;
  g_autoptr (GVariant) variant = NULL;

  g_test_summary ("What was reported adds up, the greatest delay counts, unknown stays unknown");

  known.progress_done = 2;
  known.progress_total = 5;
  known.lag_seconds = 3;
  qs_source_counts_add (&total, &known, FALSE);
  qs_source_counts_add (&total, &unknown, FALSE);
  qs_source_counts_add (&total, &known, FALSE);
  g_assert_cmpfloat (total.progress_done, ==, 4);
  g_assert_cmpfloat (total.progress_total, ==, 10);
  g_assert_cmpfloat (total.lag_seconds, ==, 3);
  g_assert_cmpint (total.lag_records, ==, -1);

  variant = g_variant_ref_sink (qs_source_counts_to_variant (&total));
  qs_source_counts_read (&read, variant);
  g_assert_cmpfloat (read.progress_done, ==, 4);
  g_assert_cmpint (read.lag_records, ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/source-stats/together", test_together);
  g_test_add_func ("/source-stats/over", test_over);
  g_test_add_func ("/source-stats/known", test_known);

  return g_test_run ();
}
