/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-usage-private.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

/* Samples of a trend. */
#define N 90

#define MIB (1024 * 1024)

static gint64
find_growth (gint64 (*get_amount) (guint i))
{
  g_autoptr (GArray) usages = g_array_new (FALSE, FALSE, sizeof (QsUsage));

  for (guint i = 0; i < N; i++)
    {
      QsUsage usage = { .amounts = { [QS_USAGE_THREADS] = get_amount (i) } };

      g_array_append_val (usages, usage);
    }

  return qs_usage_find_growth (usages, QS_USAGE_THREADS);
}

static gint64
get_flat (guint i)
{
  return 10;
}

static gint64
get_leak (guint i)
{
  return 10 + i;
}

/* Opens much at its start. */
static gint64
get_plateau (guint i)
{
  return MIN (i, 20);
}

/* Frees all of it from time to time. */
static gint64
get_saw (guint i)
{
  return i % 15;
}

/* One moment is unlike all others. */
static gint64
get_outlier (guint i)
{
  return i == N - 1 ? 0 : i;
}

static void
test_growth (void)
{
  g_test_summary ("A leak is found; a start, a garbage collector and the end are not growth");

  g_assert_cmpint (find_growth (get_flat), ==, 0);
  g_assert_cmpint (find_growth (get_leak), >=, N / 3);
  g_assert_cmpint (find_growth (get_plateau), <=, 0);
  g_assert_cmpint (find_growth (get_saw), <=, 0);
  g_assert_cmpint (find_growth (get_outlier), >=, N / 3);
}

static gpointer
wait_cb (gpointer data)
{
  GMutex *mutex = data;

  g_mutex_lock (mutex);
  g_mutex_unlock (mutex);

  return NULL;
}

static void
test_read (void)
{
  QsUsage          before = { { 0 } };
  QsUsage          after = { { 0 } };
  GMutex           mutex;
  GThread         *thread = NULL;
  g_autofree char *block = NULL;
  g_autoptr (GSubprocess) child = NULL;
  int descriptor = -1;

  g_test_summary ("What a process takes is counted");

  g_assert_true (qs_usage_read (getpid (), &before));
  g_assert_cmpint (before.amounts[QS_USAGE_MEMORY], >, 0);

  g_mutex_init (&mutex);
  g_mutex_lock (&mutex);
  thread = g_thread_new ("wait", wait_cb, &mutex);
  descriptor = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  block = g_malloc (8 * MIB);
  memset (block, 1, 8 * MIB);
  child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE, NULL, "cat", NULL);
  g_assert_nonnull (child);

  g_assert_true (qs_usage_read (getpid (), &after));
  g_assert_cmpint (after.amounts[QS_USAGE_MEMORY], >=, before.amounts[QS_USAGE_MEMORY] + 7 * MIB);
  g_assert_cmpint (after.amounts[QS_USAGE_DESCRIPTORS], >, before.amounts[QS_USAGE_DESCRIPTORS]);
  g_assert_cmpint (after.amounts[QS_USAGE_THREADS], >, before.amounts[QS_USAGE_THREADS]);
  g_assert_cmpint (after.amounts[QS_USAGE_CHILDREN], ==, before.amounts[QS_USAGE_CHILDREN] + 1);

  g_subprocess_force_exit (child);
  g_assert_true (g_subprocess_wait (child, NULL, NULL));
  close (descriptor);
  g_mutex_unlock (&mutex);
  g_thread_join (thread);
  g_mutex_clear (&mutex);
}

static void
test_gone (void)
{
  QsUsage usage = { { 0 } };

  g_test_summary ("A process that is not there has no usage, and a library is found by its name");

  g_assert_false (qs_usage_read (G_MAXINT, &usage));
  g_assert_false (qs_usage_has_library (G_MAXINT, "libc"));
  g_assert_false (qs_usage_has_library (getpid (), "libgjs"));
  g_assert_true (qs_usage_has_library (getpid (), "libc."));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/usage/growth", test_growth);
  g_test_add_func ("/usage/read", test_read);
  g_test_add_func ("/usage/gone", test_gone);

  return g_test_run ();
}
