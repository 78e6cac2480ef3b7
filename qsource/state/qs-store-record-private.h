/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-store-private.h"

G_BEGIN_DECLS

/*
 * The description of a store: its changelog, and how far it is a copy of that. It is
 * written in the same batch as the entries.
 *
 * Context: the store's owner.   Locks: none.
 */
typedef struct
{
  gboolean has_changelog;    /* FALSE: it was made with use-changelog-topics off */
  char    *topic;
  int      partition;
  char    *cluster;          /* its id; "" if the brokers don't say */
  char    *uuid;             /* of the changelog; "" if it has none yet */
  gint64   uuid_offset;      /* where it stands there */
  gint64   offset;           /* of the first record that isn't in the store */
  gboolean ends_with_commit; /* the changelog has one more, the marker of our last commit */
  gint64   in_step_at;       /* ms: when the store was last known to have all of it */
  gint64   retention;        /* ms, of the changelog's tombstones at that time */
  gint64   now;              /* ms, the greatest of any transaction */
} QsStoreRecord;

/* Advice for a store that has more than its changelog. */
#define QS_STORE_IS_ONLY_COPY                                                                      \
  "The store might be the only full copy of the state: save it first with 'qsource state export "    \
  "--from store', then call clear_state(), and write it back with 'qsource state import'; or "     \
  "restore the right changelog"

/* All as in a store that is empty. */
void     qs_store_record_init  (QsStoreRecord       *self);
void     qs_store_record_clear (QsStoreRecord       *self);

/* Reads it; *@found is FALSE if there is none, as in a new store. */
gboolean qs_store_record_read  (QsStoreRecord       *self,
                                QsStore             *store,
                                gboolean            *found,
                                GError             **error);
void     qs_store_record_put   (const QsStoreRecord *self,
                                QsStoreBatch        *batch);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QsStoreRecord, qs_store_record_clear)

G_END_DECLS
