/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-flow-private.h"

#include "qs-callback-private.h"
#include "qs-message.h"

struct _QsFlow
{
  GPtrArray *steps; /* of QsStep; owned */
};

static gboolean
run_flow (QsFlow *self, const QsPassage *passage, QsJourney *journey, GError **error);

void
qs_step_free (QsStep *step)
{
  g_clear_object (&step->topic);
  step->free (step);
}

QsFlow *
qs_flow_new (void)
{
  QsFlow *self = g_new0 (QsFlow, 1);

  self->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) qs_step_free);

  return self;
}

void
qs_flow_free (QsFlow *self)
{
  g_ptr_array_unref (self->steps);
  g_free (self);
}

void
qs_flow_clear (QsFlow *self)
{
  g_ptr_array_set_size (self->steps, 0);
}

void
qs_flow_add (QsFlow *self, QsStep *step)
{
  g_ptr_array_add (self->steps, step);
}

void
qs_flow_add_outputs (QsFlow *self, GPtrArray *topics)
{
  for (guint i = 0; i < self->steps->len; i++)
    {
      QsStep *step = self->steps->pdata[i];

      if (step->topic != NULL)
        g_ptr_array_add (topics, g_object_ref (step->topic));
      if (step->target != NULL)
        qs_flow_add_outputs (step->target, topics);
    }
}

gboolean
qs_flow_only_shows (QsFlow *self)
{
  for (guint i = 0; i < self->steps->len; i++)
    {
      QsStep *step = self->steps->pdata[i];

      if (!step->shows)
        return FALSE;
    }

  return self->steps->len > 0;
}

gboolean
qs_flow_only_handles (QsFlow *self)
{
  for (guint i = 0; i < self->steps->len; i++)
    {
      QsStep *step = self->steps->pdata[i];

      if (!step->handles && !step->is_idle)
        return FALSE;
    }

  return self->steps->len > 0;
}

static void
clear_made (QsPassage *passage)
{
  g_clear_object (&passage->new_record);
  g_clear_pointer (&passage->new_value, g_variant_unref);
}

/* A callback that was lost (see qs-callback-private.h) is called once more. */
static QsStepResult
call_step (QsStep *step, QsPassage *passage, QsJourney *journey, GError **error)
{
  QsStepResult result = step->run (step, passage, journey, error);

  if (result == QS_STEP_NOTHING && qs_callback_was_lost (journey->type, "step", error))
    result = step->run (step, passage, journey, error);
  if (result != QS_STEP_NOTHING)
    return result;

  if (*error == NULL)
    g_set_error_literal (error,
                         G_IO_ERROR,
                         G_IO_ERROR_FAILED,
                         "the callback returned nothing, and no error: it raised an exception (see "
                         "above), or was not called");

  return QS_STEP_FAILED;
}

/* Asks whether @failure (transfer full) is ignored; the others have to go on then. */
static gboolean
settle_failure (QsStep          *step,
                const QsPassage *passage,
                QsJourney       *journey,
                GError          *failure,
                GError         **error)
{
  g_autoptr (GError) own_failure = failure;
  g_autoptr (QsMessage) undelivered = g_steal_pointer (&journey->undelivered);
  QsRecord *record = passage->record;

  if (!step->handles)
    g_prefix_error (&own_failure, " in step %u (%s): ", passage->n_steps + 1, step->name);
  g_prefix_error (&own_failure,
                  "Cannot %s the record of topic '%s', partition %d, offset %" G_GINT64_FORMAT,
                  journey->is_unreadable ? "deserialize" : "process",
                  qs_record_get_topic (record),
                  qs_record_get_partition (record),
                  qs_record_get_offset (record));

  if (journey->ignore != NULL && !journey->is_unreadable && !journey->is_refused &&
      journey->ignore (record, undelivered, own_failure, journey->user_data))
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&own_failure));

  return FALSE;
}

/* Passes each item of @passage's value on by itself. */
static gboolean
expand (QsStep *step, const QsPassage *passage, QsJourney *journey, GError **error)
{
  gsize n_items = g_variant_n_children (passage->value);

  for (gsize i = 0; i < n_items; i++)
    {
      QsPassage item = *passage;

      item.new_record = NULL;
      item.new_value = g_variant_get_child_value (passage->value, i);
      if (g_variant_is_of_type (item.new_value, G_VARIANT_TYPE_VARIANT))
        {
          g_autoptr (GVariant) box = item.new_value;

          item.new_value = g_variant_get_variant (box);
        }
      item.value = item.new_value;

      if (!run_flow (step->target, &item, journey, error))
        {
          g_variant_unref (item.new_value);
          return FALSE;
        }
      g_variant_unref (item.new_value);
    }

  return TRUE;
}

/* Moves what @next owns to @passage. */
static void
take_made (QsPassage *passage, QsPassage *next)
{
  if (next->new_record != NULL)
    {
      g_clear_object (&passage->new_record);
      passage->record = passage->new_record = g_steal_pointer (&next->new_record);
    }
  if (next->new_value != NULL)
    {
      g_clear_pointer (&passage->new_value, g_variant_unref);
      passage->value = passage->new_value = g_steal_pointer (&next->new_value);
    }
}

/* @is_over: set if the record goes no further in this flow. */
static gboolean
run_step (QsStep *step, QsPassage *passage, QsJourney *journey, gboolean *is_over, GError **error)
{
  QsPassage next = *passage;
  GError   *failure = NULL;
  gboolean  ok = TRUE;

  next.new_record = NULL;
  next.new_value = NULL;

  switch (call_step (step, &next, journey, &failure))
    {
    case QS_STEP_NEXT:
      next.n_steps++;
      if (step->target != NULL)
        ok = run_flow (step->target, &next, journey, error);
      else
        take_made (passage, &next);
      break;

    case QS_STEP_EXPAND:
      next.n_steps++;
      ok = expand (step, &next, journey, error);
      break;

    case QS_STEP_FAILED:
      ok = settle_failure (step, passage, journey, failure, error);
      *is_over = step->target == NULL;
      break;

    case QS_STEP_END:
    case QS_STEP_NOTHING:
    default:
      *is_over = step->target == NULL;
      break;
    }

  clear_made (&next);

  return ok;
}

static gboolean
run_flow (QsFlow *self, const QsPassage *passage, QsJourney *journey, GError **error)
{
  QsPassage own = *passage;
  gboolean  is_end = TRUE;
  gboolean  is_over = FALSE;
  gboolean  ok = TRUE;

  own.new_record = NULL;
  own.new_value = NULL;

  for (guint i = 0; i < self->steps->len && ok && !is_over; i++)
    {
      QsStep *step = self->steps->pdata[i];

      ok = run_step (step, &own, journey, &is_over, error);

      /* A dataframe that only branches has no end of its own, and a binding counts its own
       * results. */
      if (step->is_idle)
        continue;
      is_end = step->target == NULL && !step->handles;
      if (step->target == NULL)
        own.n_steps++;
    }

  if (is_end && ok && !is_over)
    {
      journey->n_results++;
      if (journey->result != NULL)
        journey->result (own.record, own.value, journey->user_data);
    }
  clear_made (&own);

  return ok;
}

gboolean
qs_flow_run (QsFlow *self, QsRecord *record, QsJourney *journey, GError **error)
{
  QsPassage passage = { record, NULL, 0, NULL, NULL };

  if (!qs_flow_only_handles (self))
    passage.value = qs_record_get_value (record);

  return run_flow (self, &passage, journey, error);
}

void
qs_flow_settle (QsFlow *self)
{
  for (guint i = 0; i < self->steps->len; i++)
    {
      QsStep *step = self->steps->pdata[i];

      if (step->settle != NULL)
        step->settle (step);
      if (step->target != NULL)
        qs_flow_settle (step->target);
    }
}

/* Reports the worse failure first, because only the first error counts. */
static void
add_flushed (QsFlushResult *sum, QsFlushResult result, GError *failure, GError **error)
{
  if (result == QS_FLUSH_FAILED && *sum != QS_FLUSH_FAILED)
    g_propagate_error (error, failure);
  else
    g_clear_error (&failure);

  *sum = MAX (*sum, result);
}

QsFlushResult
qs_flow_flush (QsFlow *self, GError **error)
{
  QsFlushResult sum = QS_FLUSH_DONE;

  for (guint i = 0; i < self->steps->len; i++)
    {
      QsStep       *step = self->steps->pdata[i];
      QsFlushResult result = QS_FLUSH_DONE;
      GError       *failure = NULL;

      if (step->flush != NULL)
        {
          result = step->flush (step, &failure);
          add_flushed (&sum, result, failure, error);
        }
      if (step->target != NULL)
        {
          failure = NULL;
          result = qs_flow_flush (step->target, &failure);
          add_flushed (&sum, result, failure, error);
        }
    }

  return sum;
}

gboolean
qs_flow_is_full (QsFlow *self)
{
  for (guint i = 0; i < self->steps->len; i++)
    {
      QsStep *step = self->steps->pdata[i];

      if ((step->is_full != NULL && step->is_full (step)) ||
          (step->target != NULL && qs_flow_is_full (step->target)))
        return TRUE;
    }

  return FALSE;
}
