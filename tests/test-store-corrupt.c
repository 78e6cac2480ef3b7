/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For unshare(). */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "qs-test-store.h"

#define N_RECORDS 2000

/* The record that is read back: somewhere in the middle of the table. */
#define SOME_KEY "key 1000"

static void
fill (QsStore *store)
{
  for (int i = 0; i < N_RECORDS; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d", i);
      g_autofree char *value = g_strnfill (100, 'a' + g_test_rand_int_range (0, 26));

      store_put (store, QS_STORE_SPACE_DATA, key, value);
    }
  g_assert_true (qs_store_flush (store, NULL));
}

static void
assert_has_some_key (QsStore *store)
{
  g_autofree char *value = store_get (store, QS_STORE_SPACE_DATA, SOME_KEY);

  g_assert_nonnull (value);
}

/* The path of a file of the store whose name matches. */
static char *
find_file (const char *path, const char *pattern)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      if (g_pattern_match_simple (pattern, name))
        return g_build_filename (path, name, NULL);
    }

  return NULL;
}

static void
garble_file (const char *file)
{
  char        noise[64];
  int         fd = open (file, O_RDWR);
  struct stat info;

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fstat (fd, &info), ==, 0);
  for (off_t offset = 0; offset < info.st_size; offset += 100)
    {
      for (gsize i = 0; i < sizeof noise; i++)
        noise[i] = g_test_rand_int ();
      g_assert_cmpint (
          pwrite (fd, noise, MIN ((off_t) sizeof noise, info.st_size - offset), offset), >, 0);
    }
  close (fd);
}

/* Only its first block: RocksDB doesn't read that when it opens. */
static void
garble_block (const char *file)
{
  char noise[64] = { 0 };
  int  fd = open (file, O_RDWR);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (pwrite (fd, noise, sizeof noise, 100), ==, sizeof noise);
  close (fd);
}

static void
halve_file (const char *file)
{
  struct stat info;

  g_assert_cmpint (stat (file, &info), ==, 0);
  g_assert_cmpint (truncate (file, info.st_size / 2), ==, 0);
}

static void
remove_file (const char *file)
{
  g_assert_cmpint (remove (file), ==, 0);
}

typedef struct
{
  const char *pattern;
  const char *name;
  void (*harm) (const char *file);
} HarmCase;

/* The first error of opening @store and reading all of it. */
static GError *
open_and_read (QsStore *store)
{
  g_autoptr (QsStoreIter) iter = NULL;
  g_autoptr (GBytes) bytes = NULL;
  GError *error = NULL;

  if (!qs_store_open (store, 0, NULL, &error))
    return error;
  iter = qs_store_iterate (store, QS_STORE_SPACE_DATA, NULL, 0);
  while (qs_store_iter_next (iter))
    ;
  if (!qs_store_iter_check (iter, &error))
    return error;
  bytes = qs_store_get (store, QS_STORE_SPACE_DATA, (guint8 *) SOME_KEY, strlen (SOME_KEY), &error);

  return error;
}

static void
test_harm (StoreFixture *fixture, gconstpointer user_data)
{
  const HarmCase *harm_case = user_data;
  QsStore        *store = fixture->store;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) open_error = NULL;
  g_autofree char *file = NULL;
  g_autofree char *foreign = g_build_filename (fixture->path, "notes.txt", NULL);

  g_test_summary ("Damage is told as such, at the next start too, until the store is removed");

  store_open (store);
  fill (store);
  g_assert_true (qs_store_close (store, NULL));
  file = find_file (fixture->path, harm_case->pattern);
  g_assert_nonnull (file);
  harm_case->harm (file);

  error = open_and_read (store);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_CORRUPT);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, fixture->path));
  qs_store_close (store, NULL);

  g_assert_false (qs_store_open (store, 0, NULL, &open_error));
  g_assert_error (open_error, QS_STATE_ERROR, QS_STATE_ERROR_CORRUPT);

  g_assert_true (g_file_set_contents (foreign, "mine", -1, NULL));
  g_assert_true (qs_store_remove (fixture->path, 0, NULL, NULL));
  g_assert_true (g_file_test (foreign, G_FILE_TEST_EXISTS));
  store_open (store);
  assert_value (store, QS_STORE_SPACE_DATA, SOME_KEY, NULL);
}

static void
test_run_time (StoreFixture *fixture, gconstpointer user_data)
{
  QsStore *store = fixture->store;
  g_autoptr (QsStoreIter) iter = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) open_error = NULL;
  g_autofree char *file = NULL;
  g_autofree char *table = NULL;
  gsize            length;

  g_test_summary ("Damage that is met at run time is remembered, even if it can't be seen again");

  store_open (store);
  fill (store);
  g_assert_true (qs_store_close (store, NULL));
  file = find_file (fixture->path, "*.sst");
  g_assert_true (g_file_get_contents (file, &table, &length, NULL));
  garble_block (file);

  store_open (store);
  iter = qs_store_iterate (store, QS_STORE_SPACE_DATA, NULL, 0);
  g_assert_false (qs_store_iter_next (iter));
  g_assert_false (qs_store_iter_check (iter, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_CORRUPT);
  g_clear_pointer (&iter, qs_store_iter_free);
  g_assert_true (qs_store_close (store, NULL));

  g_assert_true (g_file_set_contents (file, table, length, NULL));
  g_assert_false (qs_store_open (store, 0, NULL, &open_error));
  g_assert_error (open_error, QS_STATE_ERROR, QS_STATE_ERROR_CORRUPT);
}

static void
test_cut (StoreFixture *fixture, gconstpointer user_data)
{
  QsStore         *store = fixture->store;
  g_autofree char *file = NULL;
  g_autofree char *manifest = NULL;
  gsize            length;
  guint            n_older = 0;

  g_test_summary ("A MANIFEST that lost its end gives an earlier state, whole, or an error");

  for (gsize cut = 0; cut == 0 || cut < length; cut += 41)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *offset = NULL;

      g_assert_true (qs_store_remove (fixture->path, 0, NULL, NULL));
      store_open (store);
      for (int i = 0; i < 5; i++)
        {
          g_autofree char *number = g_strdup_printf ("%d", i);

          store_put (store, QS_STORE_SPACE_METADATA, "offset", number);
          store_put (store, QS_STORE_SPACE_DATA, SOME_KEY, number);
          g_assert_true (qs_store_flush (store, NULL));
        }
      g_assert_true (qs_store_close (store, NULL));
      g_clear_pointer (&file, g_free);
      g_clear_pointer (&manifest, g_free);
      file = find_file (fixture->path, "MANIFEST-*");
      g_assert_true (g_file_get_contents (file, &manifest, &length, NULL));
      g_assert_cmpint (truncate (file, length - MIN (cut, length)), ==, 0);

      if (!qs_store_open (store, 0, NULL, &error))
        {
          g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_CORRUPT);
          continue;
        }
      offset = store_get (store, QS_STORE_SPACE_METADATA, "offset");
      assert_value (store, QS_STORE_SPACE_DATA, SOME_KEY, offset);
      n_older += g_strcmp0 (offset, "4") != 0;
      g_assert_true (qs_store_close (store, NULL));
    }

  g_assert_cmpuint (n_older, >, 0);
}

static void
test_marked (StoreFixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A store that was marked is not opened, and the first reason is told");

  store_open (fixture->store);
  store_put (fixture->store, QS_STORE_SPACE_DATA, SOME_KEY, "value");
  qs_store_mark_corrupt (fixture->store, "it smells");
  qs_store_mark_corrupt (fixture->store, "it looks bad");
  assert_value (fixture->store, QS_STORE_SPACE_DATA, SOME_KEY, "value");
  g_assert_true (qs_store_close (fixture->store, NULL));

  g_assert_false (qs_store_open (fixture->store, 0, NULL, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_CORRUPT);
  g_assert_nonnull (strstr (error->message, "it smells"));
}

static void
test_log (StoreFixture *fixture, gconstpointer user_data)
{
  QsStoreOptions options = QS_STORE_OPTIONS_INIT;
  g_autoptr (QsStore) store = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *file = NULL;
  g_autofree char *log = NULL;
  char            *hit;
  gsize            length;
  GLogLevelFlags   fatal;

  g_test_summary ("A record of the log that is damaged is not taken for the end of the log");

  options.write_ahead_log = TRUE;
  store = qs_store_new (fixture->path, &options);
  store_open (store);
  for (int i = 0; i < 100; i++)
    store_put (store, QS_STORE_SPACE_DATA, SOME_KEY, "a value");

  /* As a crash would leave it: closing would empty it. */
  file = find_file (fixture->path, "*.log");
  g_assert_true (g_file_get_contents (file, &log, &length, NULL));
  g_assert_true (qs_store_close (store, NULL));
  g_assert_true (qs_store_remove (fixture->path, 0, NULL, NULL));
  store_open (store);
  g_assert_true (qs_store_close (store, NULL));
  g_free (file);
  file = find_file (fixture->path, "*.log");
  hit = memmem (log + length / 2, length / 2, "a value", 7);
  g_assert_nonnull (hit);
  memset (hit, 0x55, 7);
  g_assert_true (g_file_set_contents (file, log, length, NULL));

  /* It warns before it looks again. */
  fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);
  error = open_and_read (store);
  g_log_set_always_fatal (fatal);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_CORRUPT);
  g_assert_nonnull (strstr (error->message, "qsource state export"));
}

static void
test_remove (StoreFixture *fixture, gconstpointer user_data)
{
  g_autofree char *outside = g_build_filename (fixture->state_dir, "precious", NULL);
  g_autofree char *link_file = g_build_filename (fixture->path, "000001.sst", NULL);
  g_autofree char *foreign = g_build_filename (fixture->path, "x000002.sst", NULL);
  g_autofree char *text = NULL;

  g_test_summary ("Removing keeps what isn't RocksDB's, and what links point to");

  g_assert_true (qs_store_remove (fixture->path, 0, NULL, NULL));
  store_open (fixture->store);
  store_put (fixture->store, QS_STORE_SPACE_DATA, SOME_KEY, "value");
  g_assert_true (qs_store_close (fixture->store, NULL));

  g_assert_true (g_file_set_contents (outside, "precious", -1, NULL));
  g_assert_true (g_file_set_contents (foreign, "mine", -1, NULL));
  g_assert_cmpint (symlink (outside, link_file), ==, 0);
  g_assert_true (qs_store_remove (fixture->path, 0, NULL, NULL));

  g_assert_false (g_file_test (link_file, G_FILE_TEST_IS_SYMLINK));
  g_assert_true (g_file_get_contents (outside, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "precious");
  g_assert_true (g_file_test (foreign, G_FILE_TEST_EXISTS));
  g_assert_null (find_file (fixture->path, "[!Lx]*"));
}

static void
test_remove_link (StoreFixture *fixture, gconstpointer user_data)
{
  g_autofree char *elsewhere = g_build_filename (fixture->state_dir, "elsewhere", "0", NULL);
  g_autofree char *elsewhere_dir = g_path_get_dirname (elsewhere);
  g_autofree char *group = g_build_filename (fixture->state_dir, "group", NULL);
  g_autofree char *source = g_build_filename (group, "linked", NULL);
  g_autofree char *linked = g_build_filename (source, "0", NULL);
  g_autofree char *current = g_build_filename (elsewhere, "CURRENT", NULL);
  g_autoptr (QsStore) store = qs_store_new (elsewhere, NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Nothing is removed through a symbolic link");

  store_open (store);
  g_assert_true (qs_store_close (store, NULL));
  g_assert_cmpint (g_mkdir_with_parents (group, 0700), ==, 0);
  g_assert_cmpint (symlink (elsewhere_dir, source), ==, 0);

  g_assert_false (qs_store_remove (linked, 0, NULL, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_FAILED);
  g_test_message ("%s", error->message);
  g_assert_true (g_file_test (current, G_FILE_TEST_EXISTS));
}

static void
test_not_a_directory (StoreFixture *fixture, gconstpointer user_data)
{
  g_autofree char *file = g_build_filename (fixture->state_dir, "group", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A file where a directory should be is no corruption, and is named");

  g_assert_true (g_file_set_contents (file, "", -1, NULL));
  g_assert_false (qs_store_open (fixture->store, 0, NULL, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, fixture->path));
  g_test_message ("%s", error->message);
}

static void
test_open_files (StoreFixture *fixture, gconstpointer user_data)
{
  struct rlimit limit;
  guint         n_failed = 0;

  g_test_summary ("Too many open files are no corruption, at whichever file it happens");

  store_open (fixture->store);
  fill (fixture->store);
  g_assert_true (qs_store_close (fixture->store, NULL));
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);

  for (rlim_t n_files = 3; n_files < 30; n_files++)
    {
      g_autoptr (GError) error = NULL;
      struct rlimit low = limit;

      low.rlim_cur = n_files;
      g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &low), ==, 0);
      error = open_and_read (fixture->store);
      g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
      qs_store_close (fixture->store, NULL);

      if (error != NULL)
        {
          g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_FAILED);
          g_assert_nonnull (strstr (error->message, "ulimit -n"));
          n_failed++;
        }
    }

  g_assert_cmpuint (n_failed, >, 0);
  store_open (fixture->store);
  assert_has_some_key (fixture->store);
}

/* Writes random bytes until the disk is full. */
static GError *
write_until_full (QsStore *store)
{
  g_autofree guint8 *value = g_malloc (64 * 1024);
  GError            *error = NULL;

  for (guint32 i = 0; i < 1000; i++)
    {
      g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();

      for (gsize j = 0; j < 64 * 1024; j++)
        value[j] = g_test_rand_int ();
      qs_store_batch_put (batch, QS_STORE_SPACE_DATA, (guint8 *) &i, sizeof i, value, 64 * 1024);
      qs_store_batch_put (
          batch, QS_STORE_SPACE_METADATA, (guint8 *) "offset", 6, (guint8 *) &i, sizeof i);
      if (!qs_store_write (store, batch, &error) || (i % 8 == 7 && !qs_store_flush (store, &error)))
        return error;
    }

  return NULL;
}

static void
full_disk_child (void)
{
  StoreFixture fixture;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) offset = NULL;
  g_autofree char *ballast = NULL;
  g_autofree char *noise = g_malloc0 (1024 * 1024);

  store_fixture_set_up (&fixture, NULL);
  g_assert_cmpint (mount ("none", fixture.state_dir, "tmpfs", 0, "size=8m"), ==, 0);
  ballast = g_build_filename (fixture.state_dir, "ballast", NULL);
  g_assert_true (g_file_set_contents (ballast, noise, 1024 * 1024, NULL));

  store_open (fixture.store);
  error = write_until_full (fixture.store);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "free some space"));
  qs_store_close (fixture.store, NULL);

  g_assert_cmpint (remove (ballast), ==, 0);
  store_open (fixture.store);
  offset = qs_store_get (fixture.store, QS_STORE_SPACE_METADATA, (guint8 *) "offset", 6, NULL);
  g_assert_nonnull (offset);
  g_assert_true (qs_store_close (fixture.store, NULL));
  g_assert_cmpint (umount (fixture.state_dir), ==, 0);
  store_fixture_tear_down (&fixture, NULL);
}

static gboolean
enter_mount_namespace (void)
{
  if (unshare (CLONE_NEWNS) != 0)
    return FALSE;

  /* The root of a chroot is no mount point, which can't be made private. */
  return mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 || errno == EINVAL;
}

static gboolean
can_mount (void)
{
  int   status = 0;
  pid_t pid = fork ();

  if (pid == 0)
    _exit (enter_mount_namespace () ? 0 : 1);

  return waitpid (pid, &status, 0) == pid && status == 0;
}

static void
test_full_disk (void)
{
  g_test_summary ("A full disk is no corruption: with space freed, the store is as last flushed");

  if (g_test_subprocess ())
    {
      g_assert_true (enter_mount_namespace ());
      full_disk_child ();
      return;
    }

  if (!can_mount ())
    {
      g_test_skip ("needs the right to mount");
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

int
main (int argc, char **argv)
{
  static const HarmCase cases[] = {
    { "*.sst", "garbled", garble_file },      { "*.sst", "halved", halve_file },
    { "*.sst", "removed", remove_file },      { "MANIFEST-*", "garbled", garble_file },
    { "MANIFEST-*", "removed", remove_file }, { "CURRENT", "garbled", garble_file },
    { "CURRENT", "halved", halve_file },      { "CURRENT", "removed", remove_file },
  };

  g_test_init (&argc, &argv, NULL);

#define ADD(name, data, function)                                                                  \
  g_test_add (name, StoreFixture, data, store_fixture_set_up, function, store_fixture_tear_down)

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name =
          g_strdup_printf ("/store-corrupt/harm/%s/%s", cases[i].pattern, cases[i].name);

      ADD (name, &cases[i], test_harm);
    }
  ADD ("/store-corrupt/run-time", NULL, test_run_time);
  ADD ("/store-corrupt/cut", NULL, test_cut);
  ADD ("/store-corrupt/marked", NULL, test_marked);
  ADD ("/store-corrupt/log", NULL, test_log);
  ADD ("/store-corrupt/remove", NULL, test_remove);
  ADD ("/store-corrupt/remove/link", NULL, test_remove_link);
  ADD ("/store-corrupt/not-a-directory", NULL, test_not_a_directory);
  ADD ("/store-corrupt/open-files", NULL, test_open_files);
  g_test_add_func ("/store-corrupt/full-disk", test_full_disk);

  return g_test_run ();
}
