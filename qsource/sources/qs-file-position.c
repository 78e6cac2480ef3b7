/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define _GNU_SOURCE

#include "qs-file-position-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define FNV_OFFSET G_GUINT64_CONSTANT (14695981039346656037)
#define FNV_PRIME G_GUINT64_CONSTANT (1099511628211)

static gint64
to_nanoseconds (struct statx_timestamp t)
{
  return t.tv_sec * G_GINT64_CONSTANT (1000000000) + t.tv_nsec;
}

static gboolean
read_identity (QsFileIdentity *self, int fd, const char *path, int flags, GError **error)
{
  struct statx buf;
  int          code = 0;

  if (statx (fd, path, flags, STATX_BASIC_STATS | STATX_BTIME, &buf) != 0)
    {
      code = errno;
      g_set_error (error,
                   G_FILE_ERROR,
                   g_file_error_from_errno (code),
                   "Cannot examine '%s': %s",
                   path,
                   g_strerror (code));
      return FALSE;
    }

  *self = (QsFileIdentity){
    .device = makedev (buf.stx_dev_major, buf.stx_dev_minor),
    .inode = buf.stx_ino,
    .birth = buf.stx_mask & STATX_BTIME ? to_nanoseconds (buf.stx_btime) : 0,
    .modified = to_nanoseconds (buf.stx_mtime),
    .changed = to_nanoseconds (buf.stx_ctime),
    .size = (gint64) buf.stx_size,
    .is_regular = S_ISREG (buf.stx_mode),
  };

  return TRUE;
}

gboolean
qs_file_identity_read_path (QsFileIdentity *self, const char *path, GError **error)
{
  return read_identity (self, AT_FDCWD, path, AT_STATX_SYNC_AS_STAT, error);
}

gboolean
qs_file_identity_read_fd (QsFileIdentity *self, int fd, GError **error)
{
  return read_identity (self, fd, "", AT_EMPTY_PATH, error);
}

char *
qs_file_identity_to_key (const QsFileIdentity *self)
{
  /* A device's number may change when the machine starts again; the time of birth
   * makes it unnecessary. */
  if (self->birth != 0)
    return g_strdup_printf (
        "file:%" G_GUINT64_FORMAT ".%" G_GINT64_FORMAT, self->inode, self->birth);

  return g_strdup_printf (
      "file:%" G_GUINT64_FORMAT "@%" G_GUINT64_FORMAT, self->inode, self->device);
}

guint64
qs_file_hash (const guint8 *bytes, gsize length)
{
  guint64 hash = FNV_OFFSET;

  for (gsize i = 0; i < length; i++)
    hash = (hash ^ bytes[i]) * FNV_PRIME;

  return hash;
}

QsFilePosition *
qs_file_position_new (const char *key, const char *path)
{
  QsFilePosition *self = g_new0 (QsFilePosition, 1);

  self->key = g_strdup (key);
  self->path = g_strdup (path);

  return self;
}

void
qs_file_position_free (QsFilePosition *self)
{
  g_free (self->key);
  g_free (self->path);
  g_free (self);
}

QsFilePosition *
qs_file_position_from_variant (const char *key, GVariant *value)
{
  g_autoptr (QsFilePosition) self = NULL;
  const char *path = NULL;
  gint64      head_hash = 0, tail_hash = 0, head_length = 0, tail_length = 0;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT) ||
      !g_variant_lookup (value, "path", "&s", &path))
    return NULL;

  self = qs_file_position_new (key, path);
  if (!g_variant_lookup (value, "offset", "x", &self->offset) || self->offset < 0)
    return NULL;

  g_variant_lookup (value, "head-hash", "x", &head_hash);
  g_variant_lookup (value, "head-length", "x", &head_length);
  g_variant_lookup (value, "tail-hash", "x", &tail_hash);
  g_variant_lookup (value, "tail-length", "x", &tail_length);
  g_variant_lookup (value, "time", "x", &self->time);
  g_variant_lookup (value, "modified", "x", &self->modified);
  g_variant_lookup (value, "done", "b", &self->done);
  self->head_hash = (guint64) head_hash;
  self->tail_hash = (guint64) tail_hash;
  self->head_length = (guint32) CLAMP (head_length, 0, MIN (self->offset, QS_FILE_SAMPLE));
  self->tail_length = (guint32) CLAMP (tail_length, 0, MIN (self->offset, QS_FILE_SAMPLE));

  return g_steal_pointer (&self);
}

GVariant *
qs_file_position_to_variant (const QsFilePosition *self)
{
  GVariantDict     dict;
  g_autofree char *path = g_utf8_make_valid (self->path, -1);

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "path", "s", path);
  g_variant_dict_insert (&dict, "offset", "x", self->offset);
  g_variant_dict_insert (&dict, "head-hash", "x", (gint64) self->head_hash);
  g_variant_dict_insert (&dict, "head-length", "x", (gint64) self->head_length);
  g_variant_dict_insert (&dict, "tail-hash", "x", (gint64) self->tail_hash);
  g_variant_dict_insert (&dict, "tail-length", "x", (gint64) self->tail_length);
  g_variant_dict_insert (&dict, "time", "x", self->time);
  g_variant_dict_insert (&dict, "modified", "x", self->modified);
  g_variant_dict_insert (&dict, "done", "b", self->done);

  return g_variant_dict_end (&dict);
}

static gboolean
matches_at (int fd, gint64 offset, guint32 length, guint64 hash)
{
  guint8 sample[QS_FILE_SAMPLE];

  return pread (fd, sample, length, offset) == (gssize) length &&
         qs_file_hash (sample, length) == hash;
}

gboolean
qs_file_position_matches_fd (const QsFilePosition *self, int fd)
{
  return (self->head_length == 0 || matches_at (fd, 0, self->head_length, self->head_hash)) &&
         (self->tail_length == 0 ||
          matches_at (fd, self->offset - self->tail_length, self->tail_length, self->tail_hash));
}

gboolean
qs_file_position_skip (GInputStream *stream, gint64 length, GError **error)
{
  guint8 scratch[8192];

  while (length > 0)
    {
      gssize n = g_input_stream_read (
          stream, scratch, (gsize) MIN (length, (gint64) sizeof scratch), NULL, error);

      if (n <= 0)
        return FALSE;
      length -= n;
    }

  return TRUE;
}

static gboolean
matches_stream (const QsFilePosition *self, GInputStream *stream)
{
  guint8 head[QS_FILE_SAMPLE * 2], tail[QS_FILE_SAMPLE];
  gsize  n = 0;
  gsize  length = (gsize) MIN (self->offset, QS_FILE_SAMPLE * 2);
  gint64 tail_start = self->offset - self->tail_length;

  /* Short texts are their own head and tail. */
  if (!g_input_stream_read_all (stream, head, length, &n, NULL, NULL) || n < length ||
      qs_file_hash (head, self->head_length) != self->head_hash)
    return FALSE;

  if (tail_start <= (gint64) length)
    {
      gsize from_head = (gsize) ((gint64) length - tail_start);

      memcpy (tail, head + tail_start, from_head);
      if (!g_input_stream_read_all (
              stream, tail + from_head, self->tail_length - from_head, &n, NULL, NULL))
        return FALSE;
      n += from_head;
    }
  else if (!qs_file_position_skip (stream, tail_start - (gint64) length, NULL) ||
           !g_input_stream_read_all (stream, tail, self->tail_length, &n, NULL, NULL))
    {
      return FALSE;
    }

  return n == self->tail_length && qs_file_hash (tail, self->tail_length) == self->tail_hash;
}

GInputStream *
qs_file_position_decompress (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) raw = g_file_read (file, NULL, error);
  g_autoptr (GZlibDecompressor) gunzip = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);

  if (raw == NULL)
    return NULL;

  return g_converter_input_stream_new (G_INPUT_STREAM (raw), G_CONVERTER (gunzip));
}

gboolean
qs_file_position_is_in (const QsFilePosition *self, const char *path)
{
  g_autoptr (GInputStream) stream = NULL;
  gboolean is_same = FALSE;
  int      fd = -1;

  if (self->offset == 0 || self->tail_length == 0)
    return FALSE;

  if (g_str_has_suffix (path, ".gz"))
    {
      stream = qs_file_position_decompress (path, NULL);
      return stream != NULL && matches_stream (self, stream);
    }

  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  is_same = fd >= 0 && qs_file_position_matches_fd (self, fd);
  if (fd >= 0)
    close (fd);

  return is_same;
}
