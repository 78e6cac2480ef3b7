/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "qs-state-error.h"
#include "qs-store-batch-private.h"
#include "qs-store-iter-private.h"
#include "qs-store-key-private.h"
#include "qs-store-options-private.h"
#include "qs-store-path-private.h"

G_BEGIN_DECLS

/*
 * A store: a RocksDB in a directory of its own, that one process has open.
 *
 * Keys and values are bytes, of any length and each may be empty. A batch is
 * written as a whole: after a crash, and without a write-ahead log, the store
 * is as it was after some qs_store_write(), never in between two of them and
 * never with a part of one. How much it goes back is up to the last
 * qs_store_flush(); therefore the offset of the changelog goes in each batch.
 *
 * Context: one thread at a time (the owner), but qs_store_flush(), which any
 * thread may call.   Locks: none; each function may block on the disk.
 *
 * Errors are QS_STATE_ERROR:
 *   CORRUPT   what RocksDB calls corruption, wherever it is met. A store without
 *             a write-ahead log, which is a copy of something, marks itself: each later
 *             open is refused with CORRUPT until qs_store_remove(). One with it is all
 *             that there is: it is read twice before it is called corrupt, and may
 *             be opened again.
 *   LOCKED    another process, or this one, has it open.
 *   FAILED    all else: a full disk, too many open files, missing rights. The
 *             data is all right, and the text says what to do. After a failed
 *             write or flush, close the store.
 */
#define QS_TYPE_STORE (qs_store_get_type ())

G_DECLARE_FINAL_TYPE (QsStore, qs_store, QS, STORE, GObject)

/* A timer that calls qs_store_flush() this often, in seconds, bounds what a
 * crash costs, also while the source is idle. */
#define QS_STORE_FLUSH_INTERVAL 300

/* Makes a store of @path (see qs_store_path_build()), which is neither touched
 * nor locked before it is opened. @options NULL: QS_STORE_OPTIONS_INIT. */
QsStore     *qs_store_new          (const char            *path,
                                    const QsStoreOptions  *options);

const char  *qs_store_get_path     (QsStore               *self);

/* Opens it, and makes what is missing. Waits until @lock_deadline (0: not at all) for
 * another process to let go, then QS_STATE_ERROR_LOCKED names it; G_IO_ERROR_CANCELLED as soon as @cancellable is. Held by this process, it
 * is not waited for. Only a closed store can be opened; again, too. */
gboolean     qs_store_open         (QsStore               *self,
                                    gint64                 lock_deadline,
                                    GCancellable          *cancellable,
                                    GError               **error);

/* Opens what is there to be read only, beside another process that has it open, whose
 * last writes might not be seen. It needs no lock, and marks nothing; what is damaged can be
 * tried. */
gboolean     qs_store_open_to_read (QsStore               *self,
                                    GError               **error);

/* Flushes it, closes it, and lets go of its lock; that too if it returns FALSE,
 * because not all could be written to the disk. On a closed one: nothing. Free
 * all iterators before. Finalization closes, and logs what fails. */
gboolean     qs_store_close        (QsStore               *self,
                                    GError               **error);

/* All below want an open store. */

/* About how many entries it has, those counted twice that were written twice and not compacted
 * yet, and how many bytes it takes in memory and on disk; -1 = unknown. */
void         qs_store_get_size     (QsStore               *self,
                                    gint64                *n_entries,
                                    gint64                *n_bytes);

/* Reads one value; NULL without an error: it is not there. transfer full */
GBytes      *qs_store_get          (QsStore               *self,
                                    QsStoreSpace           space,
                                    const guint8          *key,
                                    gsize                  key_length,
                                    GError               **error);

/* The same into @value, in place of what that had; **@found says whether it is there. */
gboolean     qs_store_read         (QsStore               *self,
                                    QsStoreSpace           space,
                                    const guint8          *key,
                                    gsize                  key_length,
                                    GByteArray            *value,
                                    gboolean              *found,
                                    GError               **error);

/* Reads all entries of @space whose keys begin with @prefix (NULL, 0: all of
 * them). transfer full */
QsStoreIter *qs_store_iterate      (QsStore               *self,
                                    QsStoreSpace           space,
                                    const guint8          *prefix,
                                    gsize                  prefix_length);

/* Makes all changes of @batch, or none. The batch stays as it is. */
gboolean     qs_store_write        (QsStore               *self,
                                    QsStoreBatch          *batch,
                                    GError               **error);

/* Writes to the disk what only the memory has, and waits for it; returns at
 * once if that is nothing. On a closed store: nothing.
 *
 * Context: any thread, also while the owner works; what he writes meanwhile may
 * be left out. Close waits for it. */
gboolean     qs_store_flush        (QsStore               *self,
                                    GError               **error);

/* The same as qs_store_write() and qs_store_flush() for a batch of many changes, at
 * least one: it becomes a sorted table on the disk, which takes a tenth of the
 * time and nothing of the memtable. Its ends and what is in QS_STORE_SPACE_METADATA
 * are read back before it returns TRUE; what isn't there is CORRUPT. */
gboolean     qs_store_ingest       (QsStore               *self,
                                    QsStoreBatch          *batch,
                                    GError               **error);

/* Marks an open or closed store as corrupt because of @reason, as it does by
 * itself for what RocksDB finds. Failing to is logged. */
void         qs_store_mark_corrupt (QsStore               *self,
                                    const char            *reason);

/* Whether nobody has the store in @path open; else, when that stays so until
 * @lock_deadline, QS_STATE_ERROR_LOCKED. What isn't there is free.
 *
 * Context: any.   Locks: none. */
gboolean     qs_store_check_free   (const char            *path,
                                    gint64                 lock_deadline,
                                    GError               **error);

/* Removes the database in @path, which must not be open, and its mark; the
 * directory and the lock file stay [another process may be waiting for them].
 * Only files that RocksDB makes are removed, and only if none of the last three
 * components of @path is a symbolic link. What isn't there is fine. Waits for a
 * lock as qs_store_open() does.
 *
 * Context: any.   Locks: none. */
gboolean     qs_store_remove       (const char            *path,
                                    gint64                 lock_deadline,
                                    GCancellable          *cancellable,
                                    GError               **error);

G_END_DECLS
