/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qs-store-path-private.h"

static void
test_encode (void)
{
  static const char *const pairs[][2] = {
    { "source-1_a.b", "source-1_a.b" },
    { "", "%" },
    { ".", "%2e" },
    { "..", "%2e." },
    { ".hidden", "%2ehidden" },
    { "a/b", "a%2fb" },
    { "../../etc", "%2e.%2f..%2fetc" },
    { "Ab", "%41b" },
    { "%41b", "%2541b" },
    { "%", "%25" },
    { "a b\n", "a%20b%0a" },
    { "\xc3\xa4", "%c3%a4" },
    { "\xff", "%ff" },
  };

  g_test_summary ("Any name is one path component, and what is plain stays readable");

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *encoded = qs_store_path_encode (pairs[i][0]);

      g_assert_cmpstr (encoded, ==, pairs[i][1]);
    }
}

static void
test_encode_long (void)
{
  g_autofree char *name = g_strnfill (5000, 'a');
  g_autofree char *other = g_strnfill (5000, 'a');
  g_autofree char *kafka = g_strnfill (200, 'a');
  g_autofree char *encoded = qs_store_path_encode (name);
  g_autofree char *encoded_other = NULL;
  g_autofree char *encoded_kafka = qs_store_path_encode (kafka);

  g_test_summary ("Names too long for a file system are told apart, too");

  other[4999] = 'b';
  encoded_other = qs_store_path_encode (other);

  g_assert_cmpuint (strlen (encoded), <=, 200);
  g_assert_cmpstr (encoded, !=, encoded_other);
  g_assert_cmpstr (encoded_kafka, ==, kafka);
}

static void
test_injective (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  static const char alphabet[] = "aAeE0.%/2_\xc3";
  char              name[5] = { 0 };
  guint             n_names = 0;

  g_test_summary ("No two of 14641 names of 4 bytes share a component, even where case is ignored");

  for (int i = 0; i < 11 * 11 * 11 * 11; i++)
    {
      g_autofree char *encoded = NULL;

      for (int j = 0, rest = i; j < 4; j++, rest /= 11)
        name[j] = alphabet[rest % 11];
      encoded = qs_store_path_encode (name);
      g_assert_null (strchr (encoded, '/'));
      g_assert_cmpint (encoded[0], !=, '.');
      g_hash_table_add (seen, g_ascii_strdown (encoded, -1));
      n_names++;
    }

  g_assert_cmpuint (g_hash_table_size (seen), ==, n_names);
}

static void
test_build (void)
{
  g_autofree char *path = qs_store_path_build ("/var/state", "group", "../x", 12);
  g_autofree char *one = qs_store_path_build ("state", "a/b", "c", 0);
  g_autofree char *two = qs_store_path_build ("state", "a", "b/c", 0);

  g_test_summary ("A store's path has the state directory and three components");

  g_assert_cmpstr (path, ==, "/var/state/group/%2e.%2fx/12");
  g_assert_cmpstr (one, !=, two);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store-path/encode", test_encode);
  g_test_add_func ("/store-path/encode/long", test_encode_long);
  g_test_add_func ("/store-path/injective", test_injective);
  g_test_add_func ("/store-path/build", test_build);

  return g_test_run ();
}
