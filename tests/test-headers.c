/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-headers.h"

static void
test_order (void)
{
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (GBytes) one = g_bytes_new_static ("1", 1);
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);

  g_test_summary ("Headers keep their order, repeated names, null and empty values");

  g_assert_cmpuint (qs_headers_get_length (headers), ==, 0);

  qs_headers_append (headers, "b", one);
  qs_headers_append (headers, "a", NULL);
  qs_headers_append (headers, "b", empty);

  g_assert_cmpuint (qs_headers_get_length (headers), ==, 3);
  g_assert_cmpstr (qs_headers_get_name (headers, 0), ==, "b");
  g_assert_cmpstr (qs_headers_get_name (headers, 1), ==, "a");
  g_assert_cmpstr (qs_headers_get_name (headers, 2), ==, "b");
  g_assert_true (qs_headers_get_value (headers, 0) == one);
  g_assert_null (qs_headers_get_value (headers, 1));
  g_assert_cmpuint (g_bytes_get_size (qs_headers_get_value (headers, 2)), ==, 0);
}

static void
test_names (void)
{
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (QsHeaders) copy = NULL;

  g_test_summary ("Names of any length are kept, in lists of any length, and in copies");

  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strnfill (i % 80, (char) ('a' + i % 26));

      qs_headers_append (headers, name, NULL);
      if (i == 50)
        copy = qs_headers_copy (headers);
    }
  qs_headers_append (copy, "last", NULL);

  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strnfill (i % 80, (char) ('a' + i % 26));

      g_assert_cmpstr (qs_headers_get_name (headers, i), ==, name);
      if (i <= 50)
        g_assert_cmpstr (qs_headers_get_name (copy, i), ==, name);
    }
  g_assert_cmpuint (qs_headers_get_length (copy), ==, 52);
  g_assert_cmpstr (qs_headers_get_name (copy, 51), ==, "last");
}

static void
test_lookup (void)
{
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (GBytes) first = g_bytes_new_static ("1", 1);
  g_autoptr (GBytes) last = g_bytes_new_static ("2", 1);

  g_test_summary ("Looking up a repeated name finds the last one");

  qs_headers_append (headers, "name", first);
  qs_headers_append (headers, "name", last);
  qs_headers_append (headers, "null", NULL);

  g_assert_true (qs_headers_lookup (headers, "name") == last);
  g_assert_null (qs_headers_lookup (headers, "null"));
  g_assert_null (qs_headers_lookup (headers, "Name"));
}

static void
test_copy (void)
{
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (GBytes) value = g_bytes_new_static ("1", 1);
  g_autoptr (QsHeaders) copy = NULL;

  g_test_summary ("A copy has the same headers and goes its own way");

  qs_headers_append (headers, "a", value);
  copy = g_boxed_copy (QS_TYPE_HEADERS, headers);
  qs_headers_append (headers, "b", NULL);

  g_assert_cmpuint (qs_headers_get_length (copy), ==, 1);
  g_assert_cmpstr (qs_headers_get_name (copy, 0), ==, "a");
  g_assert_true (qs_headers_get_value (copy, 0) == value);
}

/* Appends so many that a copy's memory must grow while the other one is shared. */
static void
test_copies (void)
{
  QsHeaders *lists[8] = { qs_headers_new () };

  g_test_summary ("Many copies of copies, each appended to, keep what they had");

  for (guint i = 1; i < G_N_ELEMENTS (lists); i++)
    {
      lists[i] = qs_headers_copy (lists[i - 1]);
      for (guint j = 0; j < i; j++)
        {
          g_autofree char *name = g_strdup_printf ("%u.%u", i, j);

          qs_headers_append (lists[i], name, NULL);
        }
    }
  qs_headers_free (g_steal_pointer (&lists[0]));

  for (guint i = 1; i < G_N_ELEMENTS (lists); i++)
    {
      guint n = 0;

      for (guint k = 1; k <= i; k++)
        for (guint j = 0; j < k; j++, n++)
          {
            g_autofree char *name = g_strdup_printf ("%u.%u", k, j);

            g_assert_cmpstr (qs_headers_get_name (lists[i], n), ==, name);
          }
      g_assert_cmpuint (qs_headers_get_length (lists[i]), ==, n);
      qs_headers_free (lists[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/headers/order", test_order);
  g_test_add_func ("/headers/names", test_names);
  g_test_add_func ("/headers/lookup", test_lookup);
  g_test_add_func ("/headers/copy", test_copy);
  g_test_add_func ("/headers/copies", test_copies);

  return g_test_run ();
}
