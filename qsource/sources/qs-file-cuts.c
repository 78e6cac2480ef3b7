/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-file-tracks-private.h"

#include "qs-file-siblings-private.h"

/* Finds copies of files that were truncated: a part of QsFileTracks. */

/* Nobody writes to the copy of a file that was cut. */
static void
complete_last (QsFileTrack *track)
{
  QsFileEntry *last = g_queue_peek_tail (&track->entries);

  if (last != NULL)
    last->done_at = 0;
}

/* Has what is behind the first @n entries of @track be read before them. */
static void
move_to_front (QsFileTrack *track, guint n)
{
  while (n-- > 0)
    g_queue_push_tail (&track->entries, g_queue_pop_head (&track->entries));
}

/* Whether the file of @tail still has its name. */
static gboolean
has_name (QsFileTrack *track, QsFileTail *tail)
{
  QsFileIdentity   identity;
  g_autofree char *key = NULL;

  if (!qs_file_identity_read_path (&identity, track->path, NULL))
    return FALSE;

  key = qs_file_identity_to_key (&identity);
  return g_str_equal (key, qs_file_tail_get_position (tail)->key);
}

/* Whether @sibling may be a copy that nobody has met. */
static gboolean
is_missed (QsFileTracks *self, QsFileTail *tail, QsFileSibling *sibling)
{
  return sibling->identity.modified >= qs_file_tail_get_intact (tail) &&
         !g_hash_table_contains (self->positions, sibling->key) &&
         !g_hash_table_contains (self->bystanders, sibling->key) &&
         !qs_file_tracks_is_unfinished_copy (sibling->path) &&
         !qs_file_tail_begins_like (tail, sibling->path) &&
         !qs_file_tracks_is_matched (self, sibling->path);
}

static gboolean
push_missed (QsFileTracks *self,
             QsFileTrack  *track,
             QsFileTail   *tail,
             GPtrArray    *siblings,
             GError      **error)
{
  for (guint i = 0; i < siblings->len; i++)
    {
      QsFileSibling *sibling = siblings->pdata[i];
      gboolean       is_copy = FALSE, is_rotated = FALSE;

      if (!is_missed (self, tail, sibling))
        continue;
      if (!qs_file_tracks_look_at_copy (
              self, sibling->path, sibling->key, &is_copy, &is_rotated, error))
        return FALSE;
      if (is_copy)
        continue;
      if (!qs_file_tracks_push_new (self, track, sibling->path, sibling->key, TRUE, error))
        return FALSE;
      complete_last (track);
    }

  return TRUE;
}

/* Has copies of what the first file of @track was in between be read after all others. */
static gboolean
look_for_missed (QsFileTracks *self, QsFileTrack *track, GError **error)
{
  QsFileTail *tail = ((QsFileEntry *) g_queue_peek_head (&track->entries))->tail;
  g_autoptr (GPtrArray) siblings = NULL;

  if (!qs_file_tail_is_doubtful (tail))
    return TRUE;

  qs_file_tail_trust (tail);
  siblings = qs_file_siblings_list (self->listings, track->path, 0);

  /* If it was renamed, what is younger than it comes after it. */
  return !has_name (track, tail) || push_missed (self, track, tail, siblings, error);
}

gboolean
qs_file_tracks_push_missed (QsFileTracks *self, QsFileTrack *track, gboolean *found, GError **error)
{
  QsFileEntry *entry = g_queue_peek_head (&track->entries);
  guint        n = g_queue_get_length (&track->entries);

  if (!look_for_missed (self, track, error))
    return FALSE;

  *found = g_queue_get_length (&track->entries) > n;
  if (!*found)
    return TRUE;

  /* Data that was read from it is read again when its turn comes. */
  qs_file_tail_rewind (entry->tail);
  entry->scanned = 0;
  move_to_front (track, n);
  qs_file_tracks_push_ready (self, track);
  return TRUE;
}

gboolean
qs_file_tracks_restart (QsFileTracks *self, QsFileTrack *track, gboolean *has_copy, GError **error)
{
  QsFileEntry *entry = g_queue_peek_head (&track->entries);
  guint        n = g_queue_get_length (&track->entries);
  g_autoptr (QsFilePosition) known = qs_file_tail_new_position (entry->tail);

  qs_file_tail_update (entry->tail);
  *has_copy =
      qs_file_tracks_push_copy (self, track, qs_file_tail_get_position (entry->tail), known);
  qs_file_tail_rewind (entry->tail);
  entry->scanned = 0;
  qs_file_tracks_push_ready (self, track);

  /* It may have been cut again since. */
  if (!look_for_missed (self, track, error))
    return FALSE;
  if (g_queue_get_length (&track->entries) > n)
    move_to_front (track, n);

  return TRUE;
}
