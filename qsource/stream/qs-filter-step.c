/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-step-private.h"

typedef struct
{
  QsStep         step;
  QsFilterFunc   func;
  gpointer       user_data;
  GDestroyNotify destroy; /* nullable */
} FilterStep;

static QsStepResult
filter_step_run (QsStep *step, QsPassage *passage, QsJourney *journey, GError **error)
{
  FilterStep *self = (FilterStep *) step;
  g_autoptr (GError) failure = NULL;
  QsVerdict verdict;

  verdict = self->func (passage->value, passage->record, self->user_data, &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return QS_STEP_FAILED;
    }

  switch (verdict)
    {
    case QS_VERDICT_KEEP:
      return QS_STEP_NEXT;

    case QS_VERDICT_DROP:
      return QS_STEP_END;

    case QS_VERDICT_INVALID:
    default:
      return QS_STEP_NOTHING;
    }
}

static void
filter_step_free (QsStep *step)
{
  FilterStep *self = (FilterStep *) step;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

QsStep *
qs_filter_step_new (QsFilterFunc func, gpointer user_data, GDestroyNotify destroy)
{
  FilterStep *self = g_new0 (FilterStep, 1);

  self->step.name = "filter";
  self->step.run = filter_step_run;
  self->step.free = filter_step_free;
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;

  return &self->step;
}
