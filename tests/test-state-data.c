/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <math.h>
#include <string.h>

#include "changes-fixture.h"
#include "qs-state-error.h"
#include "qs-state-json-private.h"
#include "qs-state-key-private.h"
#include "slowness.h"

/* A text and its length, which may contain NUL. */
#define TEXT(text) (const guint8 *) (text), sizeof (text) - 1

static void
set_json (Fixture *fixture, const guint8 *key, gsize key_length, const char *json)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (qs_state_set_json (
      fixture->state, key, key_length, (const guint8 *) json, strlen (json), -1, &error));
  g_assert_no_error (error);
}

static void
assert_data (Fixture *fixture, const guint8 *key, gsize key_length, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = qs_state_get_data (fixture->state, key, key_length, &error);
  gsize         length = 0;
  const guint8 *peeked = qs_state_peek_data (fixture->state, key, key_length, &length, &error);

  g_assert_no_error (error);
  if (expected == NULL)
    {
      g_assert_null (bytes);
      g_assert_null (peeked);
      return;
    }
  g_assert_nonnull (bytes);
  g_assert_cmpmem (
      g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected, strlen (expected));
  g_assert_cmpmem (peeked, length, expected, strlen (expected));
}

static void
test_keys_with_nul (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GVariant) keys = NULL;
  g_autoptr (GVariant) second = NULL;
  g_auto (GStrv) names = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Keys that differ behind a NUL are two keys, before and after a commit");

  set_json (fixture, TEXT ("k"), "0");
  set_json (fixture, TEXT ("k\0a"), "1");
  set_json (fixture, TEXT ("k\0b"), "2");
  set_json (fixture, TEXT (""), "3");
  set_json (fixture, TEXT ("\0"), "4");
  commit (fixture);

  begin (fixture, NOW);
  assert_data (fixture, TEXT ("k"), "0");
  assert_data (fixture, TEXT ("k\0a"), "1");
  assert_data (fixture, TEXT ("k\0b"), "2");
  assert_data (fixture, TEXT (""), "3");
  assert_data (fixture, TEXT ("\0"), "4");
  assert_data (fixture, TEXT ("k\0"), NULL);

  keys = qs_state_list_data (fixture->state, TEXT ("k\0"), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (keys), ==, 2);
  second = g_variant_get_child_value (keys, 1);
  g_assert_cmpmem (g_variant_get_data (second), g_variant_get_size (second), "k\0b", 3);
  names = qs_state_keys (fixture->state, "k", &error);
  g_assert_cmpuint (g_strv_length (names), ==, 1);

  g_assert_true (qs_state_remove_data (fixture->state, TEXT ("k\0a"), &error));
  g_assert_false (qs_state_contains_data (fixture->state, TEXT ("k\0a"), &error));
  g_assert_true (qs_state_contains_data (fixture->state, TEXT ("k\0b"), &error));
  g_assert_no_error (error);
}

static void
test_key_bytes (void)
{
  static const struct
  {
    const char *key;
    gsize       length;
    const char *bytes;
  } examples[] = {
    { "", 0, "\"\"" },
    { "current", 7, "\"current\"" },
    { "\xc3\xa9/x", 4, "\"\xc3\xa9/x\"" },
    { "a\"b\\\n\t\r\b\f", 9, "\"a\\\"b\\\\\\n\\t\\r\\b\\f\"" },
    { "\0\x1f\x7f", 3, "\"\\u0000\\u001f\x7f\"" },
    { "\0a\0\0", 4, "\"\\u0000a\\u0000\\u0000\"" },
  };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_test_summary ("A key's bytes are a JSON string as Quix Streams writes it, and lead back to it");

  for (guint i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) key = NULL;

      g_assert_true (qs_state_key_encode (
          bytes, (const guint8 *) examples[i].key, examples[i].length, &error));
      g_assert_cmpmem (bytes->data, bytes->len, examples[i].bytes, strlen (examples[i].bytes));
      key = qs_state_key_decode (bytes->data, bytes->len);
      g_assert_nonnull (key);
      g_assert_cmpmem (g_bytes_get_data (key, NULL),
                       g_bytes_get_size (key),
                       examples[i].key,
                       examples[i].length);
    }
}

static void
test_no_keys (void)
{
  static const char *const foreign[] = {
    "",       "\"",      "k",          "7",           "\"\\u0061\"", "\"\\u000a\"", "\"\\/\"",
    "\"a",    "\"\\\"",  "\"\\u001\"", "\"\\u001F\"", "\"\\u0020\"", "\"\\u1000\"", "\"a\"b\"",
    "\"\n\"", "\"\\x\"", "\"\xff\"",
  };
  static const char *const invalid[] = { "\xff", "a\xc3", "\xed\xa0\x80" };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("What no key has as its bytes leads to none; what isn't UTF-8 is no key");

  for (guint i = 0; i < G_N_ELEMENTS (foreign); i++)
    g_assert_null (qs_state_key_decode ((const guint8 *) foreign[i], strlen (foreign[i])));

  for (guint i = 0; i < G_N_ELEMENTS (invalid); i++)
    {
      g_assert_false (
          qs_state_key_encode (bytes, (const guint8 *) invalid[i], strlen (invalid[i]), &error));
      g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_INVALID_KEY);
      g_clear_error (&error);
    }
  g_assert_false (qs_state_key_encode (bytes, TEXT ("a\0\xff"), &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_INVALID_KEY);
}

static void
test_json_kept (Fixture *fixture, gconstpointer user_data)
{
  static const char *const texts[] = {
    "null",
    "true",
    "false",
    "\"\"",
    "-0",
    "0.1",
    "-1.5E+2",
    "9223372036854775807",
    "-9223372036854775808",
    "1.7976931348623157e308",
    "1e-400",
    "[]",
    "{}",
    " [ 1 , { \"a\" : [ ] } ] ",
    "\"a\\u0000b\\ud83d\\ude00\\/\"",
    "{\"a\":1,\"A\":1,\"\":1,\"a\\u0000\":2,\"a\\u0000b\":3}",
    "\"\xf0\x9f\x98\x80\"",
  };

  g_test_summary ("JSON that holds a value is kept to the byte, text with NUL, too");

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      set_json (fixture, TEXT ("key"), texts[i]);
      assert_data (fixture, TEXT ("key"), texts[i]);
    }
}

static void
test_json_refused (Fixture *fixture, gconstpointer user_data)
{
  static const char *const texts[] = {
    "",
    " ",
    "nul",
    "nulla",
    "NaN",
    "Infinity",
    "1 2",
    "01",
    "+1",
    ".5",
    "1.",
    "1e",
    "--1",
    "9223372036854775808",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "1e400",
    "-1e999",
    "\"",
    "\"\n\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\ud800\"",
    "\"\\udc00\"",
    "\"\\ud800\\u0041\"",
    "\"\xff\"",
    "\"\xed\xa0\x80\"",
    "[1,]",
    "[1",
    "[1}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{1:2}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":1,\"\\u0061\":2}",
    "[{\"b\":{\"a\":1},\"a\":{\"a\":1,\"a\":1}}]",
    "'a'",
  };

  g_test_summary ("What isn't JSON, or wouldn't come back equal, is refused and changes nothing");

  set_json (fixture, TEXT ("key"), "5");
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (qs_state_set_json (
          fixture->state, TEXT ("key"), (const guint8 *) texts[i], strlen (texts[i]), -1, &error));
      g_test_message ("%u: %s", i, error->message);
      g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_UNSUPPORTED_TYPE);
      g_assert_true (g_str_has_prefix (error->message, "Cannot set state entry 'key': "));
      assert_data (fixture, TEXT ("key"), "5");
    }
}

/* An object of @n_names names, and one more of them again if @twice. */
static char *
dup_object (guint n_names, gboolean twice)
{
  g_autoptr (GString) text = g_string_new ("{");

  for (guint i = 0; i < n_names; i++)
    g_string_append_printf (text, "%s\"n%u\":%u", i > 0 ? "," : "", i, i);
  if (twice)
    g_string_append_printf (text, ",\"n%u\":0", n_names / 2);
  g_string_append_c (text, '}');

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_many_names (void)
{
  g_test_summary ("In large objects, too, a name that occurs twice is found");

  for (guint n = 2; n < 3000; n *= 3)
    {
      g_autofree char *good = dup_object (n, FALSE);
      g_autofree char *bad = dup_object (n, TRUE);

      g_assert_true (qs_state_json_check ((const guint8 *) good, strlen (good), NULL));
      g_assert_false (qs_state_json_check ((const guint8 *) bad, strlen (bad), NULL));
    }
}

static void
test_nesting (void)
{
  const gsize      depth = QS_STATE_JSON_MAX_DEPTH;
  g_autofree char *text = g_malloc (2 * depth + 3);

  g_test_summary ("Arrays may lie in each other up to a depth, and no deeper");

  memset (text, '[', depth);
  memset (text + depth, ']', depth);
  g_assert_true (qs_state_json_check ((const guint8 *) text, 2 * depth, NULL));
  memset (text, '[', depth + 1);
  memset (text + depth + 1, ']', depth + 1);
  g_assert_false (qs_state_json_check ((const guint8 *) text, 2 * depth + 2, NULL));
}

static void
test_ttl (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("JSON and bytes can expire");

  g_assert_true (qs_state_set_json (fixture->state, TEXT ("a"), TEXT ("1"), 10, &error));
  g_assert_true (qs_state_set_data (fixture->state, TEXT ("b"), TEXT ("\0"), 10, &error));
  g_assert_true (qs_state_set_data (fixture->state, TEXT ("c"), NULL, 0, -1, &error));
  commit (fixture);

  begin (fixture, NOW + 9999);
  assert_data (fixture, TEXT ("a"), "1");
  assert_data (fixture, TEXT ("c"), "");
  end (fixture);
  begin (fixture, NOW + 10001);
  assert_data (fixture, TEXT ("a"), NULL);
  assert_data (fixture, TEXT ("b"), NULL);
  assert_data (fixture, TEXT ("c"), "");
}

static void
test_ttl_nan (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A ttl that is no number is an error of each function that takes one");

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean ok = FALSE;

      if (i == 0)
        ok = qs_state_set_json (fixture->state, TEXT ("a"), TEXT ("1"), NAN, &error);
      else if (i == 1)
        ok = qs_state_set_data (fixture->state, TEXT ("a"), TEXT ("1"), NAN, &error);
      else
        ok = qs_state_set_with_ttl (fixture->state, "a", g_variant_new_int32 (1), NAN, &error);
      g_assert_false (ok);
      g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_UNSUPPORTED_TYPE);
      g_assert_nonnull (strstr (error->message, "ttl is NaN"));
    }
  assert_data (fixture, TEXT ("a"), NULL);
}

static void
test_as_variants (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Values are the same by either way");

  set_json (fixture, TEXT ("a"), "{\"b\":[1,null]}");
  value = qs_state_get (fixture->state, "a", &error);
  g_assert_no_error (error);
  g_assert_true (qs_state_set (fixture->state, "b", value, &error));
  assert_data (fixture, TEXT ("b"), "{\"b\":[1,null]}");
}

/* Values of all sizes, each set several times, against a table of GLib's. */
static void
test_many_changes (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GHashTable) oracle = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  GHashTableIter iter;
  gpointer       key = NULL;
  gpointer       value = NULL;

  g_test_summary ("Of many changes each key's last one counts, whatever their sizes");

  for (int i = 0; i < 20000; i += stride ())
    {
      char *name = g_strdup_printf (
          "%*d", g_rand_int_range (random, 1, 40), g_rand_int_range (random, 0, 2000));
      char *text = g_strnfill ((gsize) (1 << g_rand_int_range (random, 0, 13)) +
                                   (gsize) g_rand_int_range (random, 0, 9),
                               (char) g_rand_int_range (random, '1', '9'));
      g_autoptr (GError) error = NULL;

      g_assert_true (qs_state_set_data (fixture->state,
                                        (const guint8 *) name,
                                        strlen (name),
                                        (const guint8 *) text,
                                        strlen (text),
                                        -1,
                                        &error));
      g_hash_table_replace (oracle, name, text);
    }

  g_assert_cmpuint (qs_changes_get_n_changes (fixture->changes), ==, g_hash_table_size (oracle));
  for (guint round = 0; round < 2; round++)
    {
      g_hash_table_iter_init (&iter, oracle);
      while (g_hash_table_iter_next (&iter, &key, &value))
        assert_data (fixture, key, strlen (key), value);
      commit (fixture);
      begin (fixture, NOW);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/state-data/" path, Fixture, NULL, set_up, func, tear_down)
  g_test_add_func ("/state-data/key/bytes", test_key_bytes);
  g_test_add_func ("/state-data/key/none", test_no_keys);
  g_test_add_func ("/state-data/json/many-names", test_many_names);
  g_test_add_func ("/state-data/json/nesting", test_nesting);
  ADD ("key/nul", test_keys_with_nul);
  ADD ("json/kept", test_json_kept);
  ADD ("json/refused", test_json_refused);
  ADD ("ttl", test_ttl);
  ADD ("ttl-nan", test_ttl_nan);
  ADD ("variants", test_as_variants);
  ADD ("many-changes", test_many_changes);
#undef ADD

  return g_test_run ();
}
