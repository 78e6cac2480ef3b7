/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdlib.h>

#include "../slowness.h"
#include "qs-json-private.h"

/* Runs fuzz-json.c without a fuzzer: on random texts, on what they are serialized, and
 * on both with some bytes changed.  random-json [N [SEED]] */

#define MAX_DEPTH 6
#define MAX_ITEMS 5
#define MAX_CHANGES 4

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const char *const numbers[] = {
  "0",
  "-0",
  "7",
  "-12",
  "2147483648",
  "9223372036854775807",
  "9223372036854775808",
  "1e999",
  "1e-999",
  "1e5",
  "0.5",
  "-3.25e-7",
  "18446744073709551616",
  "-9223372036854775809",
  "1.7976931348623157e308",
  "5e-324",
  "123456789.123",
  "1E+2",
};

static const char *const pieces[] = {
  "a",
  "b",
  "key",
  "ü",
  "日",
  "😀",
  "\\n",
  "\\u00fc",
  "\\ud83d\\ude00",
  "\\\"",
  "\\\\",
  "\\/",
  "x y",
  "\\u001f",
  "\x7f",
  "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz",
};

static const char *const odd_pieces[] = { "\\u0000", "\\ud800", "\xff", "\x01", "\\x" };

static const char *
pick (GRand *rand, const char *const *texts, gsize n)
{
  return texts[g_rand_int_range (rand, 0, (gint32) n)];
}

static void
append_space (GRand *rand, GString *out)
{
  if (g_rand_int_range (rand, 0, 8) == 0)
    g_string_append_c (out, " \n\t\r"[g_rand_int_range (rand, 0, 4)]);
}

static void
append_string (GRand *rand, GString *out)
{
  g_string_append_c (out, '"');
  for (int n = g_rand_int_range (rand, 0, 4); n > 0; n--)
    g_string_append (out,
                     g_rand_int_range (rand, 0, 200) == 0
                         ? pick (rand, odd_pieces, G_N_ELEMENTS (odd_pieces))
                         : pick (rand, pieces, G_N_ELEMENTS (pieces)));
  g_string_append_c (out, '"');
}

static void append_value (GRand *rand, GString *out, int depth);

static void
append_container (GRand *rand, GString *out, int depth)
{
  gboolean is_object = g_rand_boolean (rand);
  int      n = g_rand_int_range (rand, 0, MAX_ITEMS);

  /* Now and then one that is compared by sorting. */
  if (g_rand_int_range (rand, 0, 300) == 0)
    n = 40;

  g_string_append_c (out, is_object ? '{' : '[');
  for (int i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      append_space (rand, out);
      if (is_object)
        {
          append_string (rand, out);
          append_space (rand, out);
          g_string_append_c (out, ':');
        }
      append_value (rand, out, n > MAX_ITEMS ? MAX_DEPTH : depth + 1);
    }
  append_space (rand, out);
  g_string_append_c (out, is_object ? '}' : ']');
}

static void
append_value (GRand *rand, GString *out, int depth)
{
  static const char *const words[] = { "true", "false", "null" };

  append_space (rand, out);
  switch (g_rand_int_range (rand, 0, depth < MAX_DEPTH ? 6 : 4))
    {
    case 0:
      g_string_append (out, pick (rand, numbers, G_N_ELEMENTS (numbers)));
      break;

    case 1:
      g_string_append_printf (
          out, "%" G_GINT64_FORMAT, (gint64) g_rand_int (rand) << g_rand_int_range (rand, 0, 32));
      break;

    case 2:
      append_string (rand, out);
      break;

    case 3:
      g_string_append (out, pick (rand, words, G_N_ELEMENTS (words)));
      break;

    default:
      append_container (rand, out, depth);
      break;
    }
  append_space (rand, out);
}

/* A copy of its own, so that a look beyond its end is seen. */
static void
feed (GRand *rand, const guint8 *data, gsize size, gboolean changes)
{
  g_autofree guint8 *copy = size > 0 ? g_memdup2 (data, size) : g_malloc (1);

  for (int n = changes ? g_rand_int_range (rand, 1, MAX_CHANGES) : 0; n > 0 && size > 0; n--)
    {
      if (g_rand_int_range (rand, 0, 4) == 0)
        size = (gsize) g_rand_int_range (rand, 0, (gint32) size + 1);
      else
        copy[g_rand_int_range (rand, 0, (gint32) size)] = (guint8) g_rand_int_range (rand, 0, 256);
    }

  LLVMFuzzerTestOneInput (copy, size);
}

/* Returns how many inputs that were. */
static guint64
run_once (GRand *rand)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GVariant) value = NULL;

  append_container (rand, text, 0);
  feed (rand, (const guint8 *) text->str, text->len, FALSE);
  feed (rand, (const guint8 *) text->str, text->len, TRUE);

  value = qs_json_read_tree ((const guint8 *) text->str, text->len, NULL);
  if (value == NULL)
    return 2;

  feed (rand, g_variant_get_data (value), g_variant_get_size (value), FALSE);
  feed (rand, g_variant_get_data (value), g_variant_get_size (value), TRUE);

  return 4;
}

int
main (int argc, char **argv)
{
  guint64 n = argc > 1 ? g_ascii_strtoull (argv[1], NULL, 10) : 20000;
  guint32 seed = argc > 2 ? (guint32) g_ascii_strtoull (argv[2], NULL, 10) : 1;
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  guint64 n_done = 0;

  while (n_done < n / (guint) stride ())
    n_done += run_once (rand);
  g_print ("%" G_GUINT64_FORMAT " inputs, seed %u\n", n_done, seed);

  return EXIT_SUCCESS;
}
