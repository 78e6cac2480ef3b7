/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-file-position-private.h"

G_BEGIN_DECLS

/*
 * One file that is read from its position on, as bytes that are taken in pieces.
 * It stays open when its name changes or goes.
 *
 * Context: the thread of run().   Locks: none.
 */
typedef struct _QsFileTail QsFileTail;

typedef enum
{
  QS_FILE_FILL_FAILED,
  QS_FILE_FILL_DATA,      /* there is more to take */
  QS_FILE_FILL_END,       /* nothing now */
  QS_FILE_FILL_INCOMPLETE, /* a compressed file that is still being written */
  QS_FILE_FILL_TRUNCATED, /* what was read isn't there any more */
} QsFileFill;

/* The state of the file of a position at its last known place. */
typedef enum
{
  QS_FILE_UNCHANGED,
  QS_FILE_ANOTHER,   /* another file has the name by now: it was renamed, or is gone */
  QS_FILE_REWRITTEN, /* what was read isn't in it any more */
} QsFileChange;

/* Opens @path. If @position isn't that file's, or its content has changed, @change
 * says so and it is NULL without an error. @position: not owned. */
QsFileTail     *qs_file_tail_open         (const char      *path,
                                           QsFilePosition  *position,
                                           QsFileChange    *change,
                                           GError         **error);
void            qs_file_tail_free         (QsFileTail      *self);

QsFilePosition *qs_file_tail_get_position (QsFileTail      *self);
const char     *qs_file_tail_get_path     (QsFileTail      *self);
gboolean        qs_file_tail_is_compressed (QsFileTail     *self);

/* When its file was last written to or renamed, nanoseconds since 1970. */
gint64          qs_file_tail_get_changed  (QsFileTail      *self);
gint64          qs_file_tail_get_modified (QsFileTail      *self);
gint64          qs_file_tail_get_size     (QsFileTail      *self);

/* Reads on. */
QsFileFill      qs_file_tail_fill         (QsFileTail      *self,
                                           GError         **error);

/* Gets the bytes that were read and not taken; transfer none, until the next fill. */
const char     *qs_file_tail_peek         (QsFileTail      *self,
                                           gsize           *length);

/* Takes the first @length bytes of it: they count as read. */
void            qs_file_tail_take         (QsFileTail      *self,
                                           gsize            length);

/* Gets the offset where these begin. */
gint64          qs_file_tail_get_offset   (QsFileTail      *self);

/* Goes on at the end of the file, or at its beginning, whatever was read. */
gboolean        qs_file_tail_seek_end     (QsFileTail      *self,
                                           GError         **error);
void            qs_file_tail_rewind       (QsFileTail      *self);

/* Whether nothing is known of what the file had before, while it was written to since it
 * was opened, or rewound: what it has now may be the text after next. */
gboolean        qs_file_tail_is_doubtful  (QsFileTail      *self);
void            qs_file_tail_trust        (QsFileTail      *self);

/* When the file, as of when it had what was read of it, was written to last; nanoseconds
 * since 1970. */
gint64          qs_file_tail_get_intact   (QsFileTail      *self);

/* All that was read, taken or not, as a position; transfer full. */
QsFilePosition *qs_file_tail_new_position (QsFileTail      *self);

/* Whether @path may be a copy, perhaps one that is still being made, of what the file has
 * from its beginning on. */
gboolean        qs_file_tail_begins_like  (QsFileTail      *self,
                                           const char      *path);

/* Brings the position up to date with what was taken. */
void            qs_file_tail_update       (QsFileTail      *self);

/* Whether @path, perhaps a compressed one, begins with what the file has: so much of it
 * as a look can be. False if the file is empty. */
gboolean        qs_file_tail_is_copied_in (QsFileTail      *self,
                                           const char      *path);

gboolean        qs_file_tail_is_compressed_name (const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsFileTail, qs_file_tail_free)

G_END_DECLS
