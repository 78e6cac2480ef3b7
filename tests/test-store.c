/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-options-private.h"
#include "qs-test-store.h"

static void
test_spaces (StoreFixture *fixture, gconstpointer user_data)
{
  QsStore *store = fixture->store;

  g_test_summary ("The same key is three keys in three spaces, also after a restart");

  store_open (store);
  store_put (store, QS_STORE_SPACE_DATA, "key", "data");
  store_put (store, QS_STORE_SPACE_METADATA, "key", "metadata");
  assert_value (store, QS_STORE_SPACE_EXPIRY, "key", NULL);
  store_put (store, QS_STORE_SPACE_EXPIRY, "key", "expiry");
  store_reopen (store);

  assert_value (store, QS_STORE_SPACE_DATA, "key", "data");
  assert_value (store, QS_STORE_SPACE_METADATA, "key", "metadata");
  assert_value (store, QS_STORE_SPACE_EXPIRY, "key", "expiry");
  assert_value (store, QS_STORE_SPACE_DATA, "ke", NULL);
}

static void
test_empty (StoreFixture *fixture, gconstpointer user_data)
{
  QsStore *store = fixture->store;
  g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();

  g_test_summary ("An empty key is a key, and an empty value is not a missing one");

  store_open (store);
  assert_value (store, QS_STORE_SPACE_DATA, "", NULL);
  qs_store_batch_put (batch, QS_STORE_SPACE_DATA, NULL, 0, (const guint8 *) "x", 1);
  qs_store_batch_put (batch, QS_STORE_SPACE_DATA, (const guint8 *) "key", 3, NULL, 0);
  store_write (store, batch);
  store_reopen (store);

  assert_value (store, QS_STORE_SPACE_DATA, "", "x");
  assert_value (store, QS_STORE_SPACE_DATA, "key", "");
  assert_value (store, QS_STORE_SPACE_METADATA, "", NULL);
}

static void
test_large (StoreFixture *fixture, gconstpointer user_data)
{
  QsStore *store = fixture->store;
  gsize    length = 1024 * 1024;
  guint8  *data = g_malloc (length);
  g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();
  g_autoptr (GBytes) value = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A value of 1 MiB of all bytes comes back, and outlives the store");

  for (gsize i = 0; i < length; i++)
    data[i] = i ^ (i >> 8);

  store_open (store);
  qs_store_batch_put (batch, QS_STORE_SPACE_DATA, data, 300, data, length);
  store_write (store, batch);
  store_reopen (store);
  value = qs_store_get (store, QS_STORE_SPACE_DATA, data, 300, &error);
  g_assert_no_error (error);
  g_assert_true (qs_store_close (store, &error));

  g_assert_cmpmem (g_bytes_get_data (value, NULL), g_bytes_get_size (value), data, length);
  g_free (data);
}

static void
test_batch (StoreFixture *fixture, gconstpointer user_data)
{
  QsStore *store = fixture->store;
  g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();
  gsize empty_size = qs_store_batch_get_size (batch);

  g_test_summary ("The last change of a key in a batch wins; a cleared batch changes nothing");

  store_open (store);
  store_put (store, QS_STORE_SPACE_DATA, "old", "1");

  qs_store_batch_put (batch, QS_STORE_SPACE_DATA, (const guint8 *) "a", 1, (guint8 *) "1", 1);
  qs_store_batch_put (batch, QS_STORE_SPACE_DATA, (const guint8 *) "a", 1, (guint8 *) "2", 1);
  qs_store_batch_put (batch, QS_STORE_SPACE_DATA, (const guint8 *) "b", 1, (guint8 *) "1", 1);
  qs_store_batch_remove (batch, QS_STORE_SPACE_DATA, (const guint8 *) "b", 1);
  qs_store_batch_remove (batch, QS_STORE_SPACE_DATA, (const guint8 *) "old", 3);
  qs_store_batch_remove (batch, QS_STORE_SPACE_DATA, (const guint8 *) "absent", 6);
  g_assert_cmpuint (qs_store_batch_get_count (batch), ==, 6);
  g_assert_cmpuint (qs_store_batch_get_size (batch), >=, empty_size + 6 * 2);
  assert_value (store, QS_STORE_SPACE_DATA, "a", NULL);
  store_write (store, batch);

  assert_value (store, QS_STORE_SPACE_DATA, "a", "2");
  assert_value (store, QS_STORE_SPACE_DATA, "b", NULL);
  assert_value (store, QS_STORE_SPACE_DATA, "old", NULL);

  store_put (store, QS_STORE_SPACE_DATA, "old", "3");
  qs_store_batch_clear (batch);
  g_assert_cmpuint (qs_store_batch_get_count (batch), ==, 0);
  g_assert_cmpuint (qs_store_batch_get_size (batch), ==, empty_size);
  store_write (store, batch);
  assert_value (store, QS_STORE_SPACE_DATA, "old", "3");
}

/* All that an iterator gives, as 'key=value ' each. */
static char *
list (QsStoreIter *iter)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  while (qs_store_iter_next (iter))
    {
      gsize         key_length = 0;
      gsize         value_length = 0;
      const guint8 *key = qs_store_iter_get_key (iter, &key_length);
      const guint8 *value = qs_store_iter_get_value (iter, &value_length);

      g_string_append_len (text, (const char *) key, key_length);
      g_string_append_c (text, '=');
      g_string_append_len (text, (const char *) value, value_length);
      g_string_append_c (text, ' ');
    }
  g_assert_true (qs_store_iter_check (iter, &error));
  g_assert_no_error (error);

  /* Behind the end there is nothing more. */
  g_assert_false (qs_store_iter_next (iter));

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_list (QsStore *store, QsStoreSpace space, const char *prefix, const char *expected)
{
  g_autoptr (QsStoreIter) iter =
      qs_store_iterate (store, space, (const guint8 *) prefix, strlen (prefix));
  g_autofree char *found = list (iter);

  g_assert_cmpstr (found, ==, expected);
}

static void
test_iterate (StoreFixture *fixture, gconstpointer user_data)
{
  QsStore *store = fixture->store;

  g_test_summary ("An iterator gives the sorted keys of its space and prefix, and no others");

  store_open (store);
  assert_list (store, QS_STORE_SPACE_EXPIRY, "", "");
  store_put (store, QS_STORE_SPACE_DATA, "zzz", "no");
  store_put (store, QS_STORE_SPACE_METADATA, "aaa", "no");
  store_put (store, QS_STORE_SPACE_EXPIRY, "b2", "4");
  store_put (store, QS_STORE_SPACE_EXPIRY, "", "0");
  store_put (store, QS_STORE_SPACE_EXPIRY, "a", "1");
  store_put (store, QS_STORE_SPACE_EXPIRY, "b", "2");
  store_put (store, QS_STORE_SPACE_EXPIRY, "\xff\xff", "6");
  g_assert_true (qs_store_flush (store, NULL));
  store_put (store, QS_STORE_SPACE_EXPIRY, "b1", "3");
  store_put (store, QS_STORE_SPACE_EXPIRY, "\xff", "5");

  assert_list (store, QS_STORE_SPACE_EXPIRY, "", "=0 a=1 b=2 b1=3 b2=4 \xff=5 \xff\xff=6 ");
  assert_list (store, QS_STORE_SPACE_EXPIRY, "b", "b=2 b1=3 b2=4 ");
  assert_list (store, QS_STORE_SPACE_EXPIRY, "b1", "b1=3 ");
  assert_list (store, QS_STORE_SPACE_EXPIRY, "\xff", "\xff=5 \xff\xff=6 ");
  assert_list (store, QS_STORE_SPACE_EXPIRY, "c", "");
  assert_list (store, QS_STORE_SPACE_DATA, "", "zzz=no ");
}

static void
test_iterate_snapshot (StoreFixture *fixture, gconstpointer user_data)
{
  QsStore *store = fixture->store;
  g_autoptr (QsStoreIter) iter = NULL;
  g_autofree char *found = NULL;

  g_test_summary ("An iterator doesn't see what is written after it was made");

  store_open (store);
  store_put (store, QS_STORE_SPACE_DATA, "a", "1");
  store_put (store, QS_STORE_SPACE_DATA, "b", "1");
  iter = qs_store_iterate (store, QS_STORE_SPACE_DATA, NULL, 0);
  store_put (store, QS_STORE_SPACE_DATA, "a", "2");
  store_put (store, QS_STORE_SPACE_DATA, "c", "2");
  g_assert_true (qs_store_flush (store, NULL));

  found = list (iter);
  g_assert_cmpstr (found, ==, "a=1 b=1 ");
}

static gpointer
flush_thread (gpointer user_data)
{
  StoreFixture *fixture = user_data;

  for (int i = 0; i < 200; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (qs_store_flush (fixture->store, &error));
      g_assert_no_error (error);
    }

  return NULL;
}

static void
test_flush (StoreFixture *fixture, gconstpointer user_data)
{
  QsStore *store = fixture->store;
  g_autoptr (GThread) thread = NULL;

  g_test_summary ("Another thread may flush while the owner writes, reads, reopens and closes");

  g_assert_true (qs_store_flush (store, NULL));
  store_open (store);
  thread = g_thread_new ("flush", flush_thread, fixture);
  for (int i = 0; i < 500; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);

      store_put (store, QS_STORE_SPACE_DATA, "key", text);
      assert_value (store, QS_STORE_SPACE_DATA, "key", text);
      if (i % 100 == 99)
        store_reopen (store);
      assert_value (store, QS_STORE_SPACE_DATA, "key", text);
    }
  g_assert_true (qs_store_close (store, NULL));
  g_thread_join (g_steal_pointer (&thread));
}

static void
ingest (QsStore *store, QsStoreBatch *batch)
{
  g_autoptr (GError) error = NULL;

  qs_store_ingest (store, batch, &error);
  g_assert_no_error (error);
}

/* Of few letters, the zero among them, so that many are alike, and for long. */
static void
make_key (GRand *random, GByteArray *key)
{
  static const char prefix[] = "a prefix that is longer than any rank";
  guint             length = g_rand_int_range (random, 0, 10);

  g_byte_array_set_size (key, 0);
  if (g_rand_boolean (random))
    g_byte_array_append (key, (const guint8 *) prefix, sizeof prefix);
  for (guint i = 0; i < length; i++)
    {
      guint8 letter = (guint8) (g_rand_int_range (random, 0, 4) * 0x55);

      g_byte_array_append (key, &letter, 1);
    }
}

static void
fill_at_random (GRand *random, QsStoreBatch *batch, guint n_changes)
{
  g_autoptr (GByteArray) key = g_byte_array_new ();

  qs_store_batch_clear (batch);
  for (guint i = 0; i < n_changes; i++)
    {
      guint32 value = g_rand_int (random);

      make_key (random, key);
      if (g_rand_int_range (random, 0, 3) == 0)
        qs_store_batch_remove (batch, QS_STORE_SPACE_DATA, key->data, key->len);
      else
        qs_store_batch_put (batch,
                            QS_STORE_SPACE_DATA,
                            key->data,
                            key->len,
                            (const guint8 *) &value,
                            value % (sizeof value + 1));
    }
}

static void
assert_same (QsStore *a, QsStore *b)
{
  g_autoptr (QsStoreIter) iter_a = qs_store_iterate (a, QS_STORE_SPACE_DATA, NULL, 0);
  g_autoptr (QsStoreIter) iter_b = qs_store_iterate (b, QS_STORE_SPACE_DATA, NULL, 0);
  g_autoptr (GError) error = NULL;

  while (qs_store_iter_next (iter_a))
    {
      const guint8 *data_a;
      const guint8 *data_b;
      gsize         length_a;
      gsize         length_b;

      g_assert_true (qs_store_iter_next (iter_b));
      data_a = qs_store_iter_get_key (iter_a, &length_a);
      data_b = qs_store_iter_get_key (iter_b, &length_b);
      g_assert_cmpmem (data_a, length_a, data_b, length_b);
      data_a = qs_store_iter_get_value (iter_a, &length_a);
      data_b = qs_store_iter_get_value (iter_b, &length_b);
      g_assert_cmpmem (data_a, length_a, data_b, length_b);
    }
  g_assert_false (qs_store_iter_next (iter_b));
  g_assert_true (qs_store_iter_check (iter_a, &error));
  g_assert_true (qs_store_iter_check (iter_b, &error));
}

static void
test_ingest (StoreFixture *fixture, gconstpointer user_data)
{
  static const guint sizes[] = { 1, 40, 3000, 20000, 7, 3000 };
  g_autofree char   *path = g_build_filename (fixture->state_dir, "other", NULL);
  g_autoptr (QsStore) other = qs_store_new (path, NULL);
  g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  g_test_summary ("What is ingested reads as what is written, with all that went before and after");

  store_open (fixture->store);
  store_open (other);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      fill_at_random (random, batch, sizes[i]);
      ingest (fixture->store, batch);
      store_write (other, batch);
      assert_same (fixture->store, other);

      fill_at_random (random, batch, 100);
      store_write (fixture->store, batch);
      store_write (other, batch);
    }
  assert_same (fixture->store, other);
  store_reopen (fixture->store);
  assert_same (fixture->store, other);
}

/* What a crash leaves that comes when the database has taken a table. */
static void
link_last_table (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autofree char *last = NULL;
  g_autofree char *table = NULL;
  g_autofree char *left_over = g_build_filename (path, "INGEST", NULL);
  const char      *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      if (g_str_has_suffix (name, ".sst") && (last == NULL || strcmp (name, last) > 0))
        {
          g_free (last);
          last = g_strdup (name);
        }
    }
  table = g_build_filename (path, last, NULL);
  g_assert_cmpint (link (table, left_over), ==, 0);
}

static void
test_ingest_left_over (StoreFixture *fixture, gconstpointer user_data)
{
  QsStore *store = fixture->store;
  g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *left_over = g_build_filename (fixture->path, "INGEST", NULL);

  g_test_summary ("What a crash left of ingesting harms nothing, and goes with the store");

  store_open (store);
  qs_store_batch_put (batch, QS_STORE_SPACE_DATA, (const guint8 *) "a", 1, NULL, 0);
  ingest (store, batch);
  link_last_table (fixture->path);

  qs_store_batch_clear (batch);
  qs_store_batch_put (batch, QS_STORE_SPACE_DATA, (const guint8 *) "b", 1, NULL, 0);
  ingest (store, batch);
  g_assert_false (g_file_test (left_over, G_FILE_TEST_EXISTS));
  store_reopen (store);
  assert_value (store, QS_STORE_SPACE_DATA, "a", "");
  assert_value (store, QS_STORE_SPACE_DATA, "b", "");

  link_last_table (fixture->path);
  g_assert_true (qs_store_close (store, NULL));
  qs_store_remove (fixture->path, 0, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (g_file_test (left_over, G_FILE_TEST_EXISTS));
}

static void
test_write_ahead_log (StoreFixture *fixture, gconstpointer user_data)
{
  QsStoreOptions options = QS_STORE_OPTIONS_INIT;
  g_autoptr (QsStore) store = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A store may be opened with a write-ahead log and without one in turn");

  options.write_ahead_log = TRUE;
  store = qs_store_new (fixture->path, &options);
  store_open (store);
  store_put (store, QS_STORE_SPACE_DATA, "a", "1");
  g_assert_true (qs_store_close (store, &error));

  store_open (fixture->store);
  assert_value (fixture->store, QS_STORE_SPACE_DATA, "a", "1");
  store_put (fixture->store, QS_STORE_SPACE_DATA, "a", "2");
  g_assert_true (qs_store_close (fixture->store, &error));

  store_open (store);
  assert_value (store, QS_STORE_SPACE_DATA, "a", "2");
}

static void
test_close (StoreFixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A store can be closed before it was opened, and twice; finalization closes");

  g_assert_true (qs_store_close (fixture->store, NULL));
  store_open (fixture->store);
  g_assert_true (qs_store_close (fixture->store, NULL));
  g_assert_true (qs_store_close (fixture->store, NULL));
  g_assert_true (g_path_is_absolute (qs_store_get_path (fixture->store)));

  store_open (fixture->store);
  store_put (fixture->store, QS_STORE_SPACE_DATA, "key", "value");
  g_assert_finalize_object (fixture->store);
  fixture->store = qs_store_new (fixture->path, NULL);
  store_open (fixture->store);
  assert_value (fixture->store, QS_STORE_SPACE_DATA, "key", "value");
}

static guint
private_memory (void)
{
  g_autofree char *text = NULL;
  const char      *line;

  g_assert_true (g_file_get_contents ("/proc/self/smaps_rollup", &text, NULL, NULL));
  line = strstr (text, "Pss_Anon:");

  return line != NULL ? g_ascii_strtoull (line + strlen ("Pss_Anon:"), NULL, 10) : 0;
}

static void
test_memory (void)
{
  StoreFixture fixture;
  guint        before;
  guint        open;
  gint64       start;
  gint64       first;
  gint64       again;

  g_test_summary ("An open and empty store is small");

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDOUT);
      g_test_trap_assert_passed ();
      return;
    }

  before = private_memory ();
  store_fixture_set_up (&fixture, NULL);
  start = g_get_monotonic_time ();
  store_open (fixture.store);
  first = g_get_monotonic_time () - start;
  open = private_memory ();

  start = g_get_monotonic_time ();
  store_reopen (fixture.store);
  again = g_get_monotonic_time () - start;

  /* A comment of TAP: messages of a subprocess are not shown. */
  printf ("# private memory: %u KiB before, %u KiB with an open store\n"
          "# opened in %.1f ms, closed and opened again in %.1f ms\n",
          before,
          open,
          first / 1e3,
          again / 1e3);
  fflush (stdout);
  store_fixture_tear_down (&fixture, NULL);
}

#define ADD(name, function)                                                                        \
  g_test_add (                                                                                     \
      "/store/" name, StoreFixture, NULL, store_fixture_set_up, function, store_fixture_tear_down)

static void
test_rocksdb_options (StoreFixture *fixture, gconstpointer user_data)
{
  g_autoptr (GVariant) options = g_variant_ref_sink (
      g_variant_new_parsed ("{'write_buffer_size': '3M', 'block_based_table_factory': "
                            "'{block_cache=5M;block_size=8K}'}"));
  QsStoreOptions   store_options = QS_STORE_OPTIONS_INIT;
  g_autofree char *log_path = g_build_filename (fixture->path, "LOG", NULL);
  g_autofree char *log = NULL;

  g_test_summary ("RocksDB is opened with the options that were set, and with ours beside them");

  store_options.rocksdb_options = options;
  g_clear_object (&fixture->store);
  fixture->store = qs_store_new (fixture->path, &store_options);
  store_open (fixture->store);
  store_put (fixture->store, QS_STORE_SPACE_DATA, "key", "value");
  store_reopen (fixture->store);
  assert_value (fixture->store, QS_STORE_SPACE_DATA, "key", "value");

  g_assert_true (g_file_get_contents (log_path, &log, NULL, NULL));
  g_assert_true (g_regex_match_simple ("Options.write_buffer_size: 3145728\\n", log, 0, 0));
  g_assert_true (g_regex_match_simple (" capacity : 5242880\\n", log, 0, 0));
  g_assert_true (g_regex_match_simple (" block_size: 8192\\n", log, 0, 0));
  g_assert_true (g_regex_match_simple (" filter_policy: bloomfilter", log, 0, 0));
  g_assert_true (g_regex_match_simple ("Options.max_open_files: 64\\n", log, 0, 0));
}

static void
test_bad_options (StoreFixture *fixture, gconstpointer user_data)
{
  static const struct
  {
    const char *options;
    const char *text;
  } cases[] = {
    { "{'nonsense': '1'}", "Cannot set 'nonsense' in rocksdb-options" },
    { "{'wal_recovery_mode': 'kSkipAnyCorruptedRecords'}", "Cannot set 'wal_recovery_mode'" },
    { "{'write_buffer_size': 'much'}", "Cannot set 'write_buffer_size' to 'much'" },
    { "{'write_buffer_size': '1M;comparator=x'}", "more than one value" },
    { "{'compression': 'kBogus'}", "Cannot set 'compression' to 'kBogus'" },
    { "{'block_based_table_factory': '{bogus=1}'}", "Cannot set 'block_based_table_factory'" },
  };

  g_test_summary ("An option that is unknown, bad or not for users is an error that names it");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_new_parsed (cases[i].options));
      g_autoptr (GError) error = NULL;

      g_assert_false (qs_store_options_check (options, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_FAILED);
      g_assert_nonnull (strstr (error->message, cases[i].text));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("spaces", test_spaces);
  ADD ("empty", test_empty);
  ADD ("large", test_large);
  ADD ("batch", test_batch);
  ADD ("iterate", test_iterate);
  ADD ("iterate/snapshot", test_iterate_snapshot);
  ADD ("flush", test_flush);
  ADD ("ingest", test_ingest);
  ADD ("ingest/left-over", test_ingest_left_over);
  ADD ("write-ahead-log", test_write_ahead_log);
  ADD ("close", test_close);
  ADD ("options", test_rocksdb_options);
  ADD ("options/bad", test_bad_options);
  g_test_add_func ("/store/memory", test_memory);

  return g_test_run ();
}
