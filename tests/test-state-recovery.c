/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "embedded-state-fixture.h"

#include <fcntl.h>
#include <time.h>

#define API_FETCH 1
#define NOT_LEADER 6

/* More than the embedded broker keeps. */
#define N_BLOBS 70
#define BLOB_SIZE 100000

/* Entries that are in one block of a table, and in several. */
#define FEW 100
#define MANY 1000

/* As many as a flush looks at to find what has expired. */
#define MANY_LINES 1000

/* By which the clock is ahead, in microseconds. */
static _Atomic gint64 clock_offset;

/* The library's clock, in place of GLib's. */
gint64
g_get_real_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);

  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000 + clock_offset;
}

/* Warnings that say that a store is damaged. */
static int n_damaged; /* atomic */

static GLogWriterOutput
log_cb (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields && level == G_LOG_LEVEL_WARNING; i++)
    {
      if (g_str_equal (fields[i].key, "MESSAGE") &&
          strstr (fields[i].value, "; it is rebuilt from the changelog") != NULL)
        g_atomic_int_inc (&n_damaged);
    }

  return g_log_writer_default (level, fields, n_fields, user_data);
}

/* Commits so much that the broker forgets what came first. */
static void
outgrow_broker (StateFixture *base)
{
  g_autofree char *blob = g_strnfill (BLOB_SIZE, 'x');

  for (int i = 0; i < N_BLOBS; i++)
    {
      g_autofree char *key = g_strdup_printf ("blob %d", i);
      g_autoptr (GError) error = NULL;
      g_autoptr (QsState) state = qs_state_partition_dup_state (base->partition, &error);

      g_assert_true (qs_state_set (state, key, g_variant_new_string (blob), &error));
      state_flush (base);
    }
}

static void
assert_refused (StateFixture *base, const char *reason)
{
  g_autoptr (GError) error = NULL;

  state_try_open (base, &error);
  g_assert_null (base->partition);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, reason));
  g_assert_nonnull (strstr (error->message, "clear_state()"));
  state_close (base);
}

static void
test_no_beginning (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->base;
  g_autofree char *kept = NULL;

  g_test_summary ("Without a store, a changelog that lost its beginning is refused, not guessed");

  state_open (base);
  outgrow_broker (base);
  state_close (base);

  kept = g_steal_pointer (&base->config->state_dir);
  base->config->state_dir = g_build_filename (base->state_dir, "elsewhere", NULL);
  assert_refused (base, "begins at offset");

  /* The store itself still has it all. */
  g_free (base->config->state_dir);
  base->config->state_dir = g_steal_pointer (&kept);
  state_open (base);
  g_assert_cmpuint (base->n_told, <=, 1);
}

static void
test_left_behind (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->base;
  g_autofree char *kept = g_strdup (base->config->state_dir);

  g_test_summary ("A store that misses what the changelog has lost is refused, not taken");

  state_open (base);
  state_set (base, "current", 1);
  state_flush (base);
  state_close (base);

  /* Somebody else goes on, with a store of his own, and far. */
  g_free (base->config->state_dir);
  base->config->state_dir = g_build_filename (base->state_dir, "elsewhere", NULL);
  state_open (base);
  outgrow_broker (base);
  state_close (base);

  g_free (base->config->state_dir);
  base->config->state_dir = g_steal_pointer (&kept);
  assert_refused (base, "but the changelog begins at");
}

static void
test_one_behind (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;

  g_test_summary ("A flush of a single record that the store has lost is found again");

  state_open (base);
  state_set (base, "current", 1);
  state_flush (base);
  state_close (base);

  /* What a kill -9 leaves of it, as the store had it in memory only. */
  state_inject (base, "\"current\"", "2");
  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, 2);
}

/* Has no fetch succeed. */
static void
stop_fetching (EmbeddedFixture *fixture)
{
  int codes[500];

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    codes[i] = NOT_LEADER;
  qs_embedded_broker_push_error (fixture->broker, API_FETCH, codes, G_N_ELEMENTS (codes));
}

static void
test_no_progress (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A recovery to which nothing comes is an error, which says where it stands");

  state_open (base);
  state_set (base, "current", 1);
  state_flush (base);
  state_close (base);
  state_lose_store (base);

  base->kafka->broker_availability_timeout = 2;
  stop_fetching (fixture);
  state_try_open (base, &error);
  g_assert_null (base->partition);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_RECOVERY);
  g_assert_nonnull (strstr (error->message, base->changelog));
  g_assert_nonnull (strstr (error->message, "no record arrived for 2 s"));
  g_assert_nonnull (strstr (error->message, "at offset 0 of 2"));
}

static void
test_stopped (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A recovery that is stopped ends at once, whatever it waits for");

  state_open (base);
  state_set (base, "current", 1);
  state_flush (base);
  state_close (base);
  state_lose_store (base);

  /* When it tells its progress for the first time. */
  base->kafka->broker_availability_timeout = -1;
  base->cancellable = g_cancellable_new ();
  stop_fetching (fixture);
  state_try_open (base, &error);
  g_assert_null (base->partition);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (base->n_told, ==, 1);
  g_clear_object (&base->cancellable);
}

/* Damages the blocks of the store's tables that have the byte at @offset. */
static void
damage_store (StateFixture *base, off_t offset)
{
  g_autofree char *path = state_dup_store_path (base);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char  noise[64] = { 0 };
  const char *name = NULL;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      int              fd = g_str_has_suffix (name, ".sst") ? open (file, O_RDWR | O_CLOEXEC) : -1;

      if (fd < 0)
        continue;
      if (lseek (fd, 0, SEEK_END) > offset)
        g_assert_cmpint (pwrite (fd, noise, sizeof noise, offset), ==, sizeof noise);
      close (fd);
    }
}

/* Commits @n_keys entries. */
static void
fill (StateFixture *base, int n_keys)
{
  state_open (base);
  for (int i = 0; i < n_keys; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %03d", i);

      state_set (base, key, i);
    }
  state_flush (base);
  state_close (base);
  g_atomic_int_set (&n_damaged, 0);
}

/* Starts twice; only the first time there was something to warn of. */
static void
assert_made_again (StateFixture *base, int n_keys)
{
  g_autofree char *last = g_strdup_printf ("key %03d", n_keys - 1);

  state_open (base);
  g_assert_cmpint (g_atomic_int_get (&n_damaged), ==, 1);
  g_assert_cmpint (base->progress.n_records, ==, n_keys + 1);
  g_assert_cmpint (state_get (base, "key 000"), ==, 0);
  g_assert_cmpint (state_get (base, last), ==, n_keys - 1);
  state_close (base);

  state_open (base);
  g_assert_cmpint (g_atomic_int_get (&n_damaged), ==, 1);
}

static void
test_damaged (EmbeddedFixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A store whose damage shows when it is opened is made again, with one warning");

  fill (&fixture->base, FEW);
  /* Where it says what it is, too. */
  damage_store (&fixture->base, 100);
  assert_made_again (&fixture->base, FEW);
}

static void
test_damaged_at_work (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Damage met at work is an error; the next start makes the store again, and "
                  "warns once");

  fill (base, MANY);
  damage_store (base, 6000);

  state_open (base);
  {
    g_autoptr (QsState) state = qs_state_partition_dup_state (base->partition, &error);
    g_auto (GStrv) keys = NULL;

    g_assert_no_error (error);
    keys = qs_state_keys (state, "", &error);
    g_assert_null (keys);
    g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_CORRUPT);
  }
  g_assert_cmpint (g_atomic_int_get (&n_damaged), ==, 0);
  state_close (base);

  assert_made_again (base, MANY);
}

static void
test_now (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->base;
  g_autofree char *later =
      g_strdup_printf ("%" G_GINT64_FORMAT, (g_get_real_time () / 1000) + 2 * 3600 * 1000);

  g_test_summary ("What expired by a clock that was ahead stays so: over a restart with the clock "
                  "set back, and over a lost store");

  state_open (base);
  {
    g_autoptr (GError) error = NULL;
    g_autoptr (QsState) state = qs_state_partition_dup_state (base->partition, &error);

    g_assert_true (qs_state_set_with_ttl (state, "short", g_variant_new_int64 (1), 3600, &error));
    g_assert_true (
        qs_state_set_with_ttl (state, "long", g_variant_new_int64 (2), 3 * 3600, &error));
  }
  state_flush (base);
  g_assert_cmpint (state_get (base, "short"), ==, 1);
  state_close (base);

  /* As another machine leaves it, whose clock is ahead of this one's. */
  state_inject (base, QS_CHANGELOG_NOW_KEY, later);

  /* Read from the changelog, then known to the store, then with no store. */
  for (int i = 0; i < 3; i++)
    {
      if (i == 2)
        state_lose_store (base);
      state_open (base);
      if (i == 1)
        g_assert_cmpuint (base->n_told, <=, 1);
      g_assert_cmpint (state_get (base, "short"), ==, -1);
      g_assert_cmpint (state_get (base, "long"), ==, 2);
      state_close (base);
    }
}

/* Sets entries that live so many seconds; -1 = for ever. */
static void
set_many (StateFixture *base, double ttl)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsState) state = qs_state_partition_dup_state (base->partition, &error);

  for (int i = 0; i < MANY_LINES; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d", i);

      g_assert_true (qs_state_set_with_ttl (state, key, g_variant_new_int64 (i), ttl, &error));
    }
  if (ttl > 0)
    g_assert_true (qs_state_set_with_ttl (state, "last", g_variant_new_int64 (1), ttl + 1, &error));
  state_flush (base);
}

static void
test_stale_lines (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;

  g_test_summary ("What a flush took for expired stays so when the clock is set back, though all "
                  "that it swept were entries that live on");

  state_open (base);
  set_many (base, 60);
  set_many (base, -1);

  clock_offset = G_TIME_SPAN_HOUR;
  g_assert_cmpint (state_get (base, "last"), ==, -1);
  state_flush (base);
  state_close (base);

  /* In the store, then with none. */
  clock_offset = 0;
  for (int i = 0; i < 2; i++)
    {
      state_open (base);
      g_assert_cmpint (state_get (base, "last"), ==, -1);
      g_assert_cmpint (state_get (base, "key 0"), ==, 0);
      state_close (base);
      state_lose_store (base);
    }
}

#define ADD(name, function) EMBEDDED_ADD ("/state-recovery", name, function)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_log_set_writer_func (log_cb, NULL, NULL);

  ADD ("no-beginning", test_no_beginning);
  ADD ("left-behind", test_left_behind);
  ADD ("one-behind", test_one_behind);
  ADD ("no-progress", test_no_progress);
  ADD ("stopped", test_stopped);
  ADD ("damaged", test_damaged);
  ADD ("damaged-at-work", test_damaged_at_work);
  ADD ("now", test_now);
  ADD ("stale-lines", test_stale_lines);

  return g_test_run ();
}
