/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-recovery-private.h"

#include "qs-kill-point-private.h"
#include "qs-state-entry-private.h"
#include "qs-store-loader-private.h"

/* The size of one table of the store, in bytes and records; memory holds two of them. Smaller
 * tables would have to be compacted sooner. */
#define PART_SIZE (16 * 1024 * 1024)
#define PART_RECORDS (256 * 1024)

/* Bytes of which it isn't worth to make a table. */
#define LITTLE_SIZE (256 * 1024)

/* Microseconds. */
#define PROGRESS_INTERVAL G_USEC_PER_SEC

typedef struct
{
  QsStore       *store;
  QsStoreLoader *loader;
  QsStoreRecord *record;
  gint64         n_records;
  gint64         last;       /* the offset of the last one; -1: there was none */
  gint64         started_at; /* monotonic */
} Recovery;

static gboolean
take_identity (Recovery *self, const QsChangelogRecord *record, gint64 offset, GError **error)
{
  g_autofree char *uuid = g_strndup ((const char *) record->value, record->value_length);

  if (*self->record->uuid != '\0' && !g_str_equal (self->record->uuid, uuid))
    {
      g_set_error (error,
                   QS_STATE_ERROR,
                   QS_STATE_ERROR_MISMATCH,
                   "Changelog '%s', partition %d, says at offset %" G_GINT64_FORMAT
                   " that it is '%s', but said '%s' before: two applications write to it",
                   self->record->topic,
                   self->record->partition,
                   offset,
                   uuid,
                   self->record->uuid);
      return FALSE;
    }

  g_free (self->record->uuid);
  self->record->uuid = g_steal_pointer (&uuid);
  self->record->uuid_offset = offset;

  return TRUE;
}

/* Everything up to @position has been read. */
static void
note_position (Recovery *self, gint64 position)
{
  self->record->offset = position;
  self->record->ends_with_commit = FALSE;
  qs_store_record_put (self->record, qs_store_loader_get_batch (self->loader));
}

/* Writes what is only in memory first: a crash must not leave only later data. */
static gboolean
submit (Recovery *self, gint64 position, GError **error)
{
  note_position (self, position);

  return qs_store_flush (self->store, error) && qs_store_loader_submit (self->loader, error);
}

/* The last part, which is little, as one batch behind all tables. */
static gboolean
write_little (Recovery *self, gint64 position, GError **error)
{
  note_position (self, position);

  return qs_store_loader_finish (self->loader, error) &&
         qs_store_write (self->store, qs_store_loader_get_batch (self->loader), error);
}

static gboolean
apply_cb (const QsChangelogRecord *record, gint64 offset, gpointer user_data, GError **error)
{
  Recovery     *self = user_data;
  QsStoreBatch *batch = qs_store_loader_get_batch (self->loader);

  self->n_records++;
  self->last = offset;
  if (record->kind == QS_CHANGELOG_IDENTITY)
    return take_identity (self, record, offset, error);

  if (record->kind == QS_CHANGELOG_NOW)
    self->record->now = MAX (self->record->now, record->time);
  else if (record->value == NULL)
    qs_store_batch_remove (batch, QS_STORE_SPACE_DATA, record->key, record->key_length);
  else
    qs_state_entry_put (
        batch, record->key, record->key_length, record->value, record->value_length, record->time);
  QS_KILL_POINT ("recovery");

  if (qs_store_batch_get_size (batch) < PART_SIZE &&
      qs_store_batch_get_count (batch) < PART_RECORDS)
    return TRUE;

  return submit (self, offset + 1, error);
}

static void
tell (Recovery *self, gint64 n_left, QsRecoveryFunc func, gpointer user_data)
{
  double             elapsed = (double) (g_get_monotonic_time () - self->started_at) / 1e6;
  QsRecoveryProgress progress = { self->n_records, n_left, 0 };

  if (elapsed > 0)
    progress.rate = (double) self->n_records / elapsed;
  if (func != NULL)
    func (&progress, user_data);
}

static gboolean
read_to_end (Recovery          *self,
             QsChangelogReader *reader,
             QsRecoveryFunc     func,
             gpointer           user_data,
             GError           **error)
{
  gint64 end = qs_changelog_reader_get_end (reader);
  gint64 position = self->record->offset;
  gint64 next = self->started_at + PROGRESS_INTERVAL;

  if (!qs_changelog_reader_seek (reader, position, error))
    return FALSE;

  while (position < end)
    {
      if (!qs_changelog_reader_read (reader, apply_cb, self, &position, error))
        return FALSE;

      if (g_get_monotonic_time () >= next)
        {
          next = g_get_monotonic_time () + PROGRESS_INTERVAL;
          tell (self, MAX (end - position, 0), func, user_data);
        }
    }

  return TRUE;
}

/* A changelog that was made anew, or emptied, while a source wrote to it has records
 * and no identity. So has Quix Streams', which is welcome; but only ours has a marker
 * of a commit behind its last record, whatever was not committed after that. */
static gboolean
check_identity (Recovery *self, QsChangelogReader *reader, GError **error)
{
  gboolean is_ours = FALSE;

  if (*self->record->uuid != '\0' || self->last < 0 || QS_IS_MUTANT ("no-identity-check"))
    return TRUE;
  if (!qs_changelog_reader_find_marker (reader, self->last + 1, &is_ours, error))
    return FALSE;
  if (!is_ours)
    return TRUE;

  g_set_error (
      error,
      QS_STATE_ERROR,
      QS_STATE_ERROR_MISMATCH,
      "Cannot rebuild the state from changelog '%s', partition %d: it has records of this library, "
      "but not the first one, which names the changelog. It was created again, or emptied, while a "
      "source wrote to it, and older records are lost. Restore the store of that source, or the "
      "right changelog; if the remaining records are what you want, save them with 'qsource state "
      "export --from changelog', call clear_state(), and "
      "write it back with 'qsource state import'",
      self->record->topic,
      self->record->partition);
  return FALSE;
}

gboolean
qs_recovery_run (QsStore           *store,
                 QsStoreRecord     *record,
                 QsChangelogReader *reader,
                 QsRecoveryFunc     progress,
                 gpointer           user_data,
                 GError           **error)
{
  g_autoptr (QsStoreLoader) loader = qs_store_loader_new (store);
  Recovery recovery = { store, loader, record, 0, -1, g_get_monotonic_time () };

  if (!read_to_end (&recovery, reader, progress, user_data, error) ||
      !check_identity (&recovery, reader, error))
    return FALSE;

  record->in_step_at = qs_changelog_reader_get_time (reader);
  /* Later records were seen, and left out. */
  if (!submit (&recovery, qs_changelog_reader_get_end (reader), error) ||
      !qs_store_loader_finish (loader, error))
    return FALSE;

  tell (&recovery, 0, progress, user_data);

  return TRUE;
}

gboolean
qs_recovery_follow (QsStore           *store,
                    QsStoreRecord     *record,
                    QsChangelogReader *reader,
                    QsRecoveryFunc     progress,
                    gpointer           user_data,
                    GError           **error)
{
  g_autoptr (QsStoreLoader) loader = qs_store_loader_new (store);
  Recovery recovery = { store, loader, record, 0, -1, g_get_monotonic_time () };
  gint64   end = qs_changelog_reader_get_end (reader);
  gboolean ok = TRUE;

  if (record->offset < end)
    ok = read_to_end (&recovery, reader, progress, user_data, error) &&
         check_identity (&recovery, reader, error);
  if (!ok)
    return FALSE;

  record->in_step_at = MAX (record->in_step_at, qs_changelog_reader_get_stable_time (reader));
  if (qs_store_batch_get_size (qs_store_loader_get_batch (loader)) < LITTLE_SIZE)
    ok = write_little (&recovery, end, error);
  else
    ok = submit (&recovery, end, error) && qs_store_loader_finish (loader, error);
  if (!ok)
    return FALSE;

  tell (&recovery, 0, progress, user_data);

  return TRUE;
}
