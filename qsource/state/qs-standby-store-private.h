/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-changelog-reader-private.h"
#include "qs-recovery-private.h"
#include "qs-state-settings-private.h"

G_BEGIN_DECLS

/*
 * The store of a partition that a worker elsewhere writes: it follows the changelog, so
 * that a worker that is to run here one day finds it warm. It is the same store, in the
 * same place, as that worker's, and as exact at any moment: what is in it and the offset
 * up to which that is so are written as one.
 *
 * Context: one thread at a time.   Locks: none; it blocks.
 */
typedef struct _QsStandbyStore QsStandbyStore;

/* A store that isn't open. */
QsStandbyStore *qs_standby_store_new   (QsStateSettings    *settings,
                                        const char         *source,
                                        const char         *store_name,
                                        int                 partition);
void            qs_standby_store_free  (QsStandbyStore     *self);

/* Opens it if it isn't, and brings it in step with what is committed in the changelog now.
 *
 * One that is damaged, too old, or that belongs to a changelog which was made anew and is
 * in use again, is made again. If it isn't clear that what it has can be had again, it is
 * left as it is, with QS_STATE_ERROR_MISMATCH. One that another process has open is
 * QS_STATE_ERROR_LOCKED at once. After a failure, or cancelled, it is closed, and may be
 * tried again.
 *
 * @reader: an onlooker.
 * @retention: ms that the changelog keeps tombstones. */
gboolean        qs_standby_store_follow (QsStandbyStore    *self,
                                         QsChangelogReader *reader,
                                         gint64             retention,
                                         QsRecoveryFunc     progress,
                                         gpointer           user_data,
                                         GCancellable      *cancellable,
                                         GError           **error);

/* Writes it out and lets go of its lock; a worker may have it now. On a closed one:
 * nothing. */
void            qs_standby_store_close (QsStandbyStore     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsStandbyStore, qs_standby_store_free)

G_END_DECLS
