/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "qsc-print.h"
#include "qsc-progress.h"
#include "qsc-run.h"
#include "qsc.h"

/* So that what is printed is seen soon, and yet many records are one write. */
#define FLUSH_MS 100

/* As often as a source reports. */
#define PROGRESS_MS 1000

/* From here on, a source that follows something does not count as behind. */
#define CLOSE 0.98

/* An embedded broker keeps the last 5 MiB of a partition. So that it is read as quickly as it
 * is written, each answer takes so many seconds: see qsc_plan_add_defaults(). */
#define EMBEDDED_RTT 0.005

typedef struct
{
  QsApplication *application;
  QscPrinter    *printer; /* NULL: nothing is printed */
  QscPlan       *plan;
  QscProgress   *progress; /* NULL: none is shown */
  GHashTable    *counts;   /* source → records that are acknowledged */
  guint64        count;    /* after so many of all sources it ends; 0: it doesn't */
  guint64        printed;
  GHashTable    *offsets; /* "TOPIC:PARTITION" → the offset after the last one; NULL: no matter */
  guint64        missing; /* that were gone before they could be printed */
  int            signal_number;  /* that ended it; 0 = none */
  gboolean       ends_by_itself; /* when all is printed, and not before */
  gboolean       is_pipe_closed;
} Run;

/* An embedded broker has no gaps but where records have gone. */
static void
note_offset (Run *self, QsRecord *record)
{
  g_autofree char *where =
      g_strdup_printf ("%s:%d", qs_record_get_topic (record), qs_record_get_partition (record));
  gint64 offset = qs_record_get_offset (record);
  gint64 expected = (gint64) GPOINTER_TO_SIZE (g_hash_table_lookup (self->offsets, where));

  if (offset > expected)
    self->missing += (guint64) (offset - expected);
  g_hash_table_insert (
      self->offsets, g_steal_pointer (&where), GSIZE_TO_POINTER ((gsize) offset + 1));
}

/* It is there when run() has begun. */
static void
slow_down_cb (QsApplication *application)
{
  QsEmbeddedBroker *broker = qs_application_get_embedded_broker (application);

  if (broker != NULL)
    qs_embedded_broker_set_rtt (broker, -1, EMBEDDED_RTT);
}

static gboolean
print_cb (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  Run *self = user_data;

  if (self->count > 0 && self->printed >= self->count)
    return TRUE;

  self->printed++;
  if (self->offsets != NULL)
    note_offset (self, record);
  if (!qsc_printer_print (self->printer, record))
    {
      self->is_pipe_closed = TRUE;
      qs_application_stop (self->application);
    }
  else if (self->printed == self->count)
    {
      qs_application_stop (self->application);
    }

  return TRUE;
}

/* Prints a record that the topic's serializers cannot read as its bytes. */
static gboolean
consumer_error_cb (QsApplication *application, QsMessage *message, const GError *error, Run *self)
{
  g_autoptr (QsRecord) record = NULL;

  if (message == NULL || error->domain != QS_SERIALIZATION_ERROR)
    return FALSE;

  record = qsc_message_to_record (message);

  return print_cb (NULL, record, self, NULL);
}

static gboolean
flush_cb (gpointer user_data)
{
  Run *self = user_data;

  if (!self->is_pipe_closed && !qsc_printer_flush (self->printer))
    {
      self->is_pipe_closed = TRUE;
      qs_application_stop (self->application);
    }

  return G_SOURCE_CONTINUE;
}

static void
stats_cb (QsApplication *application, QsBaseSource *source, GVariant *stats, Run *self)
{
  GHashTableIter iter;
  gpointer       value = NULL;
  guint64        n = 0, sum = 0;

  if (!g_variant_lookup (stats, "n-acknowledged", "t", &n))
    return;

  g_hash_table_insert (self->counts, source, GSIZE_TO_POINTER (n));
  g_hash_table_iter_init (&iter, self->counts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    sum += GPOINTER_TO_SIZE (value);
  if (self->count > 0 && sum >= self->count)
    qs_application_stop (self->application);
}

/* How far a source is with what its state has, or with what it reads; FALSE if there is nothing to
 * wait for. */
static gboolean
get_progress (QsBaseSource *source, const char **what, double *done, double *total)
{
  QsSourceStats *stats = qs_base_source_get_stats (source);
  guint64        recovered = 0, to_recover = 0;

  if (qs_base_source_get_status (source) == QS_SOURCE_STATUS_RECOVERING)
    {
      g_object_get (stats, "n-recovered", &recovered, "n-to-recover", &to_recover, NULL);
      *what = "reads its state back";
      *done = (double) recovered;
      *total = *done + (double) to_recover;
      return to_recover > 0;
    }
  if (qs_base_source_get_status (source) != QS_SOURCE_STATUS_RUNNING)
    return FALSE;

  g_object_get (stats, "progress-done", done, "progress-total", total, NULL);
  *what = "catches up";

  return *total > 0 && *done >= 0 && *done < CLOSE * *total;
}

/* Of all sources, the first one that isn't done. */
static gboolean
progress_cb (gpointer user_data)
{
  Run *self = user_data;

  for (guint i = 0; i < self->plan->sources->len; i++)
    {
      QsBaseSource    *source = ((QscPlannedSource *) self->plan->sources->pdata[i])->source;
      const char      *what = NULL;
      g_autofree char *text = NULL;
      double           done = 0, total = 0;

      if (!get_progress (source, &what, &done, &total))
        continue;
      text = g_strdup_printf ("%s %s", qs_base_source_get_name (source), what);
      qsc_progress_set (self->progress, text, done, total);
      return G_SOURCE_CONTINUE;
    }
  qsc_progress_clear (self->progress);

  return G_SOURCE_CONTINUE;
}

static gboolean
stop_once_cb (gpointer application)
{
  qs_application_stop (application);

  return G_SOURCE_REMOVE;
}

/* Notes a signal, and stops an application that has missed it because its run was just beginning.
 * Idle: one that has seen it stops by itself, and would take this for a second signal. */
static gboolean
note_signal (Run *self, int number)
{
  self->signal_number = number;
  g_idle_add_full (
      G_PRIORITY_DEFAULT_IDLE, stop_once_cb, g_object_ref (self->application), g_object_unref);

  return G_SOURCE_CONTINUE;
}

static gboolean
interrupt_cb (gpointer user_data)
{
  return note_signal (user_data, SIGINT);
}

static gboolean
terminate_cb (gpointer user_data)
{
  return note_signal (user_data, SIGTERM);
}

static gboolean
hang_up_cb (gpointer user_data)
{
  return note_signal (user_data, SIGHUP);
}

/* The plan's sources, each with its topic. */
static gboolean
add_sources (Run *self, QscPlan *plan, GError **error)
{
  for (guint i = 0; i < plan->sources->len; i++)
    {
      QscPlannedSource *planned = plan->sources->pdata[i];
      g_autoptr (QsDataframe) frame = NULL;

      if (self->printer == NULL)
        {
          if (qs_application_add_source (
                  self->application, planned->source, planned->topic, error) == NULL)
            return FALSE;
          continue;
        }

      frame = qs_application_dataframe (self->application, planned->topic, planned->source, error);
      if (frame == NULL)
        return FALSE;
      qs_dataframe_sink (frame, print_cb, self, NULL);
    }

  return TRUE;
}

/* Counts records that were acknowledged and never came: the last records of an embedded broker
 * leave no gap. */
static void
note_rest (Run *self)
{
  guint64 n = 0;

  for (guint i = 0; i < self->plan->sources->len; i++)
    n += qs_source_stats_get_n_acknowledged (
        qs_base_source_get_stats (((QscPlannedSource *) self->plan->sources->pdata[i])->source));
  if (n > self->printed)
    self->missing = n - self->printed;
}

static int
finish (Run *self, gboolean ok, const GError *error)
{
  if (self->printer != NULL && !self->is_pipe_closed)
    qsc_printer_flush (self->printer);

  if (!ok)
    return qsc_fail_error (error);
  if (self->offsets != NULL && self->ends_by_itself && self->signal_number == 0 &&
      !self->is_pipe_closed)
    note_rest (self);
  if (self->missing > 0)
    return qsc_fail (QSC_NOT_WELL,
                     "%" G_GUINT64_FORMAT
                     " %s missing above: records were produced faster than they could be printed, "
                     "and the broker inside this process keeps only the last 5 MiB of a "
                     "partition; use a real one (-b)",
                     self->missing,
                     self->missing == 1 ? "record is" : "records are");

  return self->signal_number != 0 ? 128 + self->signal_number : QSC_DONE;
}

static int
run_plan (QscPlan *plan, Run *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QscProgress) progress = NULL;
  guint    sources[5] = { 0 };
  gboolean ok = FALSE;
  int      status = QSC_DONE;

  self->application = plan->application;
  self->plan = plan;
  if (!add_sources (self, plan, &error))
    return qsc_fail_error (error);

  if (self->printer != NULL &&
      g_strcmp0 (qs_application_get_broker_address (self->application), "embedded") == 0)
    {
      self->offsets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_signal_connect (
          self->application, "notify::embedded-broker", G_CALLBACK (slow_down_cb), NULL);
    }
  if (self->printer != NULL)
    g_signal_connect (self->application, "consumer-error", G_CALLBACK (consumer_error_cb), self);
  if (self->count > 0 && self->printer == NULL)
    g_signal_connect (self->application, "source-stats", G_CALLBACK (stats_cb), self);
  if (!qs_is_worker ())
    {
      sources[0] = g_unix_signal_add (SIGINT, interrupt_cb, self);
      sources[1] = g_unix_signal_add (SIGTERM, terminate_cb, self);
      sources[2] = g_unix_signal_add (SIGHUP, hang_up_cb, self);
      sources[3] = self->printer != NULL ? g_timeout_add (FLUSH_MS, flush_cb, self) : 0;
      /* Not among records. */
      if (self->printer == NULL || !isatty (STDOUT_FILENO))
        self->progress = progress = qsc_progress_new ();
      sources[4] = progress != NULL ? g_timeout_add (PROGRESS_MS, progress_cb, self) : 0;
    }

  ok = qs_application_run (self->application, NULL, &error);

  if (progress != NULL)
    qsc_progress_clear (progress);
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    if (sources[i] != 0)
      g_source_remove (sources[i]);

  status = finish (self, ok, error);
  g_clear_pointer (&self->offsets, g_hash_table_unref);

  return status;
}

static int
fail_format (QscCall *call)
{
  return qsc_fail (QSC_USAGE,
                   "'%s' is not a value of '--format': it is one of table, json",
                   qsc_call_get (call, "format"));
}

int
qsc_verb_run (QscCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QscPlan) plan = NULL;
  g_autoptr (QscPrinter) printer = NULL;
  g_autoptr (GHashTable) counts = g_hash_table_new (NULL, NULL);
  Run run = { .counts = counts };

  plan = qsc_plan_new (call, &error);
  if (plan == NULL || !qsc_plan_check_needs (plan, call, &error))
    return qsc_fail_error (error);

  run.count = plan->count * plan->sources->len;
  if (qsc_call_has (call, "dry-run"))
    {
      if (plan->prints && (printer = qsc_printer_new (qsc_call_get (call, "format"))) == NULL)
        return fail_format (call);
      return qsc_plan_print (plan);
    }

  if (plan->prints)
    {
      printer = qsc_printer_new (qsc_call_get (call, "format"));
      if (printer == NULL)
        return fail_format (call);
      run.printer = printer;
    }

  run.ends_by_itself = run.count == 0 && !qsc_call_has (call, "for") &&
                       !qsc_call_has (call, "run-timeout") && !qsc_call_has (call, "run-count");

  return run_plan (plan, &run);
}
