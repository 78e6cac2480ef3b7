/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-committer-private.h"

#include "qs-deadline-private.h"
#include "qs-gsource-private.h"
#include "qs-log-private.h"

/* So many transactions in a row that are aborted are too many. */
#define MAX_ABORTED 5

/* Milliseconds. A group that is about to change is so for a shorter time. */
#define TRY_AGAIN_INTERVAL 500
#define TRY_LAST_AGAIN_INTERVAL 50

#define TRIES_BEFORE_WARNING 10

/* Seconds, after which a last commit isn't tried again. */
#define LAST_PATIENCE 5.0

/* How often dataframes are asked whether all is safe, in milliseconds. */
#define FLUSH_INTERVAL 5

struct _QsCommitter
{
  GObject parent_instance;

  QsPipeline                *pipeline; /* owned */
  QsGroupConsumer           *consumer; /* owned */
  QsDataframeProducer       *producer; /* owned; nullable */
  QsIgnored                 *ignored;  /* not owned */
  const QsCommitterListener *listener; /* static; NULL once it is closed */
  gpointer                   user_data;
  gboolean                   also_plainly;
  double                     interval; /* seconds */
  guint                      every;    /* records, 0 = no matter how many */

  QsCheckpoint *checkpoint; /* owned */
  gboolean      is_committing;
  gboolean      is_last;
  gint64        last_deadline; /* monotonic; while it is the last */
  guint64       n_uncommitted; /* results of the commit that is under way */
  guint         n_aborted;     /* transactions, one after the other */
  guint         n_tries;       /* that failed, one after the other */
  gboolean      has_waited;    /* long enough for the next commit */

  gboolean must_commit; /* as soon as it is safe */
  gint64   give_up_at;  /* of all that is waited for; G_MAXINT64 unless it stops */

  /* Set while the results of the dataframes are not safe yet, or they take no more. Owned; the
   * consumer is paused meanwhile. */
  GSource *flush_timer;

  /* Owned; NULL unless they are due. */
  GSource *interval_timer;
  GSource *try_timer; /* a commit is to be tried again */
};

G_DEFINE_FINAL_TYPE (QsCommitter, qs_committer, G_TYPE_OBJECT)

static gboolean
try_again_cb (gpointer user_data)
{
  QsCommitter *self = user_data;

  qs_gsource_clear (&self->try_timer);
  self->has_waited = TRUE;
  self->listener->settled (self->user_data);

  return G_SOURCE_REMOVE;
}

/* Some records could not be delivered; the others are acknowledged. */
static void
settle_producer (QsCommitter *self, const GError *error)
{
  GError *failure = NULL;

  if (!qs_ignored_ask_producer (self->ignored, NULL, error) ||
      qs_dataframe_producer_is_transactional (self->producer))
    self->listener->failed (g_error_copy (error), self->user_data);
  /* A producer that has failed stays so. */
  else if (!qs_dataframe_producer_renew (self->producer, self->give_up_at, &failure))
    self->listener->failed (failure, self->user_data);
}

/* A transaction was aborted: a member that was replaced, or an outage. */
static void
settle_abort (QsCommitter *self, const GError *error)
{
  qs_log_warning (NULL, NULL, "Returning to the last commit: %s", error->message);
  self->listener->undone (self->n_uncommitted, self->user_data);

  if (++self->n_aborted < MAX_ABORTED)
    return;

  if (!qs_ignored_ask_producer (self->ignored, NULL, error))
    self->listener->failed (g_error_copy (error), self->user_data);
  self->n_aborted = 0;
}

static void
settle_later (QsCommitter *self, const GError *error)
{
  if (self->is_last && qs_deadline_passed (self->last_deadline))
    {
      qs_log_warning (NULL, NULL, "Records will be read again: %s", error->message);
      qs_checkpoint_clear (self->checkpoint);
      return;
    }

  if (++self->n_tries == TRIES_BEFORE_WARNING)
    qs_log_warning (NULL, NULL, "Retrying until it succeeds: %s", error->message);
  self->try_timer = qs_gsource_new_timeout (
      self->is_last ? TRY_LAST_AGAIN_INTERVAL : TRY_AGAIN_INTERVAL, try_again_cb, self);
}

static void
settle (QsCommitter *self, QsCommitResult outcome, const GError *error)
{
  switch (outcome)
    {
    case QS_COMMIT_LATER:
      settle_later (self, error);
      return;

    case QS_COMMIT_CONSUMER_FAILED:
      if (!qs_ignored_ask_consumer (self->ignored, NULL, error))
        self->listener->failed (g_error_copy (error), self->user_data);
      return;

    case QS_COMMIT_PRODUCER_FAILED:
      settle_producer (self, error);
      return;

    case QS_COMMIT_ABORTED:
      settle_abort (self, error);
      return;

    case QS_COMMIT_DONE:
    default:
      self->n_aborted = self->n_tries = 0;
      return;
    }
}

static void
committed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (QsCommitter) self = user_data;
  g_autoptr (GError) error = NULL;
  QsCommitResult outcome;

  outcome = qs_checkpoint_commit_finish (self->checkpoint, result, &error);
  if (self->listener == NULL)
    return;

  self->is_committing = FALSE;
  if (outcome != QS_COMMIT_DONE && outcome != QS_COMMIT_LATER && self->is_last)
    qs_checkpoint_clear (self->checkpoint);
  settle (self, outcome, error);

  /* A handler may have closed it. */
  if (self->listener == NULL)
    return;
  qs_group_consumer_resume (self->consumer);
  self->listener->settled (self->user_data);
}

static gboolean
interval_cb (gpointer user_data)
{
  QsCommitter *self = user_data;

  self->has_waited = TRUE;
  self->listener->settled (self->user_data);

  return G_SOURCE_CONTINUE;
}

static void
qs_committer_finalize (GObject *object)
{
  QsCommitter *self = QS_COMMITTER (object);

  g_assert (self->listener == NULL);

  g_clear_object (&self->checkpoint);
  g_clear_object (&self->consumer);
  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->producer, qs_dataframe_producer_unref);

  G_OBJECT_CLASS (qs_committer_parent_class)->finalize (object);
}

static void
qs_committer_class_init (QsCommitterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qs_committer_finalize;
}

static void
qs_committer_init (QsCommitter *self)
{
  self->give_up_at = G_MAXINT64;
}

QsCommitter *
qs_committer_new (QsPipeline                *pipeline,
                  QsGroupConsumer           *consumer,
                  QsDataframeProducer       *producer,
                  QsIgnored                 *ignored,
                  const QsConsumeSettings   *settings,
                  const QsCommitterListener *listener,
                  gpointer                   user_data)
{
  QsCommitter *self = g_object_new (QS_TYPE_COMMITTER, NULL);

  self->checkpoint = qs_checkpoint_new (settings->rows);
  self->pipeline = g_object_ref (pipeline);
  self->consumer = g_object_ref (consumer);
  self->producer = producer != NULL ? qs_dataframe_producer_ref (producer) : NULL;
  self->ignored = ignored;
  self->also_plainly = settings->config->broker == QS_BROKER_OWN;
  self->interval = settings->guarantee.commit_interval;
  self->every = settings->guarantee.commit_every;
  self->listener = listener;
  self->user_data = user_data;

  /* The brokers abort a transaction that is open for too long. */
  if (producer != NULL && qs_dataframe_producer_is_transactional (producer))
    self->interval = MIN (self->interval, settings->config->transaction_timeout / 2);
  if (self->interval > 0)
    self->interval_timer =
        qs_gsource_new_timeout ((guint) MIN (self->interval * 1000, G_MAXINT), interval_cb, self);

  return self;
}

void
qs_committer_close (QsCommitter *self)
{
  self->listener = NULL;
  qs_gsource_clear (&self->flush_timer);
  qs_gsource_clear (&self->interval_timer);
  qs_gsource_clear (&self->try_timer);
}

QsCheckpoint *
qs_committer_get_checkpoint (QsCommitter *self)
{
  return self->checkpoint;
}

gboolean
qs_committer_is_due (QsCommitter *self, gboolean after_batch)
{
  guint n_records = qs_checkpoint_count (self->checkpoint);

  return qs_checkpoint_has_news (self->checkpoint) &&
         (self->has_waited || (after_batch && self->interval <= 0) ||
          (self->every > 0 && n_records >= self->every) ||
          (self->producer != NULL && qs_dataframe_producer_has_failed (self->producer)));
}

gboolean
qs_committer_is_busy (QsCommitter *self)
{
  return self->is_committing || self->try_timer != NULL || self->flush_timer != NULL;
}

gboolean
qs_committer_is_waiting (QsCommitter *self)
{
  return self->flush_timer != NULL;
}

static void
begin_commit (QsCommitter *self)
{
  self->is_committing = TRUE;
  self->has_waited = FALSE;
  self->n_uncommitted = qs_checkpoint_get_n_results (self->checkpoint);
  qs_group_consumer_pause (self->consumer);
  qs_checkpoint_commit (self->checkpoint,
                        self->consumer,
                        self->producer,
                        self->also_plainly,
                        self->give_up_at,
                        committed_cb,
                        g_object_ref (self));
}

static gboolean
flush_timer_cb (gpointer user_data)
{
  g_autoptr (QsCommitter) self = g_object_ref (user_data);

  if (!self->must_commit && qs_pipeline_is_full (self->pipeline) && self->give_up_at == G_MAXINT64)
    return G_SOURCE_CONTINUE;

  qs_gsource_clear (&self->flush_timer);
  qs_group_consumer_resume (self->consumer);
  if (self->must_commit)
    qs_committer_commit (self);

  /* A handler may have closed it. */
  if (self->listener != NULL)
    self->listener->settled (self->user_data);

  return G_SOURCE_REMOVE;
}

static void
wait_for_flush (QsCommitter *self)
{
  qs_group_consumer_pause (self->consumer);
  self->flush_timer = qs_gsource_new_timeout (FLUSH_INTERVAL, flush_timer_cb, self);
}

void
qs_committer_commit (QsCommitter *self)
{
  GError *error = NULL;

  g_assert (!qs_committer_is_busy (self));

  self->must_commit = FALSE;
  switch (qs_pipeline_flush (self->pipeline, &error))
    {
    case QS_FLUSH_FAILED:
      /* Drop what is not safe, because it cannot be committed: others read it again. */
      qs_checkpoint_clear (self->checkpoint);
      self->listener->failed (error, self->user_data);
      return;

    case QS_FLUSH_LATER:
      if (!qs_deadline_passed (self->give_up_at))
        {
          self->must_commit = TRUE;
          wait_for_flush (self);
          return;
        }
      qs_log_warning (
          NULL,
          NULL,
          "Records will be read again: the output of the dataframes was not accepted in time");
      qs_checkpoint_clear (self->checkpoint);
      return;

    case QS_FLUSH_DONE:
    default:
      begin_commit (self);
      return;
    }
}

void
qs_committer_wait_while_full (QsCommitter *self)
{
  if (self->flush_timer == NULL && qs_pipeline_is_full (self->pipeline))
    wait_for_flush (self);
}

void
qs_committer_set_last (QsCommitter *self, gboolean last)
{
  /* One that is stopping stays so, and has its deadline. */
  if (self->give_up_at < G_MAXINT64)
    return;

  if (!self->is_last)
    self->last_deadline = qs_deadline_after (LAST_PATIENCE);
  self->is_last = last;
  if (last)
    qs_gsource_clear (&self->try_timer); /* now, rather */
}

void
qs_committer_set_stopping (QsCommitter *self, gint64 deadline)
{
  qs_committer_set_last (self, TRUE);
  self->last_deadline = deadline;
  self->give_up_at = deadline;
}
