/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-table-private.h"

#include <string.h>

#include "qs-rocksdb-private.h"

#include "qs-store-sort-private.h"

/* How many changes ahead of their turn the memory is prefetched: the order of the keys is none
 * there. */
#define AHEAD 8

static char *
write_change (rocksdb_sstfilewriter_t *writer, const QsStoreChange *change)
{
  const char *key = (const char *) change->key;
  char       *text = NULL;

  if (change->value_length == QS_STORE_REMOVAL)
    rocksdb_sstfilewriter_delete (writer, key, change->key_length, &text);
  else
    rocksdb_sstfilewriter_put (
        writer, key, change->key_length, key + change->key_length, change->value_length, &text);

  return text;
}

static char *
write_changes (rocksdb_sstfilewriter_t *writer, QsStoreBatch *batch)
{
  QsStoreChange *changes = qs_store_batch_peek_changes (batch);
  const gsize    n_changes = qs_store_batch_get_count (batch);
  char          *text = NULL;

  qs_store_sort (changes, n_changes);
  for (gsize i = 0; i < n_changes && text == NULL; i++)
    {
      if (i + AHEAD < n_changes)
        __builtin_prefetch (changes[i + AHEAD].key);
      /* The last one counts. */
      if (i + 1 == n_changes || !qs_store_table_has_same_key (&changes[i], &changes[i + 1]))
        text = write_change (writer, &changes[i]);
    }
  if (text == NULL)
    rocksdb_sstfilewriter_finish (writer, &text);

  return text;
}

gboolean
qs_store_table_has_same_key (const QsStoreChange *a, const QsStoreChange *b)
{
  return a->rank == b->rank && a->key_length == b->key_length &&
         memcmp (a->key, b->key, a->key_length) == 0;
}

char *
qs_store_table_write (const char *path, QsStoreBatch *batch, const QsStoreOptions *options)
{
  rocksdb_options_t       *table_options = qs_store_options_to_rocksdb (options);
  rocksdb_envoptions_t    *env_options = rocksdb_envoptions_create ();
  rocksdb_sstfilewriter_t *writer;
  char                    *text = NULL;

  /* Do not compress: writing this table is limited by the processor; compaction compresses it
   * later. */
  rocksdb_options_set_compression (table_options, rocksdb_no_compression);
  writer = rocksdb_sstfilewriter_create (env_options, table_options);
  rocksdb_sstfilewriter_open (writer, path, &text);
  if (text == NULL)
    text = write_changes (writer, batch);

  rocksdb_sstfilewriter_destroy (writer);
  rocksdb_envoptions_destroy (env_options);
  rocksdb_options_destroy (table_options);

  return text;
}
