/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-changelog-writer-private.h"

#include <string.h>

#include "qs-changelog-record-private.h"
#include "qs-deadline-private.h"
#include "qs-headers.h"
#include "qs-kill-point-private.h"
#include "qs-state-error.h"

/* Seconds that it may take the brokers to say where the changelog begins. */
#define CHECK_TIMEOUT 2.0

struct _QsChangelogWriter
{
  QsProducer        *producer; /* owned */
  QsProducerTopic   *topic;    /* not owned */
  int                partition;
  QsHeaders         *headers; /* of a record that doesn't expire; owned */
  char              *uuid;    /* that this writer gave the changelog; nullable */
  char              *name;    /* of @topic */
  QsProducedOffsets *identity_offset;
  QsProducedOffsets *offsets; /* owned; of the present transaction */
};

QsChangelogWriter *
qs_changelog_writer_new (QsProducer *producer, const char *topic, int partition, GError **error)
{
  g_autoptr (QsChangelogWriter) self = g_new0 (QsChangelogWriter, 1);

  self->producer = g_object_ref (producer);
  self->partition = partition;
  self->name = g_strdup (topic);
  self->headers = qs_changelog_record_new_headers (0);
  self->offsets = g_new0 (QsProducedOffsets, 1);
  self->identity_offset = g_new0 (QsProducedOffsets, 1);
  self->topic = qs_producer_open_changelog (producer, topic, error);
  if (self->topic == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

void
qs_changelog_writer_free (QsChangelogWriter *self)
{
  /* Reports write to our offsets as long as records are in flight. */
  g_object_set_data_full (
      G_OBJECT (self->producer), "qs-changelog-offsets", g_steal_pointer (&self->offsets), g_free);
  g_object_set_data_full (G_OBJECT (self->producer),
                          "qs-changelog-identity-offset",
                          g_steal_pointer (&self->identity_offset),
                          g_free);
  g_object_unref (self->producer);
  qs_headers_free (self->headers);
  g_free (self->uuid);
  g_free (self->name);
  g_free (self);
}

/* Sends @record, whose topic, partition and headers are set here. */
static gboolean
send_record (QsChangelogWriter *self,
             QsOutgoing        *record,
             gint64             expires,
             gint64             deadline,
             GError           **error)
{
  g_autoptr (QsHeaders) own_headers =
      expires != 0 ? qs_changelog_record_new_headers (expires) : NULL;

  record->topic = self->topic;
  record->partition = self->partition;
  record->headers = own_headers != NULL ? own_headers : self->headers;

  return qs_producer_send_in_flush (self->producer, record, deadline, error);
}

static gboolean
send_text (QsChangelogWriter *self,
           const char        *key,
           const char        *value,
           gint64             deadline,
           QsProducedOffsets *offsets,
           GError           **error)
{
  QsOutgoing record = {
    .key = (const guint8 *) key,
    .key_length = strlen (key),
    .value = (const guint8 *) value,
    .value_length = strlen (value),
    .offsets = offsets,
  };

  return send_record (self, &record, 0, deadline, error);
}

static gboolean
send_changes (QsChangelogWriter *self, QsChanges *changes, gint64 deadline, GError **error)
{
  for (guint i = 0; i < qs_changes_get_n_changes (changes); i++)
    {
      const QsChange *change = qs_changes_get_change (changes, i);
      QsOutgoing      record = {
             .key = change->key,
             .key_length = change->key_length,
             .value = change->value,
             .value_length = change->value_length,
             .offsets = self->offsets,
      };

      if (i > 0)
        QS_KILL_POINT ("changelog-record");
      if (!send_record (self, &record, change->expires, deadline, error))
        return FALSE;
    }

  return TRUE;
}

gboolean
qs_changelog_writer_write (QsChangelogWriter   *self,
                           QsChanges           *changes,
                           const QsStoreRecord *record,
                           gint64               deadline,
                           GError             **error)
{
  g_autofree char *now = NULL;

  *self->offsets = (QsProducedOffsets) QS_PRODUCED_OFFSETS_INIT;

  if (*record->uuid == '\0' && self->uuid == NULL)
    {
      self->uuid = g_uuid_string_random ();
      *self->identity_offset = (QsProducedOffsets) QS_PRODUCED_OFFSETS_INIT;
      if (!send_text (
              self, QS_CHANGELOG_IDENTITY_KEY, self->uuid, deadline, self->identity_offset, error))
        return FALSE;
    }

  if (!send_changes (self, changes, deadline, error))
    return FALSE;
  if (!qs_changes_has_expiring (changes))
    return TRUE;

  now = g_strdup_printf ("%" G_GINT64_FORMAT, qs_changes_get_now (changes));

  return send_text (self, QS_CHANGELOG_NOW_KEY, now, deadline, self->offsets, error);
}

/* Always returns FALSE. */
static gboolean
refuse (QsChangelogWriter *self, GError **error, const char *what, gint64 offset, gint64 expected)
{
  g_set_error (error,
               QS_STATE_ERROR,
               QS_STATE_ERROR_MISMATCH,
               "Cannot continue with changelog '%s', partition %d: it is no longer the one that "
               "this source began with, because %s %" G_GINT64_FORMAT " and not %" G_GINT64_FORMAT
               ". It was deleted, created again or emptied meanwhile. Nothing more is "
               "committed. " QS_STORE_IS_ONLY_COPY,
               self->name,
               self->partition,
               what,
               offset,
               expected);
  return FALSE;
}

/* Whether the record that says who the changelog is, is still there. */
static gboolean
check_begin (QsChangelogWriter *self, const QsStoreRecord *record, gint64 deadline, GError **error)
{
  gint64 low = 0;

  /* One that has no identity yet has nothing that could be lost. */
  if (*record->uuid == '\0')
    return TRUE;

  deadline = MIN (deadline, qs_deadline_after (CHECK_TIMEOUT));
  if (!qs_producer_get_watermarks (
          self->producer, self->name, self->partition, deadline, &low, NULL, error))
    return FALSE;

  return low <= record->uuid_offset ||
         refuse (self, error, "it begins at offset", low, record->uuid_offset);
}

gboolean
qs_changelog_writer_settle (QsChangelogWriter   *self,
                            const QsStoreRecord *record,
                            gint64               deadline,
                            GError             **error)
{
  gint64 first = 0;
  g_autoptr (GError) own_error = NULL;
  gboolean is_known = FALSE;

  if (QS_IS_MUTANT ("no-changelog-check"))
    return TRUE;

  /* While the records are on their way. Brokers that don't answer now may do so when
   * they have acknowledged them. */
  is_known = check_begin (self, record, deadline, &own_error);
  if (!is_known && own_error->domain == QS_STATE_ERROR)
    {
      g_propagate_error (error, g_steal_pointer (&own_error));
      return FALSE;
    }
  if (!qs_producer_await_until (self->producer, deadline, error))
    return FALSE;

  first = self->offsets->first;
  if (first < record->offset)
    return refuse (self, error, "records were written at offset", first, record->offset);

  return is_known || check_begin (self, record, deadline, error);
}

void
qs_changelog_writer_finish (QsChangelogWriter *self, QsChanges *changes, QsStoreRecord *record)
{
  record->now = MAX (record->now, qs_changes_get_now (changes));

  if (*record->uuid == '\0' && !self->identity_offset->has_unknown)
    {
      g_free (record->uuid);
      record->uuid = g_strdup (self->uuid);
      record->uuid_offset = self->identity_offset->last;
    }

  /* A record that was sent twice may have come back without its offset. Then the
   * store takes itself for older than it is, and reads it again. */
  if (!self->offsets->has_unknown)
    {
      record->offset = self->offsets->last + 1;
      record->ends_with_commit = TRUE;
      record->in_step_at = g_get_real_time () / 1000;
    }
}
