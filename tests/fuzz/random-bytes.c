/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "../slowness.h"

/* A fuzzer's poor relation, where there is no clang: calls what a fuzzer would call with
 * random bytes of the kind that readers stumble at: lengths, long runs, cut texts.
 *
 *   PROGRAM [NUMBER [TEXT…]]     the texts are varied as well */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const guint8 likely[] = { 0x00, 0x01, 0x02, 0x08, 0x0a, 0x12, 0x1a, 0x22,
                                 0x2a, 0x32, 0x7f, 0x80, 0xff, '{',  '[',  '"' };

static guint8
choose_byte (GRand *dice)
{
  return g_rand_boolean (dice) ? likely[g_rand_int_range (dice, 0, G_N_ELEMENTS (likely))]
                               : (guint8) g_rand_int_range (dice, 0, 256);
}

static void
fill (GRand *dice, GByteArray *bytes)
{
  guint n_parts = (guint) g_rand_int_range (dice, 0, 12);

  for (guint i = 0; i < n_parts; i++)
    {
      guint8 byte = choose_byte (dice);
      guint8 next = choose_byte (dice);
      guint  length = g_rand_int_range (dice, 0, 50) == 0 ? 2000 : 1;

      for (guint j = 0; j < length; j++)
        {
          g_byte_array_append (bytes, &byte, 1);
          if (length > 1)
            g_byte_array_append (bytes, &next, 1);
        }
    }
}

/* A part of @text with some bytes changed. */
static void
vary (GRand *dice, const char *text, GByteArray *bytes)
{
  gsize length = strlen (text);

  if (g_rand_boolean (dice))
    length = (gsize) g_rand_int_range (dice, 0, (gint32) length + 1);
  g_byte_array_append (bytes, (const guint8 *) text, (guint) length);
  for (gint32 n = g_rand_int_range (dice, 0, 4); n > 0 && bytes->len > 0; n--)
    bytes->data[g_rand_int_range (dice, 0, (gint32) bytes->len)] = choose_byte (dice);
}

int
main (int argc, char **argv)
{
  guint number = argc > 1 ? (guint) strtoul (argv[1], NULL, 10) : 10000;
  g_autoptr (GRand) dice = g_rand_new_with_seed (20261129);

  for (guint i = 0; i < number / (guint) stride (); i++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();

      if (argc > 2 && i % 2 == 0)
        vary (dice, argv[2 + i / 2 % (guint) (argc - 2)], bytes);
      else
        fill (dice, bytes);
      LLVMFuzzerTestOneInput (bytes->len > 0 ? bytes->data : (const guint8 *) "", bytes->len);
    }

  return 0;
}
