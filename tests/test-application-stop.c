/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define TEST_PATH "/application-stop/"
#include "application-fixture.h"

/* Far below any time-out that it must not wait for. */
#define AT_ONCE (8 * slowness ())

static void
test_parallel (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("Sources stop side by side: three slow stops take as long as one");

  add_source (fixture, "slow-1");
  add_source (fixture, "slow-2");
  add_source (fixture, "slow-3");
  act_at (fixture, "connected slow-3", stop_application);
  run_well (fixture);

  g_assert_cmpfloat (seconds_since (fixture->acted_at), <, 3 * SLOW_STOP);
  assert_contains (fixture->story->str, "finished slow-1\n");
  assert_contains (fixture->story->str, "finished slow-2\n");
  assert_contains (fixture->story->str, "finished slow-3\n");
}

static void
test_stopped (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("A source that is stopped says so, and ends as finished");

  add_source (fixture, "wait");
  act_at (fixture, "connected wait", stop_application);
  run_well (fixture);

  g_assert_cmpfloat (seconds_since (fixture->acted_at), <, AT_ONCE);
  g_assert_cmpstr (
      fixture->statuses->str, ==, "wait starting\nwait running\nwait stopping\nwait finished\n");
}

/* stop() of @app, so long after the thread has begun. */
typedef struct
{
  QsApplication *app;
  gulong         delay; /* microseconds */
  int            begun; /* atomic: run() is about to be called */
  int            over;  /* atomic: run() has returned */
} Stopper;

static gpointer
stopper_func (gpointer data)
{
  Stopper *stopper = data;

  while (!g_atomic_int_get (&stopper->begun))
    continue;

  /* Again and again: the first ones may be before run(). */
  do
    {
      g_usleep (stopper->delay);
      qs_application_stop (stopper->app);
    }
  while (!g_atomic_int_get (&stopper->over));

  return NULL;
}

static void
test_any_moment (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("stop() from another thread at any moment of the start: run() returns, in order");

  add_source (fixture, "wait-1");
  add_source (fixture, "wait-2");

  for (gulong delay = 0; delay < 60000; delay = delay * 2 + 1000)
    {
      Stopper  stopper = { .app = fixture->app, .delay = delay };
      GThread *thread = g_thread_new ("stopper", stopper_func, &stopper);

      g_atomic_int_set (&stopper.begun, TRUE);
      run_well (fixture);
      g_atomic_int_set (&stopper.over, TRUE);
      g_thread_join (thread);
    }
}

static gboolean
stop_later_cb (gpointer data)
{
  Fixture *fixture = data;

  fixture->acted_at = g_get_monotonic_time ();
  qs_application_stop (fixture->app);
  return G_SOURCE_REMOVE;
}

static void
test_preparing (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("stop() while no broker can be reached: run() returns at once, without an error");

  add_source (fixture, "wait");
  g_object_set (fixture->app, "broker-address", NO_BROKER, NULL);
  g_timeout_add (200, stop_later_cb, fixture);
  run_well (fixture);

  g_assert_cmpfloat (seconds_since (fixture->acted_at), <, AT_ONCE);
  g_assert_cmpstr (fixture->story->str, ==, "");
}

static void
test_preparing_silent (Fixture *fixture, gconstpointer isolation)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16          port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%d", port);

  g_test_summary ("stop() while a broker takes connections but says nothing");

  add_source (fixture, "wait");
  g_object_set (fixture->app, "broker-address", address, NULL);
  g_timeout_add (700, stop_later_cb, fixture);
  run_well (fixture);

  g_assert_cmpfloat (seconds_since (fixture->acted_at), <, AT_ONCE);
}

static void
test_run_timeout (Fixture *fixture, gconstpointer isolation)
{
  gint64 begin = g_get_monotonic_time ();

  g_test_summary ("run() stops by itself after the run-timeout, which is no error");

  add_source (fixture, "wait");
  g_object_set (fixture->app, "run-timeout", 3.0, NULL);
  run_well (fixture);
  g_assert_cmpfloat (seconds_since (begin), >=, 2.99);
  g_assert_cmpfloat (seconds_since (begin), <, 3 + AT_ONCE);
  assert_contains (fixture->story->str, "finished wait\n");

  g_object_set (fixture->app, "run-timeout", 0.0, NULL);
  begin = g_get_monotonic_time ();
  run_well (fixture);
  g_assert_cmpfloat (seconds_since (begin), <, AT_ONCE);
}

static void
cancel (gpointer data)
{
  Fixture *fixture = data;

  g_cancellable_cancel (g_object_get_data (G_OBJECT (fixture->app), "cancellable"));
}

static void
test_cancellable (Fixture *fixture, gconstpointer isolation)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("Its cancellable stops run() in order, which is told as cancelled");

  g_object_set_data_full (
      G_OBJECT (fixture->app), "cancellable", g_object_ref (cancellable), g_object_unref);
  add_source (fixture, "wait");
  act_at (fixture, "connected wait", cancel);
  g_assert_false (run (fixture, cancellable));
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_contains (fixture->story->str, "finished wait\n");

  /* One that is cancelled already starts nothing. */
  g_string_truncate (fixture->story, 0);
  g_assert_false (run (fixture, cancellable));
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (fixture->story->str, ==, "");

  /* And it is not in the way of the next run. */
  act_at (fixture, "connected wait", stop_application);
  run_well (fixture);
}

static volatile sig_atomic_t n_own_signals;

static void
own_handler (int signal_number)
{
  n_own_signals++;
}

static void
send_signal (gpointer data)
{
  Fixture *fixture = data;

  kill (getpid (), GPOINTER_TO_INT (g_object_get_data (G_OBJECT (fixture->app), "signal")));
}

static void
check_signal (Fixture *fixture, int signal_number)
{
  struct sigaction old = { 0 };

  g_object_set_data (G_OBJECT (fixture->app), "signal", GINT_TO_POINTER (signal_number));
  signal (signal_number, own_handler);
  n_own_signals = 0;
  act_at (fixture, "connected wait", send_signal);
  run_well (fixture);
  g_assert_cmpfloat (seconds_since (fixture->acted_at), <, AT_ONCE);
  g_assert_cmpint (n_own_signals, ==, 0);

  sigaction (signal_number, NULL, &old);
  g_assert_true (old.sa_handler == own_handler);
  raise (signal_number);
  g_assert_cmpint (n_own_signals, ==, 1);
  signal (signal_number, SIG_DFL);
}

static void
test_signals (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary (
      "SIGINT, SIGTERM and SIGHUP stop it in order, and have their handlers again afterwards");

  add_source (fixture, "wait");
  check_signal (fixture, SIGINT);
  check_signal (fixture, SIGTERM);
  check_signal (fixture, SIGHUP);
  check_signal (fixture, SIGINT);
  g_assert_null (strstr (fixture->story->str, "failed"));
}

static gboolean
second_signal_cb (gpointer data)
{
  Fixture *fixture = data;

  fixture->acted_at = g_get_monotonic_time ();
  send_signal (fixture);
  return G_SOURCE_REMOVE;
}

static void
send_two_signals (gpointer data)
{
  send_signal (data);
  g_timeout_add (1100, second_signal_cb, data);
}

static void
send_one_signal_twice (gpointer data)
{
  send_signal (data);
  g_timeout_add (100, second_signal_cb, data);
}

static void
test_signal_twice (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("A signal that comes twice, to the process and to its group, is one");

  add_source (fixture, "slow");
  g_object_set_data (G_OBJECT (fixture->app), "signal", GINT_TO_POINTER (SIGTERM));
  act_at (fixture, "connected slow", send_one_signal_twice);
  run_well (fixture);

  g_assert_true (g_str_has_suffix (fixture->story->str, "finished slow\n"));
}

static void
test_second_signal (Fixture *fixture, gconstpointer isolation)
{
  QsBaseSource *source = add_source (fixture, "stuck");

  g_test_summary ("A second SIGINT ends what is stuck at once, which is its failure");

  qs_base_source_set_shutdown_timeout (source, TEST_DEADLINE);
  g_object_set_data (G_OBJECT (fixture->app), "signal", GINT_TO_POINTER (SIGINT));
  act_at (fixture, "connected stuck", send_two_signals);
  g_assert_false (run (fixture, NULL));

  g_assert_cmpfloat (seconds_since (fixture->acted_at), <, AT_ONCE);
  g_assert_error (fixture->error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  assert_contains (fixture->error->message, "source 'stuck' (pid ");
  assert_contains (fixture->error->message, "by force, as asked");
}

static void
test_stuck (Fixture *fixture, gconstpointer isolation)
{
  QsBaseSource *source = add_source (fixture, "stuck");

  g_test_summary ("A source that doesn't stop is ended after its shutdown-timeout, and named");

  qs_base_source_set_shutdown_timeout (source, 0.3);
  add_source (fixture, "wait");
  act_at (fixture, "connected stuck", stop_application);
  g_assert_false (run (fixture, NULL));

  g_assert_cmpfloat (seconds_since (fixture->acted_at), >=, 0.29);
  g_assert_cmpfloat (seconds_since (fixture->acted_at), <, 0.3 + AT_ONCE);
  assert_contains (fixture->error->message, "source 'stuck' (pid ");
  assert_contains (fixture->error->message, "shutdown-timeout (0.3 s)");
}

static void
keep_result_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
wait_for_result (GAsyncResult **result)
{
  guint deadline =
      g_timeout_add_seconds ((guint) TEST_DEADLINE, deadline_cb, (gpointer) "run_async()");

  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (deadline);
}

static void
test_async (Fixture *fixture, gconstpointer isolation)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("run_async() is run() without blocking; a second one meanwhile is refused");

  add_source (fixture, "wait");
  act_at (fixture, "connected wait", stop_application);
  qs_application_run_async (fixture->app, NULL, keep_result_cb, &result);
  qs_application_run_async (fixture->app, NULL, keep_result_cb, &second);
  g_assert_null (result);
  g_assert_null (second);

  wait_for_result (&second);
  g_assert_false (qs_application_run_finish (fixture->app, second, &error));
  g_assert_error (error, QS_APPLICATION_ERROR, QS_APPLICATION_ERROR_RUNNING);
  g_clear_error (&error);

  wait_for_result (&result);
  g_assert_true (qs_application_run_finish (fixture->app, result, &error));
  g_assert_no_error (error);
  assert_contains (fixture->story->str, "finished wait\n");
}

static void
drop_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (qs_application_run_finish (QS_APPLICATION (object), result, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  *(gboolean *) data = TRUE;
}

static void
test_async_dropped (Fixture *fixture, gconstpointer isolation)
{
  const char *argv[] = { "/nonexistent/program", NULL };
  gboolean    done = FALSE;
  g_autoptr (QsBaseSource) source = make_source ("finish");
  QsApplication *app = qs_application_new (qs_embedded_broker_get_address (shared_broker));

  g_test_summary ("run_async() keeps an application alive to its end, and no longer");

  g_object_set (app, "worker-argv", argv, NULL);
  g_assert_nonnull (qs_application_add_source (app, source, NULL, NULL));
  g_object_add_weak_pointer (G_OBJECT (app), (gpointer *) &app);
  qs_application_run_async (app, NULL, drop_cb, &done);
  g_object_unref (app);

  while (!done || app != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_two (Fixture *fixture, gconstpointer isolation)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  Fixture other = { 0 };

  g_test_summary ("Two applications run side by side in one program, and SIGINT stops both");

  fixture_set_up (&other, isolation);
  add_source (&other, "wait");
  add_source (fixture, "wait");
  g_object_set_data (G_OBJECT (fixture->app), "signal", GINT_TO_POINTER (SIGINT));
  signal (SIGINT, own_handler);
  n_own_signals = 0;

  qs_application_run_async (other.app, NULL, keep_result_cb, &result);
  while (strstr (other.story->str, "connected") == NULL)
    g_main_context_iteration (NULL, TRUE);

  act_at (fixture, "connected wait", send_signal);
  run_well (fixture);
  wait_for_result (&result);
  g_assert_true (qs_application_run_finish (other.app, result, &error));
  g_assert_no_error (error);
  assert_contains (other.story->str, "finished wait\n");
  g_assert_cmpint (n_own_signals, ==, 0);

  raise (SIGINT);
  g_assert_cmpint (n_own_signals, ==, 1);
  signal (SIGINT, SIG_DFL);
  g_clear_object (&result);
  fixture_tear_down (&other, isolation);
}

static void
test_stop_in_handler (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("A handler of source-failed may stop the application itself");

  fixture->handles_failures = TRUE;
  add_source (fixture, "wait");
  add_source (fixture, "fail");
  act_at (fixture, "failed fail", stop_application);
  run_well (fixture);
  assert_contains (fixture->story->str, "finished wait\n");
}

int
main (int argc, char **argv)
{
  if (qs_worker_child_is_active ())
    worker_main (make_source, NULL);

  fixture_init (&argc, &argv);

  ADD_BOTH ("parallel", test_parallel);
  ADD_BOTH ("stopped", test_stopped);
  ADD_BOTH ("any-moment", test_any_moment);
  ADD ("preparing", AUTO, test_preparing);
  ADD ("preparing/silent", AUTO, test_preparing_silent);
  ADD_BOTH ("run-timeout", test_run_timeout);
  ADD_BOTH ("cancellable", test_cancellable);
  ADD_BOTH ("signals", test_signals);
  ADD ("second-signal", PROCESS, test_second_signal);
  ADD_BOTH ("signal-twice", test_signal_twice);
  ADD ("stuck", PROCESS, test_stuck);
  ADD_BOTH ("async", test_async);
  ADD ("async/dropped", PROCESS, test_async_dropped);
  ADD_BOTH ("two", test_two);
  ADD_BOTH ("stop-in-handler", test_stop_in_handler);

  return fixture_run ();
}
