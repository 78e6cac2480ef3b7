/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-restart-policy-private.h"

#include "qs-kafka-error.h"
#include "qs-state-error.h"

/* How much less than the full delay chance may make it. */
#define MIN_SHARE 0.75

static void
assert_delay (double delay, double full)
{
  g_assert_cmpfloat (delay, >=, full * MIN_SHARE);
  g_assert_cmpfloat (delay, <=, full);
}

static void
test_none (void)
{
  QsRestartPolicy policy = { .max_restarts = 0, .backoff = 1 };

  g_test_summary ("With max-restarts 0 a source is never started again, however long it ran");

  g_assert_cmpfloat (qs_restart_policy_next (&policy, 0), ==, -1);
  g_assert_cmpfloat (qs_restart_policy_next (&policy, 3600), ==, -1);
}

static void
test_backoff (void)
{
  QsRestartPolicy policy = { .max_restarts = 9, .backoff = 1 };

  g_test_summary ("Each delay is twice the one before, up to 60 s, and then it is over");

  for (int i = 0; i < 9; i++)
    assert_delay (qs_restart_policy_next (&policy, 0), MIN (1 << i, 60));

  g_assert_cmpfloat (qs_restart_policy_next (&policy, 0), ==, -1);
  g_assert_cmpfloat (qs_restart_policy_next (&policy, 0), ==, -1);
}

static void
test_always (void)
{
  QsRestartPolicy policy = { .max_restarts = -1, .backoff = 0.5 };

  g_test_summary ("With max-restarts -1 there is always a next time, never later than in 60 s");

  for (int i = 0; i < 5000; i++)
    assert_delay (qs_restart_policy_next (&policy, 0), i < 7 ? 0.5 * (1 << i) : 60);
}

static void
test_no_backoff (void)
{
  QsRestartPolicy policy = { .max_restarts = -1, .backoff = 0 };

  g_test_summary ("A restart-backoff of 0 stays 0");

  for (int i = 0; i < 5000; i++)
    g_assert_cmpfloat (qs_restart_policy_next (&policy, 0), ==, 0);
}

static void
test_forgotten (void)
{
  QsRestartPolicy policy = { .max_restarts = 2, .backoff = 1 };

  g_test_summary ("A long run makes the failures before it forgotten, a shorter one doesn't");

  assert_delay (qs_restart_policy_next (&policy, 0), 1);
  assert_delay (qs_restart_policy_next (&policy, QS_RESTART_MAX_DELAY - 1), 2);
  assert_delay (qs_restart_policy_next (&policy, QS_RESTART_MAX_DELAY), 1);
  assert_delay (qs_restart_policy_next (&policy, 0), 2);
  g_assert_cmpfloat (qs_restart_policy_next (&policy, 0), ==, -1);
}

static void
test_jitter (void)
{
  double smallest = 100;
  double largest = 0;

  g_test_summary ("Sources that failed together don't come back together");

  for (int i = 0; i < 1000; i++)
    {
      QsRestartPolicy policy = { .max_restarts = 1, .backoff = 10 };
      double          delay = qs_restart_policy_next (&policy, 0);

      smallest = MIN (smallest, delay);
      largest = MAX (largest, delay);
    }

  g_assert_cmpfloat (largest - smallest, >, 2);
}

static void
test_permanent (void)
{
  g_autoptr (GError) settings =
      g_error_new_literal (QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG, "no such setting");
  g_autoptr (GError) permission =
      g_error_new_literal (QS_KAFKA_ERROR, QS_KAFKA_ERROR_NOT_AUTHORIZED, "may not write");
  g_autoptr (GError) mismatch =
      g_error_new_literal (QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH, "another history");
  g_autoptr (GError) outage =
      g_error_new_literal (QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE, "away");
  g_autoptr (GError) own = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no file");

  g_test_summary ("What the next worker would meet again is not retried, all else is");

  g_assert_true (qs_restart_policy_is_permanent (settings));
  g_assert_true (qs_restart_policy_is_permanent (permission));
  g_assert_true (qs_restart_policy_is_permanent (mismatch));
  g_assert_false (qs_restart_policy_is_permanent (outage));
  g_assert_false (qs_restart_policy_is_permanent (own));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/restart-policy/none", test_none);
  g_test_add_func ("/restart-policy/backoff", test_backoff);
  g_test_add_func ("/restart-policy/always", test_always);
  g_test_add_func ("/restart-policy/no-backoff", test_no_backoff);
  g_test_add_func ("/restart-policy/forgotten", test_forgotten);
  g_test_add_func ("/restart-policy/jitter", test_jitter);
  g_test_add_func ("/restart-policy/permanent", test_permanent);

  return g_test_run ();
}
