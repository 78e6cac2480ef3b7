/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-step-private.h"

typedef struct
{
  QsStep         step;
  QsHandleFunc   func;
  gpointer       user_data;
  GDestroyNotify destroy; /* nullable */
} HandleStep;

static QsStepResult
handle_step_run (QsStep *step, QsPassage *passage, QsJourney *journey, GError **error)
{
  HandleStep *self = (HandleStep *) step;
  g_autoptr (GError) failure = NULL;

  if (self->func (passage->record, self->user_data, &failure) && failure == NULL)
    return QS_STEP_NEXT;

  if (failure == NULL)
    return QS_STEP_NOTHING;

  g_propagate_error (error, g_steal_pointer (&failure));
  return QS_STEP_FAILED;
}

static void
handle_step_free (QsStep *step)
{
  HandleStep *self = (HandleStep *) step;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

QsStep *
qs_handle_step_new (QsHandleFunc func, gpointer user_data, GDestroyNotify destroy)
{
  HandleStep *self = g_new0 (HandleStep, 1);

  self->step.name = "handle";
  self->step.handles = TRUE;
  self->step.run = handle_step_run;
  self->step.free = handle_step_free;
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;

  return &self->step;
}
