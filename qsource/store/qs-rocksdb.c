/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define QS_ROCKSDB_LOADER

#include "qs-rocksdb-private.h"

#include "qs-library-private.h"

#define NAME(function) #function,
static const char *const names[] = { QS_ROCKSDB_FUNCTIONS (NAME) NULL };

static gpointer
load (gpointer user_data)
{
  static QsRocksdb functions;

  qs_library_load (QS_ROCKSDB_LIBRARY, "RocksDB, which a state needs", names, &functions);

  return &functions;
}

const QsRocksdb *
qs_rocksdb (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, load, NULL);
}
