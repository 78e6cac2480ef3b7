/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-sort-private.h"

#include <string.h>

/* Bytes of a key that one rank has; the one that is left counts them. */
#define RANK_LENGTH 7

/* So few are sorted by comparing. */
#define FEW 48

/* Numbers in the order of the keys from @depth on, as far as they go. */
static guint64
get_rank (const QsStoreChange *change, guint32 depth)
{
  guint32 length = change->key_length - depth;
  guint8  bytes[sizeof (guint64)] = { 0 };
  guint64 rank;

  memcpy (bytes, change->key + depth, MIN (length, RANK_LENGTH));
  bytes[RANK_LENGTH] = (guint8) MIN (length, RANK_LENGTH + 1);
  memcpy (&rank, bytes, sizeof rank);

  return GUINT64_FROM_BE (rank);
}

/* Whether more of the key follows what its rank has. */
static gboolean
has_rest (const QsStoreChange *change)
{
  return (change->rank & 0xff) > RANK_LENGTH;
}

static int
compare (const QsStoreChange *a, const QsStoreChange *b, guint32 depth)
{
  guint32 shorter = MIN (a->key_length, b->key_length);
  int     order = memcmp (a->key + depth, b->key + depth, shorter - depth);

  if (order != 0)
    return order;

  return (a->key_length > b->key_length) - (a->key_length < b->key_length);
}

static void
sort_few (QsStoreChange *changes, gsize length, guint32 depth)
{
  for (gsize i = 1; i < length; i++)
    {
      QsStoreChange change = changes[i];
      gsize         place = i;

      for (; place > 0 && compare (&changes[place - 1], &change, depth) > 0; place--)
        changes[place] = changes[place - 1];
      changes[place] = change;
    }
}

/* By one byte of the rank; those that have the same one keep their order. Returns
 * FALSE if all have, and nothing was done. Not inlined: sort_many(), which calls
 * itself, has no room on its stack for this. */
static G_GNUC_NO_INLINE gboolean
distribute (const QsStoreChange *from, QsStoreChange *to, gsize length, guint shift)
{
  gsize places[256] = { 0 };
  gsize place = 0;

  for (gsize i = 0; i < length; i++)
    places[from[i].rank >> shift & 0xff]++;
  if (places[from[0].rank >> shift & 0xff] == length)
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      gsize n = places[i];

      places[i] = place;
      place += n;
    }
  for (gsize i = 0; i < length; i++)
    to[places[from[i].rank >> shift & 0xff]++] = from[i];

  return TRUE;
}

/* How long all of these keys are the same, that are up to @depth. */
static guint32
get_common_length (const QsStoreChange *changes, gsize length, guint32 depth)
{
  const guint8 *key = changes[0].key;
  guint32       common = changes[0].key_length;

  for (gsize i = 1; i < length && common > depth; i++)
    {
      guint32 shorter = MIN (common, changes[i].key_length);

      for (common = depth; common < shorter && changes[i].key[common] == key[common];)
        common++;
    }

  return common;
}

/* Sorts @changes, whose keys are all the same up to @depth; equal ones keep their
 * order. Comparing keys would mean to wait for the memory twice each time. */
static void
sort_many (QsStoreChange *changes, QsStoreChange *scratch, gsize length, guint32 depth)
{
  QsStoreChange *from = changes;
  QsStoreChange *to = scratch;

  depth = get_common_length (changes, length, depth);
  for (gsize i = 0; i < length; i++)
    changes[i].rank = get_rank (&changes[i], depth);

  for (guint shift = 0; shift < 64; shift += 8)
    {
      if (distribute (from, to, length, shift))
        {
          from = to;
          to = from == changes ? scratch : changes;
        }
    }
  if (from != changes)
    memcpy (changes, from, length * sizeof *changes);

  for (gsize start = 0, end = 0; start < length; start = end)
    {
      while (end < length && changes[end].rank == changes[start].rank)
        end++;
      if (!has_rest (&changes[start]))
        continue;
      if (end - start < FEW)
        sort_few (changes + start, end - start, depth + RANK_LENGTH);
      else
        sort_many (changes + start, scratch, end - start, depth + RANK_LENGTH);
    }
}

void
qs_store_sort (QsStoreChange *changes, gsize n_changes)
{
  g_autofree QsStoreChange *scratch = g_new (QsStoreChange, n_changes);

  if (n_changes > 0)
    sort_many (changes, scratch, n_changes, 0);
}
