/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-step-private.h"

static QsStepResult
link_step_run (QsStep *step, QsPassage *passage, QsJourney *journey, GError **error)
{
  return QS_STEP_NEXT;
}

static void
link_step_free (QsStep *step)
{
  g_free (step);
}

QsStep *
qs_link_step_new (void)
{
  QsStep *self = g_new0 (QsStep, 1);

  self->name = "concat";
  self->run = link_step_run;
  self->free = link_step_free;

  return self;
}
