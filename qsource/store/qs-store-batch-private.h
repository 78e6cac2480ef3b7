/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-store-key-private.h"

G_BEGIN_DECLS

/*
 * Changes that a store makes all or none of, see qs_store_write(). The last
 * change of a key wins. Keys and values are copied; each may be empty (NULL is
 * then allowed). A batch belongs to no store, and to one thread at a time.
 *
 * Context: its owner.   Locks: none.
 */
typedef struct _QsStoreBatch QsStoreBatch;

/* The length of a value that is none: the key is removed. */
#define QS_STORE_REMOVAL G_MAXUINT32

/* One of them, in the batch's memory; the key with its space, see
 * qs_store_key_set(), and right behind it the value. */
typedef struct
{
  guint64       rank;         /* for qs_store_sort() */
  const guint8 *key;
  guint32       key_length;
  guint32       value_length;
} QsStoreChange;

QsStoreBatch  *qs_store_batch_new          (void);
void           qs_store_batch_free         (QsStoreBatch *self);

/* The number of changes, and the bytes of their keys and values. */
guint          qs_store_batch_get_count    (QsStoreBatch *self);
gsize          qs_store_batch_get_size     (QsStoreBatch *self);

void           qs_store_batch_put          (QsStoreBatch *self,
                                            QsStoreSpace  space,
                                            const guint8 *key,
                                            gsize         key_length,
                                            const guint8 *value,
                                            gsize         value_length);

/* Returns where the caller puts the @value_length bytes of the value, at once. */
guint8        *qs_store_batch_put_later    (QsStoreBatch *self,
                                            QsStoreSpace  space,
                                            const guint8 *key,
                                            gsize         key_length,
                                            gsize         value_length);

/* A key that is not there may be removed. */
void           qs_store_batch_remove       (QsStoreBatch *self,
                                            QsStoreSpace  space,
                                            const guint8 *key,
                                            gsize         key_length);

/* Makes it empty, to be filled again. */
void           qs_store_batch_clear        (QsStoreBatch *self);

/* All of them, in their order, for QsStore only. */
QsStoreChange *qs_store_batch_peek_changes (QsStoreBatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsStoreBatch, qs_store_batch_free)

G_END_DECLS
