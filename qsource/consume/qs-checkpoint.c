/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-checkpoint-private.h"

#include "qs-deadline-private.h"
#include "qs-kafka-error.h"
#include "qs-kill-point-private.h"
#include "qs-producer-private.h"

struct _QsCheckpoint
{
  GObject parent_instance;

  QsRows    *rows;    /* owned; nullable */
  QsOffsets *offsets; /* owned; the next one of each partition */
  guint      n_records;
  guint64    n_results;
};

typedef struct
{
  QsGroupConsumer     *consumer;   /* owned */
  QsDataframeProducer *producer;   /* owned, nullable */
  QsOffsets           *assignment; /* owned */
  gboolean             also_plainly;
  QsOffsets           *offsets; /* owned */
  gint64               deadline;
  QsCommitResult       result;
} Commit;

G_DEFINE_FINAL_TYPE (QsCheckpoint, qs_checkpoint, G_TYPE_OBJECT)

static void
commit_free (Commit *commit)
{
  g_object_unref (commit->consumer);
  g_clear_pointer (&commit->producer, qs_dataframe_producer_unref);
  qs_offsets_free (commit->assignment);
  qs_offsets_free (commit->offsets);
  g_free (commit);
}

/* Whether the same commit may succeed when it is tried again. */
static gboolean
is_passing (const GError *error)
{
  return !g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_NOT_AUTHORIZED) &&
         !g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_AUTHENTICATION) &&
         !g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC);
}

static gboolean
commit_both (Commit *commit, GError **error)
{
  QsProducer *producer = qs_dataframe_producer_get_producer (commit->producer);

  if (QS_IS_MUTANT ("offsets-last"))
    return qs_producer_flush_until (producer, commit->deadline, error) &&
           qs_group_consumer_commit (commit->consumer, commit->offsets, commit->deadline, error);

  return qs_group_consumer_commit_with (
      commit->consumer, commit->offsets, producer, commit->deadline, error);
}

/* Commits what was produced and the offsets together. If that fails, all that was
 * done since the last commit is undone, and is to be done again. */
static void
commit_transaction (Commit *commit, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (commit_both (commit, error))
    {
      if (commit->also_plainly)
        qs_group_consumer_commit (commit->consumer, commit->offsets, commit->deadline, NULL);
      return;
    }

  /* Of a stop that is over: nothing more is read or produced. */
  if (qs_deadline_passed (commit->deadline) ||
      (qs_dataframe_producer_renew (commit->producer, commit->deadline, &failure) &&
       qs_group_consumer_rewind (commit->consumer, commit->assignment, commit->deadline, &failure)))
    {
      commit->result = QS_COMMIT_ABORTED;
      return;
    }

  commit->result = QS_COMMIT_PRODUCER_FAILED;
  g_clear_error (error);
  g_propagate_error (error, g_steal_pointer (&failure));
}

static void
commit_thread (GTask *task, gpointer object, gpointer task_data, GCancellable *cancellable)
{
  Commit *commit = task_data;
  GError *error = NULL;

  if (QS_IS_MUTANT ("offsets-first"))
    qs_group_consumer_commit (commit->consumer, commit->offsets, commit->deadline, NULL);
  QS_KILL_POINT ("dataframe-commit");
  if (commit->producer != NULL && qs_dataframe_producer_is_transactional (commit->producer))
    commit_transaction (commit, &error);
  else if (commit->producer != NULL &&
           !qs_producer_flush_until (
               qs_dataframe_producer_get_producer (commit->producer), commit->deadline, &error))
    commit->result = QS_COMMIT_PRODUCER_FAILED;
  else if (!qs_group_consumer_commit (commit->consumer, commit->offsets, commit->deadline, &error))
    commit->result = is_passing (error) ? QS_COMMIT_LATER : QS_COMMIT_CONSUMER_FAILED;

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
qs_checkpoint_finalize (GObject *object)
{
  QsCheckpoint *self = QS_CHECKPOINT (object);

  qs_offsets_free (self->offsets);
  g_clear_pointer (&self->rows, qs_rows_unref);

  G_OBJECT_CLASS (qs_checkpoint_parent_class)->finalize (object);
}

static void
qs_checkpoint_class_init (QsCheckpointClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qs_checkpoint_finalize;
}

static void
qs_checkpoint_init (QsCheckpoint *self)
{
  self->offsets = qs_offsets_new ();
}

QsCheckpoint *
qs_checkpoint_new (QsRows *rows)
{
  QsCheckpoint *self = g_object_new (QS_TYPE_CHECKPOINT, NULL);

  self->rows = rows != NULL ? qs_rows_ref (rows) : NULL;

  return self;
}

void
qs_checkpoint_note (QsCheckpoint *self,
                    const char   *topic,
                    int           partition,
                    gint64        offset,
                    guint64       n_results)
{
  qs_offsets_set (self->offsets, topic, partition, offset + 1);
  self->n_records++;
  self->n_results += n_results;
  if (self->rows != NULL)
    qs_rows_note (self->rows);
}

void
qs_checkpoint_note_end (QsCheckpoint *self, const char *topic, int partition, gint64 offset)
{
  qs_offsets_set (self->offsets, topic, partition, offset);
}

gboolean
qs_checkpoint_has_news (QsCheckpoint *self)
{
  return qs_offsets_count (self->offsets) > 0;
}

guint
qs_checkpoint_count (QsCheckpoint *self)
{
  return self->n_records;
}

guint64
qs_checkpoint_get_n_results (QsCheckpoint *self)
{
  return self->n_results;
}

void
qs_checkpoint_clear (QsCheckpoint *self)
{
  qs_offsets_clear (self->offsets);
  self->n_records = 0;
  self->n_results = 0;
  if (self->rows != NULL)
    qs_rows_clear (self->rows);
}

void
qs_checkpoint_commit (QsCheckpoint        *self,
                      QsGroupConsumer     *consumer,
                      QsDataframeProducer *producer,
                      gboolean             also_plainly,
                      gint64               deadline,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Commit *commit = g_new0 (Commit, 1);

  commit->consumer = g_object_ref (consumer);
  commit->producer = producer != NULL ? qs_dataframe_producer_ref (producer) : NULL;
  commit->assignment = qs_group_consumer_dup_assignment (consumer);
  commit->also_plainly = also_plainly;
  commit->offsets = qs_offsets_copy (self->offsets);
  commit->deadline = deadline;
  g_task_set_task_data (task, commit, (GDestroyNotify) commit_free);
  g_task_run_in_thread (task, commit_thread);
}

QsCommitResult
qs_checkpoint_commit_finish (QsCheckpoint *self, GAsyncResult *result, GError **error)
{
  Commit  *commit = g_task_get_task_data (G_TASK (result));
  gboolean ok = g_task_propagate_boolean (G_TASK (result), error);

  if (ok && self->rows != NULL)
    qs_rows_commit (self->rows);
  if (ok || commit->result == QS_COMMIT_ABORTED)
    qs_checkpoint_clear (self);

  return commit->result;
}
