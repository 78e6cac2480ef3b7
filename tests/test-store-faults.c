/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Each single operation on the disk fails once, in each way, while a recovery loads a
 * store. Each time in a process of its own, as RocksDB may end it. */

#include <signal.h>
#include <sys/wait.h>

#include "disk-faults.h"
#include "qs-deadline-private.h"
#include "qs-test-store.h"
#include "slowness.h"

#define N_ENTRIES 300

/* How a process ends that loaded the store. */
enum
{
  LOADED = 10, /* so it said */
  FAILED,      /* with an error */
};

static const DiskFault faults[] = { DISK_FAULT_READ_ERROR,
                                    DISK_FAULT_READ_FLIP,
                                    DISK_FAULT_WRITE_ERROR,
                                    DISK_FAULT_WRITE_FLIP };

static void
fill (QsStoreBatch *batch, int generation)
{
  qs_store_batch_clear (batch);
  for (int i = 0; i < N_ENTRIES; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d %d", generation, i);
      g_autofree char *value = g_strdup_printf ("value %d", i);

      qs_store_batch_put (batch,
                          QS_STORE_SPACE_DATA,
                          (const guint8 *) key,
                          strlen (key),
                          (const guint8 *) value,
                          strlen (value));
    }
  qs_store_batch_put (
      batch, QS_STORE_SPACE_METADATA, (const guint8 *) "record", 6, (const guint8 *) "r", 1);
}

/* What a recovery does with its store: two tables, and what is left is flushed. */
static gboolean
load (QsStore *store, GError **error)
{
  g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();

  if (!qs_store_open (store, 0, NULL, error))
    return FALSE;
  for (int generation = 0; generation < 2; generation++)
    {
      fill (batch, generation);
      if (!qs_store_ingest (store, batch, error))
        return FALSE;
    }
  fill (batch, 2);

  return qs_store_write (store, batch, error) && qs_store_close (store, error);
}

/* Whether each entry is there, or its absence is an error. */
static gboolean
check_all (const char *path)
{
  g_autoptr (QsStore) store = qs_store_new (path, NULL);
  g_autoptr (GError) error = NULL;

  if (!qs_store_open (store, 0, NULL, &error))
    return TRUE;

  for (int i = 0; i < 3 * N_ENTRIES; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d %d", i / N_ENTRIES, i % N_ENTRIES);
      g_autofree char *expected = g_strdup_printf ("value %d", i % N_ENTRIES);
      g_autoptr (GBytes) value =
          qs_store_get (store, QS_STORE_SPACE_DATA, (const guint8 *) key, strlen (key), &error);

      if (error != NULL)
        return TRUE;
      if (value == NULL || g_bytes_get_size (value) != strlen (expected) ||
          memcmp (g_bytes_get_data (value, NULL), expected, strlen (expected)) != 0)
        return FALSE;
    }

  return TRUE;
}

/* The threads of RocksDB aren't there in a child that is forked after its first use. */
static gboolean
is_all_there (const char *path)
{
  int   status = 0;
  pid_t pid = fork ();

  if (pid == 0)
    _exit (check_all (path) ? 0 : 1);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);

  return WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

/* Loads a store in a process of its own, with the fault. Returns how it has ended, and
 * in *@n_operations how many operations there were. */
static int
load_elsewhere (const char *path, DiskFault fault, int number, int *n_operations)
{
  int   fds[2];
  int   status = 0;
  pid_t pid;

  g_assert_cmpint (pipe (fds), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      QsStore *store = qs_store_new (path, NULL);
      g_autoptr (GError) error = NULL;
      gboolean ok;
      int      count;

      disk_faults_arm (path, fault, number);
      ok = load (store, &error);
      count = disk_faults_count ();
      disk_faults_arm (path, fault, 0);
      (void) !write (fds[1], &count, sizeof count);
      if (error != NULL)
        fprintf (stderr, "# '%c' %d: %s\n", fault, number, error->message);
      g_object_unref (store);
      _exit (ok ? LOADED : FAILED);
    }

  close (fds[1]);
  *n_operations = 0;
  (void) !read (fds[0], n_operations, sizeof *n_operations);
  close (fds[0]);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  if (WIFSIGNALED (status))
    g_test_message ("'%c' %d: ended by signal %d", fault, number, WTERMSIG (status));

  return WIFEXITED (status) ? WEXITSTATUS (status) : -WTERMSIG (status);
}

static void
test_each (gconstpointer user_data)
{
  const DiskFault fault = *(const DiskFault *) user_data;
  int             n_loaded = 0;
  int             n_failed = 0;
  int             n_operations = 0;
  gboolean        is_reached = TRUE;

  g_test_summary ("Whatever operation fails: what was loaded is there, or there is an error");

  /* Until there are no more. */
  for (int number = 1; is_reached; number += stride ())
    {
      StoreFixture fixture;
      int          end;
      int          n = 0;

      store_fixture_set_up (&fixture, NULL);
      end = load_elsewhere (fixture.path, fault, number, &n);
      is_reached = n >= number || end < 0;
      n_operations = is_reached ? number : n_operations;
      if (end == LOADED)
        {
          n_loaded++;
          if (!is_all_there (fixture.path))
            g_error ("entries are lost: '%c', operation %d", fault, number);
        }
      else
        {
          n_failed++;
          /* One that is built with assertions ends the process where it should fail. */
          if (end != -SIGABRT)
            g_assert_cmpint (end, ==, FAILED);
        }
      store_fixture_tear_down (&fixture, NULL);
    }

  g_test_message ("%d operations, %d loaded, %d failed", n_operations, n_loaded, n_failed);
  g_assert_cmpint (n_operations, >, 5);
  /* Of some of them, none has to matter. */
  if (stride () == 1)
    g_assert_cmpint (n_failed, >, 0);
}

static void
test_no_locks (void)
{
  g_test_summary ("A file system without locks is told as that, and at once");

  if (g_test_subprocess ())
    {
      StoreFixture fixture;
      g_autoptr (GError) error = NULL;

      store_fixture_set_up (&fixture, NULL);
      disk_faults_arm (fixture.path, DISK_FAULT_LOCK, 1);
      g_assert_false (qs_store_open (fixture.store, qs_deadline_after (60), NULL, &error));
      g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_FAILED);
      g_assert_nonnull (strstr (error->message, "No locks available"));
      g_assert_nonnull (strstr (error->message, "state-dir on a local disk"));
      disk_faults_arm (fixture.path, DISK_FAULT_LOCK, 0);
      store_fixture_tear_down (&fixture, NULL);
      return;
    }

  g_test_trap_subprocess (NULL, 20 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

/* A store that is no copy of anything, with a table on the disk. */
static QsStore *
new_alone (const char *path)
{
  QsStoreOptions options = QS_STORE_OPTIONS_INIT;
  QsStore       *store = NULL;
  g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();

  options.write_ahead_log = TRUE;
  store = qs_store_new (path, &options);
  store_open (store);
  fill (batch, 0);
  store_write (store, batch);
  g_assert_true (qs_store_flush (store, NULL));
  store_reopen (store);

  return store;
}

static void
read_alone (const char *path)
{
  g_autoptr (QsStore) store = new_alone (path);
  g_autofree char *value = NULL;
  g_autoptr (GError) error = NULL;

  disk_faults_arm (path, DISK_FAULT_READ_FLIP, 1);
  value = store_get (store, QS_STORE_SPACE_DATA, "key 0 7");
  g_assert_cmpstr (value, ==, "value 7");
  g_assert_cmpint (disk_faults_count (), >, 1);
  g_assert_true (qs_store_close (store, &error));

  /* At a start, too. */
  for (int number = 1; number < 8; number++)
    {
      disk_faults_arm (path, DISK_FAULT_READ_FLIP, number);
      g_assert_true (qs_store_open (store, 0, NULL, &error) ||
                     !g_error_matches (error, QS_STATE_ERROR, QS_STATE_ERROR_CORRUPT));
      g_clear_error (&error);
      qs_store_close (store, NULL);
    }
  disk_faults_arm (path, DISK_FAULT_READ_FLIP, 0);
  store_open (store);
  g_clear_pointer (&value, g_free);
  value = store_get (store, QS_STORE_SPACE_DATA, "key 0 7");
  g_assert_cmpstr (value, ==, "value 7");
}

static void
test_alone (void)
{
  g_test_summary ("One bad read isn't the end of a store that is all that there is");

  if (g_test_subprocess ())
    {
      StoreFixture fixture;

      /* It warns before it looks again. */
      g_log_set_always_fatal (G_LOG_FATAL_MASK);
      store_fixture_set_up (&fixture, NULL);
      read_alone (fixture.path);
      store_fixture_tear_down (&fixture, NULL);
      return;
    }

  g_test_trap_subprocess (NULL, 20 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/store-faults/read/error", &faults[0], test_each);
  g_test_add_data_func ("/store-faults/read/flip", &faults[1], test_each);
  g_test_add_data_func ("/store-faults/write/error", &faults[2], test_each);
  g_test_add_data_func ("/store-faults/write/flip", &faults[3], test_each);
  g_test_add_func ("/store-faults/no-locks", test_no_locks);
  g_test_add_func ("/store-faults/alone", test_alone);

  return g_test_run ();
}
