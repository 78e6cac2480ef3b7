/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The key spaces of a store. They lie in one column family, distinguished by the first byte
 * of the key, so that a batch over all of them is atomic without a write-ahead log, too.
 * The letters are on disk: never change one.
 */
typedef enum
{
  QS_STORE_SPACE_DATA = 'd',     /* what users set */
  QS_STORE_SPACE_EXPIRY = 'e',   /* which of it expires when */
  QS_STORE_SPACE_METADATA = 'm', /* whose store this is, and its changelog's offset */
} QsStoreSpace;

/* Makes @buffer the bytes that stand for @key of @space in RocksDB.
 *
 * Context: any.   Locks: none. */
void qs_store_key_set   (GByteArray   *buffer,
                         QsStoreSpace  space,
                         const guint8 *key,
                         gsize         key_length);

/* Makes @buffer, which qs_store_key_set() has set, the first key behind all
 * those that begin with it.
 *
 * Context: any.   Locks: none. */
void qs_store_key_bound (GByteArray   *buffer);

G_END_DECLS
