/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-buckets-private.h"

const double qs_buckets_bounds[] = { 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30 };

guint
qs_buckets_find (double seconds)
{
  guint i = 0;

  while (i < QS_N_BUCKETS - 1 && seconds > qs_buckets_bounds[i])
    i++;

  return i;
}
