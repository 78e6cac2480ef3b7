/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-change-table-private.h"
#include "qs-store-private.h"

G_BEGIN_DECLS

/*
 * The changes of a state since its last flush, on top of a store that it reads and never
 * writes. Reads see these changes, and treat entries as removed that expired up to its
 * `now`, which never changes.
 *
 * A call that fails changes nothing.
 *
 * Context: the store's owner.   Locks: none.
 */
typedef struct _QsChanges QsChanges;

/* @now: ms. @max_size: what key and value may have together, in bytes. */
QsChanges      *qs_changes_new           (QsStore       *store,
                                          gint64         now,
                                          gsize          max_size);
void            qs_changes_free          (QsChanges     *self);

gint64          qs_changes_get_now       (QsChanges     *self);

/* Looks @key up. Returns TRUE; *@value is NULL if it isn't there, and valid until
 * the next call. */
gboolean        qs_changes_lookup        (QsChanges     *self,
                                          const guint8  *key,
                                          gsize          key_length,
                                          const guint8 **value,
                                          gsize         *value_length,
                                          GError       **error);

/* QS_STATE_ERROR_TOO_LARGE if the changelog doesn't take it. */
gboolean        qs_changes_put           (QsChanges     *self,
                                          const guint8  *key,
                                          gsize          key_length,
                                          const guint8  *value,
                                          gsize          value_length,
                                          gint64         expires,
                                          GError       **error);
gboolean        qs_changes_remove        (QsChanges     *self,
                                          const guint8  *key,
                                          gsize          key_length,
                                          GError       **error);

/* The keys (GBytes) that begin with @prefix, in no order. transfer full */
GPtrArray      *qs_changes_list          (QsChanges     *self,
                                          const guint8  *prefix,
                                          gsize          prefix_length,
                                          GError       **error);

/* Removes entries that expired, at most @n_max of them. */
gboolean        qs_changes_sweep         (QsChanges     *self,
                                          guint          n_max,
                                          GError       **error);

/* The changes, in the order in which their keys were first changed, and how
 * many they are. */
const QsChange *qs_changes_get_change    (QsChanges     *self,
                                          guint          index);
guint           qs_changes_get_n_changes (QsChanges     *self);

/* Whether apply() would leave the store as it is. */
gboolean        qs_changes_is_idle       (QsChanges     *self);

/* Whether a change or the store has something that expires some time. */
gboolean        qs_changes_has_expiring  (QsChanges     *self);

/* Puts all changes in @batch, as the store has them. */
void            qs_changes_apply         (QsChanges     *self,
                                          QsStoreBatch  *batch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsChanges, qs_changes_free)

G_END_DECLS
