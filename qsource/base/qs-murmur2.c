/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-murmur2-private.h"

#include <string.h>

#define SEED 0x9747b28cu
#define M 0x5bd1e995u
#define R 24

guint32
qs_murmur2 (const guint8 *data, gsize length)
{
  guint32 hash = SEED ^ (guint32) length;

  for (; length >= 4; data += 4, length -= 4)
    {
      guint32 k = (guint32) data[0] | (guint32) data[1] << 8 | (guint32) data[2] << 16 |
                  (guint32) data[3] << 24;

      k *= M;
      k ^= k >> R;
      k *= M;
      hash *= M;
      hash ^= k;
    }

  if (length >= 3)
    hash ^= (guint32) data[2] << 16;
  if (length >= 2)
    hash ^= (guint32) data[1] << 8;
  if (length >= 1)
    hash = (hash ^ data[0]) * M;

  hash ^= hash >> 13;
  hash *= M;

  return hash ^ hash >> 15;
}

int
qs_murmur2_get_partition (const char *text, int n_partitions)
{
  g_assert (n_partitions > 0);

  return (int) ((qs_murmur2 ((const guint8 *) text, strlen (text)) & G_MAXINT) %
                (guint32) n_partitions);
}
