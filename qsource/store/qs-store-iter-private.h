/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-store-key-private.h"

G_BEGIN_DECLS

/*
 * The entries of one space of a store whose keys begin with a prefix, in the
 * order of their bytes, as they were when it was made: what is written later is
 * not seen. See qs_store_iterate().
 *
 *   g_autoptr (QsStoreIter) iter = qs_store_iterate (store, space, NULL, 0);
 *
 *   while (qs_store_iter_next (iter))
 *     use (qs_store_iter_get_key (iter, &length), length);
 *   if (!qs_store_iter_check (iter, error))
 *     return FALSE;
 *
 * It keeps the store's files of that moment: free it soon, and before the store
 * is closed.
 *
 * Context: the store's owner.   Locks: none.
 */
typedef struct _QsStoreIter QsStoreIter;

/* RocksDB's, whose header only this folder may see. */
struct rocksdb_t;

void          qs_store_iter_free      (QsStoreIter  *self);

/* Goes to the first, then to the next entry. FALSE: there is none, or reading
 * failed; qs_store_iter_check() knows. */
gboolean      qs_store_iter_next      (QsStoreIter  *self);

/* The key without its space (the prefix is part of it), and the value; not
 * terminated, valid until the next call of next() or free(). Only after a
 * next() that returned TRUE. */
const guint8 *qs_store_iter_get_key   (QsStoreIter  *self,
                                       gsize        *length);
const guint8 *qs_store_iter_get_value (QsStoreIter  *self,
                                       gsize        *length);

/* FALSE with an error if next() returned FALSE because reading failed
 * (QS_STATE_ERROR_CORRUPT, which the store remembers, or _FAILED). */
gboolean      qs_store_iter_check     (QsStoreIter  *self,
                                       GError      **error);

/* For QsStore only. @n_iters is lowered when the iterator is freed; @is_copy as for
 * qs_store_error_take(). */
QsStoreIter  *qs_store_iter_new       (struct rocksdb_t *db,
                                       const char       *path,
                                       QsStoreSpace      space,
                                       const guint8     *prefix,
                                       gsize             prefix_length,
                                       int              *n_iters,
                                       gboolean          is_copy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsStoreIter, qs_store_iter_free)

G_END_DECLS
