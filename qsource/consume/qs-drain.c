/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-drain-private.h"

#include "qs-gsource-private.h"
#include "qs-log-private.h"

/* Milliseconds. */
#define ASK_AGAIN_INTERVAL 500

struct _QsDrain
{
  QsGroupConsumer *consumer; /* owned; NULL once it is freed */
  QsDrainFunc      changed;
  gpointer         user_data;

  QsOffsets *positions; /* owned */
  QsOffsets *ends;      /* owned; NULL while they are asked for */
  guint      n_asked;   /* only the last answer counts */
  gboolean   is_confirmed;
  GSource   *again_timer; /* owned; NULL unless the last question has failed */
};

typedef struct
{
  QsDrain   *drain; /* a reference */
  QsOffsets *assignment;
  guint      number;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_atomic_rc_box_release (question->drain);
  qs_offsets_free (question->assignment);
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
ask_thread (GTask *task, gpointer object, gpointer task_data, GCancellable *cancellable)
{
  Question  *question = task_data;
  GError    *error = NULL;
  QsOffsets *ends = qs_group_consumer_find_ends (object, question->assignment, &error);

  if (ends != NULL)
    g_task_return_pointer (task, ends, (GDestroyNotify) qs_offsets_free);
  else
    g_task_return_error (task, error);
}

static void
asked_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Question *question = g_task_get_task_data (G_TASK (result));
  QsDrain  *self = question->drain;
  g_autoptr (GError) error = NULL;
  g_autoptr (QsOffsets) ends = g_task_propagate_pointer (G_TASK (result), &error);

  if (self->consumer == NULL || question->number != self->n_asked)
    return;

  if (ends == NULL)
    {
      qs_log_info (NULL, NULL, "Trying again: %s", error->message);
      self->again_timer = qs_gsource_new_timeout (ASK_AGAIN_INTERVAL, again_cb, self);
      return;
    }

  self->ends = g_steal_pointer (&ends);
  self->changed (self->user_data);
}

QsDrain *
qs_drain_new (QsGroupConsumer *consumer, QsDrainFunc changed, gpointer user_data)
{
  QsDrain *self = g_atomic_rc_box_new0 (QsDrain);

  self->consumer = g_object_ref (consumer);
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
  qs_gsource_clear (&self->again_timer);
  g_atomic_rc_box_release (self);
}

void
qs_drain_note (QsDrain *self, const char *topic, int partition, gint64 offset)
{
  qs_offsets_set (self->positions, topic, partition, offset);
  self->is_confirmed = FALSE;
}

void
qs_drain_reset (QsDrain *self)
{
  qs_offsets_clear (self->positions);
  self->is_confirmed = FALSE;
}

void
qs_drain_ask (QsDrain *self)
{
  g_autoptr (GTask) task = g_task_new (self->consumer, NULL, asked_cb, NULL);
  Question *question = g_new0 (Question, 1);

  qs_gsource_clear (&self->again_timer);
  g_clear_pointer (&self->ends, qs_offsets_free);

  question->drain = g_atomic_rc_box_acquire (self);
  question->assignment = qs_group_consumer_dup_assignment (self->consumer);
  question->number = ++self->n_asked;
  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, ask_thread);
}

gboolean
qs_drain_is_read (QsDrain *self)
{
  g_autoptr (QsOffsets) assignment = NULL;
  g_autoptr (GPtrArray) partitions = NULL;

  if (self->ends == NULL)
    return FALSE;

  assignment = qs_group_consumer_dup_assignment (self->consumer);
  partitions = qs_offsets_list (assignment);
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

gboolean
qs_drain_confirm (QsDrain *self)
{
  if (self->is_confirmed)
    return TRUE;

  self->is_confirmed = TRUE;
  qs_drain_ask (self);

  return FALSE;
}
