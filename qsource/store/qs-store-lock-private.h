/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * Controls who may use the directory of a store. Against other processes, RocksDB locks its
 * file LOCK with fcntl(); we look at that lock first, since trying to open turns the
 * holder's log over. fcntl() doesn't lock a process out of its own files, and even lets go
 * of a lock when any descriptor of the file is closed; so this process keeps a list, and
 * looks at no LOCK that is in it.
 */
typedef struct _QsStoreLock QsStoreLock;

/* Takes @path, which must exist, within this process, and waits until no other one holds
 * it, or until @deadline. NULL: QS_STATE_ERROR_LOCKED, or G_IO_ERROR_CANCELLED.
 *
 * Context: any.   Locks: none. */
QsStoreLock *qs_store_lock_new        (const char    *path,
                                       gint64         deadline,
                                       GCancellable  *cancellable,
                                       GError       **error);

/* Lets go of it; after RocksDB has.
 *
 * Context: any.   Locks: none. */
void         qs_store_lock_free       (QsStoreLock   *self);

/* Waits, until the same deadline, before RocksDB is asked again, after it has
 * said with @text that somebody else was quicker to lock.
 *
 * Context: the owner of @self.   Locks: none. */
gboolean     qs_store_lock_retry      (QsStoreLock   *self,
                                       const char    *text,
                                       GCancellable  *cancellable,
                                       GError       **error);

/* Locks the file LOCK, as RocksDB would, until @self is freed.
 *
 * Context: the owner of @self.   Locks: none. */
gboolean     qs_store_lock_take       (QsStoreLock   *self,
                                       GCancellable  *cancellable,
                                       GError       **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsStoreLock, qs_store_lock_free)

G_END_DECLS
