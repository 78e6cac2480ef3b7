/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-private.h"

#include "qs-base-source-private.h"
#include "qs-deadline-private.h"
#include "qs-producer-private.h"
#include "qs-source-error.h"

/* Helpers for the flushes of QsSource that do not use its own fields. */

double
qs_source_get_flush_timeout (QsSourceRun *run)
{
  gint64 deadline = qs_grace_cut_deadline (qs_source_run_get_grace (run), G_MAXINT64);

  return deadline < G_MAXINT64 ? qs_deadline_slice (deadline, G_MAXINT) / 1000.0 : -1;
}

void
qs_source_commit_cb (gpointer user_data)
{
  QsSourceRun *run = user_data;
  QsProducer  *producer = qs_source_run_get_producer (run);
  g_autoptr (GError) error = NULL;

  qs_source_run_lock (run, G_MAXINT64, NULL);
  qs_source_run_note_flush (run, qs_producer_flush (producer, -1, &error));
  if (error != NULL)
    qs_producer_fail (producer, error);
  qs_source_run_unlock (run);
}

gboolean
qs_source_check_can_flush (QsBaseSource *self, GError **error)
{
  if (qs_base_source_get_producer (self) == NULL)
    {
      g_set_error (
          error,
          QS_SOURCE_ERROR,
          QS_SOURCE_ERROR_NOT_CONFIGURED,
          "Cannot flush source '%s' before it is configured, which an application's run() does",
          qs_base_source_get_name (self));
      return FALSE;
    }

  if (qs_base_source_is_foreign_thread (self))
    {
      g_set_error (
          error,
          QS_SOURCE_ERROR,
          QS_SOURCE_ERROR_INVALID_STATE,
          "Cannot flush source '%s' from this thread: flush() belongs to the thread of run()",
          qs_base_source_get_name (self));
      return FALSE;
    }

  return TRUE;
}
