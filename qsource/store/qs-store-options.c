/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-options-private.h"

#include "qs-rocksdb-private.h"

#include "qs-state-error.h"

#define MEBIBYTE (1024 * 1024)

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

  /* The many tables of a recovery are compacted in the background; the first
   * write after it doesn't have to wait for that. */
  rocksdb_options_set_level0_slowdown_writes_trigger (options, 64);
  rocksdb_options_set_level0_stop_writes_trigger (options, 96);
}

/* The options that change speed and space, and not what can be lost. */
static const char *const tunable[] = {
  "block_based_table_factory",
  "bottommost_compression",
  "bytes_per_sync",
  "compaction_readahead_size",
  "compression",
  "level0_file_num_compaction_trigger",
  "level0_slowdown_writes_trigger",
  "level0_stop_writes_trigger",
  "level_compaction_dynamic_level_bytes",
  "max_background_jobs",
  "max_bytes_for_level_base",
  "max_bytes_for_level_multiplier",
  "max_open_files",
  "max_subcompactions",
  "max_total_wal_size",
  "max_write_buffer_number",
  "optimize_filters_for_hits",
  "target_file_size_base",
  "target_file_size_multiplier",
  "wal_bytes_per_sync",
  "write_buffer_size",
  NULL,
};

/* Sets one in *@options, which it replaces. Returns RocksDB's error, or NULL. */
static char *
set_tunable (rocksdb_options_t **options, const char *name, const char *value)
{
  g_autofree char   *text = g_strdup_printf ("%s=%s", name, value);
  rocksdb_options_t *changed = rocksdb_options_create ();
  char              *reason = NULL;

  rocksdb_get_options_from_string (*options, text, changed, &reason);
  rocksdb_options_destroy (*options);
  *options = changed;

  return reason;
}

static void
set_tunables (rocksdb_options_t **options, GVariant *rocksdb_options)
{
  GVariantIter iter;
  const char  *name = NULL;
  const char  *value = NULL;

  g_variant_iter_init (&iter, rocksdb_options);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &value))
    {
      char *reason = set_tunable (options, name, value);

      g_assert (reason == NULL);
    }
}

static gboolean
check_name (const char *name, GError **error)
{
  g_autofree char *names = NULL;

  if (g_strv_contains (tunable, name))
    return TRUE;

  names = g_strjoinv (", ", (char **) tunable);
  g_set_error (
      error,
      QS_STATE_ERROR,
      QS_STATE_ERROR_FAILED,
      "Cannot set '%s' in rocksdb-options: only options for speed and space can be set: %s",
      name,
      names);
  return FALSE;
}

/* Whether no other option stands behind @value; those of a table are in braces. */
static gboolean
is_single (const char *value)
{
  int depth = 0;

  for (const char *c = value; *c != '\0'; c++)
    {
      depth += (*c == '{') - (*c == '}');
      if (depth < 0 || (depth == 0 && *c == ';'))
        return FALSE;
    }

  return depth == 0;
}

static gboolean
check_value (const char *name, const char *value, GError **error)
{
  rocksdb_options_t *options = rocksdb_options_create ();
  char              *reason = is_single (value) ? set_tunable (&options, name, value) : NULL;
  gboolean           ok = is_single (value) && reason == NULL;

  if (!ok)
    g_set_error (error,
                 QS_STATE_ERROR,
                 QS_STATE_ERROR_FAILED,
                 "Cannot set '%s' to '%s' in rocksdb-options: %s",
                 name,
                 value,
                 reason != NULL ? reason : "that is more than one value");
  rocksdb_options_destroy (options);
  rocksdb_free (reason);

  return ok;
}

gboolean
qs_store_options_check (GVariant *rocksdb_options, GError **error)
{
  GVariantIter iter;
  const char  *name = NULL;
  const char  *value = NULL;

  if (rocksdb_options == NULL)
    return TRUE;

  g_variant_iter_init (&iter, rocksdb_options);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &value))
    {
      if (!check_name (name, error) || !check_value (name, value, error))
        return FALSE;
    }

  return TRUE;
}

rocksdb_options_t *
qs_store_options_to_rocksdb (const QsStoreOptions *self)
{
  rocksdb_options_t *options = rocksdb_options_create ();

  rocksdb_options_set_create_if_missing (options, TRUE);
  rocksdb_options_set_write_buffer_size (options, self->write_buffer_size);
  rocksdb_options_set_max_open_files (options, self->max_open_files);
  rocksdb_options_set_max_background_jobs (options, self->background_threads);
  set_tables (self, options);
  set_housekeeping (options);
  if (self->rocksdb_options != NULL)
    set_tunables (&options, self->rocksdb_options);

  return options;
}
