/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-changelog-reader-private.h"
#include "qs-store-record-private.h"

G_BEGIN_DECLS

/* How far a recovery is. */
typedef struct
{
  gint64 n_records;   /* read so far */
  gint64 n_left;      /* offsets still to go: at most so many records */
  double rate;        /* records a second */
} QsRecoveryProgress;

typedef void (*QsRecoveryFunc) (const QsRecoveryProgress *progress,
                                gpointer                  user_data);

/*
 * Reads into @store what it misses: from @record's offset to the end of @reader.
 * @record is kept up to date, and written with every part. @progress (nullable)
 * is reported once in a while, and at the end. A store that is interrupted is one that
 * misses less.
 *
 * Context: the store's owner; it blocks.   Locks: none.
 */
gboolean qs_recovery_run (QsStore            *store,
                          QsStoreRecord      *record,
                          QsChangelogReader  *reader,
                          QsRecoveryFunc      progress,
                          gpointer            user_data,
                          GError            **error);

/* The same for a store that follows a changelog while others write to it: what is little
 * is only written to the store's memory, which qs_store_flush() writes out, as one batch
 * with its offset all the same. */
gboolean qs_recovery_follow (QsStore            *store,
                             QsStoreRecord      *record,
                             QsChangelogReader  *reader,
                             QsRecoveryFunc      progress,
                             gpointer            user_data,
                             GError            **error);

G_END_DECLS
