/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-changelog-record-private.h"
#include "qs-partition-reader-private.h"

G_BEGIN_DECLS

/*
 * Reads one partition of a changelog, as it was when it was opened: what is
 * written later is not waited for. Records of transactions that weren't
 * committed are not seen.
 *
 * Context: one thread.   Locks: none; open, verify and read block, at most until
 *   brokers were silent for broker-availability-timeout, and end soon after the
 *   cancellable is cancelled.
 */
typedef struct _QsChangelogReader QsChangelogReader;

/* @is_embedded: the broker knows no transactions. Fails if another program has a
 * transaction open there that doesn't end. */
QsChangelogReader *qs_changelog_reader_open   (QsKafkaConfig      *config,
                                               const char         *topic,
                                               int                 partition,
                                               gboolean            is_embedded,
                                               GCancellable       *cancellable,
                                               GError            **error);
void               qs_changelog_reader_free   (QsChangelogReader  *self);

/* One that only looks on while others write: it looks at one partition after another, and
 * sees of each what is committed, up to the first transaction that is open. Nothing is
 * known before the first look(). */
QsChangelogReader *qs_changelog_reader_new_onlooker (QsKafkaConfig  *config,
                                                     GError        **error);

/* Has it read @partition of @topic as it is now. */
gboolean           qs_changelog_reader_look   (QsChangelogReader  *self,
                                               const char         *topic,
                                               int                 partition,
                                               GCancellable       *cancellable,
                                               GError            **error);

/* Nothing more is fetched until the next look(). */
void               qs_changelog_reader_rest   (QsChangelogReader  *self);

/* "" if the brokers don't say. */
const char        *qs_changelog_reader_get_cluster (QsChangelogReader *self);

/* The first offset, the one behind the last, and when (ms) that was so. */
gint64             qs_changelog_reader_get_begin (QsChangelogReader *self);
gint64             qs_changelog_reader_get_end   (QsChangelogReader *self);
gint64             qs_changelog_reader_get_time  (QsChangelogReader *self);

/* When (ms) all that was removed by then was surely in front of that end, though a
 * transaction may have been open. */
gint64             qs_changelog_reader_get_stable_time (QsChangelogReader *self);

/* Has it end before the first transaction that is open, after a short wait: another one's
 * that writes. */
gboolean           qs_changelog_reader_end_at_stable (QsChangelogReader *self,
                                                      GError           **error);

/* Whether the identity record that @uuid names stands at @offset. */
gboolean           qs_changelog_reader_verify (QsChangelogReader  *self,
                                               const char         *uuid,
                                               gint64              offset,
                                               gboolean           *is_there,
                                               GError            **error);

/* Whether the end of a transaction stands at @offset: no record does, not even one that
 * was not committed. */
gboolean           qs_changelog_reader_find_marker (QsChangelogReader  *self,
                                                    gint64              offset,
                                                    gboolean           *is_marker,
                                                    GError            **error);

/* Called with what was read, between begin_read() and the end. */
typedef gboolean (*QsChangelogFunc)           (const QsChangelogRecord *record,
                                               gint64                   offset,
                                               gpointer                 user_data,
                                               GError                 **error);

/* Begins to read at @offset. */
gboolean           qs_changelog_reader_seek   (QsChangelogReader  *self,
                                               gint64              offset,
                                               GError            **error);

/* Reads what has come, and waits for it no longer than some tenths of a second.
 * *@position: the offset up to which all was read; at the reader's end it is
 * over. */
gboolean           qs_changelog_reader_read   (QsChangelogReader  *self,
                                               QsChangelogFunc     func,
                                               gpointer            user_data,
                                               gint64             *position,
                                               GError            **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsChangelogReader, qs_changelog_reader_free)

G_END_DECLS
