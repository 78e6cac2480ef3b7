/* SPDX-License-Identifier: LGPL-2.1-or-later
 * How long a state takes to be read back, beside a bare consumer.
 * Run: tests/kafka/kafka-broker.py run -- build/tests/bench-recovery [KEYS] */

#include <time.h>

#include "state-fixture.h"

#define VALUE_SIZE 100
#define PER_FLUSH 20000

static double
seconds_since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

/* Of all threads of this process: what counts where others keep the machine busy. */
static double
get_cpu (void)
{
  return (double) clock () / CLOCKS_PER_SEC;
}

static gboolean
count_cb (const QsRecordView *record, gpointer user_data, GError **error)
{
  *(gint64 *) user_data += 1;

  return TRUE;
}

/* The time in which all is read and nothing done. */
static double
read_bare (StateFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsConsumer) consumer = qs_consumer_new_bulk (fixture->kafka, TRUE, &error);
  gint64 begin = 0;
  gint64 end = 0;
  gint64 position = 0;
  gint64 n_records = 0;
  gint64 start = g_get_monotonic_time ();

  g_assert_no_error (error);
  qs_consumer_get_watermarks (consumer, fixture->changelog, 0, &begin, &end, &error);
  g_assert_no_error (error);
  qs_consumer_assign (consumer, fixture->changelog, 0, 0, &error);
  while (position < end)
    {
      qs_consumer_read (consumer, 100, count_cb, &n_records, &position, &error);
      g_assert_no_error (error);
    }

  return seconds_since (start);
}

static void
create_changelog (StateFixture *fixture)
{
  g_autoptr (QsTopic) topic = qs_changelog_topic_new (fixture->changelog, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (QsAdmin) admin = qs_admin_new (fixture->kafka, &error);

  qs_admin_create_topic (
      admin, fixture->changelog, 1, 1, qs_topic_get_config (topic), NULL, &error);
  g_assert_no_error (error);
}

static void
fill (StateFixture *fixture, int n_keys)
{
  g_autofree char *text = g_strnfill (VALUE_SIZE - 2, 'x');
  gint64           start = g_get_monotonic_time ();

  state_open (fixture);
  for (int i = 0; i < n_keys; i++)
    {
      g_autofree char *key = g_strdup_printf ("%016x", (guint) i * 2654435761u);
      g_autoptr (GError) error = NULL;
      g_autoptr (QsState) state = qs_state_partition_get_state (fixture->partition, &error);

      qs_state_set (state, key, g_variant_new_string (text), &error);
      g_assert_no_error (error);
      if (i % PER_FLUSH == PER_FLUSH - 1)
        state_flush (fixture);
    }
  state_flush (fixture);
  g_print ("set and flush: %d keys in %.2f s\n", n_keys, seconds_since (start));
  state_close (fixture);
}

static double
time_open (StateFixture *fixture)
{
  gint64 start = g_get_monotonic_time ();
  double seconds = 0;

  state_open (fixture);
  seconds = seconds_since (start);
  state_close (fixture);

  return seconds;
}

int
main (int argc, char *argv[])
{
  int              n_keys = argc > 1 ? atoi (argv[1]) : 1000000;
  g_autofree char *name = g_strdup_printf ("bench-%u", g_random_int ());
  StateFixture     fixture = { 0 };
  double           best_bare = G_MAXDOUBLE;
  double           best_recovery = G_MAXDOUBLE;

  if (g_getenv ("QSOURCE_TEST_BROKER") == NULL)
    return g_printerr ("Run it by tests/kafka/kafka-broker.py run --\n"), 1;

  state_fixture_init (&fixture, g_getenv ("QSOURCE_TEST_BROKER"), name);
  create_changelog (&fixture);
  fill (&fixture, n_keys);

  g_print ("open in step: %.3f s\n", time_open (&fixture));
  for (int i = 0; i < 3; i++)
    {
      double start = get_cpu ();
      double bare = read_bare (&fixture);
      double bare_cpu = get_cpu () - start;
      double recovery = 0;
      double recovery_cpu = 0;

      state_lose_store (&fixture);
      start = get_cpu ();
      recovery = time_open (&fixture);
      recovery_cpu = get_cpu () - start;
      g_print ("bare consumer %.2f s (CPU %.2f s), recovery %.2f s (CPU %.2f s), %.0f records/s\n",
               bare,
               bare_cpu,
               recovery,
               recovery_cpu,
               n_keys / recovery);
      best_bare = MIN (best_bare, bare);
      best_recovery = MIN (best_recovery, recovery);
    }
  g_print ("recovery takes %.2f times as long\n", best_recovery / best_bare);
  state_fixture_clear (&fixture);

  return 0;
}
