/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-file-rotation-private.h"

#include <string.h>

#include "qs-file-siblings-private.h"
#include "qs-log-private.h"

/* Finds rotated files and puts them in order: a part of QsFileTracks. */

/* The open file of @position, or NULL. */
static QsFileTail *
find_tail (QsFileTracks *self, const QsFilePosition *position)
{
  QsFileTrack *track = g_hash_table_lookup (self->owners, position->key);

  for (GList *l = track != NULL ? track->entries.head : NULL; l != NULL; l = l->next)
    {
      QsFileEntry *entry = l->data;

      if (qs_file_tail_get_position (entry->tail) == position)
        return entry->tail;
    }

  return NULL;
}

/* Whether @path has what is read of @position's file. */
gboolean
qs_file_rotation_is_copied (QsFileTracks *self, const QsFilePosition *position, const char *path)
{
  QsFileTail *tail = find_tail (self, position);

  return qs_file_position_is_in (position, path) ||
         (tail != NULL && qs_file_tail_is_copied_in (tail, path));
}

gboolean
qs_file_tracks_is_unfinished_copy (const char *path)
{
  g_autofree char *plain = NULL;

  if (!qs_file_tail_is_compressed_name (path))
    return FALSE;

  plain = g_strndup (path, strlen (path) - strlen (".gz"));
  return g_file_test (plain, G_FILE_TEST_EXISTS);
}

/* Finds the file of @last among @siblings; -1 if none is it. */
static int
find_sibling (QsFileTracks *self, GPtrArray *siblings, const QsFilePosition *last)
{
  for (guint i = 0; i < siblings->len; i++)
    if (g_str_equal (((QsFileSibling *) siblings->pdata[i])->key, last->key))
      return (int) i;

  for (guint i = 0; i < siblings->len; i++)
    {
      QsFileSibling *sibling = siblings->pdata[i];

      if (!g_hash_table_contains (self->positions, sibling->key) &&
          qs_file_rotation_is_copied (self, last, sibling->path))
        return (int) i;
    }

  return -1;
}

/* The first of @siblings that was written to at @modified or after that. */
static int
find_younger (GPtrArray *siblings, gint64 modified)
{
  guint i = 0;

  while (i < siblings->len && ((QsFileSibling *) siblings->pdata[i])->identity.modified < modified)
    i++;

  return (int) i;
}

/* Has @path be read after what @track has. If it has got another name meanwhile, the
 * next look must begin here. */
gboolean
qs_file_rotation_push (QsFileTracks   *self,
                       QsFileTrack    *track,
                       const char     *path,
                       QsFilePosition *position,
                       gboolean        is_retired,
                       GError        **error)
{
  guint n = g_queue_get_length (&track->entries);

  if (!qs_file_tracks_open (self, track, path, position, is_retired, error))
    return FALSE;
  if (g_queue_get_length (&track->entries) == n)
    self->is_deferred = TRUE;

  return TRUE;
}

gboolean
qs_file_tracks_push_new (QsFileTracks *self,
                         QsFileTrack  *track,
                         const char   *path,
                         const char   *key,
                         gboolean      is_retired,
                         GError      **error)
{
  QsFilePosition *position = qs_file_tracks_add_position (self, key, track->path);

  if (!qs_file_rotation_push (self, track, path, position, is_retired, error))
    return FALSE;
  if (find_tail (self, position) == NULL)
    g_hash_table_remove (self->positions, key);

  return TRUE;
}

/* Reads on in the file that was @track's when the source was stopped. */
static gboolean
push_last (QsFileTracks   *self,
           QsFileTrack    *track,
           QsFilePosition *last,
           QsFileSibling  *sibling,
           GError        **error)
{
  gboolean was_done = last->done;

  if (!g_str_equal (sibling->key, last->key))
    last = qs_file_tracks_move_position (self, last, sibling->key, FALSE);
  last->done = was_done;

  return was_done || qs_file_rotation_push (self, track, sibling->path, last, TRUE, error);
}

void
qs_file_rotation_warn_gone (QsFileTracks *self, QsFileTrack *track, QsFilePosition *last)
{
  if (last->offset > 0)
    qs_log_warning (self->rules.name,
                    NULL,
                    "The file that was '%s' no longer exists: lines after byte %" G_GINT64_FORMAT
                    " could not be read",
                    track->path,
                    last->offset);
  last->done = last->dirty = TRUE;
}

/* Puts what @track's name was rotated to since @last was read before the file that has the
 * name now. It is deferred if names change meanwhile. */
gboolean
qs_file_rotation_push_rotated (QsFileTracks   *self,
                               QsFileTrack    *track,
                               QsFilePosition *last,
                               GError        **error)
{
  g_autoptr (GPtrArray) siblings = qs_file_siblings_list (self->listings, track->path, 0);
  QsFileEntry *entry = g_queue_peek_tail (&track->entries);
  int          at = 0;

  if (entry != NULL)
    qs_file_tail_update (entry->tail);

  at = find_sibling (self, siblings, last);
  if (at >= 0 && entry == NULL && !push_last (self, track, last, siblings->pdata[at], error))
    return FALSE;
  if (at < 0 && entry == NULL && !last->done)
    qs_file_rotation_warn_gone (self, track, last);

  /* Those of two or more rotations between two looks. */
  for (guint i = (guint) (at >= 0 ? at + 1 : find_younger (siblings, last->modified));
       i < siblings->len && !self->is_deferred;
       i++)
    {
      QsFileSibling *sibling = siblings->pdata[i];

      if (g_hash_table_contains (self->positions, sibling->key) ||
          qs_file_tracks_is_unfinished_copy (sibling->path))
        continue;
      if (!qs_file_tracks_push_new (self, track, sibling->path, sibling->key, TRUE, error))
        return FALSE;
    }

  return TRUE;
}
