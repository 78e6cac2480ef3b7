/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-partition-private.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "qs-changelog-record-private.h"
#include "qs-changelog-topic-private.h"
#include "qs-changelog-writer-private.h"
#include "qs-deadline-private.h"
#include "qs-kill-point-private.h"
#include "qs-log-private.h"
#include "qs-state-private.h"
#include "qs-store-error-private.h"
#include "qs-store-flusher-private.h"
#include "qs-store-judge-private.h"
#include "qs-store-sweep-private.h"

/* Expired entries that a flush removes. */
#define SWEEP_MAX 1000

/* Bytes of changelog after which the store is written out, where the broker
 * forgets its own beginning. */
#define EMBEDDED_FLUSH_SIZE (1024 * 1024)

/* The size limit of the store without a changelog, which limits it otherwise. */
#define UNBOUNDED_SIZE (G_MAXUINT32 / 4)

struct _QsStatePartition
{
  char            *source;      /* its name, for the log */
  QsStateSettings *settings;    /* owned */
  gboolean         is_embedded; /* the broker */
  QsStore         *store;       /* owned; open */
  QsStoreRecord    record;
  gboolean         has_record; /* the store had it when it was opened */
  gsize            max_size;
  gsize            n_unflushed; /* bytes of changes that only the memory has, about */

  QsProducer        *data;      /* the source's; owned */
  QsProducer        *changelog; /* may be the same; `NULL`: there is none. Owned */
  QsChangelogWriter *writer;    /* owned; nullable as @changelog */
  QsStoreFlusher    *flusher;   /* owned */
  QsChanges         *changes;   /* owned; `NULL`: nothing was asked for since the last flush */
  QsState           *state;     /* of @changes; owned */
  GError            *poison;    /* why nothing is committed any more; nullable */
};

static gint64
get_now (void)
{
  return g_get_real_time () / 1000;
}

/* Opens the store and reads what it says of itself. */
static gboolean
try_open_store (QsStatePartition            *self,
                const QsStatePartitionSetup *setup,
                GCancellable                *cancellable,
                GError                     **error)
{
  return qs_store_open (self->store, setup->lock_deadline, cancellable, error) &&
         qs_store_record_read (&self->record, self->store, &self->has_record, error);
}

/* Says that a store which cannot be opened is rebuilt, now rather than at the next start. */
static void
log_damage (QsStatePartition *self, const GError *error)
{
  g_autofree char *text = g_strdup (error->message);

  if (g_str_has_suffix (text, QS_STORE_ERROR_NEXT_START))
    text[strlen (text) - strlen (QS_STORE_ERROR_NEXT_START)] = '\0';
  qs_log_warning (self->source, NULL, "%s; it is rebuilt from the changelog", text);
}

/* Opens the store; one that is damaged is made anew. */
static gboolean
open_store (QsStatePartition            *self,
            const QsStatePartitionSetup *setup,
            GCancellable                *cancellable,
            GError                     **error)
{
  g_autofree char *path = qs_store_path_build (
      setup->state->state_dir, setup->state->group, setup->source, setup->partition);
  QsStoreOptions options = QS_STORE_OPTIONS_INIT;
  g_autoptr (GError) own_error = NULL;

  options.write_ahead_log = !setup->state->use_changelog_topics;
  options.rocksdb_options = setup->state->rocksdb_options;
  self->store = qs_store_new (path, &options);
  if (try_open_store (self, setup, cancellable, &own_error))
    return TRUE;

  /* Without a changelog it is all that there is. */
  if (!g_error_matches (own_error, QS_STATE_ERROR, QS_STATE_ERROR_CORRUPT) ||
      !setup->state->use_changelog_topics)
    {
      g_propagate_error (error, g_steal_pointer (&own_error));
      return FALSE;
    }

  log_damage (self, own_error);

  /* Ignore data that can no longer be written. */
  qs_store_close (self->store, NULL);

  return qs_store_remove (path, setup->lock_deadline, cancellable, error) &&
         try_open_store (self, setup, cancellable, error);
}

static gboolean
replace_store (QsStatePartition            *self,
               const QsStatePartitionSetup *setup,
               const char                  *reason,
               GCancellable                *cancellable,
               GError                     **error)
{
  const char *path = qs_store_get_path (self->store);

  if (reason != NULL)
    qs_log_warning (
        self->source, NULL, "The store in '%s' is rebuilt from the changelog: %s", path, reason);

  qs_store_record_clear (&self->record);
  qs_store_record_init (&self->record);

  self->has_record = FALSE;
  qs_store_close (self->store, NULL);

  return qs_store_remove (path, setup->lock_deadline, cancellable, error) &&
         qs_store_open (self->store, setup->lock_deadline, cancellable, error);
}

/* The producer of the changelog, which under exactly-once is the source's own. */
static gboolean
open_producer (QsStatePartition            *self,
               const QsStatePartitionSetup *setup,
               GCancellable                *cancellable,
               GError                     **error)
{
  g_autofree char *id = NULL;

  if (qs_producer_is_transactional (self->data))
    {
      self->changelog = g_object_ref (self->data);
    }
  else if (QS_IS_MUTANT ("no-transaction"))
    {
      self->changelog =
          qs_producer_new (setup->kafka, setup->source, setup->grace, NULL, NULL, error);
      return self->changelog != NULL;
    }
  else
    {
      id = qs_state_settings_dup_transactional_id (
          setup->state, setup->store_name, setup->partition);
      self->changelog = qs_producer_new_transactional (
          setup->kafka, setup->source, id, setup->grace, NULL, NULL, error);
    }

  return self->changelog != NULL &&
         qs_producer_fence (self->changelog, G_MAXINT64, cancellable, error);
}

/* A new store, or what is left of an old one, is ours from now on. */
static void
adopt_store (QsStatePartition        *self,
             QsChangelogReader       *reader,
             const char              *topic,
             int                      partition,
             const QsChangelogLimits *limits,
             gboolean                 is_new)
{
  if (is_new)
    self->record.in_step_at = qs_changelog_reader_get_time (reader);

  g_free (self->record.topic);
  self->record.topic = g_strdup (topic);
  self->record.partition = partition;
  g_free (self->record.cluster);
  self->record.cluster = g_strdup (qs_changelog_reader_get_cluster (reader));
  self->record.retention = limits->retention;
}

/* Brings the store in step with the changelog. */
static gboolean
recover (QsStatePartition            *self,
         const QsStatePartitionSetup *setup,
         const char                  *topic,
         const QsChangelogLimits     *limits,
         QsRecoveryFunc               progress,
         gpointer                     user_data,
         GCancellable                *cancellable,
         GError                     **error)
{
  gboolean is_embedded = qs_kafka_config_is_embedded (setup->kafka);
  g_autoptr (QsChangelogReader) reader = NULL;
  QsStoreVerdict verdict = QS_STORE_VERDICT_KEEP;
  const char    *reason = NULL;

  reader = qs_changelog_reader_open (
      setup->kafka, topic, setup->partition, is_embedded, cancellable, error);
  if (reader == NULL || !qs_store_judge (&self->record,
                                         self->has_record,
                                         reader,
                                         topic,
                                         setup->partition,
                                         limits->retention,
                                         is_embedded,
                                         &verdict,
                                         &reason,
                                         error))
    return FALSE;

  if (verdict == QS_STORE_VERDICT_REPLACE &&
      !replace_store (self, setup, reason, cancellable, error))
    return FALSE;

  adopt_store (self, reader, topic, setup->partition, limits, !self->has_record);

  /* Nothing to read but the marker of our own last commit. */
  if (self->record.ends_with_commit &&
      qs_changelog_reader_get_end (reader) == self->record.offset + 1)
    return TRUE;

  return qs_recovery_run (self->store, &self->record, reader, progress, user_data, error);
}

/* The same, and once more with a new store if what was written to it can't be read. */
static gboolean
recover_twice (QsStatePartition            *self,
               const QsStatePartitionSetup *setup,
               const char                  *topic,
               const QsChangelogLimits     *limits,
               QsRecoveryFunc               progress,
               gpointer                     user_data,
               GCancellable                *cancellable,
               GError                     **error)
{
  g_autoptr (GError) own_error = NULL;

  if (recover (self, setup, topic, limits, progress, user_data, cancellable, &own_error))
    return TRUE;

  if (!g_error_matches (own_error, QS_STATE_ERROR, QS_STATE_ERROR_CORRUPT))
    {
      g_propagate_error (error, g_steal_pointer (&own_error));
      return FALSE;
    }

  return replace_store (self, setup, own_error->message, cancellable, error) &&
         recover (self, setup, topic, limits, progress, user_data, cancellable, error);
}

/* Removes the stores of other partitions, which another instance runs, that could not be
 * used any more if they came back. */
static void
sweep_stores (const QsStatePartitionSetup *setup, gint64 retention)
{
  for (int i = 0; setup->state->is_shared && i < setup->n_partitions; i++)
    {
      g_autofree char *path =
          qs_store_path_build (setup->state->state_dir, setup->state->group, setup->source, i);

      if (i != setup->partition && qs_store_sweep (path, retention))
        qs_log_message (setup->source,
                        NULL,
                        "The store in '%s' is removed: partition %d has not run here for longer "
                        "than delete.retention.ms",
                        path,
                        i);
    }
}

/* A recovery takes much of it in small pieces, which malloc() would keep for a
 * worker that never needs as much again. */
static void
give_memory_back (void)
{
#ifdef __GLIBC__
  malloc_trim (0);
#endif
}

static gboolean
open_with_changelog (QsStatePartition            *self,
                     const QsStatePartitionSetup *setup,
                     QsRecoveryFunc               progress,
                     gpointer                     user_data,
                     GCancellable                *cancellable,
                     GError                     **error)
{
  g_autofree char  *topic = qs_state_settings_dup_changelog (setup->state, setup->store_name);
  QsChangelogLimits limits = { 0 };

  if (!open_producer (self, setup, cancellable, error) ||
      !qs_changelog_topic_check (setup->kafka,
                                 topic,
                                 setup->n_partitions,
                                 qs_kafka_config_is_embedded (setup->kafka),
                                 &limits,
                                 cancellable,
                                 error) ||
      !recover_twice (self, setup, topic, &limits, progress, user_data, cancellable, error))
    return FALSE;
  give_memory_back ();
  sweep_stores (setup, limits.retention);

  self->max_size = MIN (limits.max_size, qs_producer_get_max_size (self->changelog));
  self->max_size -= MIN (self->max_size, QS_CHANGELOG_OVERHEAD);
  self->writer = qs_changelog_writer_new (self->changelog, topic, setup->partition, error);

  return self->writer != NULL;
}

static gboolean
open_alone (QsStatePartition *self, const QsStatePartitionSetup *setup, GError **error)
{
  if (qs_guarantee_is_exactly_once (&setup->state->guarantee))
    {
      g_set_error (error,
                   QS_STATE_ERROR,
                   QS_STATE_ERROR_FAILED,
                   "Cannot run source '%s' exactly once without a changelog: set "
                   "use-changelog-topics, or processing-guarantee to at-least-once",
                   setup->source);
      return FALSE;
    }
  if (self->has_record && self->record.has_changelog)
    {
      g_set_error (error,
                   QS_STATE_ERROR,
                   QS_STATE_ERROR_MISMATCH,
                   "Cannot use the store in '%s' without its changelog '%s', which would fall "
                   "behind: set use-changelog-topics, or call clear_state()",
                   qs_store_get_path (self->store),
                   self->record.topic);
      return FALSE;
    }

  self->record.has_changelog = FALSE;
  self->max_size = UNBOUNDED_SIZE;

  return TRUE;
}

QsStatePartition *
qs_state_partition_open (const QsStatePartitionSetup *setup,
                         QsProducer                  *data,
                         QsRecoveryFunc               progress,
                         gpointer                     user_data,
                         GCancellable                *cancellable,
                         GError                     **error)
{
  g_autoptr (QsStatePartition) self = g_new0 (QsStatePartition, 1);
  gboolean ok = FALSE;

  self->source = g_strdup (setup->source);
  self->settings = qs_state_settings_ref (setup->state);
  self->is_embedded = qs_kafka_config_is_embedded (setup->kafka);
  self->data = g_object_ref (data);
  qs_store_record_init (&self->record);
  if (!open_store (self, setup, cancellable, error))
    return NULL;

  if (setup->state->use_changelog_topics)
    ok = open_with_changelog (self, setup, progress, user_data, cancellable, error);
  else
    ok = open_alone (self, setup, error);
  if (!ok)
    return NULL;

  self->flusher = qs_store_flusher_new (self->store, self->source);

  return g_steal_pointer (&self);
}

static void
drop_changes (QsStatePartition *self)
{
  if (self->state != NULL)
    qs_state_invalidate (self->state);
  g_clear_object (&self->state);
  g_clear_pointer (&self->changes, qs_changes_free);
}

void
qs_state_partition_get_size (QsStatePartition *self, gint64 *n_entries, gint64 *n_bytes)
{
  qs_store_get_size (self->store, n_entries, n_bytes);
}

void
qs_state_partition_close (QsStatePartition *self)
{
  g_autoptr (GError) error = NULL;

  drop_changes (self);
  g_clear_pointer (&self->flusher, qs_store_flusher_free);
  if (self->store != NULL && !qs_store_close (self->store, &error))
    qs_log_warning (self->source, NULL, "Cannot close the store: %s", error->message);

  g_clear_object (&self->store);
  g_clear_pointer (&self->writer, qs_changelog_writer_free);
  g_clear_object (&self->changelog);
  g_clear_object (&self->data);
  qs_store_record_clear (&self->record);
  qs_state_settings_unref (self->settings);
  g_clear_error (&self->poison);
  g_free (self->source);
  g_free (self);
}

QsState *
qs_state_partition_dup_state (QsStatePartition *self, GError **error)
{
  if (self->poison != NULL)
    {
      g_propagate_error (error, g_error_copy (self->poison));
      return NULL;
    }

  if (self->changes == NULL)
    {
      self->changes =
          qs_changes_new (self->store, MAX (get_now (), self->record.now), self->max_size);
      self->state = qs_state_new (self->changes);
    }

  return g_object_ref (self->state);
}

void
qs_state_partition_poison (QsStatePartition *self, const GError *reason)
{
  if (self->poison == NULL)
    self->poison = g_error_copy (reason);

  qs_producer_poison (self->data, reason);
}

/* Puts what was committed, or needs no commit, in the store. */
static gboolean
write_store (QsStatePartition *self, GError **error)
{
  g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();

  if (self->writer != NULL)
    {
      qs_changelog_writer_finish (self->writer, self->changes, &self->record);
      /* An embedded broker writes no markers: there it would be a record. */
      self->record.ends_with_commit &= !self->is_embedded;
    }
  else
    self->record.now = MAX (self->record.now, qs_changes_get_now (self->changes));
  qs_changes_apply (self->changes, batch);
  qs_store_record_put (&self->record, batch);
  self->n_unflushed += qs_store_batch_get_size (batch);

  QS_KILL_POINT ("store-before");
  if (!qs_store_write (self->store, batch, error))
    return FALSE;
  QS_KILL_POINT ("store-after");

  if (!self->is_embedded || self->n_unflushed < EMBEDDED_FLUSH_SIZE)
    return TRUE;

  self->n_unflushed = 0;

  return qs_store_flush (self->store, error);
}

static gboolean
commit_changes (QsStatePartition *self, gint64 deadline, GError **error)
{
  /* First all data, where the changelog isn't of the same transaction. */
  if (self->changelog != self->data && !QS_IS_MUTANT ("changelog-first") &&
      !qs_producer_flush_until (self->data, deadline, error))
    return FALSE;
  QS_KILL_POINT ("data-acknowledged");

  if (self->writer != NULL)
    {
      if (!qs_changelog_writer_write (self->writer, self->changes, &self->record, deadline, error))
        return FALSE;
      QS_KILL_POINT ("changelog-written");
      /* An embedded broker forgets its beginning, and nobody else can touch it. */
      if (!self->is_embedded &&
          !qs_changelog_writer_settle (self->writer, &self->record, deadline, error))
        return FALSE;
      if (QS_IS_MUTANT ("store-first") &&
          (!write_store (self, error) || !qs_store_flush (self->store, error)))
        return FALSE;
      if (!qs_producer_flush_until (self->changelog, deadline, error))
        return FALSE;
    }

  return write_store (self, error);
}

static gboolean
flush_changes (QsStatePartition *self, gint64 deadline, GError **error)
{
  g_autoptr (GError) data_error = qs_producer_dup_error (self->data);

  /* Nothing may be committed that data was lost for. */
  if (data_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&data_error));
      return FALSE;
    }
  if (self->changes == NULL)
    return qs_producer_flush_until (self->data, deadline, error);

  if (!qs_changes_sweep (self->changes, SWEEP_MAX, error))
    return FALSE;
  /* A sweep that found nothing but lines that had their use may have left others:
   * then the time up to which entries are gone is what there is to commit. */
  if (qs_changes_is_idle (self->changes))
    return qs_producer_flush_until (self->data, deadline, error);

  return commit_changes (self, deadline, error);
}

gboolean
qs_state_partition_flush (QsStatePartition *self, gint64 deadline, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (self->poison != NULL)
    {
      g_propagate_error (error, g_error_copy (self->poison));
      return FALSE;
    }

  if (flush_changes (self, deadline, &failure))
    {
      drop_changes (self);
      return TRUE;
    }

  drop_changes (self);
  qs_state_partition_poison (self, failure);
  if (self->changelog != NULL)
    qs_producer_abandon (self->changelog, failure);
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}
