/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-change-set-private.h"
#include "qs-store-private.h"

G_BEGIN_DECLS

/*
 * What was changed in a state since its last flush, over a store that it reads
 * and never writes. It sees its own changes, and takes for gone what expired
 * up to its `now`, which stays the same all the time.
 *
 * A call that fails changes nothing.
 *
 * Context: the store's owner.   Locks: none.
 */
typedef struct _QsTransaction QsTransaction;

/* @now: ms. @max_size: what key and value may have together, in bytes. */
QsTransaction   *qs_transaction_new         (QsStore              *store,
                                             gint64                now,
                                             gsize                 max_size);
void             qs_transaction_free        (QsTransaction        *self);

gint64           qs_transaction_get_now     (QsTransaction        *self);

/* Looks @key up. Returns TRUE; *@value is NULL if it isn't there, and valid until
 * the next call. */
gboolean         qs_transaction_lookup      (QsTransaction        *self,
                                             const guint8         *key,
                                             gsize                 key_length,
                                             const guint8        **value,
                                             gsize                *value_length,
                                             GError              **error);

/* QS_STATE_ERROR_TOO_LARGE if the changelog doesn't take it. */
gboolean         qs_transaction_put         (QsTransaction        *self,
                                             const guint8         *key,
                                             gsize                 key_length,
                                             const guint8         *value,
                                             gsize                 value_length,
                                             gint64                expires,
                                             GError              **error);
gboolean         qs_transaction_remove      (QsTransaction        *self,
                                             const guint8         *key,
                                             gsize                 key_length,
                                             GError              **error);

/* The keys (GBytes) that begin with @prefix, in no order. transfer full */
GPtrArray       *qs_transaction_list        (QsTransaction        *self,
                                             const guint8         *prefix,
                                             gsize                 prefix_length,
                                             GError              **error);

/* Removes entries that expired, at most @n_max of them. */
gboolean         qs_transaction_sweep       (QsTransaction        *self,
                                             guint                 n_max,
                                             GError              **error);

/* The changes, in the order in which their keys were first changed, and how
 * many they are. */
const QsChange  *qs_transaction_get_change  (QsTransaction        *self,
                                             guint                 index);
guint            qs_transaction_get_n_changes (QsTransaction      *self);

/* Whether apply() would leave the store as it is. */
gboolean         qs_transaction_is_idle     (QsTransaction        *self);

/* Whether the transaction or its store has something that expires some time. */
gboolean         qs_transaction_has_expiring (QsTransaction       *self);

/* Puts all changes in @batch, as the store has them. */
void             qs_transaction_apply       (QsTransaction        *self,
                                             QsStoreBatch         *batch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsTransaction, qs_transaction_free)

G_END_DECLS
