/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-store-private.h"

G_BEGIN_DECLS

/*
 * Writes a store to the disk every few minutes, in a thread of its own, so that
 * a crash of a source costs no more than that, also if it sleeps.
 *
 * Context: the store's owner.   Locks: none.
 */
typedef struct _QsStoreFlusher QsStoreFlusher;

/* @source: its name, for the log. */
QsStoreFlusher *qs_store_flusher_new  (QsStore         *store,
                                       const char      *source);
void            qs_store_flusher_free (QsStoreFlusher  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsStoreFlusher, qs_store_flusher_free)

G_END_DECLS
