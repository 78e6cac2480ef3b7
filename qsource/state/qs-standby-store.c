/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-standby-store-private.h"

#include "qs-deadline-private.h"
#include "qs-log-private.h"
#include "qs-store-judge-private.h"
#include "qs-store-private.h"

/* Files that each of perhaps many stores of one process keeps open. */
#define MAX_OPEN_FILES 24

/* Seconds between two looks whether it still is the same changelog; and between two notes
 * that an idle one was followed. */
#define JUDGE_INTERVAL 60

struct _QsStandbyStore
{
  /* Set once. */
  QsStateSettings *settings; /* owned */
  char            *source;   /* its name, for the log */
  char            *topic;    /* the changelog */
  int              partition;

  /* While it is open. */
  QsStore      *store; /* owned; nullable */
  QsStoreRecord record;
  gboolean      has_record; /* the store has it */
  gint64        judge_at;   /* deadline */
  gint64        flush_at;   /* deadline */
};

QsStandbyStore *
qs_standby_store_new (QsStateSettings *settings,
                      const char      *source,
                      const char      *store_name,
                      int              partition)
{
  QsStandbyStore *self = g_new0 (QsStandbyStore, 1);

  self->settings = qs_state_settings_ref (settings);
  self->source = g_strdup (source);
  self->topic = qs_state_settings_dup_changelog (settings, store_name);
  self->partition = partition;
  qs_store_record_init (&self->record);

  return self;
}

void
qs_standby_store_free (QsStandbyStore *self)
{
  qs_standby_store_close (self);
  qs_store_record_clear (&self->record);
  qs_state_settings_unref (self->settings);
  g_free (self->source);
  g_free (self->topic);
  g_free (self);
}

static void
forget_record (QsStandbyStore *self)
{
  qs_store_record_clear (&self->record);
  qs_store_record_init (&self->record);
  self->has_record = FALSE;
  self->judge_at = 0;
}

void
qs_standby_store_close (QsStandbyStore *self)
{
  g_autoptr (GError) error = NULL;

  if (self->store == NULL)
    return;

  if (!qs_store_close (self->store, &error))
    qs_log_warning (self->source, NULL, "Cannot close the standby store: %s", error->message);
  g_clear_object (&self->store);
  forget_record (self);
}

static gboolean
try_open (QsStandbyStore *self, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = qs_store_path_build (
      self->settings->state_dir, self->settings->group, self->source, self->partition);
  QsStoreOptions options = QS_STORE_OPTIONS_INIT;

  options.max_open_files = MAX_OPEN_FILES;
  options.rocksdb_options = self->settings->rocksdb_options;
  self->store = qs_store_new (path, &options);
  self->flush_at = qs_deadline_after (QS_STORE_FLUSH_INTERVAL);
  if (qs_store_open (self->store, qs_deadline_after (0), cancellable, error) &&
      qs_store_record_read (&self->record, self->store, &self->has_record, error))
    return TRUE;

  qs_standby_store_close (self);

  return FALSE;
}

/* Makes the store anew, empty. */
static gboolean
replace (QsStandbyStore *self, const char *reason, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = qs_store_path_build (
      self->settings->state_dir, self->settings->group, self->source, self->partition);

  if (reason != NULL)
    qs_log_warning (self->source,
                    NULL,
                    "The standby store in '%s' is rebuilt from the changelog: %s",
                    path,
                    reason);
  qs_standby_store_close (self);

  return qs_store_remove (path, qs_deadline_after (0), cancellable, error) &&
         try_open (self, cancellable, error);
}

/* One that is damaged is made anew. */
static gboolean
open_store (QsStandbyStore *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) own_error = NULL;

  if (try_open (self, cancellable, &own_error))
    return TRUE;
  if (g_error_matches (own_error, QS_STATE_ERROR, QS_STATE_ERROR_CORRUPT))
    return replace (self, own_error->message, cancellable, error);

  g_propagate_error (error, g_steal_pointer (&own_error));

  return FALSE;
}

typedef struct
{
  const char *uuid;
  gboolean    has_first;
  gboolean    is_other; /* the first record is an identity, and not @uuid */
} Beginning;

static gboolean
first_cb (const QsChangelogRecord *record, gint64 offset, gpointer user_data, GError **error)
{
  Beginning       *beginning = user_data;
  g_autofree char *uuid = NULL;

  if (beginning->has_first)
    return TRUE;

  beginning->has_first = TRUE;
  if (record->kind != QS_CHANGELOG_IDENTITY)
    return TRUE;

  uuid = g_strndup ((const char *) record->value, record->value_length);
  beginning->is_other = !g_str_equal (uuid, beginning->uuid);

  return TRUE;
}

/* Whether a worker has begun another history in this changelog, which is what counts from
 * then on. One that is empty may be a mistake, and the store the only copy. */
static gboolean
has_new_history (QsStandbyStore *self, QsChangelogReader *reader)
{
  const QsStoreRecord *record = &self->record;
  const char          *cluster = qs_changelog_reader_get_cluster (reader);
  gint64               position = qs_changelog_reader_get_begin (reader);
  gint64               end = qs_changelog_reader_get_end (reader);
  Beginning            beginning = { record->uuid, FALSE, FALSE };

  if (!record->has_changelog || *record->uuid == '\0' ||
      !g_str_equal (record->topic, self->topic) || record->partition != self->partition ||
      (*record->cluster != '\0' && *cluster != '\0' && !g_str_equal (record->cluster, cluster)) ||
      !qs_changelog_reader_seek (reader, position, NULL))
    return FALSE;

  while (!beginning.has_first && position < end)
    {
      if (!qs_changelog_reader_read (reader, first_cb, &beginning, &position, NULL))
        return FALSE;
    }

  return beginning.is_other;
}

/* Whether it is a copy of that changelog, or can become one. */
static gboolean
judge (QsStandbyStore    *self,
       QsChangelogReader *reader,
       gint64             retention,
       GCancellable      *cancellable,
       GError           **error)
{
  QsStoreVerdict verdict = QS_STORE_VERDICT_KEEP;
  const char    *reason = NULL;
  g_autoptr (GError) own_error = NULL;

  if (!qs_store_judge (&self->record,
                       self->has_record,
                       reader,
                       self->topic,
                       self->partition,
                       retention,
                       FALSE,
                       &verdict,
                       &reason,
                       &own_error))
    {
      if (!g_error_matches (own_error, QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH) ||
          !self->has_record || !has_new_history (self, reader))
        {
          g_propagate_error (error, g_steal_pointer (&own_error));
          return FALSE;
        }
      verdict = QS_STORE_VERDICT_REPLACE;
      reason = "the changelog was created again, and a worker has begun to write to it";
    }

  if (verdict == QS_STORE_VERDICT_REPLACE && !replace (self, reason, cancellable, error))
    return FALSE;

  self->judge_at = qs_deadline_after (JUDGE_INTERVAL);

  return TRUE;
}

/* Sets the new description of the store. */
static void
adopt (QsStandbyStore *self, QsChangelogReader *reader, gint64 retention)
{
  const char *cluster = qs_changelog_reader_get_cluster (reader);

  if (!self->has_record)
    self->record.in_step_at = qs_changelog_reader_get_stable_time (reader);
  g_free (self->record.topic);
  self->record.topic = g_strdup (self->topic);
  self->record.partition = self->partition;
  self->record.retention = retention;
  if (*cluster == '\0')
    return;

  g_free (self->record.cluster);
  self->record.cluster = g_strdup (cluster);
}

/* Whether there is a reason to look at what the changelog is: one without an identity
 * cannot be distinguished from another. */
static gboolean
should_judge (QsStandbyStore *self, QsChangelogReader *reader)
{
  return self->judge_at == 0 || qs_changelog_reader_get_end (reader) < self->record.offset ||
         (*self->record.uuid != '\0' && qs_deadline_passed (self->judge_at));
}

static gboolean
follow (QsStandbyStore    *self,
        QsChangelogReader *reader,
        gint64             retention,
        QsRecoveryFunc     progress,
        gpointer           user_data,
        GCancellable      *cancellable,
        GError           **error)
{
  gboolean is_due = FALSE;

  if (!qs_changelog_reader_look (reader, self->topic, self->partition, cancellable, error))
    return FALSE;

  is_due = should_judge (self, reader);
  if (is_due && !judge (self, reader, retention, cancellable, error))
    return FALSE;
  if (!is_due && qs_changelog_reader_get_end (reader) == self->record.offset)
    return TRUE;

  adopt (self, reader, retention);
  if (!qs_recovery_follow (self->store, &self->record, reader, progress, user_data, error))
    return FALSE;
  self->has_record = TRUE;

  return TRUE;
}

static gboolean
flush (QsStandbyStore *self, GError **error)
{
  if (!qs_deadline_passed (self->flush_at))
    return TRUE;

  self->flush_at = qs_deadline_after (QS_STORE_FLUSH_INTERVAL);

  return qs_store_flush (self->store, error);
}

gboolean
qs_standby_store_follow (QsStandbyStore    *self,
                         QsChangelogReader *reader,
                         gint64             retention,
                         QsRecoveryFunc     progress,
                         gpointer           user_data,
                         GCancellable      *cancellable,
                         GError           **error)
{
  g_autoptr (GError) own_error = NULL;
  gboolean ok = TRUE;

  if (self->store == NULL && !open_store (self, cancellable, error))
    return FALSE;

  ok = follow (self, reader, retention, progress, user_data, cancellable, &own_error);
  if (!ok && g_error_matches (own_error, QS_STATE_ERROR, QS_STATE_ERROR_CORRUPT))
    {
      ok = replace (self, own_error->message, cancellable, error);
      g_clear_error (&own_error);
      if (!ok)
        return FALSE;
      ok = follow (self, reader, retention, progress, user_data, cancellable, &own_error);
    }
  qs_changelog_reader_rest (reader);
  if (ok && flush (self, &own_error))
    return TRUE;

  /* It isn't known how much of what was read came into the store; that is. */
  qs_standby_store_close (self);
  g_propagate_error (error, g_steal_pointer (&own_error));

  return FALSE;
}
