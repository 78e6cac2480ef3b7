/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-options-private.h"

#include <rocksdb/c.h>

#define MEBIBYTE (1024 * 1024)

/* Of each memtable in bulk mode. Larger ones make fewer files to compact. */
#define BULK_WRITE_BUFFER_SIZE (16 * MEBIBYTE)

/* Of the files that RocksDB never shrinks by itself. */
#define MAX_LOG_FILE_SIZE (256 * 1024)
#define MAX_MANIFEST_FILE_SIZE MEBIBYTE

#define BLOOM_BITS_PER_KEY 10

static void
set_tables (const QsStoreOptions *self, rocksdb_options_t *options)
{
  rocksdb_block_based_table_options_t *tables = rocksdb_block_based_options_create ();
  rocksdb_cache_t                     *cache = rocksdb_cache_create_lru (self->cache_size);

  rocksdb_block_based_options_set_block_cache (tables, cache);
  rocksdb_block_based_options_set_filter_policy (
      tables, rocksdb_filterpolicy_create_bloom_full (BLOOM_BITS_PER_KEY));
  rocksdb_options_set_block_based_table_factory (options, tables);

  /* The options keep their own references. */
  rocksdb_cache_destroy (cache);
  rocksdb_block_based_options_destroy (tables);
}

static void
set_housekeeping (rocksdb_options_t *options)
{
  /* Statistics would cost a timer thread. */
  rocksdb_options_set_stats_dump_period_sec (options, 0);
  rocksdb_options_set_stats_persist_period_sec (options, 0);
  rocksdb_options_set_skip_stats_update_on_db_open (options, TRUE);

  rocksdb_options_set_info_log_level (options, 2 /* warnings */);
  rocksdb_options_set_max_log_file_size (options, MAX_LOG_FILE_SIZE);
  rocksdb_options_set_keep_log_file_num (options, 2);
  rocksdb_options_set_max_manifest_file_size (options, MAX_MANIFEST_FILE_SIZE);

  /* Only a record that a crash has cut short may be ignored: each write is
   * synced. The default would ignore, too, what follows a damaged one. */
  rocksdb_options_set_wal_recovery_mode (options, rocksdb_tolerate_corrupted_tail_records_recovery);

  /* What a bulk mode leaves behind is compacted in the background; the first
   * write after it doesn't have to wait for that. */
  rocksdb_options_set_level0_slowdown_writes_trigger (options, 64);
  rocksdb_options_set_level0_stop_writes_trigger (options, 96);
}

static void
set_bulk (const QsStoreOptions *self, rocksdb_options_t *options)
{
  rocksdb_options_set_memtable_vector_rep (options);
  rocksdb_options_set_allow_concurrent_memtable_write (options, FALSE);
  rocksdb_options_set_write_buffer_size (options,
                                         MAX (self->write_buffer_size, BULK_WRITE_BUFFER_SIZE));
  rocksdb_options_set_max_write_buffer_number (options, 3);
  rocksdb_options_set_level0_file_num_compaction_trigger (options, 16);
}

rocksdb_options_t *
qs_store_options_to_rocksdb (const QsStoreOptions *self, gboolean bulk)
{
  rocksdb_options_t *options = rocksdb_options_create ();

  rocksdb_options_set_create_if_missing (options, TRUE);
  rocksdb_options_set_write_buffer_size (options, self->write_buffer_size);
  rocksdb_options_set_max_open_files (options, self->max_open_files);
  rocksdb_options_set_max_background_jobs (options, self->background_threads);
  set_tables (self, options);
  set_housekeeping (options);
  if (bulk)
    set_bulk (self, options);

  return options;
}
