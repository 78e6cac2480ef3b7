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

/* RocksDB's, whose header only this folder may see. */
struct rocksdb_writebatch_t;

QsStoreBatch                 *qs_store_batch_new       (void);
void                          qs_store_batch_free      (QsStoreBatch *self);

/* The number of changes, and the bytes that they take. */
guint                         qs_store_batch_get_count (QsStoreBatch *self);
gsize                         qs_store_batch_get_size  (QsStoreBatch *self);

void                          qs_store_batch_put       (QsStoreBatch *self,
                                                        QsStoreSpace  space,
                                                        const guint8 *key,
                                                        gsize         key_length,
                                                        const guint8 *value,
                                                        gsize         value_length);

/* A key that is not there may be removed. */
void                          qs_store_batch_remove    (QsStoreBatch *self,
                                                        QsStoreSpace  space,
                                                        const guint8 *key,
                                                        gsize         key_length);

/* Makes it empty, to be filled again. */
void                          qs_store_batch_clear     (QsStoreBatch *self);

/* For QsStore only. */
struct rocksdb_writebatch_t  *qs_store_batch_peek      (QsStoreBatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsStoreBatch, qs_store_batch_free)

G_END_DECLS
