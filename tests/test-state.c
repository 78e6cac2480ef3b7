/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <math.h>
#include <string.h>

#include "changes-fixture.h"
#include "qs-state-error.h"

static void
set (Fixture *fixture, const char *key, const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (NULL, text, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (qs_state_set (fixture->state, key, value, &error));
  g_assert_no_error (error);
  g_variant_unref (value);
}

static void
assert_entry (Fixture *fixture, const char *key, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = qs_state_get (fixture->state, key, &error);
  g_autofree char *text = value != NULL ? g_variant_print (value, TRUE) : NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_keys (Fixture *fixture, const char *prefix, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) keys = qs_state_keys (fixture->state, prefix, &error);
  g_autofree char *joined = keys != NULL ? g_strjoinv ("|", keys) : NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (joined, ==, expected);
}

static void
test_round_trip (Fixture *fixture, gconstpointer user_data)
{
  static const char *const values[][2] = {
    { "true", "true" },
    { "int16 -5", "int64 -5" },
    { "byte 0x07", "int64 7" },
    { "int64 -9223372036854775808", "int64 -9223372036854775808" },
    { "uint64 9223372036854775807", "int64 9223372036854775807" },
    { "5.0", "5.0" },
    { "-0.0", "-0.0" },
    { "0.1", "0.10000000000000001" },
    { "1.7976931348623157e308", "1.7976931348623157e+308" },
    { "''", "''" },
    { "'a\\u2028\\u0001\"'", "'a\xe2\x80\xa8\\u0001\"'" },
    { "@mv nothing", "@mv nothing" },
    { "@ai [1, 2]", "[<int64 1>, <int64 2>]" },
    { "@as []", "@av []" },
    { "{'a': <1>, 'b': <@av [<'x'>]>}", "{'a': <int64 1>, 'b': <[<'x'>]>}" },
    { "@a{ss} {'a': 'b'}", "{'a': <'b'>}" },
    { "<<5>>", "int64 5" },
  };

  g_test_summary ("What set() takes comes back equal, before and after a commit");

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *key = g_strdup_printf ("key %u", i);

      set (fixture, key, values[i][0]);
      assert_entry (fixture, key, values[i][1]);
    }

  commit (fixture);
  begin (fixture, NOW);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *key = g_strdup_printf ("key %u", i);

      assert_entry (fixture, key, values[i][1]);
    }
}

static void
test_refused_types (Fixture *fixture, gconstpointer user_data)
{
  static const char *const values[] = {
    "uint64 9223372036854775808",
    "b'bytes'",
    "(1, 2)",
    "objectpath '/a'",
    "signature 's'",
    "handle 1",
    "{1: 'a'}",
    "@mi 5",
    "[<(1,)>]",
    "{'a': <b'x'>}",
    "{'a': 1, 'a': 2}",
  };

  g_test_summary ("What would not come back equal is refused, with its type, and changes nothing");

  set (fixture, "key", "5");
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = g_variant_parse (NULL, values[i], NULL, NULL, NULL);

      g_assert_nonnull (value);
      g_assert_false (qs_state_set (fixture->state, "key", value, &error));
      g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_UNSUPPORTED_TYPE);
      g_assert_nonnull (strstr (error->message, g_variant_get_type_string (value)));
      g_assert_nonnull (strstr (error->message, "set_bytes()"));
      assert_entry (fixture, "key", "int64 5");
    }
}

static void
test_not_finite (Fixture *fixture, gconstpointer user_data)
{
  const double values[] = { NAN, INFINITY, -INFINITY };

  g_test_summary ("Numbers that aren't finite are refused: JSON would make null of them");

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (
          qs_state_set (fixture->state, "key", g_variant_new_double (values[i]), &error));
      g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_UNSUPPORTED_TYPE);
    }
  assert_entry (fixture, "key", NULL);
}

static void
test_depth (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_int32 (1));
  g_autoptr (GError) error = NULL;

  g_test_summary ("A value that is nested deeper than it could be read back is refused");

  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (GVariant) inner = g_steal_pointer (&value);
      GVariant *boxed = g_variant_new_variant (inner);

      value = g_variant_ref_sink (g_variant_new_array (NULL, &boxed, 1));
    }

  g_assert_false (qs_state_set (fixture->state, "key", value, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_UNSUPPORTED_TYPE);
}

static void
test_own_writes (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A state sees its own writes and removals over the store's");

  assert_entry (fixture, "a", NULL);
  set (fixture, "a", "1");
  set (fixture, "b", "2");
  commit (fixture);

  begin (fixture, NOW);
  assert_entry (fixture, "a", "int64 1");
  set (fixture, "a", "3");
  assert_entry (fixture, "a", "int64 3");
  g_assert_true (qs_state_remove (fixture->state, "b", &error));
  assert_entry (fixture, "b", NULL);
  g_assert_false (qs_state_contains (fixture->state, "b", &error));
  g_assert_true (qs_state_contains (fixture->state, "a", &error));
  g_assert_true (qs_state_remove (fixture->state, "never there", &error));
  g_assert_no_error (error);
  end (fixture);

  /* Without a commit, nothing of it has happened. */
  begin (fixture, NOW);
  assert_entry (fixture, "a", "int64 1");
  assert_entry (fixture, "b", "int64 2");
}

static void
test_typed (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *fallback = NULL;
  g_autoptr (GVariant) other = NULL;

  g_test_summary ("Typed reads have a fallback for what is missing and an error for a wrong type");

  set (fixture, "int", "5");
  set (fixture, "double", "1.5");
  set (fixture, "string", "'x'");

  g_assert_cmpint (qs_state_get_int64 (fixture->state, "int", 7, &error), ==, 5);
  g_assert_cmpint (qs_state_get_int64 (fixture->state, "none", 7, &error), ==, 7);
  g_assert_cmpfloat (qs_state_get_double (fixture->state, "double", 7, &error), ==, 1.5);
  g_assert_cmpfloat (qs_state_get_double (fixture->state, "int", 7, &error), ==, 5);
  text = qs_state_get_string (fixture->state, "string", "y", &error);
  g_assert_cmpstr (text, ==, "x");
  fallback = qs_state_get_string (fixture->state, "none", "y", &error);
  g_assert_cmpstr (fallback, ==, "y");
  other = qs_state_get_with_fallback (fixture->state, "none", g_variant_new_boolean (TRUE), &error);
  g_assert_true (g_variant_get_boolean (other));
  g_assert_no_error (error);

  g_assert_cmpint (qs_state_get_int64 (fixture->state, "string", 7, &error), ==, 7);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_WRONG_TYPE);
}

static void
test_bytes (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *large = g_malloc0 (1024 * 1024);
  g_autoptr (GBytes) million = NULL;
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (GBytes) too_large = NULL;
  g_autoptr (GBytes) read = NULL;
  g_autoptr (GBytes) read_empty = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary (
      "Bytes come back exactly, empty ones and a MiB; more than fits is refused at once");

  memset (large, 0xa5, 1024 * 1024);
  million = g_bytes_new (large, 1024 * 1024);
  too_large = g_bytes_new_take (g_malloc0 (MAX_SIZE), MAX_SIZE);

  g_assert_true (qs_state_set_bytes (fixture->state, "large", million, &error));
  g_assert_true (qs_state_set_bytes (fixture->state, "empty", empty, &error));
  g_assert_false (qs_state_set_bytes (fixture->state, "empty", too_large, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_TOO_LARGE);
  g_clear_error (&error);
  commit (fixture);

  begin (fixture, NOW);
  read = qs_state_get_bytes (fixture->state, "large", &error);
  g_assert_true (g_bytes_equal (read, million));
  read_empty = qs_state_get_bytes (fixture->state, "empty", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (read_empty), ==, 0);

  /* They are no JSON. */
  value = qs_state_get (fixture->state, "large", &error);
  g_assert_null (value);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_WRONG_TYPE);
}

static void
test_keys (Fixture *fixture, gconstpointer user_data)
{
  static const char *const foreign[] = { "raw-key", "7", "[\"t\",1]", "\"\\u0061\"" };
  g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary (
      "Keys are sorted by their bytes, with own writes, and only those with the prefix");

  for (guint i = 0; i < G_N_ELEMENTS (foreign); i++)
    qs_store_batch_put (batch,
                        QS_STORE_SPACE_DATA,
                        (const guint8 *) foreign[i],
                        strlen (foreign[i]),
                        (const guint8 *) "p1",
                        2);
  store_write (fixture->store, batch);

  set (fixture, "b", "1");
  set (fixture, "a b", "1");
  set (fixture, "a", "1");
  set (fixture, "a\"", "1");
  set (fixture, "gone", "1");
  commit (fixture);

  begin (fixture, NOW);
  set (fixture, "a!", "1");
  set (fixture, "a", "2");
  g_assert_true (qs_state_remove (fixture->state, "gone", &error));
  assert_keys (fixture, "", "a|a b|a!|a\"|b");
  assert_keys (fixture, NULL, "a|a b|a!|a\"|b");
  assert_keys (fixture, "a", "a|a b|a!|a\"");
  assert_keys (fixture, "a\"", "a\"");
  assert_keys (fixture, "z", "");
}

static void
test_invalid (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) keys = NULL;

  g_test_summary ("After its flush every call of a state fails, also one with a bad value");

  qs_state_invalidate (fixture->state);

  value = qs_state_get (fixture->state, "a", &error);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (
      qs_state_set_with_ttl (fixture->state, "a", g_variant_new_double (NAN), 5, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_INVALID);
  g_clear_error (&error);
  keys = qs_state_keys (fixture->state, NULL, &error);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_INVALID);
}

static void
test_bad_key (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A key that isn't UTF-8 is an error");

  g_assert_false (qs_state_set (fixture->state, "\xff", g_variant_new_int32 (1), &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_INVALID_KEY);
}

static gpointer
use_elsewhere (gpointer user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_false (qs_state_set_with_ttl (fixture->state, "a", g_variant_new_int32 (1), 5, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_WRONG_THREAD);

  return NULL;
}

static void
test_thread (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("Another thread's call is an error and changes nothing");

  g_thread_join (g_thread_new ("elsewhere", use_elsewhere, fixture));
  assert_entry (fixture, "a", NULL);
}

static void
set_with_ttl (Fixture *fixture, const char *key, int value, double ttl)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (
      qs_state_set_with_ttl (fixture->state, key, g_variant_new_int32 (value), ttl, &error));
  g_assert_no_error (error);
}

static void
sweep (Fixture *fixture, guint n_max)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (qs_changes_sweep (fixture->changes, n_max, &error));
  g_assert_no_error (error);
}

static void
test_expiry (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("An entry is there until its time, also in keys(), and not after it");

  set_with_ttl (fixture, "short", 1, 60);
  set_with_ttl (fixture, "ever", 2, -1);
  set_with_ttl (fixture, "nothing", 3, 0);
  set_with_ttl (fixture, "over", 4, -5);
  assert_entry (fixture, "nothing", "int64 3");
  commit (fixture);

  begin (fixture, NOW + 59999);
  assert_entry (fixture, "short", "int64 1");
  assert_entry (fixture, "nothing", NULL);
  assert_keys (fixture, "", "ever|short");
  end (fixture);

  begin (fixture, NOW + 60000);
  assert_entry (fixture, "short", NULL);
  assert_entry (fixture, "ever", "int64 2");
  assert_keys (fixture, "", "ever");
}

static guint
count_lines (Fixture *fixture)
{
  g_autoptr (QsStoreIter) iter = qs_store_iterate (fixture->store, QS_STORE_SPACE_EXPIRY, NULL, 0);
  guint n_lines = 0;

  while (qs_store_iter_next (iter))
    n_lines++;

  return n_lines;
}

static void
test_sweep (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("Expired entries are removed, so many at a time, and leave nothing");

  for (int i = 0; i < 5; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d", i);

      set_with_ttl (fixture, key, i, i + 1);
    }
  commit (fixture);
  g_assert_cmpuint (count_lines (fixture), ==, 5);

  begin (fixture, NOW + 4000);
  sweep (fixture, 3);
  g_assert_cmpuint (qs_changes_get_n_changes (fixture->changes), ==, 3);
  g_assert_null (qs_changes_get_change (fixture->changes, 0)->value);
  commit (fixture);
  g_assert_cmpuint (count_lines (fixture), ==, 2);

  begin (fixture, NOW + 4000);
  sweep (fixture, 3);
  g_assert_cmpuint (qs_changes_get_n_changes (fixture->changes), ==, 1);
  commit (fixture);

  begin (fixture, NOW + 4000);
  sweep (fixture, 3);
  g_assert_cmpuint (qs_changes_get_n_changes (fixture->changes), ==, 0);
  assert_keys (fixture, "", "key 4");
}

static void
test_set_again (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("An entry set again with a longer life isn't swept by its old one");

  set_with_ttl (fixture, "longer", 1, 1);
  set_with_ttl (fixture, "for ever", 1, 1);
  set_with_ttl (fixture, "in time", 1, 1);
  commit (fixture);

  begin (fixture, NOW + 500);
  set_with_ttl (fixture, "longer", 2, 60);
  set_with_ttl (fixture, "for ever", 2, -1);
  commit (fixture);

  begin (fixture, NOW + 2000);
  set_with_ttl (fixture, "in time", 3, -1);
  sweep (fixture, 100);
  commit (fixture);

  begin (fixture, NOW + 2000);
  assert_entry (fixture, "longer", "int64 2");
  assert_entry (fixture, "for ever", "int64 2");
  assert_entry (fixture, "in time", "int64 3");
  g_assert_cmpuint (count_lines (fixture), ==, 1);
}

static void
test_large_key (Fixture *fixture, gconstpointer user_data)
{
  /* With its quotation marks, it is just what is taken. */
  g_autofree char *largest = g_strnfill (MAX_SIZE - 2, 'x');
  g_autofree char *larger = g_strnfill (MAX_SIZE - 1, 'x');
  g_autoptr (GError) error = NULL;

  g_test_summary ("A key that is larger than an entry may be is refused by remove(), as by set(), "
                  "in few words; nothing is changed by it");

  set (fixture, "other", "5");
  g_assert_false (qs_state_remove (fixture->state, larger, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_TOO_LARGE);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, "Cannot remove state entry 'xxxx"));
  g_assert_nonnull (strstr (error->message, G_STRINGIFY (2097153)));
  g_assert_cmpuint (strlen (error->message), <, 400);
  g_clear_error (&error);
  g_assert_false (qs_state_set (fixture->state, larger, g_variant_new_boolean (TRUE), &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_TOO_LARGE);
  g_assert_cmpuint (strlen (error->message), <, 400);
  g_clear_error (&error);

  assert_keys (fixture, "", "other");
  g_assert_cmpuint (qs_changes_get_n_changes (fixture->changes), ==, 1);
  g_assert_true (qs_state_remove (fixture->state, largest, &error));
  g_assert_no_error (error);
}

#define ADD(path, function) g_test_add ("/state/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  ADD ("value/round-trip", test_round_trip);
  ADD ("value/refused", test_refused_types);
  ADD ("value/not-finite", test_not_finite);
  ADD ("value/depth", test_depth);
  ADD ("value/typed", test_typed);
  ADD ("value/bytes", test_bytes);
  ADD ("own-writes", test_own_writes);
  ADD ("keys", test_keys);
  ADD ("bad-key", test_bad_key);
  ADD ("large-key", test_large_key);
  ADD ("invalid", test_invalid);
  ADD ("thread", test_thread);
  ADD ("expiry/read", test_expiry);
  ADD ("expiry/sweep", test_sweep);
  ADD ("expiry/set-again", test_set_again);

  return g_test_run ();
}
