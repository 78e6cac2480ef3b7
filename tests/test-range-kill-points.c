/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "range-fixture.h"

#include "qs-test-kafka.h"

/* Where a worker ends each time it comes there for the Nth time: it always gets
 * some flushes further. */
static const char *const kill_points[] = {
  "produce-before:25", "produce-after:25", "data-acknowledged:3", "changelog-written:3",
  "commit-before:3",   "commit-after:3",   "store-before:3",      "store-after:3",
};

static void
run_to_kill_points (gconstpointer user_data)
{
  gboolean    exactly_once = g_str_equal (user_data, "exactly-once");
  const char *address = qs_test_kafka_shared ();
  const char *arguments[] = {
    "--broker", address, "100", exactly_once ? "--exactly-once" : NULL, NULL
  };

  g_test_summary ("Wherever in a flush a worker is killed, no number is lost, or torn off");

  for (guint i = 0; address != NULL && i < G_N_ELEMENTS (kill_points); i++)
    {
      RangeFixture fixture = { .kill_point = kill_points[i] };
      RangeCheck   check = { 0 };
      gint64       start = 0;

      range_set_up (&fixture);
      start = range_get_end (address);
      range_start (&fixture, arguments);
      while (range_read_line (&fixture))
        ;
      g_assert_true (g_subprocess_wait_check (fixture.program, NULL, NULL));
      check = range_check (address, exactly_once, start, 0);
      g_test_message ("%s: %u workers, %" G_GINT64_FORMAT " records, %" G_GINT64_FORMAT
                      " lost, %" G_GINT64_FORMAT " twice",
                      kill_points[i],
                      fixture.n_started,
                      check.n_records,
                      check.n_lost,
                      check.n_twice);
      g_assert_cmpint (check.n_lost, ==, 0);
      g_assert_cmpint (check.next, ==, 101);
      if (exactly_once)
        g_assert_cmpint (check.n_twice, ==, 0);
      g_assert_cmpuint (fixture.n_started, >, 1);
      range_tear_down (&fixture);
    }
}

int
main (int argc, char *argv[])
{
  g_autofree char *path = NULL;

  g_test_init (&argc, &argv, NULL);
  path = range_path ();
  if (!g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    return 77;

  g_test_add_data_func (
      "/range-source/kill-points/at-least-once", "at-least-once", run_to_kill_points);
  g_test_add_data_func (
      "/range-source/kill-points/exactly-once", "exactly-once", run_to_kill_points);

  return g_test_run ();
}
