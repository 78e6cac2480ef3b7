/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-store-batch-private.h"
#include "qs-store-options-private.h"

G_BEGIN_DECLS

/* Sorts the changes of @batch, of which there must be one, and writes them as a table
 * of RocksDB to the new file @path, and to the disk. Returns RocksDB's error, or NULL.
 *
 * Context: any.   Locks: none. */
char    *qs_store_table_write        (const char           *path,
                                      QsStoreBatch         *batch,
                                      const QsStoreOptions *options);

/* Whether two changes of a sorted batch are of one key.
 *
 * Context: any.   Locks: none. */
gboolean qs_store_table_has_same_key (const QsStoreChange  *a,
                                      const QsStoreChange  *b);

G_END_DECLS
