/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "range-fixture.h"

#define N_KILLS 3

static void
test_kill (void)
{
  const char *const arguments[] = { NULL };
  RangeFixture      fixture = { 0 };
  RangeCheck        check = { 0 };
  gint64            last = 0;

  g_test_summary ("A worker that is killed goes on under the same parent, and no number is lost");

  range_set_up (&fixture);
  range_start (&fixture, arguments);
  for (int i = 0; i < N_KILLS; i++)
    {
      g_assert_true (range_wait_for_worker (&fixture));
      /* Some numbers more, of which at least ten are committed. */
      last += 13;
      check = range_check (fixture.address, FALSE, 0, last);
      g_assert_cmpint (check.n_lost, ==, 0);
      kill (fixture.worker, SIGKILL);
    }

  g_assert_true (range_wait_for_worker (&fixture));
  check = range_check (fixture.address, FALSE, 0, last + 15);
  g_assert_cmpint (check.n_lost, ==, 0);
  g_assert_cmpint (check.n_twice, >, 0);
  /* What comes twice is what came after the last flush. */
  g_assert_cmpint (check.n_twice, <=, N_KILLS * 10);

  g_subprocess_send_signal (fixture.program, SIGTERM);
  while (range_read_line (&fixture))
    ;
  g_assert_true (g_subprocess_wait_check (fixture.program, NULL, NULL));
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

  g_test_add_func ("/range-source/embedded/kill", test_kill);

  return g_test_run ();
}
