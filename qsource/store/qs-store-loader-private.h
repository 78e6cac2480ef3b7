/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-store-private.h"

G_BEGIN_DECLS

/*
 * Brings many changes into a store, batch by batch, each by qs_store_ingest():
 * while the owner fills one, a thread writes the one before it.
 *
 * Context: its owner, who leaves the store alone as long as the loader lives.
 *   Locks: none; submit and finish block on the disk.
 */
typedef struct _QsStoreLoader QsStoreLoader;

QsStoreLoader *qs_store_loader_new       (QsStore        *store);

/* Waits for what was submitted, forgets what was not. */
void           qs_store_loader_free      (QsStoreLoader  *self);

/* The batch to fill. */
QsStoreBatch  *qs_store_loader_get_batch (QsStoreLoader  *self);

/* Has the batch written, which must not be empty, and gives out another one.
 * Waits until the one before is written; fails if that one failed. */
gboolean       qs_store_loader_submit    (QsStoreLoader  *self,
                                          GError        **error);

/* Waits until all that was submitted is written. */
gboolean       qs_store_loader_finish    (QsStoreLoader  *self,
                                          GError        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsStoreLoader, qs_store_loader_free)

G_END_DECLS
