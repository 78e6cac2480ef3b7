/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define TEST_PATH "/application-restart/"
#include "application-fixture.h"

static void
test_third (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary (
      "A source that succeeds at its third try is no failure, and nobody is told of one");

  add_source (fixture, "third");
  g_object_set (fixture->app, "max-restarts", 2, "restart-backoff", 0.01, NULL);
  run_well (fixture);

  g_assert_null (strstr (fixture->story->str, "failed"));
  g_assert_true (g_str_has_suffix (fixture->story->str, "finished third\n"));
  g_assert_cmpstr (fixture->statuses->str,
                   ==,
                   "third starting\nthird running\nthird failed\n"
                   "third starting\nthird running\nthird failed\n"
                   "third starting\nthird running\nthird finished\n");
  assert_contains (warnings.text->str, "restart 1 in");
  assert_contains (warnings.text->str, "restart 2 in");
  assert_contains (warnings.text->str, "too early");
}

static void
test_too_few (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("After max-restarts the failure is told, once");

  add_source (fixture, "third");
  g_object_set (fixture->app, "max-restarts", 1, "restart-backoff", 0.01, NULL);
  g_assert_false (run (fixture, NULL));

  g_assert_error (fixture->error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  assert_contains (fixture->error->message, "too early");
  g_assert_cmpstr (
      fixture->story->str,
      ==,
      "started third\nconnected third\nstarted third\nconnected third\nfailed third\n");
  g_assert_cmpint (count_try (fixture->sources->pdata[0]), ==, 3);
}

static void
test_backoff (Fixture *fixture, gconstpointer isolation)
{
  gint64 begin = g_get_monotonic_time ();

  g_test_summary ("Restarts wait for the restart-backoff, twice as long each time");

  add_source (fixture, "third");
  g_object_set (fixture->app, "max-restarts", -1, "restart-backoff", 0.3, NULL);
  run_well (fixture);

  /* 0.3 + 0.6 seconds, less a quarter at most. */
  g_assert_cmpfloat (seconds_since (begin), >=, 0.67);
}

static void
test_died (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("A worker that died is started again, in a process of its own");

  add_source (fixture, "dies");
  g_object_set (fixture->app, "max-restarts", 1, "restart-backoff", 0.0, NULL);
  run_well (fixture);

  g_assert_true (g_str_has_suffix (fixture->story->str, "finished dies\n"));
  assert_contains (warnings.text->str, "ended with status 3 inside run()");
}

static void
test_others (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("A source that is started again stops nobody else");

  add_source (fixture, "wait");
  add_source (fixture, "third");
  g_object_set (fixture->app, "max-restarts", -1, "restart-backoff", 0.01, NULL);
  act_at (fixture, "finished third", stop_application);
  run_well (fixture);

  assert_contains (fixture->statuses->str, "wait running\n");
  g_assert_true (strstr (fixture->statuses->str, "wait stopping\n") >
                 strstr (fixture->statuses->str, "third finished\n"));
}

static void
test_thread (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("A source in a thread is not started again");

  add_source (fixture, "third");
  g_object_set (fixture->app, "max-restarts", -1, "restart-backoff", 0.01, NULL);
  g_assert_false (run (fixture, NULL));

  g_assert_error (fixture->error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  g_assert_cmpint (count_try (fixture->sources->pdata[0]), ==, 2);
}

static void
status_stop_cb (QsBaseSource *source, GParamSpec *pspec, Fixture *fixture)
{
  if (qs_base_source_get_status (source) != QS_SOURCE_STATUS_FAILED)
    return;

  fixture->acted_at = g_get_monotonic_time ();
  qs_application_stop (fixture->app);
}

static void
test_stop_while_due (Fixture *fixture, gconstpointer isolation)
{
  QsBaseSource *source = add_source (fixture, "fail");

  g_test_summary (
      "stop() while a restart is due: the restart doesn't come, and nobody waits for it");

  g_signal_connect (source, "notify::status", G_CALLBACK (status_stop_cb), fixture);
  g_object_set (fixture->app, "max-restarts", -1, "restart-backoff", 60.0, NULL);
  run_well (fixture);

  g_assert_cmpfloat (seconds_since (fixture->acted_at), <, 20);
  g_assert_cmpstr (fixture->statuses->str, ==, "fail starting\nfail running\nfail failed\n");
}

static void
forget_command (gpointer data)
{
  const char *argv[] = { "another", "command", NULL };
  Fixture    *fixture = data;

  g_object_set (fixture->app, "worker-argv", argv, "restart-backoff", 60.0, NULL);
}

static void
test_settings_stay (Fixture *fixture, gconstpointer isolation)
{
  g_autofree char *exe = g_file_read_link ("/proc/self/exe", NULL);
  const char      *argv[] = { exe, NULL };

  g_test_summary ("What is set while it runs is for the next run(): a restart is as it was");

  add_source (fixture, "third");
  g_object_set (
      fixture->app, "max-restarts", 2, "restart-backoff", 0.01, "worker-argv", argv, NULL);
  act_at (fixture, "started third", forget_command);
  run_well (fixture);
}

static void
test_not_started (Fixture *fixture, gconstpointer isolation)
{
  const char *argv[] = { "/nonexistent/program", NULL };

  g_test_summary ("A command that can't be started is tried again, too, and then named");

  add_source (fixture, "finish");
  g_object_set (
      fixture->app, "max-restarts", 2, "restart-backoff", 0.01, "worker-argv", argv, NULL);
  g_assert_false (run (fixture, NULL));

  g_assert_error (fixture->error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  assert_contains (fixture->error->message, "'finish'");
  assert_contains (fixture->error->message, "/nonexistent/program");
  g_assert_cmpstr (fixture->story->str, ==, "failed finish\n");
  assert_contains (warnings.text->str, "restart 2 in");
}

/* What a helper thread of the source's own does all the time. */
typedef struct
{
  QsBaseSource *source;
  const char   *what;
  int           quit; /* atomic */
} Helper;

static gpointer
helper_func (gpointer data)
{
  Helper *helper = data;

  while (!g_atomic_int_get (&helper->quit))
    {
      g_autoptr (GError) error = NULL;

      if (g_str_equal (helper->what, "produce"))
        qs_source_produce_data (
            QS_SOURCE (helper->source), NULL, 0, (const guint8 *) "x", 1, 0, &error);
      else if (g_str_equal (helper->what, "wait"))
        qs_base_source_wait (helper->source, 0.001);
      else
        qs_source_get_running (QS_SOURCE (helper->source));
    }

  return NULL;
}

static void
restart_or_stop (gpointer data)
{
  Fixture *fixture = data;

  if (++fixture->n_restarts > 20)
    {
      qs_application_stop (fixture->app);
      return;
    }

  act_at (fixture, "connected wait", restart_or_stop);
  g_assert_true (
      qs_application_restart_source (fixture->app, fixture->sources->pdata[0], &fixture->error));
}

static void
run_with_helper (Fixture *fixture, const char *what)
{
  Helper   helper = { .what = what };
  GThread *thread = NULL;

  g_test_summary ("What any thread may call is safe while the source ends and starts again");

  helper.source = add_source (fixture, "wait");
  thread = g_thread_new ("helper", helper_func, &helper);
  act_at (fixture, "connected wait", restart_or_stop);
  run_well (fixture);
  g_atomic_int_set (&helper.quit, TRUE);
  g_thread_join (thread);

  g_assert_cmpint (count_try (fixture->sources->pdata[0]), ==, 22);
}

static void
test_produce (Fixture *fixture, gconstpointer isolation)
{
  run_with_helper (fixture, "produce");
}

static void
test_wait (Fixture *fixture, gconstpointer isolation)
{
  run_with_helper (fixture, "wait");
}

static void
test_running (Fixture *fixture, gconstpointer isolation)
{
  run_with_helper (fixture, "running");
}

int
main (int argc, char **argv)
{
  if (qs_worker_child_is_active ())
    worker_main (make_source, NULL);

  fixture_init (&argc, &argv);

  ADD ("third", AUTO, test_third);
  ADD ("too-few", AUTO, test_too_few);
  ADD ("backoff", AUTO, test_backoff);
  ADD ("died", AUTO, test_died);
  ADD ("others", AUTO, test_others);
  ADD ("thread", THREAD, test_thread);
  ADD ("stop-while-due", AUTO, test_stop_while_due);
  ADD ("settings-stay", AUTO, test_settings_stay);
  ADD ("not-started", AUTO, test_not_started);
  ADD ("any-thread/produce", THREAD, test_produce);
  ADD ("any-thread/wait", THREAD, test_wait);
  ADD ("any-thread/running", THREAD, test_running);

  return fixture_run ();
}
