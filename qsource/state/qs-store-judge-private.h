/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-changelog-reader-private.h"
#include "qs-store-record-private.h"

G_BEGIN_DECLS

/* The decision about a store. */
typedef enum
{
  QS_STORE_VERDICT_KEEP,       /* it is a copy of the changelog, as far as it goes */
  QS_STORE_VERDICT_REPLACE,    /* its origin is unknown, or it is too old */
} QsStoreVerdict;

/*
 * Whether the store that says @record of itself is a copy of the changelog
 * behind @reader, of which these are the facts. If not, and it can't simply be
 * made again, the error (QS_STATE_ERROR_MISMATCH) says what was found and what to
 * do; nothing is touched.
 *
 * @found: whether the store says anything at all.
 * @retention: ms that the changelog keeps tombstones now.
 * @reason: why it is to be replaced; `NULL` if that needs no words. Static.
 *
 * Context: the store's owner; it may read a record.   Locks: none.
 */
gboolean qs_store_judge (const QsStoreRecord  *record,
                         gboolean              found,
                         QsChangelogReader    *reader,
                         const char           *topic,
                         int                   partition,
                         gint64                retention,
                         gboolean              is_embedded,
                         QsStoreVerdict       *verdict,
                         const char          **reason,
                         GError              **error);

G_END_DECLS
