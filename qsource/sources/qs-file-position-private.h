/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* Bytes of a file's beginning, and of what was read last, by which its content is
 * known again. */
#define QS_FILE_SAMPLE 256

/*
 * Identifies a file independently of its name. An inode alone does not: file systems reuse
 * it for the next file. Without a time of birth, that is 0.
 */
typedef struct
{
  guint64 device;
  guint64 inode;
  gint64  birth;    /* nanoseconds since 1970 */
  gint64  modified; /* nanoseconds since 1970; not part of the identity */
  gint64  changed;  /* likewise, of its name too */
  gint64  size;     /* likewise */
  gboolean is_regular;
  guint64  file_system; /* statfs()'s type, 0 unless it was asked for */
} QsFileIdentity;

/*
 * How far a file has been read, as the state keeps it. The file is the one of key;
 * path is where it was when it was written to.
 *
 * Context: the thread of run().   Locks: none.
 */
typedef struct
{
  char    *key;  /* in the state: the identity as a text */
  char    *path;
  gint64   offset; /* of the first byte that was not read; decompressed */
  guint64  head_hash;
  guint32  head_length;
  guint64  tail_hash;
  guint32  tail_length;
  gint64   time;     /* of the last commit, milliseconds since 1970 */
  gint64   modified; /* when the file was written to last, as of then; nanoseconds */
  gboolean done; /* it was rotated away and read to its end */

  gboolean dirty; /* differs from the state */
  gboolean seen;  /* its file was met since the source was started */
} QsFilePosition;

/* Both fail with an error unless @path or @fd leads to a file. A missing one is
 * G_FILE_ERROR_NOENT. */
gboolean        qs_file_identity_read_path (QsFileIdentity  *self,
                                            const char      *path,
                                            GError         **error);
gboolean        qs_file_identity_read_fd   (QsFileIdentity  *self,
                                            int              fd,
                                            GError         **error);

/* As a key in the state; transfer full. */
char           *qs_file_identity_to_key    (const QsFileIdentity *self);

guint64         qs_file_hash               (const guint8    *bytes,
                                            gsize            length);

QsFilePosition *qs_file_position_new       (const char      *key,
                                            const char      *path);
void            qs_file_position_free      (QsFilePosition  *self);

/* NULL if @value isn't one. */
QsFilePosition *qs_file_position_from_variant (const char   *key,
                                               GVariant     *value);
/* Floating. */
GVariant       *qs_file_position_to_variant   (const QsFilePosition *self);

/* Whether what was read of it still stands in @fd, a file that isn't compressed. */
gboolean        qs_file_position_matches_fd   (const QsFilePosition *self,
                                               int                   fd);

/* Likewise in @path, in its decompressed text if it is compressed. False if nothing was
 * read. */
gboolean        qs_file_position_is_in        (const QsFilePosition *self,
                                               const char           *path);

/* Reads over @length bytes. Not by GInputStream's skip(), which skips compressed ones. */
gboolean        qs_file_position_skip         (GInputStream         *stream,
                                               gint64                length,
                                               GError              **error);

/* The decompressed text of @path; transfer full. */
GInputStream   *qs_file_position_decompress   (const char           *path,
                                               GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsFilePosition, qs_file_position_free)

G_END_DECLS
