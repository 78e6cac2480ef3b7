/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-file-tail-private.h"
#include "qs-file-watch-private.h"

G_BEGIN_DECLS

/*
 * Decides which files are read, and in which order: each name that the patterns match has a
 * track of the files that had that name one after the other. A file that was rotated away
 * is read to its end before the next one of its track.
 *
 * Context: the thread of run().   Locks: none.
 */
typedef struct
{
  QsFileTail *tail;
  gboolean    is_retired; /* its name is another file's, or nobody's */
  gint64      done_at;    /* monotonic: when a retired one that has no more to read is done */
  gsize       scanned;    /* of what was peeked: bytes known to be in one event */
  gint64      idle_since; /* monotonic: when its last end was met; 0 = it wasn't */
  gboolean    was_split;  /* a long line was reported */
} QsFileEntry;

typedef struct
{
  char    *path;
  char    *target;   /* where it leads to, if it is in targets; nullable */
  GQueue   entries;  /* of QsFileEntry, the one to be read first */
  gboolean is_ready; /* in the queue */
  gboolean is_matched;
} QsFileTrack;

typedef struct
{
  const char        *name; /* of the source, for log lines */
  const char *const *patterns;
  gboolean           from_end;
  double             rotate_wait;
  int                partition;
  int                n_partitions;
} QsFileRules;

typedef struct
{
  QsFileRules  rules;
  QsFileWatch *watch; /* NULL: everything is polled */
  gboolean     is_watched;
  gboolean     has_scanned;
  gboolean     is_deferred; /* something was left for the next look: a copy under way, say */

  GHashTable *tracks;    /* by path; owned */
  GHashTable *targets;   /* path where symbolic links lead to → track; its path owned */
  GHashTable *positions; /* by key; owned */
  GHashTable *paths;     /* all that positions had, and perhaps have; owned */
  GHashTable *owners;    /* key → QsFileTrack that reads it; nothing owned */
  GPtrArray  *removed;   /* keys; owned */

  GHashTable *listings;   /* see qs_file_siblings_list(); owned */
  GHashTable *bystanders; /* keys of files that were there before the one whose rotated
                           * ones they seem to be; owned */
  gint64      scanned_at; /* monotonic: when the look began */
  GQueue      ready;
} QsFileTracks;

/* @rules: copied, but not what it points to. @positions: what the state has
 * (element-type QsFilePosition), of which it becomes the owner. */
QsFileTracks *qs_file_tracks_new         (const QsFileRules  *rules,
                                          GPtrArray          *positions);
void          qs_file_tracks_free        (QsFileTracks       *self);

/* The one of @path, which is made if need be. transfer none */
QsFileTrack  *qs_file_tracks_get         (QsFileTracks       *self,
                                          const char         *path);

/* Watches the directory of @track's file. */
void          qs_file_tracks_watch       (QsFileTracks       *self,
                                          QsFileTrack        *track);

/* A position for a file that the state doesn't know. transfer none */
QsFilePosition *qs_file_tracks_add_position (QsFileTracks    *self,
                                             const char      *key,
                                             const char      *path);

/* Has @path be read after what @track has already, from @position on. A file that has
 * gone meanwhile is left out. */
gboolean      qs_file_tracks_open        (QsFileTracks       *self,
                                          QsFileTrack        *track,
                                          const char         *path,
                                          QsFilePosition     *position,
                                          gboolean            is_retired,
                                          GError            **error);

/* The name of the track's last file is another's now, or nobody's. */
void          qs_file_tracks_retire      (QsFileTracks       *self,
                                          QsFileTrack        *track);

/* A position for the file of @key, which has what was read of @position's file: as
 * well, or, unless @is_copy, instead. transfer none */
QsFilePosition *qs_file_tracks_move_position (QsFileTracks   *self,
                                              QsFilePosition *position,
                                              const char     *key,
                                              gboolean        is_copy);

/* Has a copy of @position's file, which was cut, be read from there on: one that has all
 * that is @known of it. Whether there is one. */
gboolean      qs_file_tracks_push_copy   (QsFileTracks         *self,
                                          QsFileTrack          *track,
                                          QsFilePosition       *position,
                                          const QsFilePosition *known);

/* A file was cut, perhaps more than once since the last look, when the first entry of
 * @track had nothing yet: has copies of what it was in between be read before what it is.
 * Sets @found to whether there are any. */
gboolean      qs_file_tracks_push_missed (QsFileTracks       *self,
                                          QsFileTrack        *track,
                                          gboolean           *found,
                                          GError            **error);

/* Has @path, of which the state knows nothing, be read after what @track has. */
gboolean      qs_file_tracks_push_new    (QsFileTracks       *self,
                                          QsFileTrack        *track,
                                          const char         *path,
                                          const char         *key,
                                          gboolean            is_retired,
                                          GError            **error);

/* Whether the text of @path is one that is read, or was; if so, it is read on in it, if
 * need be. */
gboolean      qs_file_tracks_look_at_copy (QsFileTracks      *self,
                                           const char        *path,
                                           const char        *key,
                                           gboolean          *is_copy,
                                           gboolean          *is_rotated,
                                           GError           **error);

/* Whether a pattern leads to @path. */
gboolean      qs_file_tracks_is_matched   (QsFileTracks      *self,
                                           const char        *path);

/* A compressed one beside which the text still stands: it is being written. */
gboolean      qs_file_tracks_is_unfinished_copy (const char  *path);

/* Looks which files there are. */
gboolean      qs_file_tracks_scan        (QsFileTracks       *self,
                                          GError            **error);

/* Whether every directory is watched; if not, files have to be polled. */
gboolean      qs_file_tracks_is_watched  (QsFileTracks       *self);
int           qs_file_tracks_get_fd      (QsFileTracks       *self);

/* Reads the kernel's events, and marks changed files as ready. */
gboolean      qs_file_tracks_read_events (QsFileTracks       *self);
void          qs_file_tracks_ready_all   (QsFileTracks       *self);

/* The next track that may have something to read; NULL if there is none. transfer none */
QsFileTrack  *qs_file_tracks_pop_ready   (QsFileTracks       *self);
void          qs_file_tracks_push_ready  (QsFileTracks       *self,
                                          QsFileTrack        *track);

/* The first entry of @track is done with; it is removed, and so is a track without one. */
void          qs_file_tracks_finish      (QsFileTracks       *self,
                                          QsFileTrack        *track);

/* The file of the first entry was cut. Reads what is left of it from a copy, if one is
 * there, and it from its beginning. Sets @has_copy to whether there is a copy. */
gboolean      qs_file_tracks_restart     (QsFileTracks       *self,
                                          QsFileTrack        *track,
                                          gboolean           *has_copy,
                                          GError            **error);

/* Opens the first entry's file again, at its position. */
gboolean      qs_file_tracks_reopen      (QsFileTracks       *self,
                                          QsFileTrack        *track,
                                          GError            **error);

/* The tracks. (element-type QsFileTrack), transfer none */
GHashTable   *qs_file_tracks_get_all     (QsFileTracks       *self);

/* The positions (key → QsFilePosition), transfer none, and the keys of those that are to be
 * removed from the state. */
GHashTable   *qs_file_tracks_get_positions (QsFileTracks     *self);
GPtrArray    *qs_file_tracks_get_removed   (QsFileTracks     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsFileTracks, qs_file_tracks_free)

G_END_DECLS
