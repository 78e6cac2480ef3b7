/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-table-private.h"

#include <rocksdb/c.h>

#include "qs-store-sort-private.h"

/* So many changes ahead of their turn the memory is told to bring them. */
#define AHEAD 8

static char *
write_changes (rocksdb_sstfilewriter_t *writer, QsStoreBatch *batch)
{
  gsize                     n_changes = 0;
  g_autofree QsStoreChange *changes = qs_store_sort (batch, &n_changes);
  char                     *text = NULL;

  for (gsize i = 0; i < n_changes && text == NULL; i++)
    {
      const QsStoreChange *change = &changes[i];

      /* The order of the keys is none in memory. */
      if (i + AHEAD < n_changes)
        {
          __builtin_prefetch (changes[i + AHEAD].key);
          __builtin_prefetch (changes[i + AHEAD].value);
        }
      if (change->value == NULL)
        rocksdb_sstfilewriter_delete (writer, change->key, change->key_length, &text);
      else
        rocksdb_sstfilewriter_put (
            writer, change->key, change->key_length, change->value, change->value_length, &text);
    }
  if (text == NULL)
    rocksdb_sstfilewriter_finish (writer, &text);

  return text;
}

char *
qs_store_table_write (const char *path, QsStoreBatch *batch, const QsStoreOptions *options)
{
  rocksdb_options_t       *table_options = qs_store_options_to_rocksdb (options);
  rocksdb_envoptions_t    *env_options = rocksdb_envoptions_create ();
  rocksdb_sstfilewriter_t *writer;
  char                    *text = NULL;

  /* Whoever waits for this table waits for the processor; compaction compresses
   * it later. */
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
