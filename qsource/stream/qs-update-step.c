/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-step-private.h"

typedef struct
{
  QsStep         step;
  QsUpdateFunc   func;
  gpointer       user_data;
  GDestroyNotify destroy; /* nullable */
} UpdateStep;

static QsStepResult
update_step_run (QsStep *step, QsPassage *passage, QsJourney *journey, GError **error)
{
  UpdateStep *self = (UpdateStep *) step;
  g_autoptr (GError) failure = NULL;

  if (self->func (passage->value, passage->record, self->user_data, &failure) && failure == NULL)
    return QS_STEP_NEXT;

  if (failure == NULL)
    return QS_STEP_NOTHING;

  g_propagate_error (error, g_steal_pointer (&failure));
  return QS_STEP_FAILED;
}

static void
update_step_free (QsStep *step)
{
  UpdateStep *self = (UpdateStep *) step;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

QsStep *
qs_update_step_new (const char *name, QsUpdateFunc func, gpointer user_data, GDestroyNotify destroy)
{
  UpdateStep *self = g_new0 (UpdateStep, 1);

  self->step.name = name;
  self->step.run = update_step_run;
  self->step.free = update_step_free;
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;

  return &self->step;
}
