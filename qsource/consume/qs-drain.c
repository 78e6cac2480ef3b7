/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-drain-private.h"

#include "qs-deadline-private.h"
#include "qs-gsource-private.h"
#include "qs-kafka-error.h"
#include "qs-log-private.h"

/* Milliseconds. */
#define ASK_AGAIN_INTERVAL 500

/* The stages of the check, one after the other; each look begins at the stage of the last one,
 * and any change of the share returns to the first. */
typedef enum
{
  STAGE_SHARE,     /* reading this member's share */
  STAGE_CONFIRMED, /* asking whether there is more, now that all is committed */
  STAGE_OTHERS,    /* waiting for the shares of others */
} Stage;

struct _QsDrain
{
  QsGroupConsumer *consumer; /* owned; NULL once it is freed */
  double           limit;    /* seconds */
  QsDrainFunc      changed;
  gpointer         user_data;

  Stage      stage;
  QsOffsets *positions;    /* owned */
  QsOffsets *ends;         /* owned; NULL while they are asked for */
  QsOffsets *other_ends;   /* owned; of the shares of others, NULL = not asked for yet */
  gint64     n_missing;    /* records that others have still to read; -1 = unknown */
  gboolean   was_told;     /* of those */
  guint      n_asked;      /* only the last answer counts */
  gint64     deadline;     /* of the group; 0 while this member has its share */
  gint64     last_missing; /* and when it must have changed */
  gint64     other_deadline;
  GSource   *again_timer; /* owned; NULL unless a question is to be asked again */
};

typedef struct
{
  QsDrain   *drain; /* a reference */
  gboolean   is_about_others;
  QsOffsets *assignment; /* owned */
  QsOffsets *ends;       /* owned, nullable; of others, or the answer */
  gint64     n_missing;
  guint      number;
  gint64     deadline;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_atomic_rc_box_release (question->drain);
  qs_offsets_free (question->assignment);
  g_clear_pointer (&question->ends, qs_offsets_free);
  g_free (question);
}

static gboolean
again_cb (gpointer user_data)
{
  QsDrain *self = user_data;

  qs_drain_ask (self);

  return G_SOURCE_REMOVE;
}

static void
ask_again_later (QsDrain *self)
{
  if (self->again_timer == NULL)
    self->again_timer = qs_gsource_new_timeout (ASK_AGAIN_INTERVAL, again_cb, self);
}

static void
ask_thread (GTask *task, gpointer object, gpointer task_data, GCancellable *cancellable)
{
  Question *question = task_data;
  GError   *error = NULL;

  if (question->is_about_others)
    question->n_missing = qs_group_consumer_count_unread (
        object, question->assignment, &question->ends, question->deadline, &error);
  else
    question->ends =
        qs_group_consumer_find_ends (object, question->assignment, question->deadline, &error);

  if (error == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
asked_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Question *question = g_task_get_task_data (G_TASK (result));
  QsDrain  *self = question->drain;
  g_autoptr (GError) error = NULL;
  gboolean ok = g_task_propagate_boolean (G_TASK (result), &error);

  if (self->consumer == NULL || question->number != self->n_asked)
    return;

  if (!ok)
    {
      qs_log_info (NULL, NULL, "Trying again: %s", error->message);
      ask_again_later (self);
      return;
    }

  if (question->is_about_others)
    {
      g_clear_pointer (&self->other_ends, qs_offsets_free);
      self->other_ends = g_steal_pointer (&question->ends);
      self->n_missing = question->n_missing;
    }
  else
    {
      self->ends = g_steal_pointer (&question->ends);
    }
  self->changed (self->user_data);
}

QsDrain *
qs_drain_new (QsGroupConsumer *consumer, double limit, QsDrainFunc changed, gpointer user_data)
{
  QsDrain *self = g_atomic_rc_box_new0 (QsDrain);

  self->consumer = g_object_ref (consumer);
  self->limit = limit;
  self->changed = changed;
  self->user_data = user_data;
  self->positions = qs_offsets_new ();

  return self;
}

void
qs_drain_free (QsDrain *self)
{
  g_clear_object (&self->consumer);
  g_clear_pointer (&self->positions, qs_offsets_free);
  g_clear_pointer (&self->ends, qs_offsets_free);
  g_clear_pointer (&self->other_ends, qs_offsets_free);
  qs_gsource_clear (&self->again_timer);
  g_atomic_rc_box_release (self);
}

/* Starts the check again. */
static void
start_over (QsDrain *self)
{
  self->stage = STAGE_SHARE;
  self->last_missing = 0;
  g_clear_pointer (&self->other_ends, qs_offsets_free);
}

void
qs_drain_note (QsDrain *self, const char *topic, int partition, gint64 offset)
{
  gint64 known = qs_offsets_get (self->positions, topic, partition);

  qs_offsets_set (self->positions, topic, partition, offset);
  if (offset != known && self->stage == STAGE_CONFIRMED)
    start_over (self);
}

gboolean
qs_drain_note_end (QsDrain *self, const char *topic, int partition, gint64 offset)
{
  gint64 position = MAX (qs_offsets_get (self->positions, topic, partition),
                         qs_group_consumer_get_start (self->consumer, topic, partition));

  qs_drain_note (self, topic, partition, offset);

  return position < offset;
}

void
qs_drain_reset (QsDrain *self)
{
  qs_offsets_clear (self->positions);
  start_over (self);
}

/* Asks in a thread: about this member's share, or how far others are. */
static void
ask (QsDrain *self, gboolean about_others)
{
  g_autoptr (GTask) task = g_task_new (self->consumer, NULL, asked_cb, NULL);
  Question *question = g_new0 (Question, 1);

  qs_gsource_clear (&self->again_timer);

  question->drain = g_atomic_rc_box_acquire (self);
  question->is_about_others = about_others;
  question->assignment = qs_group_consumer_dup_assignment (self->consumer);
  if (about_others && self->other_ends != NULL)
    question->ends = qs_offsets_copy (self->other_ends);
  question->number = ++self->n_asked;
  question->deadline = qs_deadline_after (self->limit);
  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, ask_thread);
}

void
qs_drain_ask (QsDrain *self)
{
  if (self->stage == STAGE_OTHERS)
    {
      self->n_missing = -1;
      ask (self, TRUE);
      return;
    }

  g_clear_pointer (&self->ends, qs_offsets_free);
  ask (self, FALSE);
}

/* To the ends as they were when they were last asked for. */
static gboolean
is_share_read (QsDrain *self)
{
  g_autoptr (QsOffsets) assignment = qs_group_consumer_dup_assignment (self->consumer);
  g_autoptr (GPtrArray) partitions = qs_offsets_list (assignment);

  for (guint i = 0; i < partitions->len; i++)
    {
      const QsOffset *partition = partitions->pdata[i];
      gint64          end = qs_offsets_get (self->ends, partition->topic, partition->partition);
      gint64 position = qs_offsets_get (self->positions, partition->topic, partition->partition);

      if (end < 0 || MAX (position, partition->offset) < end)
        return FALSE;
    }

  return TRUE;
}

/* This member has no share that it could judge by. */
static QsDrainVerdict
wait_for_share (QsDrain *self, GError **error)
{
  start_over (self);
  if (self->deadline == 0)
    self->deadline = qs_deadline_after (self->limit);

  if (!qs_deadline_passed (self->deadline))
    {
      ask_again_later (self);
      return QS_DRAIN_READING;
    }

  g_set_error (error,
               QS_KAFKA_ERROR,
               QS_KAFKA_ERROR_UNAVAILABLE,
               "Cannot drain: the consumer group has given this member no share for %g s "
               "(broker-availability-timeout), so it is unknown whether all records are read; "
               "check whether the group keeps changing, and run the application again",
               self->limit);
  return QS_DRAIN_FAILED;
}

static QsDrainVerdict
look_at_others (QsDrain *self, GError **error)
{
  if (self->n_missing == 0)
    return QS_DRAIN_DONE;

  if (self->n_missing > 0 && self->n_missing != self->last_missing)
    {
      self->last_missing = self->n_missing;
      self->other_deadline = qs_deadline_after (self->limit);
    }
  else if (self->n_missing > 0 && qs_deadline_passed (self->other_deadline))
    {
      g_set_error (
          error,
          QS_KAFKA_ERROR,
          QS_KAFKA_ERROR_UNAVAILABLE,
          "Cannot drain: other members of the consumer group have %" G_GINT64_FORMAT
          " records left to read, and have committed none for %g s "
          "(broker-availability-timeout); check what they do, or run the application again",
          self->n_missing,
          self->limit);
      return QS_DRAIN_FAILED;
    }

  if (self->n_missing > 0 && !self->was_told)
    qs_log_message (NULL,
                    NULL,
                    "This member's share is read; other members of the group have %" G_GINT64_FORMAT
                    " records left",
                    self->n_missing);
  self->was_told |= self->n_missing > 0;
  if (self->n_missing > 0)
    ask_again_later (self);

  return QS_DRAIN_READING;
}

QsDrainVerdict
qs_drain_look (QsDrain *self, gboolean has_records, GError **error)
{
  if (!qs_group_consumer_has_share (self->consumer))
    return wait_for_share (self, error);

  self->deadline = 0;
  if (self->ends == NULL || (self->stage != STAGE_OTHERS && !is_share_read (self)))
    return QS_DRAIN_READING;
  if (has_records)
    return QS_DRAIN_MUST_COMMIT;
  if (self->stage == STAGE_OTHERS)
    return look_at_others (self, error);

  self->stage++;
  qs_drain_ask (self);

  return QS_DRAIN_READING;
}
