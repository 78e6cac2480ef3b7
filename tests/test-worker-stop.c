/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For the names of signals. */
#define _GNU_SOURCE

#include <sys/prctl.h>

#include "process-worker-fixture.h"

/* With it this program is a parent that a test can kill: AS_PARENT NAME HOW. */
#define AS_PARENT "--as-parent"

/* A parent that starts source @name, after doing what @how says; it waits for
 * the end, or to be killed. */
static int
main_of_parent (const char *name, const char *how)
{
  g_autofree char *exe = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *pid = NULL;
  Fixture          fixture = { 0 };

  if (g_str_equal (how, "deleted"))
    g_assert_cmpint (g_unlink (exe), ==, 0);

  start (&fixture, name);
  if (g_str_equal (name, "slow-main"))
    finish (&fixture);
  iterate_until (run_has_started, &fixture.run);
  pid = g_strdup_printf ("%d", fixture.run.pid);

  /* A child that keeps the parent's end open, as multiprocessing's do. */
  if (g_str_equal (how, "forked"))
    leave_child ();

  leave_mark ("pid", pid);
  finish (&fixture);
  g_assert_no_error (fixture.run.error);
  clear_worker (&fixture);

  return 0;
}

static pid_t
start_parent (const char *exe, const char *name, const char *how)
{
  const char *argv[] = { exe, AS_PARENT, name, how, NULL };
  g_autoptr (GError) error = NULL;
  GPid pid = 0;

  g_spawn_async (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &error);
  g_assert_no_error (error);

  return pid;
}

static double
get_seconds_since (gint64 begin)
{
  return (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
}

static void
stop_and_finish (Fixture *fixture)
{
  qs_worker_stop (fixture->run.worker);
  qs_worker_stop (fixture->run.worker);
  finish (fixture);
}

static void
test_at_once (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("Stopped before the process is even there, a source doesn't run at all");

  start (fixture, "wait");
  stop_and_finish (fixture);

  assert_finished (fixture);
  g_assert_cmpstr (fixture->run.story->str, ==, "ended ");
  g_assert_cmpstr (fixture->run.statuses->str, ==, "starting stopping finished ");
  g_assert_false (mark_is_there ((gpointer) "setup"));
}

static void
test_no_hello (Fixture *fixture, gconstpointer user_data)
{
  const char *argv[] = { "sleep", "60", NULL };

  g_test_summary ("A command that never becomes a worker is ended by force when stopped");

  make (fixture, "stuck", argv, TEST_DEADLINE);
  g_assert_true (qs_worker_start (fixture->run.worker, NULL));
  stop_and_finish (fixture);

  assert_failed (fixture, QS_SOURCE_ERROR_KILLED, "did not end within its shutdown-timeout");
}

/* Stops when the source has left the mark that its name stands for. */
static void
test_in (Fixture *fixture, gconstpointer user_data)
{
  const char *const *words = user_data;

  g_test_summary ("stop() ends a source in every phase, as stopped and without force");

  start (fixture, words[0]);
  iterate_until (mark_is_there, (gpointer) words[1]);
  stop_and_finish (fixture);

  assert_finished (fixture);
}

static void
test_vfunc (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *path = dup_mark_path ("stop");
  g_autofree char *text = NULL;

  g_test_summary ("The source's own stop() is called in another thread while run() is busy");

  start (fixture, "stop");
  iterate_until (mark_is_there, (gpointer) "run");
  stop_and_finish (fixture);

  assert_finished (fixture);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "other thread");
}

static void
test_unflushed (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary (
      "Stopped while the last record waits for a broker, a source says it is not there");

  start (fixture, "unflushed");
  iterate_until (mark_is_there, (gpointer) "produced");
  stop_and_finish (fixture);

  g_assert_error (fixture->run.error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT);
}

static void
test_stuck (Fixture *fixture, gconstpointer user_data)
{
  gint64 begin;

  g_test_summary ("A run() that never looks, and a process that is frozen, are ended by force");

  start (fixture, user_data);
  iterate_until (mark_is_there, (gpointer) "run");
  begin = g_get_monotonic_time ();
  stop_and_finish (fixture);

  assert_failed (
      fixture, QS_SOURCE_ERROR_KILLED, "did not end within its shutdown-timeout (0.4 s)");
  g_assert_cmpfloat (get_seconds_since (begin), >=, SHUTDOWN_TIMEOUT);
}

static void
test_kill (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("kill() doesn't wait for the shutdown-timeout");

  start (fixture, "stuck");
  iterate_until (mark_is_there, (gpointer) "run");
  qs_worker_kill (fixture->run.worker);
  finish (fixture);

  assert_failed (fixture, QS_SOURCE_ERROR_KILLED, "was ended by force, as asked");
}

static void
test_signal (Fixture *fixture, gconstpointer signal_number)
{
  g_autofree char *name = g_strdup_printf ("SIG%s", sigabbrev_np (GPOINTER_TO_INT (signal_number)));

  g_test_summary ("A worker that somebody else's signal stops has failed, in order");

  start (fixture, "wait");
  iterate_until (run_has_started, &fixture->run);
  g_assert_cmpint (kill (fixture->run.pid, GPOINTER_TO_INT (signal_number)), ==, 0);
  finish (fixture);

  assert_failed (fixture, QS_SOURCE_ERROR_DIED, name);
  g_assert_cmpstr (fixture->run.statuses->str, ==, "starting running stopping failed ");
}

static void
test_signal_and_stop (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A signal that the parent has got, too, is how both are stopped");

  start (fixture, "wait");
  iterate_until (run_has_started, &fixture->run);
  g_assert_cmpint (kill (fixture->run.pid, SIGINT), ==, 0);
  g_assert_cmpint (kill (fixture->run.pid, SIGTERM), ==, 0);
  qs_worker_stop (fixture->run.worker);
  finish (fixture);

  assert_finished (fixture);
  g_assert_cmpstr (fixture->run.statuses->str, ==, "starting running stopping finished ");
}

static void
test_signal_and_failure (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A source that cannot end in order has failed, although a signal stops it");

  start (fixture, "unflushed");
  iterate_until (mark_is_there, (gpointer) "produced");
  g_assert_cmpint (kill (fixture->run.pid, SIGINT), ==, 0);
  stop_and_finish (fixture);

  g_assert_error (fixture->run.error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT);
}

static void
test_wrapper (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *exe = g_file_read_link ("/proc/self/exe", NULL);
  const char      *argv[] = { "sh", "-c", "\"$0\"; exit $?", exe, NULL };
  int              pid;

  g_test_summary ("kill() of a worker behind a wrapper ends both, even if it is frozen");

  make (fixture, "frozen", argv, TEST_DEADLINE);
  g_assert_true (qs_worker_start (fixture->run.worker, NULL));
  iterate_until (mark_is_there, (gpointer) "run");
  pid = read_number ("run");
  g_assert_cmpint (pid, !=, qs_worker_get_pid (fixture->run.worker));
  qs_worker_kill (fixture->run.worker);
  finish (fixture);

  assert_failed (fixture, QS_SOURCE_ERROR_KILLED, "as asked");
  iterate_until (is_gone, GINT_TO_POINTER (pid));
}

static void
test_parent_killed (Fixture *fixture, gconstpointer user_data)
{
  const char *const *words = user_data;
  g_autofree char   *exe = g_file_read_link ("/proc/self/exe", NULL);
  pid_t              parent = start_parent (exe, words[0], words[1]);
  gboolean           is_unreaped = g_str_equal (words[1], "unreaped");

  g_test_summary ("kill -9 of the parent leaves no worker behind, whatever that does");

  iterate_until (mark_is_there, (gpointer) "pid");
  g_assert_cmpint (kill (parent, SIGKILL), ==, 0);
  if (!is_unreaped)
    g_assert_cmpint (waitpid (parent, NULL, 0), ==, parent);
  iterate_until (is_gone, GINT_TO_POINTER (read_number ("pid")));
  /* Until then there was a process with its number. */
  if (is_unreaped)
    g_assert_cmpint (waitpid (parent, NULL, 0), ==, parent);

  if (g_str_equal (words[1], "forked"))
    end_child ();
}

static void
test_program_deleted (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *exe = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *copy = dup_mark_path ("program");
  g_autoptr (GFile) from = g_file_new_for_path (exe);
  g_autoptr (GFile) to = g_file_new_for_path (copy);
  pid_t parent;
  int   status = 0;

  g_test_summary ("A program that was deleted while it runs still gets its workers");

  g_assert_true (g_file_copy (from, to, G_FILE_COPY_NONE, NULL, NULL, NULL, NULL));
  parent = start_parent (copy, "finish", "deleted");
  g_assert_cmpint (waitpid (parent, &status, 0), ==, parent);
  g_assert_true (g_spawn_check_wait_status (status, NULL));
}

int
main (int argc, char **argv)
{
  static const char *const in_setup[] = { "setup-waits", "setup" };
  static const char *const in_run[] = { "wait", "run" };
  static const char *const in_full_queue[] = { "full", "full" };
  static const char *const cooperative[] = { "wait", "" };
  static const char *const stuck[] = { "stuck", "" };
  static const char *const forked[] = { "wait", "forked" };
  static const char *const slow_main[] = { "slow-main", "" };
  static const char *const unreaped[] = { "wait", "unreaped" };

  if (qs_worker_child_is_active ())
    return main_of_worker ();
  if (argc == 4 && g_str_equal (argv[1], AS_PARENT))
    return main_of_parent (argv[2], argv[3]);

  g_test_init (&argc, &argv, NULL);
  allow_warnings ();

  /* Orphans become children of ours, so that they can be waited for. */
  g_assert_cmpint (prctl (PR_SET_CHILD_SUBREAPER, 1), ==, 0);

#define add(path, data, func)                                                                      \
  g_test_add ("/worker-stop/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)

  add ("at-once", NULL, test_at_once);
  add ("no-hello", NULL, test_no_hello);
  add ("in-setup", in_setup, test_in);
  add ("in-run", in_run, test_in);
  add ("in-full-queue", in_full_queue, test_in);
  add ("unflushed", NULL, test_unflushed);
  add ("vfunc", NULL, test_vfunc);
  add ("stuck", "stuck", test_stuck);
  add ("frozen", "frozen", test_stuck);
  add ("kill", NULL, test_kill);
  add ("signal/term", GINT_TO_POINTER (SIGTERM), test_signal);
  add ("signal/int", GINT_TO_POINTER (SIGINT), test_signal);
  add ("signal/hup", GINT_TO_POINTER (SIGHUP), test_signal);
  add ("signal/and-stop", NULL, test_signal_and_stop);
  add ("signal/and-failure", NULL, test_signal_and_failure);
  add ("wrapper", NULL, test_wrapper);
  add ("parent-killed", cooperative, test_parent_killed);
  add ("parent-killed/stuck", stuck, test_parent_killed);
  add ("parent-killed/forked", forked, test_parent_killed);
  add ("parent-killed/slow-main", slow_main, test_parent_killed);
  add ("parent-killed/unreaped", unreaped, test_parent_killed);
  add ("program-deleted", NULL, test_program_deleted);

#undef add

  return g_test_run ();
}
