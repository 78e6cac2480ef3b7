/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "range-fixture.h"

#include "qs-test-kafka.h"

#define LAST 5000
#define MAX_KILLS 10

static gpointer
killer_main (gpointer user_data)
{
  RangeFixture *fixture = user_data;

  for (guint i = 0; i < MAX_KILLS && range_wait_for_worker (fixture); i++)
    {
      g_usleep (g_random_int_range (1, 600) * 1000);
      kill (fixture->worker, SIGKILL);
    }
  while (range_read_line (fixture))
    ;

  return NULL;
}

static void
run_and_kill (gconstpointer user_data)
{
  gboolean         exactly_once = g_str_equal (user_data, "exactly-once");
  const char      *address = qs_test_kafka_shared ();
  g_autofree char *last = g_strdup_printf ("%d", LAST);
  const char      *arguments[] = {
         "--broker", address, last, exactly_once ? "--exactly-once" : NULL, NULL
  };
  RangeFixture fixture = { 0 };
  RangeCheck   check = { 0 };
  gint64       start = 0;

  g_test_summary ("Workers are killed at random; no number is lost, exactly-once none comes twice");

  if (address == NULL)
    return;

  range_set_up (&fixture);
  start = range_get_end (address);
  range_start (&fixture, arguments);
  killer_main (&fixture);
  g_assert_true (g_subprocess_wait_check (fixture.program, NULL, NULL));
  g_test_message ("%u workers", fixture.n_started);
  g_assert_cmpuint (fixture.n_started, >, 1);

  check = range_check (address, exactly_once, start, 0);
  g_test_message ("%" G_GINT64_FORMAT " records, %" G_GINT64_FORMAT " lost, %" G_GINT64_FORMAT
                  " twice",
                  check.n_records,
                  check.n_lost,
                  check.n_twice);
  g_assert_cmpint (check.n_lost, ==, 0);
  g_assert_cmpint (check.next, ==, LAST + 1);
  if (exactly_once)
    g_assert_cmpint (check.n_twice, ==, 0);
  range_tear_down (&fixture);
}

int
main (int argc, char *argv[])
{
  g_autofree char *path = NULL;

  g_test_init (&argc, &argv, NULL);
  path = range_path ();
  if (!g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    return 77;

  g_test_add_data_func ("/range-source/kafka/at-least-once", "at-least-once", run_and_kill);
  g_test_add_data_func ("/range-source/kafka/exactly-once", "exactly-once", run_and_kill);

  return g_test_run ();
}
