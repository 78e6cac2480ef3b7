/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-stats-private.h"
#include "qs-run-counts-private.h"

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

static void
test_run (void)
{
  QsRunCounts    run;
  QsSourceCounts counts = QS_SOURCE_COUNTS_INIT;
  g_autoptr (GVariant) stats = NULL;

  g_test_summary ("What a worker tells leaves alone what only its parent counts");

  qs_run_counts_init (&run);
  qs_run_counts_set_progress (&run, 1, 4);
  qs_run_counts_set_state_size (&run, 5, 600);
  qs_run_counts_note_flush (&run, 0.02, TRUE);
  qs_run_counts_note_flush (&run, 60, FALSE);
  stats = qs_run_counts_dup_stats (
      &run,
      g_variant_new_parsed ("{'n-produced': <uint64 7>, 'n-acknowledged': <uint64 6>, "
                            "'ack-seconds': <1.5>, 'ack-buckets': <[uint64 4, 2]>}"));

  counts.n_recovered = 8;
  counts.n_to_recover = 9;
  counts.n_restarts = 2;
  counts.restart_time = 10;
  qs_source_counts_read (&counts, stats);
  g_assert_cmpuint (counts.n_recovered, ==, 8);
  g_assert_cmpuint (counts.n_to_recover, ==, 9);
  g_assert_cmpuint (counts.n_restarts, ==, 2);
  g_assert_cmpint (counts.restart_time, ==, 10);

  g_assert_cmpuint (counts.n_produced, ==, 7);
  g_assert_cmpuint (counts.n_acknowledged, ==, 6);
  g_assert_cmpuint (counts.n_flushes, ==, 1);
  g_assert_cmpuint (counts.n_failed_flushes, ==, 1);
  g_assert_cmpuint (counts.flush_buckets[3], ==, 1);
  g_assert_cmpuint (counts.flush_buckets[QS_N_BUCKETS - 1], ==, 1);
  g_assert_cmpuint (counts.ack_buckets[0], ==, 4);
  g_assert_cmpuint (counts.ack_buckets[1], ==, 2);
  g_assert_cmpfloat (counts.ack_seconds, ==, 1.5);
  g_assert_cmpint (counts.state_bytes, ==, 600);
  g_assert_cmpfloat (counts.progress_total, ==, 4);
  g_assert_cmpint (counts.last_produce_time, >, 0);
  qs_run_counts_clear (&run);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/source-stats/together", test_together);
  g_test_add_func ("/source-stats/over", test_over);
  g_test_add_func ("/source-stats/known", test_known);

  g_test_add_func ("/source-stats/run", test_run);

  return g_test_run ();
}
