/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>
#include <rocksdb/c.h>

/*
 * The door to RocksDB: its functions, by their own names, of a library that is loaded
 * when the first of them is called. A process without a state does without it, which
 * saves it the time and the memory of RocksDB and of all that RocksDB needs.
 *
 * A function that is not listed here doesn't link.
 *
 * Context: any.   Locks: none.
 */
#define QS_ROCKSDB_FUNCTIONS(F) \
  F (rocksdb_block_based_options_create) \
  F (rocksdb_block_based_options_destroy) \
  F (rocksdb_block_based_options_set_block_cache) \
  F (rocksdb_block_based_options_set_filter_policy) \
  F (rocksdb_cache_create_lru) \
  F (rocksdb_cache_destroy) \
  F (rocksdb_close) \
  F (rocksdb_create_iterator) \
  F (rocksdb_envoptions_create) \
  F (rocksdb_envoptions_destroy) \
  F (rocksdb_filterpolicy_create_bloom_full) \
  F (rocksdb_flush) \
  F (rocksdb_flushoptions_create) \
  F (rocksdb_flushoptions_destroy) \
  F (rocksdb_flushoptions_set_wait) \
  F (rocksdb_free) \
  F (rocksdb_get_options_from_string) \
  F (rocksdb_get_pinned) \
  F (rocksdb_ingest_external_file) \
  F (rocksdb_ingestexternalfileoptions_create) \
  F (rocksdb_ingestexternalfileoptions_destroy) \
  F (rocksdb_ingestexternalfileoptions_set_move_files) \
  F (rocksdb_iter_destroy) \
  F (rocksdb_iter_get_error) \
  F (rocksdb_iter_key) \
  F (rocksdb_iter_next) \
  F (rocksdb_iter_seek) \
  F (rocksdb_iter_valid) \
  F (rocksdb_iter_value) \
  F (rocksdb_open) \
  F (rocksdb_open_for_read_only) \
  F (rocksdb_options_create) \
  F (rocksdb_options_destroy) \
  F (rocksdb_options_set_block_based_table_factory) \
  F (rocksdb_options_set_compression) \
  F (rocksdb_options_set_create_if_missing) \
  F (rocksdb_options_set_info_log_level) \
  F (rocksdb_options_set_keep_log_file_num) \
  F (rocksdb_options_set_level0_slowdown_writes_trigger) \
  F (rocksdb_options_set_level0_stop_writes_trigger) \
  F (rocksdb_options_set_max_background_jobs) \
  F (rocksdb_options_set_max_log_file_size) \
  F (rocksdb_options_set_max_manifest_file_size) \
  F (rocksdb_options_set_max_open_files) \
  F (rocksdb_options_set_skip_stats_update_on_db_open) \
  F (rocksdb_options_set_stats_dump_period_sec) \
  F (rocksdb_options_set_stats_persist_period_sec) \
  F (rocksdb_options_set_wal_recovery_mode) \
  F (rocksdb_options_set_write_buffer_size) \
  F (rocksdb_pinnableslice_destroy) \
  F (rocksdb_pinnableslice_value) \
  F (rocksdb_property_int) \
  F (rocksdb_readoptions_create) \
  F (rocksdb_readoptions_destroy) \
  F (rocksdb_readoptions_set_fill_cache) \
  F (rocksdb_readoptions_set_iterate_upper_bound) \
  F (rocksdb_sstfilewriter_create) \
  F (rocksdb_sstfilewriter_delete) \
  F (rocksdb_sstfilewriter_destroy) \
  F (rocksdb_sstfilewriter_finish) \
  F (rocksdb_sstfilewriter_open) \
  F (rocksdb_sstfilewriter_put) \
  F (rocksdb_write) \
  F (rocksdb_writebatch_create) \
  F (rocksdb_writebatch_delete) \
  F (rocksdb_writebatch_destroy) \
  F (rocksdb_writebatch_put) \
  F (rocksdb_writeoptions_create) \
  F (rocksdb_writeoptions_destroy) \
  F (rocksdb_writeoptions_disable_WAL) \
  F (rocksdb_writeoptions_set_sync)

typedef struct
{
#define QS_DECLARE(name) __typeof__ (&name) name;
  QS_ROCKSDB_FUNCTIONS (QS_DECLARE)
#undef QS_DECLARE
} QsRocksdb;

/* Filled in; ends the process if the library isn't there, which the package depends on. */
const QsRocksdb *qs_rocksdb (void);

#ifndef QS_ROCKSDB_LOADER
# define rocksdb_block_based_options_create (*qs_rocksdb ()->rocksdb_block_based_options_create)
# define rocksdb_block_based_options_destroy (*qs_rocksdb ()->rocksdb_block_based_options_destroy)
# define rocksdb_block_based_options_set_block_cache (*qs_rocksdb ()->rocksdb_block_based_options_set_block_cache)
# define rocksdb_block_based_options_set_filter_policy (*qs_rocksdb ()->rocksdb_block_based_options_set_filter_policy)
# define rocksdb_cache_create_lru (*qs_rocksdb ()->rocksdb_cache_create_lru)
# define rocksdb_cache_destroy (*qs_rocksdb ()->rocksdb_cache_destroy)
# define rocksdb_close (*qs_rocksdb ()->rocksdb_close)
# define rocksdb_create_iterator (*qs_rocksdb ()->rocksdb_create_iterator)
# define rocksdb_envoptions_create (*qs_rocksdb ()->rocksdb_envoptions_create)
# define rocksdb_envoptions_destroy (*qs_rocksdb ()->rocksdb_envoptions_destroy)
# define rocksdb_filterpolicy_create_bloom_full (*qs_rocksdb ()->rocksdb_filterpolicy_create_bloom_full)
# define rocksdb_flush (*qs_rocksdb ()->rocksdb_flush)
# define rocksdb_flushoptions_create (*qs_rocksdb ()->rocksdb_flushoptions_create)
# define rocksdb_flushoptions_destroy (*qs_rocksdb ()->rocksdb_flushoptions_destroy)
# define rocksdb_flushoptions_set_wait (*qs_rocksdb ()->rocksdb_flushoptions_set_wait)
# define rocksdb_free (*qs_rocksdb ()->rocksdb_free)
# define rocksdb_get_options_from_string (*qs_rocksdb ()->rocksdb_get_options_from_string)
# define rocksdb_get_pinned (*qs_rocksdb ()->rocksdb_get_pinned)
# define rocksdb_ingest_external_file (*qs_rocksdb ()->rocksdb_ingest_external_file)
# define rocksdb_ingestexternalfileoptions_create (*qs_rocksdb ()->rocksdb_ingestexternalfileoptions_create)
# define rocksdb_ingestexternalfileoptions_destroy (*qs_rocksdb ()->rocksdb_ingestexternalfileoptions_destroy)
# define rocksdb_ingestexternalfileoptions_set_move_files (*qs_rocksdb ()->rocksdb_ingestexternalfileoptions_set_move_files)
# define rocksdb_iter_destroy (*qs_rocksdb ()->rocksdb_iter_destroy)
# define rocksdb_iter_get_error (*qs_rocksdb ()->rocksdb_iter_get_error)
# define rocksdb_iter_key (*qs_rocksdb ()->rocksdb_iter_key)
# define rocksdb_iter_next (*qs_rocksdb ()->rocksdb_iter_next)
# define rocksdb_iter_seek (*qs_rocksdb ()->rocksdb_iter_seek)
# define rocksdb_iter_valid (*qs_rocksdb ()->rocksdb_iter_valid)
# define rocksdb_iter_value (*qs_rocksdb ()->rocksdb_iter_value)
# define rocksdb_open (*qs_rocksdb ()->rocksdb_open)
# define rocksdb_open_for_read_only (*qs_rocksdb ()->rocksdb_open_for_read_only)
# define rocksdb_options_create (*qs_rocksdb ()->rocksdb_options_create)
# define rocksdb_options_destroy (*qs_rocksdb ()->rocksdb_options_destroy)
# define rocksdb_options_set_block_based_table_factory (*qs_rocksdb ()->rocksdb_options_set_block_based_table_factory)
# define rocksdb_options_set_compression (*qs_rocksdb ()->rocksdb_options_set_compression)
# define rocksdb_options_set_create_if_missing (*qs_rocksdb ()->rocksdb_options_set_create_if_missing)
# define rocksdb_options_set_info_log_level (*qs_rocksdb ()->rocksdb_options_set_info_log_level)
# define rocksdb_options_set_keep_log_file_num (*qs_rocksdb ()->rocksdb_options_set_keep_log_file_num)
# define rocksdb_options_set_level0_slowdown_writes_trigger (*qs_rocksdb ()->rocksdb_options_set_level0_slowdown_writes_trigger)
# define rocksdb_options_set_level0_stop_writes_trigger (*qs_rocksdb ()->rocksdb_options_set_level0_stop_writes_trigger)
# define rocksdb_options_set_max_background_jobs (*qs_rocksdb ()->rocksdb_options_set_max_background_jobs)
# define rocksdb_options_set_max_log_file_size (*qs_rocksdb ()->rocksdb_options_set_max_log_file_size)
# define rocksdb_options_set_max_manifest_file_size (*qs_rocksdb ()->rocksdb_options_set_max_manifest_file_size)
# define rocksdb_options_set_max_open_files (*qs_rocksdb ()->rocksdb_options_set_max_open_files)
# define rocksdb_options_set_skip_stats_update_on_db_open (*qs_rocksdb ()->rocksdb_options_set_skip_stats_update_on_db_open)
# define rocksdb_options_set_stats_dump_period_sec (*qs_rocksdb ()->rocksdb_options_set_stats_dump_period_sec)
# define rocksdb_options_set_stats_persist_period_sec (*qs_rocksdb ()->rocksdb_options_set_stats_persist_period_sec)
# define rocksdb_options_set_wal_recovery_mode (*qs_rocksdb ()->rocksdb_options_set_wal_recovery_mode)
# define rocksdb_options_set_write_buffer_size (*qs_rocksdb ()->rocksdb_options_set_write_buffer_size)
# define rocksdb_pinnableslice_destroy (*qs_rocksdb ()->rocksdb_pinnableslice_destroy)
# define rocksdb_pinnableslice_value (*qs_rocksdb ()->rocksdb_pinnableslice_value)
# define rocksdb_property_int (*qs_rocksdb ()->rocksdb_property_int)
# define rocksdb_readoptions_create (*qs_rocksdb ()->rocksdb_readoptions_create)
# define rocksdb_readoptions_destroy (*qs_rocksdb ()->rocksdb_readoptions_destroy)
# define rocksdb_readoptions_set_fill_cache (*qs_rocksdb ()->rocksdb_readoptions_set_fill_cache)
# define rocksdb_readoptions_set_iterate_upper_bound (*qs_rocksdb ()->rocksdb_readoptions_set_iterate_upper_bound)
# define rocksdb_sstfilewriter_create (*qs_rocksdb ()->rocksdb_sstfilewriter_create)
# define rocksdb_sstfilewriter_delete (*qs_rocksdb ()->rocksdb_sstfilewriter_delete)
# define rocksdb_sstfilewriter_destroy (*qs_rocksdb ()->rocksdb_sstfilewriter_destroy)
# define rocksdb_sstfilewriter_finish (*qs_rocksdb ()->rocksdb_sstfilewriter_finish)
# define rocksdb_sstfilewriter_open (*qs_rocksdb ()->rocksdb_sstfilewriter_open)
# define rocksdb_sstfilewriter_put (*qs_rocksdb ()->rocksdb_sstfilewriter_put)
# define rocksdb_write (*qs_rocksdb ()->rocksdb_write)
# define rocksdb_writebatch_create (*qs_rocksdb ()->rocksdb_writebatch_create)
# define rocksdb_writebatch_delete (*qs_rocksdb ()->rocksdb_writebatch_delete)
# define rocksdb_writebatch_destroy (*qs_rocksdb ()->rocksdb_writebatch_destroy)
# define rocksdb_writebatch_put (*qs_rocksdb ()->rocksdb_writebatch_put)
# define rocksdb_writeoptions_create (*qs_rocksdb ()->rocksdb_writeoptions_create)
# define rocksdb_writeoptions_destroy (*qs_rocksdb ()->rocksdb_writeoptions_destroy)
# define rocksdb_writeoptions_disable_WAL (*qs_rocksdb ()->rocksdb_writeoptions_disable_WAL)
# define rocksdb_writeoptions_set_sync (*qs_rocksdb ()->rocksdb_writeoptions_set_sync)
#endif
