/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-step-private.h"

#include <unistd.h>

#include "qs-console-private.h"
#include "qs-printer-private.h"

typedef struct
{
  QsStep   step;
  gboolean metadata;
  gboolean is_terminal;
  GString *text; /* owned; kept from record to record */
} PrintStep;

static QsStepResult
print_step_run (QsStep *step, QsPassage *passage, QsJourney *journey, GError **error)
{
  PrintStep *self = (PrintStep *) step;

  if (!qs_console_check (error))
    return QS_STEP_FAILED;

  g_string_truncate (self->text, 0);
  qs_printer_append (
      self->text, passage->record, passage->value, self->metadata, self->is_terminal);
  qs_console_append (self->text->str, self->text->len);

  return QS_STEP_NEXT;
}

static QsStepResult
console_step_run (QsStep *step, QsPassage *passage, QsJourney *journey, GError **error)
{
  return QS_STEP_NEXT;
}

/* Not after every record: it costs as much as all the rest. */
static void
print_step_settle (QsStep *step)
{
  qs_console_flush ();
}

/* Whether it is out, or why it will never be. */
static QsFlushResult
print_step_flush (QsStep *step, GError **error)
{
  gboolean is_written = FALSE;

  qs_console_flush ();
  if (!qs_console_settle (&is_written, error))
    return QS_FLUSH_FAILED;

  return is_written ? QS_FLUSH_DONE : QS_FLUSH_LATER;
}

static gboolean
print_step_is_full (QsStep *step)
{
  return qs_console_is_full ();
}

static void
print_step_free (QsStep *step)
{
  PrintStep *self = (PrintStep *) step;

  g_string_free (self->text, TRUE);
  g_free (self);
}

QsStep *
qs_print_step_new (gboolean metadata)
{
  PrintStep *self = g_new0 (PrintStep, 1);

  self->step.name = "print";
  self->step.shows = TRUE;
  self->step.run = print_step_run;
  self->step.settle = print_step_settle;
  self->step.flush = print_step_flush;
  self->step.is_full = print_step_is_full;
  self->step.free = print_step_free;
  self->metadata = metadata;
  self->is_terminal = isatty (STDOUT_FILENO);
  self->text = g_string_new (NULL);

  return &self->step;
}

QsStep *
qs_console_step_new (void)
{
  QsStep *self = qs_print_step_new (FALSE);

  self->name = "console";
  self->is_idle = TRUE;
  self->shows = FALSE;
  self->run = console_step_run;

  return self;
}
