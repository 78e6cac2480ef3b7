/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-file-tracks-private.h"

#include <glob.h>
#include <string.h>

#include "qs-file-rotation-private.h"
#include "qs-file-siblings-private.h"
#include "qs-log-private.h"

/* Lists files in directories: a part of QsFileTracks. */

#define MS_PER_DAY G_GINT64_CONSTANT (86400000)
#define REMEMBER_FOR_DAYS 7

/* A copy of a log that was written to so lately may still be under way. */
#define COPY_SECONDS 2

/* Whether the file of one was written to after that of another. */
static gboolean
is_later (const QsFilePosition *self, const QsFilePosition *other)
{
  if (self->modified != other->modified)
    return self->modified > other->modified;

  return self->time != other->time ? self->time > other->time : other->done;
}

/* The file that had the name of @path last, as far as the state knows. */
static QsFilePosition *
find_last (QsFileTracks *self, const char *path)
{
  QsFilePosition *last = NULL;
  GHashTableIter  iter;
  gpointer        value = NULL;

  /* Among many files most are new. */
  if (!g_hash_table_contains (self->paths, path))
    return NULL;

  g_hash_table_iter_init (&iter, self->positions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      QsFilePosition *position = value;

      if (g_str_equal (position->path, path) && (last == NULL || is_later (position, last)))
        last = position;
    }

  return last;
}

/* A file that the state doesn't know, and that is a copy of one that it does, perhaps a
 * compressed one. @is_rotated: whether it is named like one. */
static QsFilePosition *
find_copied (QsFileTracks *self, const char *path, gboolean *is_rotated)
{
  GHashTableIter iter;
  gpointer       value = NULL;

  *is_rotated = FALSE;
  if (!qs_file_siblings_may_be_rotated (path))
    return NULL;

  g_hash_table_iter_init (&iter, self->positions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      QsFilePosition *position = value;

      if (!qs_file_siblings_is_rotated (path, position->path))
        continue;
      *is_rotated = TRUE;
      if (qs_file_rotation_is_copied (self, position, path))
        return position;
    }

  return NULL;
}

static gboolean
is_recent (const QsFileIdentity *identity)
{
  gint64 changed = MAX (identity->modified, identity->changed) / 1000;

  return g_get_real_time () - changed < COPY_SECONDS * G_USEC_PER_SEC;
}

static guint
hash_path (const char *path)
{
  return (guint) (qs_file_hash ((const guint8 *) path, strlen (path)) >> 16);
}

/* Whether it is read by another worker of this source. */
static gboolean
is_foreign (QsFileTracks *self, const char *path)
{
  return self->rules.n_partitions > 1 &&
         hash_path (path) % (guint) self->rules.n_partitions != (guint) self->rules.partition;
}

/* Whether @position's file is still at @path. */
static gboolean
is_still_at (const QsFilePosition *position, const char *path)
{
  QsFileIdentity   identity;
  g_autofree char *key = NULL;

  if (!qs_file_identity_read_path (&identity, path, NULL))
    return FALSE;

  key = qs_file_identity_to_key (&identity);
  return g_str_equal (key, position->key);
}

/* A file that the state knows; it may have got another name. */
static gboolean
look_at_known (QsFileTracks *self, const char *path, QsFilePosition *position, GError **error)
{
  QsFileTrack   *owner = g_hash_table_lookup (self->owners, position->key);
  QsFileTrack   *track = NULL;
  QsFileEntry   *last = NULL;
  gboolean       is_own = g_str_equal (position->path, path);
  QsFileIdentity identity;

  position->seen = TRUE;
  if (owner != NULL)
    {
      last = g_queue_peek_tail (&owner->entries);
      if (is_own && last != NULL && qs_file_tail_get_position (last->tail) == position)
        {
          last->is_retired = FALSE;
          owner->is_matched = TRUE;
        }
      return TRUE;
    }

  if (position->done && qs_file_tail_is_compressed_name (path))
    return TRUE;
  if (position->done && !is_own && qs_file_identity_read_path (&identity, path, NULL) &&
      identity.size == position->offset && qs_file_position_is_in (position, path))
    return TRUE;

  track = qs_file_tracks_get (self, position->path);
  track->is_matched |= is_own;
  if (is_own && position->offset > 0 && !qs_file_position_is_in (position, path) &&
      is_still_at (position, path))
    qs_file_tracks_push_copy (self, track, position, position);
  if (!qs_file_tracks_open (
          self, track, path, position, !is_own || qs_file_tail_is_compressed_name (path), error))
    return FALSE;
  if (is_own)
    qs_file_tracks_watch (self, track);

  return TRUE;
}

/* A copy of what is read, or was, that the source meets for the first time. */
static gboolean
look_at_copy (QsFileTracks   *self,
              const char     *path,
              const char     *key,
              QsFilePosition *position,
              GError        **error)
{
  gboolean is_compressed = qs_file_tail_is_compressed_name (path);
  gboolean was_done = position->done;

  /* When the one that is read is cut, the rest of it is looked for in the copy. */
  if (g_hash_table_contains (self->owners, position->key))
    return TRUE;

  position = qs_file_tracks_move_position (self, position, key, !is_compressed);
  position->done = was_done;
  if (was_done && is_compressed)
    return TRUE;

  return qs_file_tracks_open (
      self, qs_file_tracks_get (self, position->path), path, position, TRUE, error);
}

gboolean
qs_file_tracks_look_at_copy (QsFileTracks *self,
                             const char   *path,
                             const char   *key,
                             gboolean     *is_copy,
                             gboolean     *is_rotated,
                             GError      **error)
{
  QsFilePosition *position = find_copied (self, path, is_rotated);

  *is_copy = position != NULL;
  return position == NULL || look_at_copy (self, path, key, position, error);
}

/* Those that were rotated away before the source came to know of @track's file. */
static void
remember_bystanders (QsFileTracks *self, QsFileTrack *track)
{
  g_autoptr (GPtrArray) siblings =
      qs_file_siblings_list (self->listings, track->path, self->scanned_at);

  for (guint i = 0; i < siblings->len; i++)
    g_hash_table_add (self->bystanders, g_strdup (((QsFileSibling *) siblings->pdata[i])->key));
}

static gboolean
look_at_new (QsFileTracks         *self,
             const char           *path,
             const char           *key,
             const QsFileIdentity *identity,
             GError              **error)
{
  gboolean        is_compressed = qs_file_tail_is_compressed_name (path);
  gboolean        is_rotated = FALSE, is_copy = FALSE;
  gboolean        was_deferred = self->is_deferred;
  QsFilePosition *last = NULL;
  QsFileTrack    *track = NULL;
  QsFileEntry    *entry = NULL;

  if (!qs_file_tracks_look_at_copy (self, path, key, &is_copy, &is_rotated, error))
    return FALSE;
  if (is_copy)
    return TRUE;

  if (is_rotated &&
      (is_compressed ? qs_file_tracks_is_unfinished_copy (path) : is_recent (identity)))
    {
      self->is_deferred = TRUE;
      return TRUE;
    }

  track = qs_file_tracks_get (self, path);
  track->is_matched = TRUE;
  entry = g_queue_peek_tail (&track->entries);
  last = entry != NULL ? qs_file_tail_get_position (entry->tail) : find_last (self, path);
  qs_file_tracks_retire (self, track);
  self->is_deferred = FALSE;
  if (last == NULL)
    remember_bystanders (self, track);
  if (last != NULL && !qs_file_rotation_push_rotated (self, track, last, error))
    return FALSE;
  if (self->is_deferred)
    return TRUE;

  self->is_deferred = was_deferred;
  if (!qs_file_tracks_push_new (self, track, path, key, is_compressed, error))
    return FALSE;

  entry = g_queue_peek_tail (&track->entries);
  if (self->rules.from_end && !self->has_scanned && last == NULL && entry != NULL &&
      !is_compressed && !qs_file_tail_seek_end (entry->tail, error))
    return FALSE;
  qs_file_tracks_watch (self, track);

  return TRUE;
}

/* @known: whether those that the state knows are looked at, or the others. */
static gboolean
look_at (QsFileTracks *self, const char *path, gboolean known, GError **error)
{
  QsFileIdentity   identity;
  QsFilePosition  *position = NULL;
  QsFileTrack     *track = g_hash_table_lookup (self->tracks, path);
  g_autofree char *key = NULL;

  /* Gone since. */
  if (!qs_file_identity_read_path (&identity, path, NULL))
    return TRUE;

  if (!identity.is_regular || is_foreign (self, path))
    return TRUE;

  key = qs_file_identity_to_key (&identity);
  position = g_hash_table_lookup (self->positions, key);
  if ((position != NULL) != known)
    {
      /* It isn't looked at twice, but its track has its file. */
      if (position != NULL && track != NULL && g_str_equal (position->path, path))
        track->is_matched = TRUE;
      return TRUE;
    }

  return known ? look_at_known (self, path, position, error)
               : look_at_new (self, path, key, &identity, error);
}

/* The directory that a pattern's files are in, or the nearest one that is there. */
static void
watch_pattern (QsFileTracks *self, const char *pattern)
{
  g_autofree char *directory = g_path_get_dirname (pattern);
  gboolean         is_there = FALSE;

  while (!is_there)
    {
      char *parent = NULL;

      is_there = strpbrk (directory, "*?[") == NULL && g_file_test (directory, G_FILE_TEST_IS_DIR);
      if (is_there || g_str_equal (directory, "/") || g_str_equal (directory, "."))
        break;
      parent = g_path_get_dirname (directory);
      g_free (directory);
      directory = parent;
    }
  self->is_watched &= qs_file_watch_add (self->watch, directory);
}

static int
expand (QsFileTracks *self, glob_t *found)
{
  int flags = GLOB_BRACE | GLOB_TILDE;
  int result = GLOB_NOMATCH;

  for (gsize i = 0; self->rules.patterns[i] != NULL; i++)
    {
      int code = glob (self->rules.patterns[i], flags | (i > 0 ? GLOB_APPEND : 0), NULL, found);

      if (code != GLOB_NOMATCH && code != 0)
        return code;
      if (code == 0)
        result = 0;
      watch_pattern (self, self->rules.patterns[i]);
    }

  return result;
}

gboolean
qs_file_tracks_is_matched (QsFileTracks *self, const char *path)
{
  glob_t   found = { 0 };
  int      code = expand (self, &found);
  gboolean is_matched = FALSE;

  for (gsize i = 0; code == 0 && i < found.gl_pathc && !is_matched; i++)
    is_matched = g_str_equal (found.gl_pathv[i], path);
  globfree (&found);

  return is_matched;
}

/* Keys whose files nobody has seen for long. */
static void
forget_old (QsFileTracks *self)
{
  gint64         oldest = g_get_real_time () / 1000 - REMEMBER_FOR_DAYS * MS_PER_DAY;
  GHashTableIter iter;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, self->positions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      QsFilePosition *position = value;

      if (position->seen || !position->done || position->time > oldest)
        continue;
      g_ptr_array_add (self->removed, g_strdup (position->key));
      g_hash_table_iter_remove (&iter);
    }
}

static void
retire_unmatched (QsFileTracks *self)
{
  GHashTableIter iter;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, self->tracks);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      QsFileTrack *track = value;

      if (!track->is_matched)
        qs_file_tracks_retire (self, track);
      track->is_matched = FALSE;
    }
}

/* Those of @path that were not read to their end, and the oldest of them. (element-type
 * QsFilePosition), transfer container */
static GPtrArray *
list_unfinished (QsFileTracks *self, const char *path, QsFilePosition **oldest)
{
  GPtrArray     *unfinished = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer       value = NULL;

  *oldest = NULL;
  g_hash_table_iter_init (&iter, self->positions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      QsFilePosition *position = value;

      if (position->done || !g_str_equal (position->path, path))
        continue;
      g_ptr_array_add (unfinished, position);
      if (*oldest == NULL || is_later (*oldest, position))
        *oldest = position;
    }

  return unfinished;
}

/* Takes from @unfinished the one that is @sibling, under another name or compressed. */
static QsFilePosition *
take_unfinished (QsFileTracks *self, GPtrArray *unfinished, QsFileSibling *sibling)
{
  for (guint i = 0; i < unfinished->len; i++)
    if (g_str_equal (((QsFilePosition *) unfinished->pdata[i])->key, sibling->key))
      return g_ptr_array_steal_index (unfinished, i);

  for (guint i = 0; i < unfinished->len; i++)
    if (!g_hash_table_contains (self->positions, sibling->key) &&
        !qs_file_tracks_is_unfinished_copy (sibling->path) &&
        qs_file_position_is_in (unfinished->pdata[i], sibling->path))
      {
        QsFilePosition *position = g_ptr_array_steal_index (unfinished, i);

        return qs_file_tracks_move_position (
            self, position, sibling->key, !qs_file_tail_is_compressed_name (sibling->path));
      }

  return NULL;
}

/* Puts the files that were @path, and were not read to their end before the source was
 * stopped, in the order of their age, and those that came after them. */
static gboolean
push_unfinished (QsFileTracks *self, const char *path, GError **error)
{
  QsFilePosition *oldest = NULL, *intact = NULL;
  g_autoptr (GPtrArray) unfinished = list_unfinished (self, path, &oldest);
  g_autoptr (GPtrArray) siblings = qs_file_siblings_list (self->listings, path, self->scanned_at);
  QsFileTrack     *track = qs_file_tracks_get (self, path);
  QsFileIdentity   identity;
  g_autofree char *current = NULL;
  gint64           modified = oldest != NULL ? oldest->modified : G_MAXINT64;

  if (qs_file_identity_read_path (&identity, path, NULL))
    current = qs_file_identity_to_key (&identity);
  intact = current != NULL ? g_hash_table_lookup (self->positions, current) : NULL;
  if (intact != NULL && qs_file_position_is_in (intact, path))
    g_ptr_array_remove (unfinished, intact);
  else
    intact = NULL;

  for (guint i = 0; i < siblings->len; i++)
    {
      QsFileSibling  *sibling = siblings->pdata[i];
      QsFilePosition *position = NULL;

      /* A mere copy of what is read on under its own name. */
      if (intact != NULL && !g_hash_table_contains (self->positions, sibling->key) &&
          qs_file_position_is_in (intact, sibling->path))
        continue;
      position = take_unfinished (self, unfinished, sibling);

      if (position != NULL &&
          !qs_file_rotation_push (self, track, sibling->path, position, TRUE, error))
        return FALSE;
      if (position == NULL && sibling->identity.modified >= modified &&
          !g_hash_table_contains (self->positions, sibling->key) &&
          !qs_file_tracks_is_unfinished_copy (sibling->path) &&
          !qs_file_tracks_push_new (self, track, sibling->path, sibling->key, TRUE, error))
        return FALSE;
    }

  for (guint i = 0; i < unfinished->len; i++)
    if (g_strcmp0 (current, ((QsFilePosition *) unfinished->pdata[i])->key) != 0)
      qs_file_rotation_warn_gone (self, track, unfinished->pdata[i]);

  return TRUE;
}

static gboolean
look_at_unfinished (QsFileTracks *self, GError **error)
{
  g_autoptr (GHashTable) paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, self->positions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      QsFilePosition *position = value;

      if (!position->done && !is_foreign (self, position->path))
        g_hash_table_add (paths, g_strdup (position->path));
    }

  g_hash_table_iter_init (&iter, paths);
  while (g_hash_table_iter_next (&iter, &value, NULL))
    if (!push_unfinished (self, value, error))
      return FALSE;

  return TRUE;
}

gboolean
qs_file_tracks_scan (QsFileTracks *self, GError **error)
{
  glob_t   found = { 0 };
  int      code = 0;
  gboolean ok = TRUE;

  self->scanned_at = g_get_monotonic_time ();
  self->is_watched = TRUE;
  self->is_deferred = FALSE;
  code = expand (self, &found);
  if (code != 0 && code != GLOB_NOMATCH)
    {
      globfree (&found);
      g_set_error_literal (error,
                           G_FILE_ERROR,
                           G_FILE_ERROR_FAILED,
                           "Cannot list the files to read: no memory left");
      return FALSE;
    }

  if (!self->has_scanned)
    ok = look_at_unfinished (self, error);
  for (gsize i = 0; ok && i < found.gl_pathc; i++)
    ok = look_at (self, found.gl_pathv[i], TRUE, error);
  for (gsize i = 0; ok && i < found.gl_pathc; i++)
    ok = look_at (self, found.gl_pathv[i], FALSE, error);
  globfree (&found);
  if (!ok)
    return FALSE;

  retire_unmatched (self);
  if (!self->has_scanned)
    forget_old (self);
  self->has_scanned = TRUE;

  return TRUE;
}
