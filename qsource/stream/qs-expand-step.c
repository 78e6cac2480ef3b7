/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-step-private.h"

typedef struct
{
  QsStep         step;
  QsApplyFunc    func; /* nullable */
  gpointer       user_data;
  GDestroyNotify destroy; /* nullable */
} ExpandStep;

/* Whether @value has items; a dictionary's entries and a text's bytes are none. */
static gboolean
check_expandable (GVariant *value, GError **error)
{
  const char *type = value != NULL ? g_variant_get_type_string (value) : "nothing";

  if (value != NULL && !g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING) &&
      !g_variant_is_of_type (value, G_VARIANT_TYPE_DICTIONARY) &&
      (g_variant_is_of_type (value, G_VARIANT_TYPE_ARRAY) ||
       g_variant_is_of_type (value, G_VARIANT_TYPE_TUPLE)))
    return TRUE;

  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_INVALID_DATA,
               "Cannot expand a value of type '%s': it must be an array",
               type);
  return FALSE;
}

static QsStepResult
expand_step_run (QsStep *step, QsPassage *passage, QsJourney *journey, GError **error)
{
  ExpandStep *self = (ExpandStep *) step;
  g_autoptr (GError) failure = NULL;
  g_autoptr (GVariant) value = NULL;

  if (self->func != NULL)
    {
      value = self->func (passage->value, passage->record, self->user_data, &failure);
      if (value != NULL)
        g_variant_take_ref (value);
      else if (failure == NULL)
        return QS_STEP_NOTHING;
    }

  if (failure == NULL && !check_expandable (value != NULL ? value : passage->value, &failure))
    g_assert (failure != NULL);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return QS_STEP_FAILED;
    }

  if (value != NULL)
    {
      passage->new_value = g_steal_pointer (&value);
      passage->value = passage->new_value;
    }

  return QS_STEP_EXPAND;
}

static void
expand_step_free (QsStep *step)
{
  ExpandStep *self = (ExpandStep *) step;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

QsStep *
qs_expand_step_new (QsApplyFunc func, gpointer user_data, GDestroyNotify destroy)
{
  ExpandStep *self = g_new0 (ExpandStep, 1);

  self->step.name = "expand";
  self->step.run = expand_step_run;
  self->step.free = expand_step_free;
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;

  return &self->step;
}
