/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-changes-private.h"
#include "qs-producer-private.h"
#include "qs-store-record-private.h"

G_BEGIN_DECLS

/*
 * Writes the changes of a state to one partition of a changelog. They are
 * part of the producer's transaction, which whoever calls commits.
 *
 * Context: the store's owner.   Locks: none.
 */
typedef struct _QsChangelogWriter QsChangelogWriter;

/* @producer must be transactional. */
QsChangelogWriter *qs_changelog_writer_new     (QsProducer          *producer,
                                                const char          *topic,
                                                int                  partition,
                                                GError             **error);
void               qs_changelog_writer_free    (QsChangelogWriter   *self);

/* Produces all of @changes, in their             order, and before the first
 * ones of a changelog, if @record has none, who it is. @deadline: of waiting
 * for room. */
gboolean           qs_changelog_writer_write   (QsChangelogWriter   *self,
                                                QsChanges           *changes,
                                                const QsStoreRecord *record,
                                                gint64               deadline,
                                                GError             **error);

/* Waits until what was written is acknowledged, and fails if the changelog is no longer
 * the one of @record, QS_STATE_ERROR_MISMATCH: its first record is gone, or offsets go
 * back. Nothing is committed yet. */
gboolean           qs_changelog_writer_settle  (QsChangelogWriter   *self,
                                                const QsStoreRecord *record,
                                                gint64               deadline,
                                                GError             **error);

/* Brings @record in step with what was written, once it is committed. */
void               qs_changelog_writer_finish  (QsChangelogWriter   *self,
                                                QsChanges           *changes,
                                                QsStoreRecord       *record);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsChangelogWriter, qs_changelog_writer_free)

G_END_DECLS
