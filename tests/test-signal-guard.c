/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-signal-guard-private.h"

#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define TEST_DEADLINE 10.0

static const int signal_numbers[] = { SIGINT, SIGTERM, SIGHUP };

/* By signal number. */
typedef struct
{
  int n_calls[NSIG];
} Calls;

static volatile sig_atomic_t n_own[NSIG];

static void
own_handler (int signal_number)
{
  n_own[signal_number]++;
}

static void
guard_cb (gpointer signal_number, gpointer user_data)
{
  ((Calls *) user_data)->n_calls[GPOINTER_TO_INT (signal_number)]++;
}

static void
set_up (gpointer *unused, gconstpointer user_data)
{
  struct sigaction action = { .sa_handler = own_handler, .sa_flags = SA_RESTART };

  sigaddset (&action.sa_mask, SIGUSR1);
  for (guint i = 0; i < G_N_ELEMENTS (signal_numbers); i++)
    {
      n_own[signal_numbers[i]] = 0;
      g_assert_cmpint (sigaction (signal_numbers[i], &action, NULL), ==, 0);
    }
}

static void
tear_down (gpointer *unused, gconstpointer user_data)
{
  for (guint i = 0; i < G_N_ELEMENTS (signal_numbers); i++)
    signal (signal_numbers[i], SIG_DFL);
}

/* Whether all signals have this test's own handler, as set_up() set it. */
static void
assert_own (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (signal_numbers); i++)
    {
      struct sigaction action = { 0 };
      int              before = n_own[signal_numbers[i]];

      sigaction (signal_numbers[i], NULL, &action);
      g_assert_true (action.sa_handler == own_handler);
      g_assert_cmpint (action.sa_flags & SA_RESTART, ==, SA_RESTART);
      g_assert_true (sigismember (&action.sa_mask, SIGUSR1));

      raise (signal_numbers[i]);
      g_assert_cmpint (n_own[signal_numbers[i]], ==, before + 1);
    }
}

/* Sends the signal, and iterates @context until one of @calls has it. */
static void
send (int signal_number, GMainContext *context, Calls *calls)
{
  gint64 deadline = g_get_monotonic_time () + (gint64) (TEST_DEADLINE * G_USEC_PER_SEC);
  int    before = calls->n_calls[signal_number];

  kill (getpid (), signal_number);
  while (calls->n_calls[signal_number] == before)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_main_context_iteration (context, FALSE);
    }
}

static void
test_one (gpointer *unused, gconstpointer user_data)
{
  g_test_summary (
      "All three signals are told while it lives; then their handlers are back, entirely");

  for (int round = 0; round < 3; round++)
    {
      Calls calls = { 0 };
      g_autoptr (QsSignalGuard) guard = qs_signal_guard_new (guard_cb, &calls);

      send (SIGINT, NULL, &calls);
      send (SIGTERM, NULL, &calls);
      send (SIGHUP, NULL, &calls);
      send (SIGINT, NULL, &calls);
      g_assert_cmpint (calls.n_calls[SIGINT], ==, 2);
      g_assert_cmpint (calls.n_calls[SIGTERM], ==, 1);
      g_assert_cmpint (n_own[SIGINT], ==, round);

      g_clear_pointer (&guard, qs_signal_guard_free);
      assert_own ();
      g_assert_cmpint (n_own[SIGINT], ==, round + 1);
    }
}

static void
test_context (gpointer *unused, gconstpointer user_data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (QsSignalGuard) guard = NULL;
  Calls calls = { 0 };

  g_test_summary ("It is told in the thread-default main context, not in another");

  g_main_context_push_thread_default (context);
  guard = qs_signal_guard_new (guard_cb, &calls);
  g_main_context_pop_thread_default (context);

  send (SIGINT, context, &calls);
  kill (getpid (), SIGTERM);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpint (calls.n_calls[SIGTERM], ==, 0);

  g_clear_pointer (&guard, qs_signal_guard_free);
  assert_own ();
}

static void
test_two (gpointer *unused, gconstpointer user_data)
{
  gboolean first_goes_first = GPOINTER_TO_INT (user_data);
  Calls    first = { 0 };
  Calls    second = { 0 };
  g_autoptr (QsSignalGuard) first_guard = qs_signal_guard_new (guard_cb, &first);
  g_autoptr (QsSignalGuard) second_guard = qs_signal_guard_new (guard_cb, &second);

  g_test_summary ("Of two, both are told; when one goes, the other is still told; at the end the "
                  "handlers are back");

  send (SIGINT, NULL, &first);
  send (SIGINT, NULL, &second);
  g_clear_pointer (first_goes_first ? &first_guard : &second_guard, qs_signal_guard_free);
  send (SIGINT, NULL, first_goes_first ? &second : &first);
  send (SIGTERM, NULL, first_goes_first ? &second : &first);
  g_assert_cmpint (n_own[SIGINT], ==, 0);

  g_clear_pointer (first_goes_first ? &second_guard : &first_guard, qs_signal_guard_free);
  assert_own ();
}

static void
test_nohup (gpointer *unused, gconstpointer user_data)
{
  g_autoptr (QsSignalGuard) guard = NULL;
  Calls calls = { 0 };

  g_test_summary ("A SIGHUP that is ignored, as under nohup, stays ignored");

  signal (SIGHUP, SIG_IGN);
  guard = qs_signal_guard_new (guard_cb, &calls);
  kill (getpid (), SIGHUP);
  send (SIGTERM, NULL, &calls);
  g_assert_cmpint (calls.n_calls[SIGHUP], ==, 0);

  g_clear_pointer (&guard, qs_signal_guard_free);
  g_assert_true (signal (SIGHUP, SIG_DFL) == SIG_IGN);
}

static gboolean
watch_cb (gpointer user_data)
{
  ++*(int *) user_data;

  return G_SOURCE_CONTINUE;
}

static void
test_glib_watch (gpointer *unused, gconstpointer user_data)
{
  g_autoptr (QsSignalGuard) guard = NULL;
  Calls calls = { 0 };
  int   n_watched = 0;
  guint id = g_unix_signal_add (SIGINT, watch_cb, &n_watched);

  g_test_summary ("A program's own g_unix_signal_add() goes on, meanwhile and afterwards");

  guard = qs_signal_guard_new (guard_cb, &calls);
  send (SIGINT, NULL, &calls);
  while (n_watched == 0)
    g_main_context_iteration (NULL, FALSE);
  g_clear_pointer (&guard, qs_signal_guard_free);

  kill (getpid (), SIGINT);
  while (n_watched == 1)
    g_main_context_iteration (NULL, FALSE);
  g_source_remove (id);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func)                                                                      \
  g_test_add ("/signal-guard/" path, gpointer, data, set_up, func, tear_down)

  add ("one", NULL, test_one);
  add ("context", NULL, test_context);
  add ("two/first-goes-first", GINT_TO_POINTER (TRUE), test_two);
  add ("two/second-goes-first", GINT_TO_POINTER (FALSE), test_two);
  add ("nohup", NULL, test_nohup);
  add ("glib-watch", NULL, test_glib_watch);

#undef add

  return g_test_run ();
}
