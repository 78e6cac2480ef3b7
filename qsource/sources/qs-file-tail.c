/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-file-tail-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BLOCK (256 * 1024)

struct _QsFileTail
{
  char           *path;
  int             fd;
  GInputStream   *stream;   /* of a compressed file; NULL for others */
  QsFilePosition *position; /* not owned */

  /* The bytes from base on. Some that were taken stay, as what they were is how the
   * file is known again. */
  guint8 *data;
  gsize   size;   /* room */
  gsize   length; /* bytes in it */
  gsize   taken;
  gint64  base; /* offset of the first one */

  gint64 intact;       /* see qs_file_tail_get_intact() */
  gint64 trusted_time; /* when nothing was missed: last written to, */
  gint64 trusted_size; /* and the size; -1 = that isn't known */
};

gboolean
qs_file_tail_is_compressed_name (const char *path)
{
  return g_str_has_suffix (path, ".gz");
}

static void
make_room (QsFileTail *self, gsize room)
{
  if (self->size - self->length >= room)
    return;

  self->size = MAX (self->size * 2, self->length + room);
  self->data = g_realloc (self->data, self->size);
}

/* Has the buffer begin with the bytes before the position. */
static gboolean
load_history (QsFileTail *self, GError **error)
{
  gsize n = (gsize) MIN (self->position->offset, QS_FILE_SAMPLE);

  make_room (self, BLOCK);
  self->base = self->position->offset - (gint64) n;
  self->length = self->taken = n;
  if (n == 0)
    return TRUE;

  if (self->stream == NULL)
    {
      if (pread (self->fd, self->data, n, self->base) == (gssize) n)
        return TRUE;
    }
  else
    {
      gsize got = 0;

      if (qs_file_position_skip (self->stream, self->base, error) &&
          g_input_stream_read_all (self->stream, self->data, n, &got, NULL, error) && got == n)
        return TRUE;
    }

  if (error != NULL && *error == NULL)
    g_set_error (error,
                 G_FILE_ERROR,
                 G_FILE_ERROR_IO,
                 "Cannot read '%s' from the last position",
                 self->path);
  return FALSE;
}

static gboolean
open_plain (QsFileTail *self, QsFileChange *change, GError **error)
{
  QsFileIdentity   identity;
  g_autofree char *key = NULL;
  gboolean         is_new = self->position->time == 0 && self->position->modified == 0;
  int              code = 0;

  /* A named pipe without a writer must not block. */
  self->fd = open (self->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (self->fd < 0)
    {
      code = errno;
      g_set_error (error,
                   G_FILE_ERROR,
                   g_file_error_from_errno (code),
                   "Cannot open '%s': %s",
                   self->path,
                   g_strerror (code));
      return FALSE;
    }

  if (!qs_file_identity_read_fd (&identity, self->fd, error))
    return FALSE;

  key = qs_file_identity_to_key (&identity);
  *change = g_str_equal (key, self->position->key) ? QS_FILE_UNCHANGED : QS_FILE_ANOTHER;
  self->intact =
      is_new || self->position->offset > 0 ? identity.modified : self->position->modified;
  self->trusted_time = identity.modified;
  self->trusted_size = is_new ? identity.size : -1;
  return *change == QS_FILE_UNCHANGED;
}

QsFileTail *
qs_file_tail_open (const char *path, QsFilePosition *position, QsFileChange *change, GError **error)
{
  g_autoptr (QsFileTail) self = g_new0 (QsFileTail, 1);

  *change = QS_FILE_UNCHANGED;
  self->fd = -1;
  self->path = g_strdup (path);
  self->position = position;

  if (!open_plain (self, change, error))
    return NULL;

  if (qs_file_tail_is_compressed_name (path))
    {
      self->stream = qs_file_position_decompress (path, error);
      if (self->stream == NULL)
        return NULL;
    }
  else if (!qs_file_position_matches_fd (position, self->fd))
    {
      *change = QS_FILE_REWRITTEN;
      return NULL;
    }

  return load_history (self, error) ? g_steal_pointer (&self) : NULL;
}

void
qs_file_tail_free (QsFileTail *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_clear_object (&self->stream);
  g_free (self->path);
  g_free (self->data);
  g_free (self);
}

QsFilePosition *
qs_file_tail_get_position (QsFileTail *self)
{
  return self->position;
}

const char *
qs_file_tail_get_path (QsFileTail *self)
{
  return self->path;
}

gboolean
qs_file_tail_is_compressed (QsFileTail *self)
{
  return self->stream != NULL;
}

gint64
qs_file_tail_get_changed (QsFileTail *self)
{
  QsFileIdentity identity;

  if (!qs_file_identity_read_fd (&identity, self->fd, NULL))
    return 0;

  return MAX (identity.modified, identity.changed);
}

gint64
qs_file_tail_get_modified (QsFileTail *self)
{
  QsFileIdentity identity;

  return qs_file_identity_read_fd (&identity, self->fd, NULL) ? identity.modified : 0;
}

gint64
qs_file_tail_get_size (QsFileTail *self)
{
  QsFileIdentity identity;

  return qs_file_identity_read_fd (&identity, self->fd, NULL) ? identity.size : 0;
}

static void
update_head (QsFileTail *self)
{
  guint32 length = (guint32) MIN (self->taken, QS_FILE_SAMPLE);

  if (self->base != 0 || length <= self->position->head_length)
    return;

  self->position->head_hash = qs_file_hash (self->data, length);
  self->position->head_length = length;
}

/* Drops what was taken, but for the last of it. */
static void
compact (QsFileTail *self)
{
  gsize drop = self->taken > QS_FILE_SAMPLE ? self->taken - QS_FILE_SAMPLE : 0;

  /* Not for a few bytes each time. */
  if (drop < BLOCK / 2 && self->size - self->length >= BLOCK / 2)
    return;

  update_head (self);
  memmove (self->data, self->data + drop, self->length - drop);
  self->base += (gint64) drop;
  self->length -= drop;
  self->taken -= drop;
}

static QsFileFill
fill_stream (QsFileTail *self, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gssize n =
      g_input_stream_read (self->stream, self->data + self->length, BLOCK / 2, NULL, &local_error);

  if (n > 0)
    self->length += (gsize) n;
  if (n >= 0)
    return n > 0 ? QS_FILE_FILL_DATA : QS_FILE_FILL_END;

  if (g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
    return QS_FILE_FILL_INCOMPLETE;

  g_propagate_prefixed_error (
      error, g_steal_pointer (&local_error), "Cannot decompress '%s': ", self->path);
  return QS_FILE_FILL_FAILED;
}

/* Whether the file still has what was read before. It is asked after each read, so
 * that nothing is taken of a file that was cut and has grown past the offset. */
static gboolean
has_history (QsFileTail *self)
{
  guint8 sample[QS_FILE_SAMPLE];
  gsize  n = MIN (self->length, QS_FILE_SAMPLE);

  return pread (self->fd, sample, n, self->base + (gint64) (self->length - n)) == (gssize) n &&
         memcmp (sample, self->data + self->length - n, n) == 0;
}

QsFileFill
qs_file_tail_fill (QsFileTail *self, GError **error)
{
  gint64 modified = qs_file_tail_get_modified (self);
  gssize n = 0;
  int    code = 0;

  compact (self);
  make_room (self, BLOCK / 2);
  if (self->stream != NULL)
    return fill_stream (self, error);

  do
    n = pread (self->fd,
               self->data + self->length,
               self->size - self->length,
               self->base + (gint64) self->length);
  while (n < 0 && errno == EINTR);

  if (n < 0)
    {
      code = errno;
      g_set_error (error,
                   G_FILE_ERROR,
                   g_file_error_from_errno (code),
                   "Cannot read '%s' at byte %" G_GINT64_FORMAT ": %s",
                   self->path,
                   self->base + (gint64) self->length,
                   g_strerror (code));
      return QS_FILE_FILL_FAILED;
    }

  if (!has_history (self))
    return QS_FILE_FILL_TRUNCATED;

  self->length += (gsize) n;
  if (self->taken > 0)
    self->intact = modified;
  return n > 0 ? QS_FILE_FILL_DATA : QS_FILE_FILL_END;
}

const char *
qs_file_tail_peek (QsFileTail *self, gsize *length)
{
  *length = self->length - self->taken;

  return (const char *) self->data + self->taken;
}

gint64
qs_file_tail_get_offset (QsFileTail *self)
{
  return self->base + (gint64) self->taken;
}

void
qs_file_tail_take (QsFileTail *self, gsize length)
{
  self->taken += length;
  self->position->dirty = TRUE;
}

void
qs_file_tail_rewind (QsFileTail *self)
{
  self->base = 0;
  self->length = self->taken = 0;
  self->position->offset = 0;
  self->position->head_length = self->position->tail_length = 0;
  self->position->dirty = TRUE;
  self->trusted_size = -1;
}

gboolean
qs_file_tail_is_doubtful (QsFileTail *self)
{
  return self->stream == NULL && self->base == 0 && self->taken == 0 &&
         (self->trusted_size != qs_file_tail_get_size (self) ||
          self->trusted_time != qs_file_tail_get_modified (self));
}

void
qs_file_tail_trust (QsFileTail *self)
{
  self->trusted_time = qs_file_tail_get_modified (self);
  self->trusted_size = qs_file_tail_get_size (self);
}

gint64
qs_file_tail_get_intact (QsFileTail *self)
{
  return self->intact;
}

QsFilePosition *
qs_file_tail_new_position (QsFileTail *self)
{
  QsFilePosition *position = qs_file_position_new (self->position->key, self->position->path);
  gsize           n = MIN (self->length, QS_FILE_SAMPLE);

  position->offset = self->base + (gint64) self->length;
  position->tail_hash = qs_file_hash (self->data + self->length - n, n);
  position->tail_length = (guint32) n;
  position->head_hash = self->base == 0 ? qs_file_hash (self->data, n) : self->position->head_hash;
  position->head_length = self->base == 0 ? (guint32) n : self->position->head_length;

  return position;
}

gboolean
qs_file_tail_seek_end (QsFileTail *self, GError **error)
{
  guint8 head[QS_FILE_SAMPLE];
  gsize  n = 0;

  self->position->offset = qs_file_tail_get_size (self);
  n = (gsize) MIN (self->position->offset, QS_FILE_SAMPLE);
  if (pread (self->fd, head, n, 0) == (gssize) n)
    {
      self->position->head_hash = qs_file_hash (head, n);
      self->position->head_length = (guint32) n;
    }
  self->position->dirty = TRUE;

  return load_history (self, error);
}

void
qs_file_tail_update (QsFileTail *self)
{
  QsFilePosition *position = self->position;
  gsize           n = MIN (self->taken, QS_FILE_SAMPLE);

  update_head (self);
  position->modified = self->intact;
  position->offset = self->base + (gint64) self->taken;
  position->tail_hash = qs_file_hash (self->data + self->taken - n, n);
  position->tail_length = (guint32) n;
}

/* The beginning of @path's text. */
static gsize
read_beginning (const char *path, guint8 *bytes, gsize length)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GInputStream) stream = qs_file_tail_is_compressed_name (path)
                                        ? qs_file_position_decompress (path, NULL)
                                        : G_INPUT_STREAM (g_file_read (file, NULL, NULL));
  gsize n = 0;

  if (stream != NULL)
    g_input_stream_read_all (stream, bytes, length, &n, NULL, NULL);

  return n;
}

gboolean
qs_file_tail_is_copied_in (QsFileTail *self, const char *path)
{
  g_autofree guint8 *own = g_malloc (BLOCK);
  g_autofree guint8 *other = g_malloc (BLOCK);
  gssize             n = pread (self->fd, own, BLOCK, 0);

  return n > 0 && self->stream == NULL && read_beginning (path, other, (gsize) n) == (gsize) n &&
         memcmp (own, other, (gsize) n) == 0;
}

gboolean
qs_file_tail_begins_like (QsFileTail *self, const char *path)
{
  g_autofree guint8 *own = g_malloc (BLOCK);
  g_autofree guint8 *other = g_malloc (BLOCK);
  gsize              n = MIN (self->length, BLOCK);
  gsize              n_other = read_beginning (path, other, BLOCK);
  QsFileIdentity     identity = { 0 };

  /* Compare with what was read of it, because it might have been truncated since. */
  if (n > 0)
    memcpy (own, self->data, n);
  else
    n = (gsize) MAX (pread (self->fd, own, BLOCK, 0), 0);

  if (n_other == 0 || n == 0)
    return n_other == 0;

  /* A copy is never longer. */
  if (!qs_file_tail_is_compressed_name (path) &&
      (!qs_file_identity_read_path (&identity, path, NULL) ||
       identity.size > qs_file_tail_get_size (self)))
    return FALSE;

  return memcmp (own, other, MIN (n, n_other)) == 0;
}
