/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-changelog-reader-private.h"

#include <string.h>

#include "qs-deadline-private.h"
#include "qs-state-error.h"

/* Milliseconds: how soon reading ends that is cancelled. */
#define SLICE 100

/* Brokers answer a commit before its marker makes it visible. Whoever has just committed
 * something, and now looks for it, should find it. */
#define N_MARKER_LOOKS 4

struct _QsChangelogReader
{
  QsKafkaConfig     *config;      /* owned */
  QsPartitionReader *reader;      /* owned; sees only what was committed */
  GCancellable      *cancellable; /* owned; nullable */
  char              *topic;
  char              *cluster;
  int                partition;
  gint64             begin;
  gint64             end;
  gint64             time;     /* ms */
  gint64             deadline; /* for the next progress */

  /* For the call of read() that runs. */
  QsChangelogFunc func;
  gpointer        user_data;
};

/* Finds the beginning and the end of the partition for @reader, and its cluster. */
static gboolean
look_up_ends (QsChangelogReader *self, QsPartitionReader *reader, GError **error)
{
  gint64 deadline = qs_deadline_after (self->config->request_timeout);

  if (!qs_partition_reader_get_watermarks (
          reader, self->topic, self->partition, deadline, &self->begin, &self->end, error))
    return FALSE;

  if (self->cluster == NULL)
    self->cluster = qs_partition_reader_dup_cluster_id (reader, deadline);

  return TRUE;
}

/* The offset behind the last record that was written, whoever may see it. */
static gboolean
look_up_end (QsChangelogReader *self, GError **error)
{
  g_autoptr (QsPartitionReader) reader = qs_partition_reader_new_bulk (self->config, FALSE, error);

  return reader != NULL && look_up_ends (self, reader, error);
}

static gboolean
wait_a_slice (QsChangelogReader *self, GError **error)
{
  GPollFD  fd = { 0 };
  gboolean has_fd = g_cancellable_make_pollfd (self->cancellable, &fd);

  g_poll (&fd, has_fd ? 1 : 0, SLICE);
  if (has_fd)
    g_cancellable_release_fd (self->cancellable);

  return !g_cancellable_set_error_if_cancelled (self->cancellable, error);
}

/* Our own writers were fenced: what is still open is somebody else's. How it ended is
 * part of what is read, as it is when it ended before. */
static gboolean
wait_for_foreign_writers (QsChangelogReader *self, GError **error)
{
  gint64   deadline = qs_deadline_after (self->config->transaction_timeout);
  gint64   begin = 0;
  gint64   stable = 0;
  gboolean has_waited = FALSE;

  while (qs_partition_reader_get_watermarks (
      self->reader, self->topic, self->partition, G_MAXINT64, &begin, &stable, error))
    {
      if (stable >= self->end)
        {
          self->end = has_waited ? stable : self->end;
          return TRUE;
        }

      if (!wait_a_slice (self, error))
        return FALSE;

      has_waited = TRUE;
      if (qs_deadline_passed (deadline))
        {
          g_set_error (error,
                       QS_STATE_ERROR,
                       QS_STATE_ERROR_RECOVERY,
                       "Cannot read changelog '%s', partition %d: another program has had a "
                       "transaction open there, at offset %" G_GINT64_FORMAT
                       ", for %g s; end that program. If there is none, the brokers have lost the "
                       "end of that transaction: abort it there by Kafka's kafka-transactions.sh",
                       self->topic,
                       self->partition,
                       stable,
                       self->config->transaction_timeout);
          return FALSE;
        }
    }

  return FALSE;
}

QsChangelogReader *
qs_changelog_reader_open (QsKafkaConfig *config,
                          const char    *topic,
                          int            partition,
                          gboolean       is_embedded,
                          GCancellable  *cancellable,
                          GError       **error)
{
  g_autoptr (QsChangelogReader) self = g_new0 (QsChangelogReader, 1);

  self->config = qs_kafka_config_ref (config);
  self->topic = g_strdup (topic);
  self->partition = partition;
  g_set_object (&self->cancellable, cancellable);
  self->time = g_get_real_time () / 1000;

  if (g_cancellable_set_error_if_cancelled (cancellable, error) || !look_up_end (self, error))
    return NULL;

  self->reader = qs_partition_reader_new_bulk (config, TRUE, error);
  if (self->reader == NULL || (!is_embedded && !wait_for_foreign_writers (self, error)))
    return NULL;

  return g_steal_pointer (&self);
}

QsChangelogReader *
qs_changelog_reader_new_onlooker (QsKafkaConfig *config, GError **error)
{
  g_autoptr (QsChangelogReader) self = g_new0 (QsChangelogReader, 1);

  self->config = qs_kafka_config_ref (config);
  self->reader = qs_partition_reader_new_bulk (config, TRUE, error);
  if (self->reader == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

gboolean
qs_changelog_reader_look (QsChangelogReader *self,
                          const char        *topic,
                          int                partition,
                          GCancellable      *cancellable,
                          GError           **error)
{
  g_free (self->topic);
  self->topic = g_strdup (topic);
  self->partition = partition;
  g_set_object (&self->cancellable, cancellable);
  self->time = g_get_real_time () / 1000;

  return !g_cancellable_set_error_if_cancelled (cancellable, error) &&
         look_up_ends (self, self->reader, error);
}

void
qs_changelog_reader_rest (QsChangelogReader *self)
{
  qs_partition_reader_rest (self->reader);
}

void
qs_changelog_reader_free (QsChangelogReader *self)
{
  g_clear_object (&self->reader);
  g_clear_object (&self->cancellable);
  qs_kafka_config_unref (self->config);
  g_free (self->topic);
  g_free (self->cluster);
  g_free (self);
}

const char *
qs_changelog_reader_get_cluster (QsChangelogReader *self)
{
  return self->cluster != NULL ? self->cluster : "";
}

gint64
qs_changelog_reader_get_begin (QsChangelogReader *self)
{
  return self->begin;
}

gint64
qs_changelog_reader_get_end (QsChangelogReader *self)
{
  return self->end;
}

gboolean
qs_changelog_reader_end_at_stable (QsChangelogReader *self, GError **error)
{
  gint64 begin = 0;
  gint64 stable = 0;

  for (guint n_looks = 0; n_looks < N_MARKER_LOOKS && stable < self->end; n_looks++)
    if ((n_looks > 0 && !wait_a_slice (self, error)) ||
        !qs_partition_reader_get_watermarks (
            self->reader, self->topic, self->partition, G_MAXINT64, &begin, &stable, error))
      return FALSE;

  self->end = MIN (self->end, stable);

  return TRUE;
}

gint64
qs_changelog_reader_get_time (QsChangelogReader *self)
{
  return self->time;
}

gint64
qs_changelog_reader_get_stable_time (QsChangelogReader *self)
{
  return self->time - (gint64) (self->config->transaction_timeout * 1000);
}

gboolean
qs_changelog_reader_seek (QsChangelogReader *self, gint64 offset, GError **error)
{
  self->deadline = qs_deadline_after (self->config->broker_availability_timeout);

  return qs_partition_reader_assign (self->reader, self->topic, self->partition, offset, error);
}

static gboolean
record_cb (const QsRecordView *view, gpointer user_data, GError **error)
{
  QsChangelogReader *self = user_data;
  QsChangelogRecord  record;

  /* Written after we began: not ours to apply, and not waited for. */
  if (view->offset >= self->end)
    return TRUE;

  return qs_changelog_record_parse (&record, view, self->topic, error) &&
         self->func (&record, view->offset, self->user_data, error);
}

gboolean
qs_changelog_reader_read (QsChangelogReader *self,
                          QsChangelogFunc    func,
                          gpointer           user_data,
                          gint64            *position,
                          GError           **error)
{
  gint64 before = *position;

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;

  self->func = func;
  self->user_data = user_data;
  if (!qs_partition_reader_read (self->reader, SLICE, record_cb, self, position, error))
    return FALSE;

  if (*position > before)
    {
      self->deadline = qs_deadline_after (self->config->broker_availability_timeout);
    }
  else if (*position < self->end && qs_deadline_passed (self->deadline))
    {
      g_set_error (error,
                   QS_STATE_ERROR,
                   QS_STATE_ERROR_RECOVERY,
                   "Cannot read changelog '%s', partition %d: no record arrived for %g s "
                   "(broker-availability-timeout), at offset %" G_GINT64_FORMAT
                   " of %" G_GINT64_FORMAT,
                   self->topic,
                   self->partition,
                   self->config->broker_availability_timeout,
                   *position,
                   self->end);
      return FALSE;
    }

  return TRUE;
}

/* Has @func called with the record at @offset, if @reader finds one there. */
static gboolean
read_past (QsChangelogReader    *self,
           QsPartitionReader    *reader,
           gint64                offset,
           QsPartitionReaderFunc func,
           gpointer              user_data,
           GError              **error)
{
  gint64 deadline = qs_deadline_after (self->config->broker_availability_timeout);
  gint64 position = offset;

  if (!qs_partition_reader_assign (reader, self->topic, self->partition, offset, error))
    return FALSE;

  while (position <= offset)
    {
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      if (!qs_partition_reader_read (reader, SLICE, func, user_data, &position, error))
        return FALSE;
      if (position <= offset && qs_deadline_passed (deadline))
        {
          g_set_error (error,
                       QS_STATE_ERROR,
                       QS_STATE_ERROR_RECOVERY,
                       "Cannot read changelog '%s', partition %d, at offset %" G_GINT64_FORMAT
                       ": no record arrived for %g s (broker-availability-timeout)",
                       self->topic,
                       self->partition,
                       offset,
                       self->config->broker_availability_timeout);
          return FALSE;
        }
    }

  return TRUE;
}

typedef struct
{
  const char *uuid;
  gint64      offset;
  gboolean    is_there;
} Verification;

static gboolean
verify_cb (const QsRecordView *view, gpointer user_data, GError **error)
{
  Verification *verification = user_data;
  gsize         length = strlen (verification->uuid);

  if (view->offset == verification->offset)
    verification->is_there = view->key_length == strlen (QS_CHANGELOG_IDENTITY_KEY) &&
                             memcmp (view->key, QS_CHANGELOG_IDENTITY_KEY, view->key_length) == 0 &&
                             view->value_length == length &&
                             memcmp (view->value, verification->uuid, length) == 0;

  return TRUE;
}

gboolean
qs_changelog_reader_verify (QsChangelogReader *self,
                            const char        *uuid,
                            gint64             offset,
                            gboolean          *is_there,
                            GError           **error)
{
  Verification verification = { uuid, offset, FALSE };

  if (!read_past (self, self->reader, offset, verify_cb, &verification, error))
    return FALSE;
  *is_there = verification.is_there;

  return TRUE;
}

typedef struct
{
  gint64   offset;
  gboolean is_record;
} Place;

static gboolean
place_cb (const QsRecordView *view, gpointer user_data, GError **error)
{
  Place *place = user_data;

  place->is_record |= view->offset == place->offset;

  return TRUE;
}

gboolean
qs_changelog_reader_find_marker (QsChangelogReader *self,
                                 gint64             offset,
                                 gboolean          *is_marker,
                                 GError           **error)
{
  Place place = { offset, FALSE };
  g_autoptr (QsPartitionReader) reader = NULL;

  *is_marker = FALSE;
  if (offset >= self->end)
    return TRUE;

  reader = qs_partition_reader_new_bulk (self->config, FALSE, error);
  if (reader == NULL || !read_past (self, reader, offset, place_cb, &place, error))
    return FALSE;
  *is_marker = !place.is_record;

  return TRUE;
}
