/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-consume-loop-private.h"

#include "qs-committer-private.h"
#include "qs-dataframe-producer-private.h"
#include "qs-deadline-private.h"
#include "qs-drain-private.h"
#include "qs-group-consumer-private.h"
#include "qs-gsource-private.h"
#include "qs-idle-watch-private.h"
#include "qs-kafka-error.h"
#include "qs-log-private.h"
#include "qs-producer-private.h"

/* Seconds for an end: half for what is under way, half to leave the group. */
#define STOP_TIMEOUT 10.0

/* The next state, once the current records are processed. */
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
  QsIgnored       ignored;
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
  QsDataframeProducer     *producer;    /* owned; NULL if nothing is produced */
  QsCommitter             *committer;   /* owned; NULL before the consumer, as the drain */
  QsCheckpoint            *checkpoint;  /* the committer's, of what is dealt with */
  QsDrain                 *drain;       /* owned */
  guint64                  n_results;   /* that came out of the dataframes */
  GError                  *error;       /* the first that was not ignored */

  gboolean has_revoked; /* partitions wait to be released */

  QsIdleWatch idle;

  GSource *stop_timer; /* owned; NULL unless it stops */
};

G_DEFINE_FINAL_TYPE (QsConsumeLoop, qs_consume_loop, G_TYPE_OBJECT)

static void advance (QsConsumeLoop *self);

static gboolean
is_reading (QsConsumeLoop *self)
{
  return self->state == STATE_READING || self->state == STATE_DRAINING;
}

static gboolean
is_transactional (QsConsumeLoop *self)
{
  return self->producer != NULL && qs_dataframe_producer_is_transactional (self->producer);
}

static void
end (QsConsumeLoop *self)
{
  GFunc done = g_steal_pointer (&self->done);

  self->state = STATE_IDLE;
  self->in_place = NULL;
  if (self->producer != NULL)
    qs_dataframe_producer_stop_waiting (self->producer);
  qs_idle_watch_end (&self->idle);
  qs_gsource_clear (&self->stop_timer);
  g_clear_object (&self->cancellable);
  if (self->committer != NULL)
    qs_committer_close (self->committer);
  self->checkpoint = NULL;
  g_clear_object (&self->committer);
  g_clear_object (&self->consumer);
  g_clear_pointer (&self->producer, qs_dataframe_producer_unref);
  g_clear_pointer (&self->drain, qs_drain_free);

  qs_ignored_warn (&self->ignored);
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

static void
settled_cb (gpointer user_data)
{
  advance (user_data);
}

/* The records of an aborted transaction come again. */
static void
undone_cb (guint64 n_results, gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  self->n_results -= n_results;
  qs_drain_reset (self->drain);
  if (self->state == STATE_DRAINING)
    qs_drain_ask (self->drain);
}

static void
commit_failed_cb (GError *error, gpointer user_data)
{
  fail (user_data, error);
}

static const QsCommitterListener committer_listener = {
  .settled = settled_cb,
  .undone = undone_cb,
  .failed = commit_failed_cb,
};

/* While draining. */
static void
check_drained (QsConsumeLoop *self)
{
  GError *error = NULL;

  switch (qs_drain_look (self->drain, qs_checkpoint_has_news (self->checkpoint), &error))
    {
    case QS_DRAIN_MUST_COMMIT:
      qs_committer_commit (self->committer);
      return;

    case QS_DRAIN_DONE:
      qs_log_message (NULL, NULL, "All topics are read to the end");
      qs_consume_loop_stop (self);
      return;

    case QS_DRAIN_FAILED:
      fail (self, error);
      return;

    case QS_DRAIN_READING:
    default:
      return;
    }
}

static void
release_revoked (QsConsumeLoop *self)
{
  self->has_revoked = FALSE;
  qs_group_consumer_release (self->consumer);
  /* Partitions that come back begin where the group has committed. */
  qs_drain_reset (self->drain);
  if (is_reading (self))
    qs_committer_set_last (self->committer, FALSE);
  if (self->state == STATE_DRAINING)
    qs_drain_ask (self->drain);
}

/* Does what comes next, if nothing is under way. */
static void
advance (QsConsumeLoop *self)
{
  gboolean must_commit = self->has_revoked || self->state == STATE_STOPPING;

  if (self->state == STATE_IDLE || self->state == STATE_CLOSING ||
      qs_committer_is_busy (self->committer) || qs_pipeline_is_busy (self->pipeline))
    return;

  if (must_commit && qs_checkpoint_has_news (self->checkpoint))
    {
      qs_committer_commit (self->committer);
      if (self->state == STATE_IDLE || self->state == STATE_CLOSING ||
          qs_checkpoint_has_news (self->checkpoint))
        return;
    }

  if (self->has_revoked)
    release_revoked (self);

  if (self->state == STATE_STOPPING)
    begin_close (self);
  else if (qs_committer_is_due (self->committer, FALSE))
    qs_committer_commit (self->committer);
  else if (self->state == STATE_DRAINING)
    check_drained (self);
}

static void
room_cb (gpointer producer, gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  qs_group_consumer_resume (self->consumer);
  advance (self);
}

static void
wait_for_room (QsConsumeLoop *self)
{
  qs_committer_wait_while_full (self->committer);

  if (self->producer == NULL || qs_dataframe_producer_is_waiting (self->producer) ||
      qs_dataframe_producer_has_room (self->producer))
    return;

  qs_group_consumer_pause (self->consumer);
  qs_dataframe_producer_wait (self->producer, room_cb, self);
}

static void
commit_if_due (QsConsumeLoop *self, gboolean after_batch)
{
  if (!qs_committer_is_busy (self->committer) && qs_committer_is_due (self->committer, after_batch))
    qs_committer_commit (self->committer);
}

static void
note_processed (QsConsumeLoop *self,
                const char    *topic,
                int            partition,
                gint64         offset,
                guint64        n_results)
{
  qs_checkpoint_note (self->checkpoint, topic, partition, offset, n_results);
  qs_drain_note (self->drain, topic, partition, offset + 1);
  self->n_results += n_results;
  self->processed (topic, partition, offset, self->processed_data);

  if (self->settings->max_results > 0 && self->n_results >= self->settings->max_results)
    {
      qs_log_message (
          NULL, NULL, "Stopping after %" G_GUINT64_FORMAT " results (run-count)", self->n_results);
      qs_consume_loop_stop (self);
    }
  else if (is_reading (self))
    {
      commit_if_due (self, FALSE);
      wait_for_room (self);
    }
}

static void
received_cb (const QsReceived *received, gpointer user_data)
{
  QsConsumeLoop *self = user_data;
  guint64        n_before = qs_pipeline_get_n_results (self->pipeline);
  GError        *error = NULL;
  gboolean       ok = FALSE;

  qs_idle_watch_note (&self->idle);

  /* One that comes while it stops is not committed, and read again. */
  if (!is_reading (self))
    return;

  ok = qs_pipeline_process (
      self->pipeline,
      received,
      self->producer != NULL ? qs_dataframe_producer_get_producer (self->producer) : NULL,
      &self->ignored,
      &error);

  /* Abandoned meanwhile? */
  if (self->consumer == NULL)
    {
      g_clear_error (&error);
    }
  else if (ok)
    {
      note_processed (self,
                      received->topic,
                      received->partition,
                      received->offset,
                      qs_pipeline_get_n_results (self->pipeline) - n_before);
    }
  else
    {
      /* The steps before may have produced: nothing of that may be committed. */
      if (is_transactional (self))
        qs_checkpoint_clear (self->checkpoint);
      fail (self, error);
    }
}

static gboolean
is_idle (gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  return is_reading (self) && !qs_committer_is_waiting (self->committer);
}

static void
idle_cb (gpointer user_data)
{
  qs_consume_loop_stop (user_data);
}

static void
assigned_cb (gpointer user_data)
{
  QsConsumeLoop *self = user_data;
  GFunc          in_place = NULL;

  if (self->state == STATE_DRAINING)
    qs_drain_ask (self->drain);
  if (!is_reading (self))
    return;

  /* Before, no record can come. */
  qs_idle_watch_begin (&self->idle, self->settings->idle_timeout, is_idle, idle_cb, self);
  in_place = g_steal_pointer (&self->in_place);
  if (in_place != NULL)
    in_place (self, self->user_data);
}

static void
revoked_cb (gboolean lost, gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  /* The new owner reads from the last commit. A transaction fails by itself. */
  if (lost && !is_transactional (self))
    qs_checkpoint_clear (self->checkpoint);

  self->has_revoked = TRUE;
  if (is_reading (self))
    qs_committer_set_last (self->committer, TRUE);
  advance (self);
}

static void
end_reached_cb (const char *topic, int partition, gint64 offset, gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  if (qs_drain_note_end (self->drain, topic, partition, offset) && is_reading (self))
    qs_checkpoint_note_end (self->checkpoint, topic, partition, offset);
}

static void
batch_done_cb (gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  qs_pipeline_settle (self->pipeline);
  if (is_reading (self))
    commit_if_due (self, TRUE);
  advance (self);
}

static void
failed_cb (const GError *error, gboolean fatal, gpointer user_data)
{
  QsConsumeLoop *self = user_data;

  if (qs_ignored_ask_consumer (&self->ignored, NULL, error) && !fatal)
    return;

  fail (self, g_error_copy (error));
  /* Without a member, there is no group to commit to. */
  if (g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE))
    qs_consume_loop_abandon (self);
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
  self->ignored.listener = listener;
  self->ignored.user_data = user_data;
  self->processed = processed;
  self->processed_data = user_data;

  return self;
}

static void
begin_reading (QsConsumeLoop *self)
{
  const QsConsumeSettings *settings = self->settings;

  self->consumer =
      qs_pipeline_open_consumer (self->pipeline, settings, &group_listener, self, &self->error);
  if (self->consumer == NULL)
    {
      end (self);
      return;
    }

  self->drain = qs_drain_new (
      self->consumer, settings->config->broker_availability_timeout, settled_cb, self);
  self->committer = qs_committer_new (self->pipeline,
                                      self->consumer,
                                      self->producer,
                                      &self->ignored,
                                      settings,
                                      &committer_listener,
                                      self);
  self->checkpoint = qs_committer_get_checkpoint (self->committer);
}

static void
fenced_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (QsConsumeLoop) self = user_data;
  g_autoptr (GError) error = NULL;

  qs_dataframe_producer_fence_finish (result, &error);

  /* Abandoned meanwhile? */
  if (self->producer == NULL)
    return;

  if (error != NULL && is_reading (self))
    self->error = g_steal_pointer (&error);

  if (self->error == NULL && is_reading (self))
    begin_reading (self);
  else
    end (self);
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
  self->n_results = 0;
  self->ignored.n_ignored = 0;
  self->has_revoked = FALSE;
  g_clear_error (&self->error);

  self->cancellable = g_cancellable_new ();
  if (!qs_dataframe_producer_open (
          &self->producer,
          self->pipeline,
          settings->config,
          qs_guarantee_is_exactly_once (&settings->guarantee) ? settings->group : NULL,
          &self->error))
    end (self);
  else if (is_transactional (self))
    qs_dataframe_producer_fence (self->producer, self->cancellable, fenced_cb, g_object_ref (self));
  else
    begin_reading (self);
}

void
qs_consume_loop_drain (QsConsumeLoop *self)
{
  if (self->state != STATE_READING)
    return;

  self->state = STATE_DRAINING;
  qs_drain_ask (self->drain);
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
  self->stop_timer = qs_gsource_new_timeout ((guint) (STOP_TIMEOUT * 1000), stop_timeout_cb, self);
  qs_committer_set_stopping (self->committer, qs_deadline_after (STOP_TIMEOUT / 2));
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
  return self->ignored.n_ignored;
}

gboolean
qs_consume_loop_take_result (QsConsumeLoop *self, GError **error)
{
  if (self->error == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&self->error));

  return FALSE;
}
