/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-file-follow-private.h"

#include <poll.h>
#include <string.h>

#include "qs-log-private.h"
#include "qs-state.h"

/* Files that are polled, and all of them now and then, in case that the kernel had to
 * drop events. */
#define POLL_MS 1000
#define RESCAN_MS 10000

/* Names that have changed while they were looked at. */
#define DEFERRED_MS 200

/* A compressed file that is still being written. */
#define INCOMPLETE_MS 500

typedef struct
{
  QsStatefulSource           *source;
  const QsFileFollowSettings *settings;
  QsFileTracks               *tracks;
  gint64                      committed_at; /* monotonic */
  gint64                      scanned_at;   /* monotonic */
  gint64                      wake_at;      /* monotonic: the next thing to do by time */
  double                      finished;     /* bytes of the files that are done with */
  gboolean                    is_dirty;
} Follower;

static void
follower_clear (Follower *self)
{
  g_clear_pointer (&self->tracks, qs_file_tracks_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Follower, follower_clear)

static const char *
get_name (Follower *self)
{
  return qs_base_source_get_name (QS_BASE_SOURCE (self->source));
}

/* The positions that the state has. */
static GPtrArray *
load_positions (QsStatefulSource *source, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (source, error);
  g_autoptr (GPtrArray) positions = g_ptr_array_new ();
  g_auto (GStrv) keys = NULL;

  if (state == NULL || (keys = qs_state_keys (state, "file:", error)) == NULL)
    return NULL;

  for (gsize i = 0; keys[i] != NULL; i++)
    {
      g_autoptr (GError) local_error = NULL;
      g_autoptr (GVariant) value = qs_state_get (state, keys[i], &local_error);
      QsFilePosition *position =
          value != NULL ? qs_file_position_from_variant (keys[i], value) : NULL;

      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          g_ptr_array_set_free_func (positions, (GDestroyNotify) qs_file_position_free);
          return NULL;
        }
      if (position != NULL)
        g_ptr_array_add (positions, position);
    }

  return g_steal_pointer (&positions);
}

/* Brings the positions of what is open up to date. */
static void
update_positions (Follower *self)
{
  GHashTableIter iter;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, qs_file_tracks_get_all (self->tracks));
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      QsFileTrack *track = value;

      for (GList *l = track->entries.head; l != NULL; l = l->next)
        {
          QsFileEntry *entry = l->data;

          if (qs_file_tail_get_position (entry->tail)->dirty)
            qs_file_tail_update (entry->tail);
        }
    }
}

/* How much is read of all there is, be it of a line that isn't complete yet. Of a compressed
 * file that isn't known. */
static void
report_progress (Follower *self)
{
  double         done = self->finished, total = self->finished;
  GHashTableIter iter;
  gpointer       value = NULL;

  g_hash_table_iter_init (&iter, qs_file_tracks_get_all (self->tracks));
  while (g_hash_table_iter_next (&iter, NULL, &value))
    for (GList *l = ((QsFileTrack *) value)->entries.head; l != NULL; l = l->next)
      {
        QsFileTail *tail = ((QsFileEntry *) l->data)->tail;

        gint64 n_read;
        gsize  n_waiting = 0;

        if (qs_file_tail_is_compressed (tail))
          continue;
        qs_file_tail_peek (tail, &n_waiting);
        n_read = qs_file_tail_get_offset (tail) + (gint64) n_waiting;
        done += (double) n_read;
        total += (double) MAX (qs_file_tail_get_size (tail), n_read);
      }

  qs_source_report_progress (QS_SOURCE (self->source), done, total);
}

static gboolean
write_positions (Follower *self, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (self->source, error);
  GPtrArray     *removed = qs_file_tracks_get_removed (self->tracks);
  GHashTableIter iter;
  gpointer       value = NULL;

  if (state == NULL)
    return FALSE;

  for (guint i = 0; i < removed->len; i++)
    if (!qs_state_remove (state, removed->pdata[i], error))
      return FALSE;
  g_ptr_array_set_size (removed, 0);

  g_hash_table_iter_init (&iter, qs_file_tracks_get_positions (self->tracks));
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      QsFilePosition *position = value;

      if (!position->dirty)
        continue;
      position->time = g_get_real_time () / 1000;
      if (!qs_state_set (state, position->key, qs_file_position_to_variant (position), error))
        return FALSE;
      position->dirty = FALSE;
    }

  return TRUE;
}

/* The records, and how far they go in the files. */
static gboolean
commit (Follower *self, GError **error)
{
  update_positions (self);
  if (!write_positions (self, error) || !qs_source_flush (QS_SOURCE (self->source), -1, error))
    return FALSE;

  self->is_dirty = FALSE;
  self->committed_at = g_get_monotonic_time ();
  report_progress (self);
  return TRUE;
}

/* The first event of @data: its length, and with what ends it in @taken. False if it
 * isn't complete. */
static gboolean
find_line (Follower    *self,
           QsFileEntry *entry,
           const char  *data,
           gsize        length,
           gsize       *event,
           gsize       *taken)
{
  const gsize max = self->settings->max_line_length;
  const char *end = memchr (data, '\n', MIN (length, max + 1));

  if (end != NULL)
    {
      *event = (gsize) (end - data);
      *taken = *event + 1;
      return TRUE;
    }
  if (length <= max)
    return FALSE;

  *event = *taken = max;
  if (!entry->was_split)
    qs_log_warning (get_name (self),
                    NULL,
                    "'%s' has a line of more than max-line-length, %" G_GSIZE_FORMAT
                    " bytes: it is produced in pieces of that length",
                    qs_file_tail_get_path (entry->tail),
                    max);
  entry->was_split = TRUE;
  return TRUE;
}

/* Likewise, where an event goes on until a line that begins another one. */
static gboolean
find_lines (Follower    *self,
            QsFileEntry *entry,
            const char  *data,
            gsize        length,
            gsize       *event,
            gsize       *taken)
{
  while (entry->scanned < length)
    {
      const char *line = data + entry->scanned;
      const char *end = memchr (line, '\n', length - entry->scanned);
      gsize       n = end != NULL ? (gsize) (end - line) : 0;

      if (end == NULL)
        break;

      if (entry->scanned > 0 &&
          g_regex_match_full (self->settings->multiline_start, line, (gssize) n, 0, 0, NULL, NULL))
        {
          *event = entry->scanned - 1;
          *taken = entry->scanned;
          return TRUE;
        }
      if (entry->scanned + n > self->settings->max_line_length)
        break;
      entry->scanned += n + 1;
    }

  if (length <= self->settings->max_line_length)
    return FALSE;

  /* Too long: what is complete of it, or as much of a line as there may be. */
  if (entry->scanned > 0)
    {
      *event = entry->scanned - 1;
      *taken = entry->scanned;
      return TRUE;
    }
  return find_line (self, entry, data, length, event, taken);
}

static gboolean
produce (Follower *self, QsFileTrack *track, const char *data, gsize length, GError **error)
{
  const char *key = NULL;
  const char *slash = NULL;

  if (self->settings->key != QS_FILE_KEY_NONE)
    key = track->path;
  if (self->settings->key == QS_FILE_KEY_NAME && (slash = strrchr (key, '/')) != NULL)
    key = slash + 1;

  return qs_source_produce_data (QS_SOURCE (self->source),
                                 (const guint8 *) key,
                                 key != NULL ? strlen (key) : 0,
                                 (const guint8 *) data,
                                 length,
                                 0,
                                 error);
}

static gboolean
is_running (Follower *self)
{
  return qs_source_get_running (QS_SOURCE (self->source));
}

/* Produces the events that are complete until the source is stopped; @all: and what is left. */
static gboolean
deliver (Follower *self, QsFileTrack *track, gboolean all, GError **error)
{
  QsFileEntry *entry = g_queue_peek_head (&track->entries);
  gboolean     is_multiline = self->settings->multiline_start != NULL;

  for (;;)
    {
      gsize       length = 0, event = 0, taken = 0;
      const char *data = qs_file_tail_peek (entry->tail, &length);
      gboolean    found = FALSE;

      if (length > 0)
        found = is_multiline ? find_lines (self, entry, data, length, &event, &taken)
                             : find_line (self, entry, data, length, &event, &taken);
      if (!found && (!all || length == 0))
        return TRUE;

      if (!found)
        {
          taken = length;
          event = data[length - 1] == '\n' ? length - 1 : length;
        }
      if (!produce (self, track, data, event, error))
        return FALSE;
      qs_file_tail_take (entry->tail, taken);
      entry->scanned = 0;
      self->is_dirty = TRUE;
      if (!is_running (self))
        return TRUE;
    }
}

static void
wake_by (Follower *self, gint64 time)
{
  self->wake_at = MIN (self->wake_at, time);
}

/* An event of several lines that nobody goes on with. */
static gboolean
deliver_idle (Follower *self, QsFileTrack *track, QsFileEntry *entry, GError **error)
{
  gint64      now = g_get_monotonic_time ();
  gint64      timeout = (gint64) (self->settings->multiline_timeout * G_USEC_PER_SEC);
  gsize       length = 0;
  const char *data = qs_file_tail_peek (entry->tail, &length);

  if (entry->scanned == 0)
    return TRUE;

  if (entry->idle_since == 0)
    entry->idle_since = now;
  if (now < entry->idle_since + timeout)
    {
      wake_by (self, entry->idle_since + timeout);
      return TRUE;
    }

  if (!produce (self, track, data, entry->scanned - 1, error))
    return FALSE;
  qs_file_tail_take (entry->tail, entry->scanned);
  entry->scanned = 0;
  self->is_dirty = TRUE;
  return TRUE;
}

/* There is no more to read of the first file now. */
static gboolean
handle_end (Follower *self, QsFileTrack *track, GError **error)
{
  QsFileEntry *entry = g_queue_peek_head (&track->entries);
  gboolean     is_over = entry->is_retired && g_get_monotonic_time () >= entry->done_at;

  if (!is_over && self->settings->follow)
    {
      if (entry->is_retired)
        wake_by (self, entry->done_at);
      return deliver_idle (self, track, entry, error);
    }

  /* Nobody completes its last line any more. */
  if (!deliver (self, track, TRUE, error))
    return FALSE;
  if (!is_running (self))
    return TRUE;
  if (!qs_file_tail_is_compressed (entry->tail))
    self->finished += (double) qs_file_tail_get_offset (entry->tail);
  qs_file_tracks_finish (self->tracks, track);
  self->is_dirty = TRUE;
  return TRUE;
}

static gboolean
handle_incomplete (Follower *self, QsFileTrack *track, GError **error)
{
  QsFileEntry *entry = g_queue_peek_head (&track->entries);
  gint64       age = g_get_real_time () - qs_file_tail_get_changed (entry->tail) / 1000;

  if (age > MAX (self->settings->rules.rotate_wait, 1) * G_USEC_PER_SEC)
    {
      qs_log_warning (get_name (self),
                      NULL,
                      "'%s' ends in the middle of its compressed data: the rest could not be read",
                      qs_file_tail_get_path (entry->tail));
      return handle_end (self, track, error);
    }

  wake_by (self, g_get_monotonic_time () + INCOMPLETE_MS * 1000);
  return qs_file_tracks_reopen (self->tracks, track, error);
}

static gboolean
handle_truncated (Follower *self, QsFileTrack *track, GError **error)
{
  QsFileEntry *entry = g_queue_peek_head (&track->entries);
  gboolean     has_copy = FALSE;
  gsize        length = 0;

  qs_log_message (get_name (self),
                  NULL,
                  "'%s' was truncated or rewritten; reading it from its beginning",
                  qs_file_tail_get_path (entry->tail));

  qs_file_tail_peek (entry->tail, &length);
  if (!qs_file_tracks_restart (self->tracks, track, &has_copy, error))
    return FALSE;
  if (has_copy || length == 0)
    return TRUE;

  qs_log_warning (get_name (self),
                  NULL,
                  "The last line of '%s' before that had no newline; %" G_GSIZE_FORMAT
                  " bytes of it are skipped",
                  qs_file_tail_get_path (entry->tail),
                  length);
  return TRUE;
}

/* Reads a block of the first file of @track. */
static gboolean
step (Follower *self, QsFileTrack *track, GError **error)
{
  QsFileEntry *entry = g_queue_peek_head (&track->entries);
  QsFileFill   fill = qs_file_tail_fill (entry->tail, error);
  gboolean     has_missed = FALSE;

  if (fill == QS_FILE_FILL_DATA || fill == QS_FILE_FILL_END)
    {
      if (!qs_file_tracks_push_missed (self->tracks, track, &has_missed, error))
        return FALSE;
      if (has_missed)
        return TRUE;
    }

  switch (fill)
    {
    case QS_FILE_FILL_DATA:
      entry->idle_since = 0;
      qs_file_tracks_push_ready (self->tracks, track);
      return deliver (self, track, FALSE, error);

    case QS_FILE_FILL_END:
      return handle_end (self, track, error);

    case QS_FILE_FILL_INCOMPLETE:
      return handle_incomplete (self, track, error);

    case QS_FILE_FILL_TRUNCATED:
      return handle_truncated (self, track, error);

    case QS_FILE_FILL_FAILED:
    default:
      return FALSE;
    }
}

static gboolean
scan (Follower *self, GError **error)
{
  self->scanned_at = g_get_monotonic_time ();
  if (!qs_file_tracks_scan (self->tracks, error))
    return FALSE;

  /* Determine the position in a file before reading from it. */
  self->is_dirty |=
      self->settings->rules.from_end || qs_file_tracks_get_removed (self->tracks)->len > 0;
  return TRUE;
}

/* Waits until there is something to do. */
static void
wait_for_change (Follower *self)
{
  GCancellable *cancellable = qs_base_source_get_cancellable (QS_BASE_SOURCE (self->source));
  GPollFD       stop = { .fd = -1 };
  gint64        left = (self->wake_at - g_get_monotonic_time () + 999) / 1000;
  struct pollfd fds[2];

  if (!g_cancellable_make_pollfd (cancellable, &stop))
    return;

  fds[0] = (struct pollfd){ .fd = stop.fd, .events = POLLIN };
  fds[1] = (struct pollfd){ .fd = qs_file_tracks_get_fd (self->tracks), .events = POLLIN };
  poll (fds, 2, (int) CLAMP (left, 0, RESCAN_MS));
  g_cancellable_release_fd (cancellable);
}

/* When to list the files again, whatever the kernel reports. */
static int
get_rescan_ms (Follower *self)
{
  if (self->tracks->is_deferred)
    return DEFERRED_MS;

  return qs_file_tracks_is_watched (self->tracks) ? RESCAN_MS : POLL_MS;
}

/* Nothing is ready. */
static gboolean
idle (Follower *self, GError **error)
{
  gint64 now = g_get_monotonic_time ();
  gint64 commit_at =
      self->committed_at + (gint64) (self->settings->commit_interval * G_USEC_PER_SEC);
  gint64 rescan_at = self->scanned_at + get_rescan_ms (self) * 1000;

  if (self->is_dirty && now >= commit_at)
    return commit (self, error);
  if (self->is_dirty)
    wake_by (self, commit_at);

  wake_by (self, rescan_at);
  wait_for_change (self);

  now = g_get_monotonic_time ();
  if (qs_file_tracks_read_events (self->tracks) || now >= rescan_at)
    {
      qs_file_tracks_ready_all (self->tracks);
      return scan (self, error);
    }

  /* Looks again at files that wait for their time. */
  if (now >= self->wake_at)
    qs_file_tracks_ready_all (self->tracks);

  return TRUE;
}

static gboolean
run (Follower *self, GError **error)
{
  gint64 interval = (gint64) (self->settings->commit_interval * G_USEC_PER_SEC);

  /* From now on nothing that is written to these files is missed, whatever is killed. */
  if (!scan (self, error) || !commit (self, error))
    return FALSE;

  self->wake_at = G_MAXINT64;
  while (is_running (self))
    {
      QsFileTrack *track = qs_file_tracks_pop_ready (self->tracks);

      if (track != NULL)
        {
          if (!step (self, track, error))
            return FALSE;
          if (self->is_dirty && g_get_monotonic_time () >= self->committed_at + interval &&
              !commit (self, error))
            return FALSE;
          continue;
        }

      if (!self->settings->follow &&
          g_hash_table_size (qs_file_tracks_get_all (self->tracks)) == 0 &&
          !self->tracks->is_deferred)
        break;
      if (!idle (self, error))
        return FALSE;
      if (g_get_monotonic_time () >= self->wake_at)
        self->wake_at = G_MAXINT64;
    }

  return commit (self, error);
}

gboolean
qs_file_follow_run (QsStatefulSource *source, const QsFileFollowSettings *settings, GError **error)
{
  g_auto (Follower) self = { .source = source, .settings = settings };
  g_autoptr (GPtrArray) positions = load_positions (source, error);

  if (positions == NULL)
    return FALSE;

  self.tracks = qs_file_tracks_new (&settings->rules, positions);
  self.committed_at = g_get_monotonic_time ();

  return run (&self, error);
}
