/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-kafka-error.h"
#include "qs-ledger-private.h"

typedef struct
{
  QsLedger ledger;
  GError  *first;
  GError  *second;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  qs_ledger_init (&fixture->ledger);
  fixture->first = g_error_new (QS_KAFKA_ERROR, QS_KAFKA_ERROR_FAILED, "first");
  fixture->second = g_error_new (QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE, "second");
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  qs_ledger_clear (&fixture->ledger);
  g_clear_error (&fixture->first);
  g_clear_error (&fixture->second);
}

/* Fails unless a flush would fail with @text; NULL: it would not. */
static void
assert_poison (QsLedger *ledger, gboolean tell, const char *text)
{
  g_autoptr (GError) error = qs_ledger_dup_error (ledger, tell);

  g_assert_cmpstr (error != NULL ? error->message : NULL, ==, text);
}

static void
test_counts (Fixture *fixture, gconstpointer user_data)
{
  QsLedger *ledger = &fixture->ledger;

  g_test_summary ("Each record that was sent is in flight until it is done, in one way");

  for (guint64 i = 0; i < 5; i++)
    g_assert_cmpuint (qs_ledger_add_sent (ledger, 10), ==, i);
  qs_ledger_add_sent (ledger, 0);
  g_assert_cmpuint (qs_ledger_get_n_in_flight (ledger), ==, 6);
  g_assert_cmpuint (qs_ledger_get_bytes_in_flight (ledger), ==, 50);

  qs_ledger_remove_sent (ledger, 10);
  qs_ledger_add_refused (ledger);
  qs_ledger_add_acknowledged (ledger, 10);
  qs_ledger_add_acknowledged (ledger, 10);
  qs_ledger_add_failed (ledger, 10, NULL);
  qs_ledger_add_dead_letter (ledger);
  g_assert_cmpuint (qs_ledger_get_n_in_flight (ledger), ==, 1);
  g_assert_cmpuint (qs_ledger_get_bytes_in_flight (ledger), ==, 10);
  g_assert_cmpuint (qs_ledger_get_n_acknowledged (ledger), ==, 2);
  g_assert_cmpuint (qs_ledger_get_bytes_acknowledged (ledger), ==, 20);
  g_assert_cmpuint (qs_ledger_get_n_failed (ledger), ==, 2);
  g_assert_cmpuint (qs_ledger_get_n_dead_letters (ledger), ==, 1);
  assert_poison (ledger, TRUE, NULL);
}

static void
test_told_once (Fixture *fixture, gconstpointer user_data)
{
  QsLedger *ledger = &fixture->ledger;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A delivery error is told to the next send, once, and to every flush");

  qs_ledger_add_failed (ledger, 0, fixture->first);
  qs_ledger_add_failed (ledger, 0, fixture->second);
  g_assert_true (qs_ledger_check_alive (ledger, NULL));
  g_assert_false (qs_ledger_check (ledger, &error));
  g_assert_cmpstr (error->message, ==, "first");
  g_assert_true (qs_ledger_check (ledger, NULL));
  assert_poison (ledger, TRUE, "first");
  assert_poison (ledger, TRUE, "first");
}

static void
test_told_by_flush (Fixture *fixture, gconstpointer user_data)
{
  QsLedger *ledger = &fixture->ledger;

  g_test_summary ("What a flush has told is not told to the next send; what was only looked at is");

  qs_ledger_add_failed (ledger, 0, fixture->first);
  assert_poison (ledger, FALSE, "first");
  g_assert_false (qs_ledger_check (ledger, NULL));

  qs_ledger_clear (ledger);
  *ledger = (QsLedger){ 0 };
  qs_ledger_init (ledger);
  qs_ledger_add_failed (ledger, 0, fixture->first);
  assert_poison (ledger, TRUE, "first");
  g_assert_true (qs_ledger_check (ledger, NULL));
}

static void
test_poison (Fixture *fixture, gconstpointer user_data)
{
  QsLedger *ledger = &fixture->ledger;

  g_test_summary ("A record that was given up is told to flushes only; the first error counts");

  qs_ledger_poison (ledger, fixture->first);
  qs_ledger_poison (ledger, fixture->second);
  g_assert_true (qs_ledger_check (ledger, NULL));
  assert_poison (ledger, TRUE, "first");
}

static void
test_answered (Fixture *fixture, gconstpointer user_data)
{
  QsLedger *ledger = &fixture->ledger;

  g_test_summary ("What fails is no answer of the brokers, whoever's record it is");

  for (int i = 0; i < 4; i++)
    qs_ledger_add_sent (ledger, 1);
  qs_ledger_add_own (ledger);
  qs_ledger_add_own (ledger);

  qs_ledger_add_failed (ledger, 1, fixture->first);
  qs_ledger_add_own_done (ledger, 1, fixture->first);
  g_assert_cmpuint (qs_ledger_get_n_answered (ledger), ==, 0);
  g_assert_cmpuint (qs_ledger_get_n_in_flight (ledger), ==, 2);

  qs_ledger_add_acknowledged (ledger, 1);
  qs_ledger_add_own_done (ledger, 1, NULL);
  g_assert_cmpuint (qs_ledger_get_n_answered (ledger), ==, 2);
  g_assert_cmpuint (qs_ledger_get_n_in_flight (ledger), ==, 0);
}

static void
test_produced (Fixture *fixture, gconstpointer user_data)
{
  QsLedger *ledger = &fixture->ledger;

  g_test_summary ("Each record that was produced counts once, whatever becomes of it");

  for (int i = 0; i < 4; i++)
    qs_ledger_add_sent (ledger, 10);
  qs_ledger_add_acknowledged (ledger, 10);
  qs_ledger_add_failed (ledger, 10, fixture->first);
  qs_ledger_add_failed (ledger, 10, NULL); /* as of a transaction that is given up */
  g_assert_cmpuint (qs_ledger_get_n_produced (ledger), ==, 4);
  g_assert_cmpuint (qs_ledger_get_bytes_in_flight (ledger), ==, 10);

  /* Its dead letter, one that a serializer refused, and the changelog's. */
  qs_ledger_add_letter (ledger);
  g_assert_cmpuint (qs_ledger_get_n_produced (ledger), ==, 4);
  g_assert_cmpuint (qs_ledger_get_n_in_flight (ledger), ==, 2);
  qs_ledger_add_dead_letter (ledger);
  qs_ledger_add_refused (ledger);
  qs_ledger_add_own (ledger);
  qs_ledger_add_sent (ledger, 10);
  g_assert_cmpuint (qs_ledger_get_n_produced (ledger), ==, 5);
}

static void
test_fail (Fixture *fixture, gconstpointer user_data)
{
  QsLedger *ledger = &fixture->ledger;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Once it is closed, everything fails for good, with the first error");

  g_assert_true (qs_ledger_fail (ledger, fixture->first));
  g_assert_false (qs_ledger_fail (ledger, fixture->second));
  for (int i = 0; i < 2; i++)
    {
      g_assert_false (qs_ledger_check (ledger, &error));
      g_assert_cmpstr (error->message, ==, "first");
      g_clear_error (&error);
      g_assert_false (qs_ledger_check_alive (ledger, &error));
      g_assert_cmpstr (error->message, ==, "first");
      g_clear_error (&error);
      assert_poison (ledger, TRUE, "first");
    }
}

static void
test_fail_later (Fixture *fixture, gconstpointer user_data)
{
  gboolean  by_flush = g_str_equal (user_data, "flush");
  QsLedger *ledger = &fixture->ledger;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What was told isn't told again when it is closed later");

  qs_ledger_add_failed (ledger, 0, fixture->first);
  if (by_flush)
    assert_poison (ledger, TRUE, "first");
  else
    g_assert_false (qs_ledger_check (ledger, NULL));
  g_assert_true (qs_ledger_fail (ledger, fixture->second));
  g_assert_false (qs_ledger_check (ledger, &error));
  g_assert_cmpstr (error->message, ==, "second");
}

/* Acknowledges @n records; returns for how many of them it wanted to know how long it took. */
static guint
acknowledge (QsLedger *ledger, guint n, gint64 microseconds)
{
  guint n_measured = 0;

  qs_ledger_begin_reports (ledger);
  for (guint i = 0; i < n; i++)
    {
      qs_ledger_add_sent (ledger, 1);
      if (qs_ledger_wants_latency (ledger))
        {
          n_measured++;
          qs_ledger_note_latency (ledger, microseconds);
        }
      qs_ledger_add_acknowledged (ledger, 1);
    }

  return n_measured;
}

static void
test_latency (Fixture *fixture, gconstpointer user_data)
{
  QsLedger *ledger = &fixture->ledger;
  g_autoptr (GVariant) buckets = NULL;
  const guint64 *counts = NULL;
  gsize          n = 0;

  g_test_summary ("How long an acknowledgement took is measured once for those that come together, "
                  "and counts for each");

  g_assert_cmpuint (acknowledge (ledger, 1, 500), ==, 1);
  g_assert_cmpuint (acknowledge (ledger, 1, 2000), ==, 1);
  g_assert_cmpuint (acknowledge (ledger, 100, 500), <=, 8);
  g_assert_cmpuint (acknowledge (ledger, 3, -1), ==, 1);

  buckets = g_variant_ref_sink (qs_ledger_describe_latencies (ledger));
  counts = g_variant_get_fixed_array (buckets, &n, sizeof *counts);
  g_assert_cmpuint (counts[0], ==, 101);
  g_assert_cmpuint (counts[1], ==, 1);
  g_assert_cmpfloat_with_epsilon (qs_ledger_get_ack_seconds (ledger), 0.0525, 1e-9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func)                                                                      \
  g_test_add ("/ledger/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)

  add ("counts", NULL, test_counts);
  add ("answered", NULL, test_answered);
  add ("produced", NULL, test_produced);
  add ("told/once", NULL, test_told_once);
  add ("told/by-flush", NULL, test_told_by_flush);
  add ("latency", NULL, test_latency);
  add ("poison", NULL, test_poison);
  add ("fail", NULL, test_fail);
  add ("fail/told-by-send", "send", test_fail_later);
  add ("fail/told-by-flush", "flush", test_fail_later);

  return g_test_run ();
}
