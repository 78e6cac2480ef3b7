/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-step-private.h"

#include <gio/gio.h>

#include "qs-callback-private.h"
#include "qs-console-private.h"

/* Steps that do nothing with a record. */

typedef struct
{
  QsStep         step;
  QsFlushFunc    func; /* nullable */
  gpointer       user_data;
  GDestroyNotify destroy; /* nullable */
} FlushStep;

static QsStepResult
flush_step_run (QsStep *step, QsPassage *passage, QsJourney *journey, GError **error)
{
  return QS_STEP_NEXT;
}

static QsFlushResult
flush_step_flush (QsStep *step, GError **error)
{
  FlushStep *self = (FlushStep *) step;
  GError    *failure = NULL;

  if (self->func (self->user_data, &failure) && failure == NULL)
    return QS_FLUSH_DONE;

  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_BUSY))
    {
      g_error_free (failure);
      return QS_FLUSH_LATER;
    }
  if (failure == NULL)
    failure = g_error_new_literal (G_IO_ERROR,
                                   G_IO_ERROR_FAILED,
                                   "the function that writes a batch returned false, and no error");
  g_prefix_error (&failure, "Cannot write the records that a dataframe has collected: ");
  g_propagate_error (error, failure);

  return QS_FLUSH_FAILED;
}

static void
flush_step_free (QsStep *step)
{
  FlushStep *self = (FlushStep *) step;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

QsStep *
qs_flush_step_new (QsFlushFunc func, gpointer user_data, GDestroyNotify destroy)
{
  FlushStep *self = g_new0 (FlushStep, 1);

  self->step.name = "flush";
  self->step.is_idle = TRUE;
  self->step.run = flush_step_run;
  self->step.flush = flush_step_flush;
  self->step.free = flush_step_free;
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;

  return &self->step;
}

QsStep *
qs_output_step_new (QsTopic *topic)
{
  FlushStep *self = g_new0 (FlushStep, 1);

  self->step.name = "output";
  self->step.is_idle = TRUE;
  self->step.topic = g_object_ref (topic);
  self->step.run = flush_step_run;
  self->step.free = flush_step_free;

  return &self->step;
}
