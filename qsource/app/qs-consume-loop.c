/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-consume-loop-private.h"

#include "qs-checkpoint-private.h"
#include "qs-drain-private.h"
#include "qs-group-consumer-private.h"
#include "qs-log-private.h"
#include "qs-output-private.h"
#include "qs-producer-private.h"

/* How long the end may take, in seconds. */
#define STOP_TIMEOUT 10.0

/* So many transactions in a row that are aborted are too many. */
#define MAX_ABORTED 5

/* Milliseconds. */
#define ROOM_INTERVAL 2
#define TRY_AGAIN_INTERVAL 500

/* What is to be done when the records at hand are dealt with. */
typedef enum
{
  STATE_IDLE,
  STATE_READING,
  STATE_DRAINING, /* and stop at the end */
  STATE_STOPPING, /* read no more, commit, leave the group */
  STATE_CLOSING,  /* leaving the group */
} State;

struct _QsConsumeLoop
{
  GObject parent_instance;

  QsPipeline     *pipeline; /* owned */
  QsErrorPolicy   policy;
  QsProcessedFunc processed;
  gpointer        processed_data;

  /* Only while it runs. */
  const QsConsumeSettings *settings;
  GFunc                    in_place; /* NULL once it was called */
  GFunc                    done;     /* NULL once it was called */
  gpointer                 user_data;
  State                    state;
  GCancellable            *cancellable; /* of what precedes the consumer; owned */
  QsGroupConsumer         *consumer;    /* owned; NULL before */
  QsOutput                *output;      /* owned; NULL if nothing is produced */
  QsCheckpoint            *checkpoint;  /* owned */
  QsDrain                 *drain;       /* owned */
  guint64                  n_records;
  guint                    n_uncommitted; /* of the commit that is under way */
  guint                    n_aborted;     /* transactions, one after the other */
  GError                  *error;         /* the first that was not ignored */

  gboolean is_waiting; /* for a record whose callback is to be called again */
  gboolean is_committing;
  gboolean is_asking;   /* for the ends of partitions */
  gboolean was_drained; /* all was read and committed before the ends were asked for */
  gboolean has_revoked; /* partitions wait to be released */

  /* Owned; NULL unless they are due. */
  GSource *commit_timer;
  GSource *room_timer; /* the consumer is paused until there is room */
  GSource *try_timer;  /* a request has failed */
  GSource *stop_timer;
};

G_DEFINE_FINAL_TYPE (QsConsumeLoop, qs_consume_loop, G_TYPE_OBJECT)

static void advance (QsConsumeLoop *self);
static void begin_asking (QsConsumeLoop *self);

static gboolean
is_reading (QsConsumeLoop *self)
{
  return self->state == STATE_READING || self->state == STATE_DRAINING;
}

static gboolean
is_transactional (QsConsumeLoop *self)
{
  return self->output != NULL && qs_output_is_transactional (self->output);
}

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;

  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* Takes @source. */
static GSource *
attach (GSource *source, GSourceFunc func, QsConsumeLoop *self)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, context);

  return source;
}

static void
end (QsConsumeLoop *self)
{
  GFunc done = g_steal_pointer (&self->done);

  self->state = STATE_IDLE;
  self->in_place = NULL;
  clear_source (&self->commit_timer);
  clear_source (&self->room_timer);
  clear_source (&self->try_timer);
  clear_source (&self->stop_timer);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->consumer);
  g_clear_object (&self->checkpoint);
  g_clear_pointer (&self->output, qs_output_unref);
  g_clear_pointer (&self->drain, qs_drain_free);

  if (self->policy.n_ignored > 0)
    qs_log_warning (NULL,
                    NULL,
                    "%" G_GUINT64_FORMAT " errors were ignored in this run",
                    self->policy.n_ignored);

  if (done != NULL)
    done (self, self->user_data);
}

static void
closed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (QsConsumeLoop) self = user_data;

  if (self->consumer == QS_GROUP_CONSUMER (object))
    end (self);
}

static void
begin_close (QsConsumeLoop *self)
{
  self->state = STATE_CLOSING;
  qs_group_consumer_close (self->consumer, closed_cb, g_object_ref (self));
}

/* Takes @error: it was not ignored. */
static void
fail (QsConsumeLoop *self, GError *error)
{
  if (self->error == NULL)
    self->error = error;
  else
    g_error_free (error);

  qs_consume_loop_stop (self);
}

static gboolean
try_again_cb (gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  clear_source (&self->try_timer);
  self->is_committing = FALSE;
  self->is_asking = FALSE;
  advance (self);

  return G_SOURCE_REMOVE;
}

static void
try_again_later (QsConsumeLoop *self)
{
  if (self->try_timer == NULL)
    self->try_timer = attach (g_timeout_source_new (TRY_AGAIN_INTERVAL), try_again_cb, self);
}

/* Some records could not be delivered; the others are acknowledged. */
static void
settle_producer (QsConsumeLoop *self, const GError *error)
{
  GError *failure = NULL;

  if (!qs_error_policy_ignore_producer (&self->policy, NULL, error) ||
      qs_output_is_transactional (self->output))
    fail (self, g_error_copy (error));
  /* A producer that has failed stays so. */
  else if (!qs_output_renew (self->output, &failure))
    fail (self, failure);
}

/* A transaction was aborted: a member that was replaced, or an outage. */
static void
settle_abort (QsConsumeLoop *self, const GError *error)
{
  qs_log_warning (NULL, NULL, "Going back to the last commit: %s", error->message);
  qs_drain_free (self->drain);
  self->drain = qs_drain_new ();
  self->was_drained = FALSE;
  self->n_records -= self->n_uncommitted;
  if (self->state == STATE_DRAINING)
    begin_asking (self);

  if (++self->n_aborted < MAX_ABORTED)
    return;

  if (!qs_error_policy_ignore_producer (&self->policy, NULL, error))
    fail (self, g_error_copy (error));
  self->n_aborted = 0;
}

static void
settle_commit (QsConsumeLoop *self, QsCommitResult outcome, const GError *error)
{
  /* What can't be committed before the end is read again. */
  if (outcome != QS_COMMIT_DONE && (self->state == STATE_STOPPING || self->has_revoked))
    qs_checkpoint_clear (self->checkpoint);

  switch (outcome)
    {
    case QS_COMMIT_LATER:
      qs_log_warning (NULL, NULL, "%s", error->message);
      self->is_committing = self->state != STATE_STOPPING && !self->has_revoked;
      if (self->is_committing)
        try_again_later (self);
      return;

    case QS_COMMIT_CONSUMER_FAILED:
      if (!qs_error_policy_ignore_consumer (&self->policy, NULL, error))
        fail (self, g_error_copy (error));
      return;

    case QS_COMMIT_PRODUCER_FAILED:
      settle_producer (self, error);
      return;

    case QS_COMMIT_ABORTED:
      settle_abort (self, error);
      return;

    case QS_COMMIT_DONE:
    default:
      self->n_aborted = 0;
      return;
    }
}

static void
committed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (QsConsumeLoop) self = user_data;
  g_autoptr (GError) error = NULL;
  QsCommitResult outcome;

  outcome = qs_checkpoint_commit_finish (QS_CHECKPOINT (object), result, &error);
  /* Abandoned meanwhile? */
  if (self->checkpoint != QS_CHECKPOINT (object))
    return;

  self->is_committing = FALSE;
  settle_commit (self, outcome, error);
  qs_group_consumer_resume (self->consumer);
  advance (self);
}

static void
begin_commit (QsConsumeLoop *self)
{
  double timeout = self->state == STATE_STOPPING ? STOP_TIMEOUT / 2 : -1;

  self->is_committing = TRUE;
  self->n_uncommitted = qs_checkpoint_count (self->checkpoint);
  qs_group_consumer_pause (self->consumer);
  qs_checkpoint_commit (self->checkpoint,
                        self->consumer,
                        self->output,
                        self->settings->is_alone,
                        timeout,
                        committed_cb,
                        g_object_ref (self));
}

static void
ask_thread (GTask *task, gpointer object, gpointer task_data, GCancellable *cancellable)
{
  GError    *error = NULL;
  QsOffsets *ends = qs_group_consumer_find_ends (object, task_data, &error);

  if (ends != NULL)
    g_task_return_pointer (task, ends, (GDestroyNotify) qs_offsets_free);
  else
    g_task_return_error (task, error);
}

static void
asked_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (QsConsumeLoop) self = user_data;
  g_autoptr (GError) error = NULL;
  QsOffsets *ends = g_task_propagate_pointer (G_TASK (result), &error);

  if (self->consumer != QS_GROUP_CONSUMER (object) || self->state != STATE_DRAINING)
    {
      g_clear_pointer (&ends, qs_offsets_free);
      return;
    }

  if (ends == NULL)
    {
      qs_log_info (NULL, NULL, "Trying again: %s", error->message);
      try_again_later (self);
      return;
    }

  self->is_asking = FALSE;
  qs_drain_set_ends (self->drain, ends);
  advance (self);
}

static void
begin_asking (QsConsumeLoop *self)
{
  g_autoptr (GTask) task = g_task_new (self->consumer, NULL, asked_cb, g_object_ref (self));

  self->is_asking = TRUE;
  qs_drain_set_ends (self->drain, NULL);
  g_task_set_task_data (
      task, qs_group_consumer_dup_assignment (self->consumer), (GDestroyNotify) qs_offsets_free);
  g_task_run_in_thread (task, ask_thread);
}

/* While draining. It is over when all is read, then that is committed, and only
 * then asked, and there still is no more: a dataframe may produce to a topic that
 * another one reads, and what it produces is there when it is committed. */
static void
check_drained (QsConsumeLoop *self)
{
  g_autoptr (QsOffsets) assignment = qs_group_consumer_dup_assignment (self->consumer);

  if (self->is_asking || !qs_drain_is_done (self->drain, assignment))
    return;

  if (qs_checkpoint_count (self->checkpoint) > 0)
    {
      begin_commit (self);
    }
  else if (self->was_drained)
    {
      qs_log_message (NULL, NULL, "All topics are read to the end");
      qs_consume_loop_stop (self);
    }
  else
    {
      self->was_drained = TRUE;
      begin_asking (self);
    }
}

static gboolean
is_commit_due (QsConsumeLoop *self)
{
  guint n_records = qs_checkpoint_count (self->checkpoint);

  if (n_records > 0 && self->output != NULL && qs_output_has_failed (self->output))
    return TRUE;

  return self->settings->commit_every > 0 && n_records >= self->settings->commit_every;
}

/* Does what comes next, if nothing is under way. */
static void
advance (QsConsumeLoop *self)
{
  if (self->is_committing || qs_pipeline_is_busy (self->pipeline) || self->state == STATE_IDLE ||
      self->state == STATE_CLOSING)
    return;

  if ((self->has_revoked || self->state == STATE_STOPPING) &&
      qs_checkpoint_count (self->checkpoint) > 0)
    {
      begin_commit (self);
      return;
    }

  if (self->has_revoked)
    {
      self->has_revoked = FALSE;
      qs_group_consumer_release (self->consumer);
      if (self->state == STATE_DRAINING)
        begin_asking (self);
    }

  if (self->state == STATE_STOPPING)
    begin_close (self);
  else if (is_commit_due (self))
    begin_commit (self);
  else if (self->state == STATE_DRAINING)
    check_drained (self);
}

static gboolean
room_cb (gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  if (!qs_output_has_room (self->output) && !qs_output_has_failed (self->output))
    return G_SOURCE_CONTINUE;

  clear_source (&self->room_timer);
  qs_group_consumer_resume (self->consumer);
  advance (self);

  return G_SOURCE_REMOVE;
}

static void
wait_for_room (QsConsumeLoop *self)
{
  if (self->output == NULL || self->room_timer != NULL || qs_output_has_room (self->output))
    return;

  qs_group_consumer_pause (self->consumer);
  self->room_timer = attach (g_timeout_source_new (ROOM_INTERVAL), room_cb, self);
}

static void
note_processed (QsConsumeLoop *self, const char *topic, int partition, gint64 offset)
{
  qs_checkpoint_note (self->checkpoint, topic, partition, offset);
  qs_drain_note (self->drain, topic, partition, offset + 1);
  self->was_drained = FALSE;
  self->n_records++;
  self->processed (topic, partition, offset, self->processed_data);

  if (self->n_records == self->settings->max_records)
    {
      qs_log_message (
          NULL, NULL, "Stopping after %" G_GUINT64_FORMAT " records (run-count)", self->n_records);
      qs_consume_loop_stop (self);
    }
  else if (is_reading (self) && is_commit_due (self))
    {
      begin_commit (self);
    }
  else if (is_reading (self))
    {
      wait_for_room (self);
    }
}

/* A record is dealt with, or has failed; a QsPipelineFunc. */
static void
processed_cb (const char   *topic,
              int           partition,
              gint64        offset,
              const GError *error,
              gpointer      user_data)
{
  QsConsumeLoop *self = user_data;
  gboolean       had_to_wait = self->is_waiting;

  /* Abandoned meanwhile? */
  if (self->consumer == NULL)
    return;

  self->is_waiting = FALSE;
  if (error != NULL)
    {
      /* The steps before may have produced: nothing of that may be committed. */
      if (is_transactional (self))
        qs_checkpoint_clear (self->checkpoint);
      fail (self, g_error_copy (error));
    }
  else
    note_processed (self, topic, partition, offset);

  if (had_to_wait && self->consumer != NULL)
    {
      qs_group_consumer_resume (self->consumer);
      advance (self);
    }
}

static void
received_cb (const QsReceived *received, gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  /* One that comes while it stops is not committed, and read again. */
  if (!is_reading (self))
    return;

  qs_pipeline_process (self->pipeline,
                       received,
                       self->output != NULL ? qs_output_get_producer (self->output) : NULL,
                       &self->policy,
                       processed_cb,
                       self);

  self->is_waiting = qs_pipeline_is_busy (self->pipeline);
  if (self->is_waiting)
    qs_group_consumer_pause (self->consumer);
}

static void
assigned_cb (gpointer user_data)
{
  QsConsumeLoop *self = user_data;
  GFunc          in_place = NULL;

  if (self->state == STATE_DRAINING)
    begin_asking (self);

  if (is_reading (self))
    in_place = g_steal_pointer (&self->in_place);
  if (in_place != NULL)
    in_place (self, self->user_data);
}

static void
revoked_cb (gboolean lost, gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  /* Who has them now reads from the last commit. A transaction fails of itself. */
  if (lost && !is_transactional (self))
    qs_checkpoint_clear (self->checkpoint);

  self->has_revoked = TRUE;
  advance (self);
}

static void
end_reached_cb (const char *topic, int partition, gint64 offset, gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  qs_drain_note (self->drain, topic, partition, offset);
}

static void
batch_done_cb (gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  qs_pipeline_settle (self->pipeline);
  if (is_reading (self) && self->settings->commit_interval <= 0 && !self->is_committing &&
      qs_checkpoint_count (self->checkpoint) > 0 && !self->is_waiting)
    begin_commit (self);
  advance (self);
}

static void
failed_cb (const GError *error, gboolean fatal, gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  if (!qs_error_policy_ignore_consumer (&self->policy, NULL, error) || fatal)
    fail (self, g_error_copy (error));
}

static const QsGroupListener group_listener = {
  .assigned = assigned_cb,
  .revoked = revoked_cb,
  .received = received_cb,
  .end_reached = end_reached_cb,
  .batch_done = batch_done_cb,
  .failed = failed_cb,
};

static gboolean
commit_cb (gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  if (is_reading (self) && !self->is_committing && !self->is_waiting &&
      qs_checkpoint_count (self->checkpoint) > 0)
    begin_commit (self);

  return G_SOURCE_CONTINUE;
}

static gboolean
stop_timeout_cb (gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  qs_log_warning (NULL, NULL, "Leaving the consumer group took longer than %g s", STOP_TIMEOUT);
  qs_consume_loop_abandon (self);

  return G_SOURCE_REMOVE;
}

static void
qs_consume_loop_finalize (GObject *object)
{
  QsConsumeLoop *self = QS_CONSUME_LOOP (object);

  g_assert (self->consumer == NULL);

  g_clear_object (&self->pipeline);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (qs_consume_loop_parent_class)->finalize (object);
}

static void
qs_consume_loop_class_init (QsConsumeLoopClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qs_consume_loop_finalize;
}

static void
qs_consume_loop_init (QsConsumeLoop *self)
{
}

QsConsumeLoop *
qs_consume_loop_new (QsPipeline            *pipeline,
                     const QsErrorListener *listener,
                     QsProcessedFunc        processed,
                     gpointer               user_data)
{
  QsConsumeLoop *self = g_object_new (QS_TYPE_CONSUME_LOOP, NULL);

  self->pipeline = g_object_ref (pipeline);
  self->policy.listener = listener;
  self->policy.user_data = user_data;
  self->processed = processed;
  self->processed_data = user_data;

  return self;
}

static gboolean
open_output (QsConsumeLoop *self, GError **error)
{
  const QsConsumeSettings *settings = self->settings;
  g_autoptr (GPtrArray) outputs = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *uuid = g_uuid_string_random ();
  g_autofree char *id = g_strdup_printf ("%s-dataframe-%s", settings->group, uuid);

  qs_pipeline_add_outputs (self->pipeline, outputs);
  if (outputs->len == 0)
    return TRUE;

  /* Each process has an id of its own: that one which has been replaced can't
   * commit is seen to by the group. */
  self->output = qs_output_new (settings->config, settings->exactly_once ? id : NULL, error);

  return self->output != NULL;
}

static gboolean
open_consumer (QsConsumeLoop *self, GError **error)
{
  const QsConsumeSettings *settings = self->settings;
  g_autoptr (GPtrArray) inputs = qs_pipeline_get_inputs (self->pipeline);
  g_autofree char *names = g_strjoinv ("', '", (char **) inputs->pdata);

  self->consumer = qs_group_consumer_new (settings->config,
                                          settings->group,
                                          settings->reset,
                                          settings->is_alone,
                                          &group_listener,
                                          self,
                                          error);
  if (self->consumer == NULL)
    return FALSE;

  qs_log_message (NULL, NULL, "Dataframes read '%s' as group '%s'", names, settings->group);

  return qs_group_consumer_subscribe (self->consumer, (const char *const *) inputs->pdata, error);
}

static void
begin_reading (QsConsumeLoop *self)
{
  const QsConsumeSettings *settings = self->settings;
  double                   interval = settings->commit_interval;

  /* The brokers abort a transaction that is open for too long. */
  if (is_transactional (self))
    interval = MIN (interval, settings->config->transaction_timeout / 2);

  if (!open_consumer (self, &self->error))
    end (self);
  else if (interval > 0)
    self->commit_timer =
        attach (g_timeout_source_new ((guint) MIN (interval * 1000, G_MAXINT)), commit_cb, self);
}

static void
fence_thread (GTask *task, gpointer object, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (qs_producer_fence (task_data, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
fenced_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  QsConsumeLoop *self = QS_CONSUME_LOOP (object);
  g_autoptr (GError) error = NULL;

  g_task_propagate_boolean (G_TASK (result), &error);

  /* Abandoned meanwhile? */
  if (self->output == NULL)
    return;

  if (!is_reading (self))
    {
      end (self);
    }
  else if (error != NULL)
    {
      self->error = g_steal_pointer (&error);
      end (self);
    }
  else
    {
      begin_reading (self);
    }
}

/* Makes the producer ready for its first transaction, which takes a while. */
static void
begin_fence (QsConsumeLoop *self)
{
  g_autoptr (GTask) task = NULL;

  self->cancellable = g_cancellable_new ();
  task = g_task_new (self, self->cancellable, fenced_cb, NULL);
  g_task_set_task_data (task, g_object_ref (qs_output_get_producer (self->output)), g_object_unref);
  g_task_run_in_thread (task, fence_thread);
}

void
qs_consume_loop_start (QsConsumeLoop           *self,
                       const QsConsumeSettings *settings,
                       GFunc                    in_place,
                       GFunc                    done,
                       gpointer                 user_data)
{
  self->settings = settings;
  self->in_place = in_place;
  self->done = done;
  self->user_data = user_data;
  self->state = STATE_READING;
  self->n_records = 0;
  self->policy.n_ignored = 0;
  self->is_committing = self->is_asking = self->is_waiting = FALSE;
  self->was_drained = self->has_revoked = FALSE;
  g_clear_error (&self->error);
  self->checkpoint = qs_checkpoint_new ();
  self->drain = qs_drain_new ();

  self->n_aborted = 0;

  if (!open_output (self, &self->error))
    end (self);
  else if (is_transactional (self))
    begin_fence (self);
  else
    begin_reading (self);
}

void
qs_consume_loop_drain (QsConsumeLoop *self)
{
  if (self->state != STATE_READING)
    return;

  self->state = STATE_DRAINING;
  begin_asking (self);
}

void
qs_consume_loop_stop (QsConsumeLoop *self)
{
  if (!is_reading (self))
    return;

  self->state = STATE_STOPPING;
  if (self->consumer == NULL)
    {
      g_cancellable_cancel (self->cancellable);
      return;
    }

  qs_group_consumer_pause (self->consumer);
  self->stop_timer =
      attach (g_timeout_source_new ((guint) (STOP_TIMEOUT * 1000)), stop_timeout_cb, self);

  /* A commit that waits to be tried again is tried now. */
  if (self->try_timer != NULL)
    {
      clear_source (&self->try_timer);
      self->is_committing = FALSE;
    }

  advance (self);
}

void
qs_consume_loop_abandon (QsConsumeLoop *self)
{
  if (self->state == STATE_IDLE)
    return;

  if (self->consumer != NULL && self->state != STATE_CLOSING)
    qs_group_consumer_close (self->consumer, NULL, NULL);

  end (self);
}

guint64
qs_consume_loop_get_n_ignored (QsConsumeLoop *self)
{
  return self->policy.n_ignored;
}

gboolean
qs_consume_loop_take_result (QsConsumeLoop *self, GError **error)
{
  if (self->error == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&self->error));

  return FALSE;
}
