/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-iter-private.h"

#include "qs-rocksdb-private.h"

#include "qs-store-error-private.h"

struct _QsStoreIter
{
  rocksdb_iterator_t    *iter;    /* owned */
  rocksdb_readoptions_t *options; /* owned; points into @bound */
  GByteArray            *prefix;  /* owned; with the space */
  GByteArray            *bound;   /* owned; the first key that is not ours */
  char                  *path;    /* owned; of the store, for errors */
  int                   *n_iters; /* the store's counter */
  gboolean               started; /* next() was called */
  gboolean               is_copy; /* the store can be made again, should it be damaged */
};

QsStoreIter *
qs_store_iter_new (rocksdb_t    *db,
                   const char   *path,
                   QsStoreSpace  space,
                   const guint8 *prefix,
                   gsize         prefix_length,
                   int          *n_iters,
                   gboolean      is_copy)
{
  QsStoreIter *self = g_new0 (QsStoreIter, 1);

  self->path = g_strdup (path);
  self->prefix = g_byte_array_new ();
  self->bound = g_byte_array_new ();
  qs_store_key_set (self->prefix, space, prefix, prefix_length);
  qs_store_key_set (self->bound, space, prefix, prefix_length);
  qs_store_key_bound (self->bound);

  self->options = rocksdb_readoptions_create ();
  rocksdb_readoptions_set_iterate_upper_bound (
      self->options, (const char *) self->bound->data, self->bound->len);
  /* Keep data that is read once from displacing data in the cache. */
  rocksdb_readoptions_set_fill_cache (self->options, FALSE);

  self->iter = rocksdb_create_iterator (db, self->options);
  self->n_iters = n_iters;
  self->is_copy = is_copy;
  (*n_iters)++;

  return self;
}

void
qs_store_iter_free (QsStoreIter *self)
{
  (*self->n_iters)--;
  rocksdb_iter_destroy (self->iter);
  rocksdb_readoptions_destroy (self->options);
  g_byte_array_unref (self->prefix);
  g_byte_array_unref (self->bound);
  g_free (self->path);
  g_free (self);
}

gboolean
qs_store_iter_next (QsStoreIter *self)
{
  /* RocksDB aborts on a step from the end. */
  if (self->started && !rocksdb_iter_valid (self->iter))
    return FALSE;

  if (self->started)
    rocksdb_iter_next (self->iter);
  else
    rocksdb_iter_seek (self->iter, (const char *) self->prefix->data, self->prefix->len);
  self->started = TRUE;

  return rocksdb_iter_valid (self->iter);
}

const guint8 *
qs_store_iter_get_key (QsStoreIter *self, gsize *length)
{
  const char *key = rocksdb_iter_key (self->iter, length);

  *length -= 1;

  return (const guint8 *) key + 1;
}

const guint8 *
qs_store_iter_get_value (QsStoreIter *self, gsize *length)
{
  return (const guint8 *) rocksdb_iter_value (self->iter, length);
}

gboolean
qs_store_iter_check (QsStoreIter *self, GError **error)
{
  char *text = NULL;

  rocksdb_iter_get_error (self->iter, &text);
  if (text != NULL)
    return qs_store_error_take (error, text, "read from", self->path, self->is_copy);

  return TRUE;
}
