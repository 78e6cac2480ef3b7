/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The limits of a store; start from QS_STORE_OPTIONS_INIT, which is small. */
typedef struct
{
  gsize    write_buffer_size;  /* bytes, of at most two memtables each */
  gsize    cache_size;         /* bytes, of blocks read from the disk */
  int      max_open_files;     /* -1 = no limit */
  int      background_threads; /* for flushing and compaction; all stores of a process share them */
  gboolean write_ahead_log;    /* TRUE: each write is synced to the disk before it returns */
  GVariant *rocksdb_options;   /* a{ss}: RocksDB's own, before ours; nullable, not owned */
} QsStoreOptions;

#define QS_STORE_OPTIONS_INIT { 1024 * 1024, 1024 * 1024, 64, 2, FALSE, NULL }

/* Whether RocksDB takes @rocksdb_options (a{ss}, nullable), and none of them touches
 * what a store must keep.
 *
 * Context: any.   Locks: none. */
gboolean qs_store_options_check (GVariant *rocksdb_options, GError **error);

/* RocksDB's options for @self, which were checked. For this folder only. transfer
 * full
 *
 * Context: any.   Locks: none. */
struct rocksdb_options_t *qs_store_options_to_rocksdb (const QsStoreOptions *self);

G_END_DECLS
