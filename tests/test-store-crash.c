/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "qs-deadline-private.h"
#include "qs-test-store.h"
#include "wait-for.h"

/*
 * Several processes and one store. The others are this program again, with
 * `--child MODE PATH`; a writer is killed and what it leaves is compared with
 * what a model of the same writes says.
 */

#define N_KEYS 1000
#define KEYS_PER_BATCH 50
#define PADDING 2000

/* Of what a child may take; generous, for sanitizers on a busy machine. */

/* How a child that was asked to try an open ends. */
#define EXIT_LOCKED 3

static const char *program;

/* How often it was told that a lock is waited for. */
static int n_waits;

/* --- What a writer does, and what its writes amount to --- */

/* The value that batch @n gives to its @i-th key; 0 = removed. */
static guint32
value_of (guint32 n, guint32 i)
{
  return (n + i) % 10 == 0 ? 0 : n;
}

static guint32
key_of (guint32 n, guint32 i)
{
  return (n * 31 + i * 17) % N_KEYS;
}

static void
fill_batch (QsStoreBatch *batch, guint32 n, gsize padding)
{
  guint8 value[sizeof (guint32) + PADDING] = { 0 };

  qs_store_batch_clear (batch);
  for (guint32 i = 0; i < KEYS_PER_BATCH; i++)
    {
      guint32 key = key_of (n, i);
      guint32 number = value_of (n, i);

      memcpy (value, &number, sizeof number);
      if (number == 0)
        qs_store_batch_remove (batch, QS_STORE_SPACE_DATA, (const guint8 *) &key, sizeof key);
      else
        qs_store_batch_put (batch,
                            QS_STORE_SPACE_DATA,
                            (const guint8 *) &key,
                            sizeof key,
                            value,
                            sizeof number + padding);
    }
  qs_store_batch_put (
      batch, QS_STORE_SPACE_METADATA, (const guint8 *) "offset", 6, (const guint8 *) &n, sizeof n);
}

static guint32
read_offset (QsStore *store)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      qs_store_get (store, QS_STORE_SPACE_METADATA, (const guint8 *) "offset", 6, &error);
  guint32 offset = 0;

  g_assert_no_error (error);
  if (bytes != NULL)
    {
      g_assert_cmpuint (g_bytes_get_size (bytes), ==, sizeof offset);
      memcpy (&offset, g_bytes_get_data (bytes, NULL), sizeof offset);
    }

  return offset;
}

static void
assert_agrees (QsStore *store, guint32 offset)
{
  g_autofree guint32 *model = g_new0 (guint32, N_KEYS);
  g_autofree guint32 *found = g_new0 (guint32, N_KEYS);
  g_autoptr (QsStoreIter) iter = qs_store_iterate (store, QS_STORE_SPACE_DATA, NULL, 0);
  g_autoptr (GError) error = NULL;

  for (guint32 n = 1; n <= offset; n++)
    {
      for (guint32 i = 0; i < KEYS_PER_BATCH; i++)
        model[key_of (n, i)] = value_of (n, i);
    }

  while (qs_store_iter_next (iter))
    {
      gsize   length;
      guint32 key;

      memcpy (&key, qs_store_iter_get_key (iter, &length), sizeof key);
      g_assert_cmpuint (length, ==, sizeof key);
      g_assert_cmpuint (key, <, N_KEYS);
      memcpy (&found[key], qs_store_iter_get_value (iter, &length), sizeof key);
    }
  g_assert_true (qs_store_iter_check (iter, &error));

  g_assert_cmpmem (found, N_KEYS * sizeof *found, model, N_KEYS * sizeof *model);
}

/* --- The child --- */

static void
say_ready (void)
{
  puts ("ready");
  fflush (stdout);
}

/* The last batch that was written, in memory that outlives a killed process. */
static volatile guint32 *
map_progress (const char *path)
{
  g_autofree char *file = g_strconcat (path, ".progress", NULL);
  int              fd = open (file, O_RDWR | O_CREAT, 0600);
  void            *memory;

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, sizeof (guint32)), ==, 0);
  memory = mmap (NULL, sizeof (guint32), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  g_assert_true (memory != MAP_FAILED);
  close (fd);

  return memory;
}

typedef gboolean (*WriteFunc) (QsStore *store, QsStoreBatch *batch, GError **error);

static void
write_for_ever (QsStore *store, WriteFunc write, gsize padding)
{
  volatile guint32 *progress = map_progress (qs_store_get_path (store));
  g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();

  *progress = read_offset (store);
  say_ready ();
  for (guint32 n = *progress + 1;; n++)
    {
      g_autoptr (GError) error = NULL;

      fill_batch (batch, n, padding);
      write (store, batch, &error);
      g_assert_no_error (error);
      *progress = n;
    }
}

static void
write_and_flush (QsStore *store)
{
  g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();

  for (guint32 n = 1; n <= 10; n++)
    {
      fill_batch (batch, n, 0);
      store_write (store, batch);
    }
  g_assert_true (qs_store_flush (store, NULL));
  say_ready ();
  pause ();
}

static int
child_main (const char *mode, const char *path)
{
  QsStoreOptions options = QS_STORE_OPTIONS_INIT;
  g_autoptr (QsStore) store = NULL;
  g_autoptr (GError) error = NULL;

  options.write_buffer_size = 64 * 1024;
  options.write_ahead_log = g_str_equal (mode, "log");
  store = qs_store_new (path, &options);

  if (!qs_store_open (store, 0, NULL, &error))
    return g_error_matches (error, QS_STATE_ERROR, QS_STATE_ERROR_LOCKED) ? EXIT_LOCKED : 1;

  if (g_str_equal (mode, "write") || g_str_equal (mode, "log"))
    write_for_ever (store, qs_store_write, 0);
  if (g_str_equal (mode, "ingest"))
    write_for_ever (store, qs_store_ingest, PADDING);
  if (g_str_equal (mode, "flush"))
    write_and_flush (store);
  if (g_str_equal (mode, "hold"))
    {
      say_ready ();
      /* Until the parent closes its end. */
      (void) getchar ();
    }

  return 0;
}

static GSubprocess *
start_child (const char *mode, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) child =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                        &error,
                        program,
                        "--child",
                        mode,
                        path,
                        NULL);
  char ready[6];

  g_assert_no_error (error);
  if (!g_str_equal (mode, "try"))
    {
      g_input_stream_read_all (
          g_subprocess_get_stdout_pipe (child), ready, sizeof ready, NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (ready, sizeof ready, "ready\n", 6);
    }

  return g_steal_pointer (&child);
}

static void
kill_child (GSubprocess *child)
{
  g_subprocess_force_exit (child);
  g_assert_true (g_subprocess_wait (child, NULL, NULL));
  g_assert_cmpint (g_subprocess_get_term_sig (child), ==, SIGKILL);
}

/* --- The tests --- */

static GLogWriterOutput
writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      if (g_str_equal (fields[i].key, "MESSAGE") &&
          strstr (fields[i].value, "Waiting for process") != NULL)
        {
          n_waits++;
          return G_LOG_WRITER_HANDLED;
        }
    }

  return g_log_writer_default (level, fields, n_fields, user_data);
}

typedef struct
{
  const char *mode;
  int         n_kills;
  int         n_batches; /* awaited before the last kill: so many that some are flushed */
} KillCase;

/* Which batch it is, is left to chance, and where in it as well. */
static void
wait_for_progress (volatile guint32 *progress, guint32 n)
{
  WAIT_FOR (*progress >= n);
}

static void
test_kill (StoreFixture *fixture, gconstpointer user_data)
{
  const KillCase   *kill_case = user_data;
  guint32           offset = 0;
  guint             n_lost = 0;
  volatile guint32 *progress;

  g_test_summary ("After kill -9 of a writer, offset and data agree; a log loses nothing");

  /* For the directory. */
  store_open (fixture->store);
  progress = map_progress (fixture->path);

  for (int i = 0; i < kill_case->n_kills; i++)
    {
      g_autoptr (GSubprocess) child = NULL;
      guint32 n_batches;

      g_assert_true (qs_store_close (fixture->store, NULL));
      child = start_child (kill_case->mode, fixture->path);
      n_batches = g_test_rand_int_range (0, kill_case->n_batches / 2);
      if (i == kill_case->n_kills - 1)
        n_batches = kill_case->n_batches;
      wait_for_progress (progress, offset + n_batches);
      kill_child (child);

      store_open (fixture->store);
      g_assert_cmpuint (read_offset (fixture->store), >=, offset);
      offset = read_offset (fixture->store);
      assert_agrees (fixture->store, offset);
      if (g_str_equal (kill_case->mode, "log"))
        g_assert_cmpuint (offset, >=, *progress);
      else
        n_lost += *progress > offset ? *progress - offset : 0;
    }

  g_test_message ("%d kills, %u batches kept, %u lost", kill_case->n_kills, offset, n_lost);
  g_assert_cmpuint (offset, >, 0);
  munmap ((void *) progress, sizeof *progress);
}

static void
test_flushed (StoreFixture *fixture, gconstpointer user_data)
{
  g_autoptr (GSubprocess) child = start_child ("flush", fixture->path);

  g_test_summary ("What was flushed survives kill -9");

  kill_child (child);
  store_open (fixture->store);
  g_assert_cmpuint (read_offset (fixture->store), ==, 10);
  assert_agrees (fixture->store, 10);
}

static void
test_locked (StoreFixture *fixture, gconstpointer user_data)
{
  g_autoptr (GSubprocess) child = start_child ("hold", fixture->path);
  g_autofree char *needle = g_strdup_printf ("process %s ", g_subprocess_get_identifier (child));
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) remove_error = NULL;
  gint64 start = g_get_monotonic_time ();

  g_test_summary ("A store that another process holds is waited for, then the error names both");

  n_waits = 0;
  g_assert_false (qs_store_open (fixture->store, qs_deadline_after (0.2), NULL, &error));
  g_assert_cmpint (n_waits, ==, 1);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_LOCKED);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 200 * 1000);
  g_assert_nonnull (strstr (error->message, fixture->path));
  g_assert_nonnull (strstr (error->message, needle));

  g_assert_false (qs_store_remove (fixture->path, 0, NULL, &remove_error));
  g_assert_error (remove_error, QS_STATE_ERROR, QS_STATE_ERROR_LOCKED);

  /* A killed holder holds nothing. */
  kill_child (child);
  store_open (fixture->store);
}

static gpointer
release_thread (gpointer user_data)
{
  GSubprocess *child = user_data;

  /* Sleeps: so that the other thread most likely waits by then; it must open either way. */
  g_usleep (100 * 1000);
  g_output_stream_close (g_subprocess_get_stdin_pipe (child), NULL, NULL);

  return NULL;
}

static void
test_released (StoreFixture *fixture, gconstpointer user_data)
{
  g_autoptr (GSubprocess) child = start_child ("hold", fixture->path);
  g_autoptr (GThread) thread = g_thread_new ("release", release_thread, child);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A store opens as soon as the other process lets go");

  n_waits = 0;
  g_assert_true (qs_store_open (fixture->store, G_MAXINT64, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (n_waits, ==, 1);
  g_thread_join (g_steal_pointer (&thread));
  g_assert_true (g_subprocess_wait_check (child, NULL, &error));
}

static gpointer
cancel_thread (gpointer user_data)
{
  /* Sleeps: so that the other thread most likely waits by then; it must end either way. */
  g_usleep (100 * 1000);
  g_cancellable_cancel (user_data);

  return NULL;
}

static void
test_cancelled (StoreFixture *fixture, gconstpointer user_data)
{
  g_autoptr (GSubprocess) child = start_child ("hold", fixture->path);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GThread) thread = g_thread_new ("cancel", cancel_thread, cancellable);
  g_autoptr (GError) error = NULL;
  gint64 start = g_get_monotonic_time ();

  g_test_summary ("Waiting for a lock can be cancelled");

  n_waits = 0;
  g_assert_false (qs_store_open (fixture->store, G_MAXINT64, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (n_waits, ==, 1);
  g_assert_cmpint (g_get_monotonic_time () - start, <, wait_get_limit ());
  g_thread_join (g_steal_pointer (&thread));
  kill_child (child);
}

static void
test_locked_here (StoreFixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsStore) other = qs_store_new (fixture->path, NULL);
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A store that this process holds is an error at once, and stays locked");

  store_open (fixture->store);
  g_assert_false (qs_store_open (other, G_MAXINT64, NULL, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_LOCKED);
  g_assert_nonnull (strstr (error->message, "this process"));
  g_clear_error (&error);
  g_assert_false (qs_store_remove (fixture->path, G_MAXINT64, NULL, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_LOCKED);

  /* Closing any descriptor of the lock file would have let go of the lock. */
  child = start_child ("try", fixture->path);
  g_assert_true (g_subprocess_wait (child, NULL, NULL));
  g_assert_cmpint (g_subprocess_get_exit_status (child), ==, EXIT_LOCKED);

  g_assert_true (qs_store_close (fixture->store, NULL));
  store_open (other);
}

int
main (int argc, char **argv)
{
  static const KillCase kills[] = { { "write", 25, 400 }, { "log", 10, 40 }, { "ingest", 8, 200 } };

  if (argc == 4 && g_str_equal (argv[1], "--child"))
    return child_main (argv[2], argv[3]);

  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (writer, NULL, NULL);
  program = argv[0];

#define ADD(name, data, function)                                                                  \
  g_test_add ("/store-crash/" name,                                                                \
              StoreFixture,                                                                        \
              data,                                                                                \
              store_fixture_set_up,                                                                \
              function,                                                                            \
              store_fixture_tear_down)

  ADD ("kill", &kills[0], test_kill);
  ADD ("kill/write-ahead-log", &kills[1], test_kill);
  ADD ("kill/ingest", &kills[2], test_kill);
  ADD ("flushed", NULL, test_flushed);
  ADD ("locked", NULL, test_locked);
  ADD ("locked/released", NULL, test_released);
  ADD ("locked/cancelled", NULL, test_cancelled);
  ADD ("locked/here", NULL, test_locked_here);

  return g_test_run ();
}
