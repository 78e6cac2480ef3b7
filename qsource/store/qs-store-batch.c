/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-batch-private.h"

#include <rocksdb/c.h>

struct _QsStoreBatch
{
  rocksdb_writebatch_t *batch; /* owned */
  GByteArray           *key;   /* owned; scratch space */
};

QsStoreBatch *
qs_store_batch_new (void)
{
  QsStoreBatch *self = g_new0 (QsStoreBatch, 1);

  self->batch = rocksdb_writebatch_create ();
  self->key = g_byte_array_new ();

  return self;
}

void
qs_store_batch_free (QsStoreBatch *self)
{
  rocksdb_writebatch_destroy (self->batch);
  g_byte_array_unref (self->key);
  g_free (self);
}

guint
qs_store_batch_get_count (QsStoreBatch *self)
{
  return rocksdb_writebatch_count (self->batch);
}

gsize
qs_store_batch_get_size (QsStoreBatch *self)
{
  gsize size = 0;

  rocksdb_writebatch_data (self->batch, &size);

  return size;
}

void
qs_store_batch_put (QsStoreBatch *self,
                    QsStoreSpace  space,
                    const guint8 *key,
                    gsize         key_length,
                    const guint8 *value,
                    gsize         value_length)
{
  qs_store_key_set (self->key, space, key, key_length);
  rocksdb_writebatch_put (self->batch,
                          (const char *) self->key->data,
                          self->key->len,
                          value_length > 0 ? (const char *) value : "",
                          value_length);
}

void
qs_store_batch_remove (QsStoreBatch *self, QsStoreSpace space, const guint8 *key, gsize key_length)
{
  qs_store_key_set (self->key, space, key, key_length);
  rocksdb_writebatch_delete (self->batch, (const char *) self->key->data, self->key->len);
}

void
qs_store_batch_clear (QsStoreBatch *self)
{
  rocksdb_writebatch_clear (self->batch);
}

rocksdb_writebatch_t *
qs_store_batch_peek (QsStoreBatch *self)
{
  return self->batch;
}
