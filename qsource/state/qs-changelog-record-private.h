/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-record-view-private.h"
#include "qs-types.h"

G_BEGIN_DECLS

/*
 * The records of a changelog, byte for byte as Quix Streams writes and reads
 * them, and those that only this library writes, which are harmless to it:
 *
 *   entry     key and value as the state has them; a null value removes. One
 *             that expires says so in a header of its own, never in its value.
 *   identity  says which changelog this is, by a UUID
 *   now       the latest time up to which expired entries are gone
 *
 * Context: any.   Locks: none.
 */

#define QS_CHANGELOG_FAMILY_HEADER  "__column_family__"
#define QS_CHANGELOG_OFFSETS_HEADER "__processed_tp_offsets__"
#define QS_CHANGELOG_EXPIRES_HEADER "__qsource_expires__"

#define QS_CHANGELOG_IDENTITY_KEY "__qsource_changelog_id__"
#define QS_CHANGELOG_NOW_KEY      "__qsource_now__"

/* The maximum size of a record beside key and value, in a batch of its own. */
#define QS_CHANGELOG_OVERHEAD 256

typedef enum
{
  QS_CHANGELOG_ENTRY,
  QS_CHANGELOG_IDENTITY,
  QS_CHANGELOG_NOW,
} QsChangelogKind;

/* The contents of a record; the pointers are those of the record that was read. */
typedef struct
{
  QsChangelogKind  kind;
  gint64           timestamp;      /* ms: of the record; -1 = unknown */
  gint64           time;           /* ms: when the entry expires, 0 = never; or the now */
  const guint8    *key;
  gsize            key_length;
  const guint8    *value;          /* NULL: the entry is removed */
  gsize            value_length;
} QsChangelogRecord;

/* The headers of a record; @expires: ms, 0 = none. transfer full */
QsHeaders *qs_changelog_record_new_headers (gint64              expires);

/* Understands @view. Fails with QS_STATE_ERROR_MALFORMED, which names @topic,
 * partition and offset; it never guesses. */
gboolean   qs_changelog_record_parse       (QsChangelogRecord  *self,
                                            const QsRecordView *view,
                                            const char         *topic,
                                            GError            **error);

G_END_DECLS
