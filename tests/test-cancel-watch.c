/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-cancel-watch-private.h"
#include "slowness.h"

/* So many that memory that is gone is used; what GLib leaks then, ASan always finds. */
#define N_ROUNDS 3000

static gboolean
count_cb (gpointer user_data)
{
  ++*(int *) user_data;

  return G_SOURCE_REMOVE;
}

static gpointer
cancel_func (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);

  return NULL;
}

static void
test_called (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (QsCancelWatch) watch = NULL;
  int n_calls = 0;

  g_test_summary ("It calls once, in the main context, when another thread has cancelled");

  g_main_context_push_thread_default (context);
  watch = qs_cancel_watch_new (cancellable, count_cb, &n_calls);
  g_assert_false (g_main_context_iteration (context, FALSE));
  g_thread_join (g_thread_new ("cancel", cancel_func, cancellable));
  g_assert_cmpint (n_calls, ==, 0);
  g_assert_true (g_main_context_iteration (context, FALSE));
  g_assert_cmpint (n_calls, ==, 1);
  g_assert_false (g_main_context_iteration (context, FALSE));
  g_assert_cmpint (n_calls, ==, 1);
  g_clear_pointer (&watch, qs_cancel_watch_free);
  g_main_context_pop_thread_default (context);
}

static void
test_before (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  QsCancelWatch *watch = NULL;
  int            n_calls = 0;

  g_test_summary ("It calls also if it was cancelled before, and not if it is ended first");

  g_cancellable_cancel (cancellable);
  watch = qs_cancel_watch_new (cancellable, count_cb, &n_calls);
  qs_cancel_watch_free (watch);
  g_assert_false (g_main_context_iteration (NULL, FALSE));
  g_assert_cmpint (n_calls, ==, 0);

  watch = qs_cancel_watch_new (cancellable, count_cb, &n_calls);
  g_assert_true (g_main_context_iteration (NULL, FALSE));
  qs_cancel_watch_free (watch);
  g_assert_cmpint (n_calls, ==, 1);
}

/* The last handler of a cancellable, in the thread that cancels. */
typedef struct
{
  int is_entered; /* atomic */
  int is_ending;  /* atomic: the watch is about to be ended */
  int is_left;    /* atomic */
} Last;

static void
last_cb (GCancellable *cancellable, gpointer user_data)
{
  Last *last = user_data;

  g_atomic_int_set (&last->is_entered, TRUE);
  while (!g_atomic_int_get (&last->is_ending))
    g_thread_yield ();
  /* Sleeps: as a thread does that has no turn. */
  g_usleep (20 * 1000);
  g_atomic_int_set (&last->is_left, TRUE);
}

static void
test_waits (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Last           last = { FALSE, FALSE, FALSE };
  QsCancelWatch *watch = NULL;
  GThread       *thread = NULL;
  int            n_calls = 0;

  g_test_summary ("Its end waits for the thread that cancels");

  watch = qs_cancel_watch_new (cancellable, count_cb, &n_calls);
  g_cancellable_connect (cancellable, G_CALLBACK (last_cb), &last, NULL);
  thread = g_thread_new ("cancel", cancel_func, cancellable);
  while (!g_atomic_int_get (&last.is_entered))
    g_thread_yield ();
  g_atomic_int_set (&last.is_ending, TRUE);
  qs_cancel_watch_free (watch);
  g_assert_true (g_atomic_int_get (&last.is_left));
  g_thread_join (thread);
}

static void
cancel_in_pool (gpointer cancellable, gpointer unused)
{
  g_cancellable_cancel (cancellable);
  g_object_unref (cancellable);
}

/* The first handler, so that the watch is told while it is ended. */
static void
first_cb (GCancellable *cancellable, gpointer user_data)
{
  int *is_ending = user_data;

  while (!g_atomic_int_get (is_ending))
    g_thread_yield ();
}

/* As a run() does that ends at once: its main context goes with it. */
static void
run_until_cancelled (GCancellable *cancellable, int *is_ending)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  QsCancelWatch *watch = NULL;
  int            n_calls = 0;

  g_main_context_push_thread_default (context);
  watch = qs_cancel_watch_new (cancellable, count_cb, &n_calls);
  while (!g_cancellable_is_cancelled (cancellable))
    g_thread_yield ();
  g_atomic_int_set (is_ending, TRUE);
  qs_cancel_watch_free (watch);
  g_main_context_pop_thread_default (context);
}

static void
test_short_runs (void)
{
  g_autofree int *are_ending = g_new0 (int, N_ROUNDS);
  GThreadPool    *pool = g_thread_pool_new (cancel_in_pool, NULL, 1, TRUE, NULL);

  g_test_summary ("No thread uses a main context that went while it cancelled");

  for (int i = 0; i < N_ROUNDS; i += stride ())
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();

      g_cancellable_connect (cancellable, G_CALLBACK (first_cb), &are_ending[i], NULL);
      g_thread_pool_push (pool, g_object_ref (cancellable), NULL);
      run_until_cancelled (cancellable, &are_ending[i]);
    }
  g_thread_pool_free (pool, FALSE, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cancel-watch/called", test_called);
  g_test_add_func ("/cancel-watch/before", test_before);
  g_test_add_func ("/cancel-watch/waits", test_waits);
  g_test_add_func ("/cancel-watch/short-runs", test_short_runs);

  return g_test_run ();
}
