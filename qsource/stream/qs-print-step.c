/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-step-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>
#include <unistd.h>

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

  g_string_truncate (self->text, 0);
  qs_printer_append (
      self->text, passage->record, passage->value, self->metadata, self->is_terminal);

  if (fwrite (self->text->str, 1, self->text->len, stdout) == self->text->len)
    return QS_STEP_NEXT;

  g_set_error (error,
               G_IO_ERROR,
               g_io_error_from_errno (errno),
               "Cannot write to the standard output: %s",
               g_strerror (errno));
  return QS_STEP_FAILED;
}

/* Not after every record: it costs as much as all the rest. */
static void
print_step_settle (QsStep *step)
{
  fflush (stdout);
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
  self->step.run = print_step_run;
  self->step.settle = print_step_settle;
  self->step.free = print_step_free;
  self->metadata = metadata;
  self->is_terminal = isatty (STDOUT_FILENO);
  self->text = g_string_new (NULL);

  return &self->step;
}
