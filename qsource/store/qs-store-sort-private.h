/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-store-batch-private.h"

G_BEGIN_DECLS

/* A change of a batch, in whose memory the pointers point. */
typedef struct
{
  guint64     rank;         /* of a part of the key; while sorting only */
  const char *key;
  const char *value;        /* NULL: the key is removed */
  guint32     key_length;
  guint32     value_length;
} QsStoreChange;

/* The changes of @batch, sorted by the bytes of their keys, the last one of each
 * key only. They are valid as long as @batch stays as it is. transfer full
 *
 * Context: any.   Locks: none. */
QsStoreChange *qs_store_sort (QsStoreBatch *batch,
                              gsize        *n_changes);

G_END_DECLS
