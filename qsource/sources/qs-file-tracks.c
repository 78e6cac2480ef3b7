/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-file-tracks-private.h"

#include <stdlib.h>
#include <string.h>

#include "qs-file-siblings-private.h"
#include "qs-log-private.h"

static void
entry_free (gpointer data)
{
  QsFileEntry *self = data;

  g_clear_pointer (&self->tail, qs_file_tail_free);
  g_free (self);
}

static void
track_free (gpointer data)
{
  QsFileTrack *self = data;

  g_queue_clear_full (&self->entries, entry_free);
  g_free (self->path);
  g_free (self->target);
  g_free (self);
}

QsFileTracks *
qs_file_tracks_new (const QsFileRules *rules, GPtrArray *positions)
{
  QsFileTracks *self = g_new0 (QsFileTracks, 1);

  self->rules = *rules;
  self->watch = qs_file_watch_new ();
  self->tracks = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, track_free);
  self->targets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->owners = g_hash_table_new (g_str_hash, g_str_equal);
  self->removed = g_ptr_array_new_with_free_func (g_free);
  self->listings = qs_file_listings_new ();
  self->bystanders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->positions =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) qs_file_position_free);
  for (guint i = 0; i < positions->len; i++)
    {
      QsFilePosition *position = positions->pdata[i];

      g_hash_table_replace (self->positions, position->key, position);
      g_hash_table_add (self->paths, g_strdup (position->path));
    }
  g_queue_init (&self->ready);

  return self;
}

void
qs_file_tracks_free (QsFileTracks *self)
{
  g_queue_clear (&self->ready);
  g_hash_table_unref (self->owners);
  g_hash_table_unref (self->paths);
  g_hash_table_unref (self->targets);
  g_hash_table_unref (self->tracks);
  g_hash_table_unref (self->positions);
  g_ptr_array_unref (self->removed);
  g_hash_table_unref (self->listings);
  g_hash_table_unref (self->bystanders);
  g_clear_pointer (&self->watch, qs_file_watch_free);
  g_free (self);
}

void
qs_file_tracks_push_ready (QsFileTracks *self, QsFileTrack *track)
{
  if (track->is_ready || g_queue_is_empty (&track->entries))
    return;

  track->is_ready = TRUE;
  g_queue_push_tail (&self->ready, track);
}

QsFileTrack *
qs_file_tracks_pop_ready (QsFileTracks *self)
{
  QsFileTrack *track = g_queue_pop_head (&self->ready);

  if (track != NULL)
    track->is_ready = FALSE;

  return track;
}

/* When a file whose name was taken away is done, if nobody writes to it any more. */
static gint64
done_time (QsFileTracks *self, QsFileTail *tail)
{
  gint64 now = g_get_monotonic_time ();
  gint64 age = g_get_real_time () - qs_file_tail_get_changed (tail) / 1000;
  gint64 wait = (gint64) (self->rules.rotate_wait * G_USEC_PER_SEC);

  /* Nobody writes to what was compressed. */
  if (qs_file_tail_is_compressed (tail))
    return now;

  return now + CLAMP (wait - MAX (age, 0), 0, wait);
}

void
qs_file_tracks_retire (QsFileTracks *self, QsFileTrack *track)
{
  QsFileEntry *last = g_queue_peek_tail (&track->entries);

  if (last == NULL || last->is_retired)
    return;

  last->is_retired = TRUE;
  last->done_at = done_time (self, last->tail);
  qs_file_tracks_push_ready (self, track);
}

static void
forget_target (QsFileTracks *self, QsFileTrack *track)
{
  if (track->target != NULL && g_hash_table_lookup (self->targets, track->target) == track)
    g_hash_table_remove (self->targets, track->target);
  g_clear_pointer (&track->target, g_free);
}

/* Its directory, and the one where a symbolic link leads to. */
void
qs_file_tracks_watch (QsFileTracks *self, QsFileTrack *track)
{
  char            *target = realpath (track->path, NULL);
  g_autofree char *directory = g_path_get_dirname (track->path);

  self->is_watched &= qs_file_watch_add (self->watch, directory);
  if (target != NULL)
    {
      g_autofree char *target_directory = g_path_get_dirname (target);

      self->is_watched &= qs_file_watch_add (self->watch, target_directory);
      forget_target (self, track);
      track->target = g_strdup (target);
      g_hash_table_replace (self->targets, g_strdup (target), track);
    }
  free (target);
}

QsFileTrack *
qs_file_tracks_get (QsFileTracks *self, const char *path)
{
  QsFileTrack *track = g_hash_table_lookup (self->tracks, path);

  if (track != NULL)
    return track;

  track = g_new0 (QsFileTrack, 1);
  track->path = g_strdup (path);
  g_queue_init (&track->entries);
  g_hash_table_insert (self->tracks, track->path, track);

  return track;
}

static void
remove_track (QsFileTracks *self, QsFileTrack *track)
{
  g_queue_remove (&self->ready, track);
  forget_target (self, track);
  g_hash_table_remove (self->tracks, track->path);
}

QsFilePosition *
qs_file_tracks_add_position (QsFileTracks *self, const char *key, const char *path)
{
  QsFilePosition *position = qs_file_position_new (key, path);

  position->seen = position->dirty = TRUE;
  g_hash_table_replace (self->positions, position->key, position);
  g_hash_table_add (self->paths, g_strdup (path));

  return position;
}

/* Whether somebody else reads it, or did. */
gboolean
qs_file_tracks_open (QsFileTracks   *self,
                     QsFileTrack    *track,
                     const char     *path,
                     QsFilePosition *position,
                     gboolean        is_retired,
                     GError        **error)
{
  g_autoptr (GError) local_error = NULL;
  QsFileChange change = QS_FILE_UNCHANGED;
  QsFileTail  *tail = qs_file_tail_open (path, position, &change, &local_error);
  QsFileEntry *entry = NULL;

  /* It was rewritten: what it says now is new. */
  if (tail == NULL && change == QS_FILE_REWRITTEN)
    {
      if (position->offset > 0)
        qs_log_message (self->rules.name,
                        NULL,
                        "'%s' was truncated or rewritten since it was read; reading it from its "
                        "beginning",
                        path);
      position->offset = 0;
      position->head_length = position->tail_length = 0;
      position->done = FALSE;
      position->dirty = TRUE;
      tail = qs_file_tail_open (path, position, &change, &local_error);
    }

  /* Gone, or renamed, since it was looked at: the next look finds out, and must come
   * although nothing else may happen. */
  if (tail == NULL && (change != QS_FILE_UNCHANGED ||
                       g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT)))
    {
      self->is_deferred = TRUE;
      return TRUE;
    }

  if (tail == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  entry = g_new0 (QsFileEntry, 1);
  entry->tail = tail;
  entry->is_retired = is_retired;
  entry->done_at = is_retired ? done_time (self, tail) : 0;
  position->seen = TRUE;
  position->done = FALSE;
  g_queue_push_tail (&track->entries, entry);
  g_hash_table_insert (self->owners, position->key, track);
  qs_file_tracks_push_ready (self, track);

  return TRUE;
}

QsFilePosition *
qs_file_tracks_move_position (QsFileTracks   *self,
                              QsFilePosition *position,
                              const char     *key,
                              gboolean        is_copy)
{
  QsFilePosition *moved = qs_file_tracks_add_position (self, key, position->path);

  moved->offset = position->offset;
  moved->head_hash = position->head_hash;
  moved->head_length = position->head_length;
  moved->tail_hash = position->tail_hash;
  moved->tail_length = position->tail_length;
  moved->time = position->time;
  moved->modified = position->modified;
  moved->dirty = TRUE;
  if (!is_copy)
    {
      g_ptr_array_add (self->removed, g_strdup (position->key));
      g_hash_table_remove (self->positions, position->key);
    }

  return moved;
}

gboolean
qs_file_tracks_is_watched (QsFileTracks *self)
{
  return self->is_watched;
}

int
qs_file_tracks_get_fd (QsFileTracks *self)
{
  return qs_file_watch_get_fd (self->watch);
}

static void
modified_cb (const char *path, gpointer user_data)
{
  QsFileTracks  *self = user_data;
  QsFileTrack   *track = g_hash_table_lookup (self->targets, path);
  GHashTableIter iter;
  gpointer       value = NULL;

  if (track == NULL)
    track = g_hash_table_lookup (self->tracks, path);
  if (track != NULL)
    qs_file_tracks_push_ready (self, track);

  /* It may be written to under its new name. */
  g_hash_table_iter_init (&iter, self->tracks);
  while (track == NULL && g_hash_table_iter_next (&iter, NULL, &value))
    {
      QsFileTrack *other = value;
      QsFileEntry *first = g_queue_peek_head (&other->entries);

      if (first != NULL && first->is_retired)
        qs_file_tracks_push_ready (self, other);
    }
}

gboolean
qs_file_tracks_read_events (QsFileTracks *self)
{
  return self->watch != NULL && qs_file_watch_read (self->watch, modified_cb, self);
}

void
qs_file_tracks_ready_all (QsFileTracks *self)
{
  GHashTableIter iter;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, self->tracks);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    qs_file_tracks_push_ready (self, value);
}

void
qs_file_tracks_finish (QsFileTracks *self, QsFileTrack *track)
{
  QsFileEntry    *entry = g_queue_pop_head (&track->entries);
  QsFilePosition *position = qs_file_tail_get_position (entry->tail);

  qs_file_tail_update (entry->tail);
  position->done = position->dirty = TRUE;
  g_hash_table_remove (self->owners, position->key);
  entry_free (entry);

  if (g_queue_is_empty (&track->entries))
    remove_track (self, track);
  else
    qs_file_tracks_push_ready (self, track);
}

gboolean
qs_file_tracks_push_copy (QsFileTracks         *self,
                          QsFileTrack          *track,
                          QsFilePosition       *position,
                          const QsFilePosition *known)
{
  g_autoptr (GPtrArray) siblings = qs_file_siblings_list (self->listings, track->path, 0);

  for (guint i = siblings->len; i > 0; i--)
    {
      QsFileSibling *sibling = siblings->pdata[i - 1];
      guint          n = g_queue_get_length (&track->entries);

      if (g_hash_table_contains (self->positions, sibling->key) ||
          !qs_file_position_is_in (known, sibling->path))
        continue;

      position = qs_file_tracks_move_position (self, position, sibling->key, TRUE);
      if (!qs_file_tracks_open (self, track, sibling->path, position, TRUE, NULL) ||
          g_queue_get_length (&track->entries) == n)
        return FALSE;
      /* Nobody writes to a copy. */
      ((QsFileEntry *) g_queue_peek_tail (&track->entries))->done_at = 0;
      return TRUE;
    }

  return FALSE;
}

gboolean
qs_file_tracks_reopen (QsFileTracks *self, QsFileTrack *track, GError **error)
{
  QsFileEntry *entry = g_queue_peek_head (&track->entries);
  QsFileChange change = QS_FILE_UNCHANGED;
  QsFileTail  *tail = NULL;

  qs_file_tail_update (entry->tail);
  tail = qs_file_tail_open (
      qs_file_tail_get_path (entry->tail), qs_file_tail_get_position (entry->tail), &change, error);
  if (tail == NULL)
    return FALSE;

  qs_file_tail_free (entry->tail);
  entry->tail = tail;
  entry->scanned = 0;

  return TRUE;
}

GHashTable *
qs_file_tracks_get_all (QsFileTracks *self)
{
  return self->tracks;
}

GHashTable *
qs_file_tracks_get_positions (QsFileTracks *self)
{
  return self->positions;
}

GPtrArray *
qs_file_tracks_get_removed (QsFileTracks *self)
{
  return self->removed;
}
