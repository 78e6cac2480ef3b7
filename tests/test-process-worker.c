/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "process-worker-fixture.h"

static void
test_finish (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A source that ends by itself: each signal once, in order, statistics too");

  start (fixture, "finish");
  finish (fixture);

  assert_finished (fixture);
  g_assert_cmpstr (fixture->run.story->str, ==, "started connected ended ");
  g_assert_cmpstr (fixture->run.statuses->str, ==, "starting running finished ");
  g_assert_cmpint (fixture->run.pid, ==, qs_worker_get_pid (fixture->run.worker));
  g_assert_cmpint (fixture->run.pid, !=, getpid ());
  g_assert_cmpuint (fixture->run.n_stats, >=, 1);
}

static void
test_error (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A failure arrives with domain, code, message and detail");

  start (fixture, "error");
  finish (fixture);

  g_assert_cmpstr (g_quark_to_string (fixture->run.error->domain), ==, "test-error");
  g_assert_cmpint (fixture->run.error->code, ==, 42);
  g_assert_cmpstr (fixture->run.error->message, ==, "it was not there");
  g_assert_cmpstr (fixture->run.detail, ==, "Traceback:\n  line 1\n");
  g_assert_cmpstr (qs_base_source_get_error_detail (fixture->source), ==, "Traceback:\n  line 1\n");
  g_assert_cmpstr (fixture->run.statuses->str, ==, "starting running failed ");
}

static void
test_odd_error (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A message of 10 MiB, or one that is no UTF-8, arrives too, as much as can be");

  start (fixture, user_data);
  finish (fixture);

  g_assert_cmpstr (g_quark_to_string (fixture->run.error->domain), ==, "test-error");
  g_assert_cmpuint (strlen (fixture->run.error->message), <=, 64 * 1024);
  g_assert_true (g_str_has_prefix (fixture->run.error->message,
                                   g_str_equal (user_data, "huge") ? "xxxx" : "caf"));
}

static void
test_setup_fails (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A client that can't connect is told, and then the failure");

  start (fixture, "setup-fails");
  finish (fixture);

  g_assert_cmpstr (fixture->run.story->str, ==, "started connect-failed ended ");
  g_assert_cmpstr (fixture->run.connect_error->message, ==, "no such host");
  g_assert_cmpint (fixture->run.connect_error->code, ==, 5);
  g_assert_cmpstr (fixture->run.error->message, ==, "no such host");
  g_assert_false (mark_is_there ((gpointer) "run"));
}

static void
test_died (Fixture *fixture, gconstpointer user_data)
{
  const char *const *words = user_data;

  g_test_summary ("A worker that ends without a word is named, with pid and cause");

  start (fixture, words[0]);
  finish (fixture);

  assert_failed (fixture, QS_SOURCE_ERROR_DIED, words[1]);
  g_assert_true (g_str_has_prefix (fixture->run.story->str, "started "));
}

static void
test_killed_by_others (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("kill -9 of a worker that runs is noticed at once");

  start (fixture, "wait");
  iterate_until (run_has_started, &fixture->run);
  g_assert_cmpint (kill (fixture->run.pid, SIGKILL), ==, 0);
  finish (fixture);

  assert_failed (fixture, QS_SOURCE_ERROR_DIED, "was ended by signal 9 (Killed) inside run()");
}

static void
test_last_words (Fixture *fixture, gconstpointer user_data)
{
  /* Time to say it, but less than that for which the worker waits for an answer. */
  const char *script = "\"$0\" & while ! test -e \"$" DIR_VARIABLE "/run\"; do sleep 0.02; done; "
                       "sleep 5";
  g_autofree char *exe = g_file_read_link ("/proc/self/exe", NULL);
  const char      *argv[] = { "sh", "-c", script, exe, NULL };
  siginfo_t        info = { 0 };

  g_test_summary ("What a worker says at its end counts, though its process is seen to end before");

  make (fixture, "error", argv, TEST_DEADLINE);
  g_assert_true (qs_worker_start (fixture->run.worker, NULL));
  iterate_until (run_has_started, &fixture->run);
  /* What was started has ended, and nothing that was said is heard yet. */
  g_assert_cmpint (
      waitid (P_PID, qs_worker_get_pid (fixture->run.worker), &info, WEXITED | WNOWAIT), ==, 0);
  finish (fixture);

  g_assert_cmpstr (g_quark_to_string (fixture->run.error->domain), ==, "test-error");
  g_assert_cmpint (fixture->run.error->code, ==, 42);
}

static void
test_child_lives (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A worker whose own child holds the connection open is noticed all the same");

  start (fixture, "fork");
  finish (fixture);

  assert_failed (fixture, QS_SOURCE_ERROR_DIED, "ended with status 9 inside run()");
  end_child ();
}

static void
test_not_started (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A main() that never reaches run(), and one without this source, are told apart");

  start (fixture, user_data);
  finish (fixture);

  if (g_str_equal (user_data, "nobody"))
    assert_failed (fixture, QS_SOURCE_ERROR_NOT_STARTED, "added no source with that name");
  else
    assert_failed (
        fixture, QS_SOURCE_ERROR_NOT_STARTED, "ended with status 2 before it reached run()");
  g_assert_cmpstr (fixture->run.statuses->str, ==, "starting failed ");
}

static void
test_startup_timeout (Fixture *fixture, gconstpointer user_data)
{
  const char *argv[] = { "sleep", "60", NULL };

  g_test_summary ("A command that doesn't reach run() in time is ended, and named");

  make (fixture, "finish", argv, 0.1);
  g_assert_true (qs_worker_start (fixture->run.worker, NULL));
  finish (fixture);

  assert_failed (fixture, QS_SOURCE_ERROR_NOT_STARTED, "did not reach run()");
  g_assert_nonnull (strstr (fixture->run.error->message, "sleep 60"));
}

static void
test_no_command (Fixture *fixture, gconstpointer user_data)
{
  const char *argv[] = { "/nonexistent/program", "--flag", NULL };
  g_autoptr (GError) error = NULL;

  g_test_summary ("A command that can't be started is an error of start()");

  make (fixture, "finish", argv, TEST_DEADLINE);
  g_assert_false (qs_worker_start (fixture->run.worker, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_NOT_STARTED);
  g_assert_nonnull (strstr (error->message, "'finish' as: /nonexistent/program --flag"));
  g_assert_true (g_str_is_ascii (error->message));
  g_assert_cmpstr (fixture->run.story->str, ==, "");
  g_assert_cmpstr (fixture->run.statuses->str, ==, "starting failed ");
}

static void
test_child (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary (
      "What it writes to stdout disturbs nobody; programs that it starts are no workers");

  start (fixture, user_data);
  finish (fixture);

  assert_finished (fixture);
}

static void
test_again (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A worker that calls run() again is refused, and ends");

  start (fixture, "again");
  finish (fixture);

  assert_failed (fixture, QS_SOURCE_ERROR_INVALID_STATE, "a second time");
}

static void
test_flood (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A worker that says Hello without end is ended and named, and holds no loop");

  start (fixture, "flood");
  finish (fixture);

  assert_failed (fixture, QS_SOURCE_ERROR_DIED, "it said Hello more than once");
  g_assert_cmpstr (fixture->run.statuses->str, ==, "starting failed ");
}

static void
test_lost (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A producer that gives up ends the source, which fails with that error");

  start (fixture, "lost");
  finish (fixture);

  g_assert_error (fixture->run.error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE);

  /* It may have ended before it could be told to stop. */
  g_assert_true (g_str_has_suffix (fixture->run.statuses->str, " failed "));
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;

  return n;
}

static gboolean
descriptors_are_closed (gpointer data)
{
  return count_descriptors () <= *(guint *) data;
}

static void
test_descriptors (Fixture *fixture, gconstpointer user_data)
{
  guint n_before = 0;

  g_test_summary ("No descriptor is left in the parent after a run, or after a failed start");

  for (guint i = 0; i < 12; i++)
    {
      const char *argv[] = { i % 2 == 0 ? "false" : "/nonexistent", NULL };

      make (fixture, "finish", argv, TEST_DEADLINE);
      if (qs_worker_start (fixture->run.worker, NULL))
        finish (fixture);
      clear_worker (fixture);

      if (i == 1)
        n_before = count_descriptors ();
    }

  /* GLib's D-Bus thread closes a socket when it comes to it. */
  iterate_until (descriptors_are_closed, &n_before);
}

static void
test_well (Fixture *fixture, gconstpointer name)
{
  g_test_summary ("What run() starts is as started by a shell; a forked child that returns is "
                  "nobody; a standard input that isn't its own is an error");

  start (fixture, name);
  finish (fixture);
  assert_finished (fixture);
}

static void
test_at_exit (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A worker ends as a program does, before its end is told");

  start (fixture, "at-exit");
  finish (fixture);
  assert_finished (fixture);
  g_assert_true (mark_is_there ((gpointer) "at-exit"));
}

int
main (int argc, char **argv)
{
  static const char *const segv[] = { "segv", "was ended by signal 11 (Segmentation fault)" };
  static const char *const aborted[] = { "abort", "was ended by signal 6 (Aborted)" };
  static const char *const killed[] = { "kill", "was ended by signal 9 (Killed)" };
  static const char *const exited[] = { "exit", "ended with status 7 inside run()" };

  /* Before GLib looks at the arguments: a worker shall not run the tests. */
  if (qs_worker_child_is_active ())
    return main_of_worker ();

  g_test_init (&argc, &argv, NULL);
  allow_warnings ();

#define add(path, data, func)                                                                      \
  g_test_add ("/process-worker/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)

  add ("finish", NULL, test_finish);
  add ("child", "child", test_well);
  add ("fork-returns", "fork-returns", test_well);
  add ("stdin", "stdin", test_well);
  add ("at-exit", NULL, test_at_exit);
  add ("error", NULL, test_error);
  add ("error/huge", "huge", test_odd_error);
  add ("error/invalid", "invalid", test_odd_error);
  add ("error/setup", NULL, test_setup_fails);
  add ("error/producer", NULL, test_lost);
  add ("died/segv", segv, test_died);
  add ("died/abort", aborted, test_died);
  add ("died/kill", killed, test_died);
  add ("died/exit", exited, test_died);
  add ("died/killed-by-others", NULL, test_killed_by_others);
  add ("flood", NULL, test_flood);
  add ("last-words", NULL, test_last_words);
  add ("died/child-lives", NULL, test_child_lives);
  add ("not-started/exits", "exits-early", test_not_started);
  add ("not-started/nobody", "nobody", test_not_started);
  add ("not-started/timeout", NULL, test_startup_timeout);
  add ("not-started/no-command", NULL, test_no_command);
  add ("noise", "noise", test_child);
  add ("environment", "env", test_child);
  add ("again", NULL, test_again);
  add ("descriptors", NULL, test_descriptors);

#undef add

  return g_test_run ();
}
