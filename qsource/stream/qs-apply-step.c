/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-step-private.h"

typedef struct
{
  QsStep         step;
  QsApplyFunc    func;
  gpointer       user_data;
  GDestroyNotify destroy; /* nullable */
} ApplyStep;

static QsStepResult
apply_step_run (QsStep *step, QsPassage *passage, QsJourney *journey, GError **error)
{
  ApplyStep *self = (ApplyStep *) step;
  g_autoptr (GError) failure = NULL;
  g_autoptr (GVariant) value = NULL;

  value = self->func (passage->value, passage->record, self->user_data, &failure);
  if (value != NULL)
    g_variant_take_ref (value);

  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return QS_STEP_FAILED;
    }
  if (value == NULL)
    return QS_STEP_NOTHING;

  passage->new_value = g_steal_pointer (&value);
  passage->value = passage->new_value;

  return QS_STEP_NEXT;
}

static void
apply_step_free (QsStep *step)
{
  ApplyStep *self = (ApplyStep *) step;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

QsStep *
qs_apply_step_new (const char *name, QsApplyFunc func, gpointer user_data, GDestroyNotify destroy)
{
  ApplyStep *self = g_new0 (ApplyStep, 1);

  self->step.name = name;
  self->step.run = apply_step_run;
  self->step.free = apply_step_free;
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;

  return &self->step;
}
