/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-conform-parts-private.h"

#include "qs-deadline-private.h"
#include "qs-enum-types.h"
#include "qs-harness-parts-private.h"
#include "qs-source-description.h"
#include "qs-source-error.h"
#include "qs-stateful-source.h"

/* Steps of the rules of QsConform with a harness. */

/* Seconds without a record after which a source is taken to wait for more. */
#define QUIET 1.0

/* Seconds for which a process may take longer to end than its source to produce the last record. */
#define TIME_TO_END 5.0

static GQuark
left_out_quark (void)
{
  return g_quark_from_static_string ("qs-conform-left-out");
}

gboolean
qs_conform_leave_out (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (left_out_quark (), 0, format, args);
  va_end (args);

  return FALSE;
}

gboolean
qs_conform_is_left_out (const GError *error)
{
  return error->domain == left_out_quark ();
}

static void
set_subject (QsConform *self, QsHarness *harness)
{
  g_autoptr (GVariant) description = qs_source_dup_description (G_OBJECT_TYPE (harness->source));
  g_autoptr (GEnumClass) guarantees = g_type_class_ref (QS_TYPE_PROCESSING_GUARANTEE);
  const char *broker = g_getenv ("QSOURCE_TEST_BROKER");
  const char *promise = NULL;

  self->subject = (QsConformSubject){
    .is_known = TRUE,
    .is_stateful = QS_IS_STATEFUL_SOURCE (harness->source),
    .is_at_most_once = g_variant_lookup (description, "promise", "&s", &promise) &&
                       g_str_has_prefix (promise, "at-most-once"),
  };
  if (self->subject.is_stateful)
    self->subject.n_partitions =
        qs_stateful_source_get_n_partitions (QS_STATEFUL_SOURCE (harness->source));
  g_object_get (harness->application,
                "processing-guarantee",
                &self->subject.guarantee,
                "isolation",
                &self->subject.isolation,
                NULL);
  qs_report_set_subject (self->report,
                         G_OBJECT_TYPE_NAME (harness->source),
                         qs_base_source_get_name (harness->source),
                         g_enum_get_value (guarantees, (int) self->subject.guarantee)->value_nick,
                         broker != NULL && *broker != '\0' ? broker : "embedded");
}

static void
unref_cb (gpointer data, gpointer user_data)
{
  g_object_unref (data);
}

/* Gives a harness a broker, and ends the one that the last harness had. */
static void
set_broker (QsConform *self, QsHarness *harness)
{
  if (self->endings == NULL)
    self->endings = g_thread_pool_new (unref_cb, NULL, 8, FALSE, NULL);
  if (self->broker != NULL)
    g_thread_pool_push (self->endings, g_steal_pointer (&self->broker), NULL);

  if (harness->broker == NULL)
    harness->broker = qs_embedded_broker_new (1);
  self->broker = g_object_ref (harness->broker);
}

void
qs_conform_end_last (QsConform *self)
{
  g_autoptr (QsHarness) last = g_weak_ref_get (&self->harness);

  if (last != NULL)
    qs_harness_end (last);
}

QsHarness *
qs_conform_make (QsConform *self, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (QsHarness) harness = NULL;
  const char *broker = g_getenv ("QSOURCE_TEST_BROKER");

  qs_conform_end_last (self);
  if (self->factory != NULL)
    harness = self->factory (self->user_data, &local_error);
  if (harness == NULL || harness->source == NULL)
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_FAILED,
                   "Cannot test a source, as the factory made no QsHarness for it: %s",
                   local_error != NULL ? local_error->message : "it returned nothing");
      return NULL;
    }

  g_weak_ref_set (&self->harness, harness);
  set_subject (self, harness);
  if (broker == NULL || *broker == '\0')
    set_broker (self, harness);

  return g_steal_pointer (&harness);
}

const QsConformSubject *
qs_conform_get_subject (QsConform *self, GError **error)
{
  g_autoptr (QsHarness) harness = NULL;

  if (self->subject.is_known)
    return &self->subject;

  harness = qs_conform_make (self, error);

  return harness != NULL ? &self->subject : NULL;
}

gboolean
qs_conform_check_stateful (QsConform *self, GError **error)
{
  const QsConformSubject *subject = qs_conform_get_subject (self, error);

  if (subject == NULL)
    return FALSE;
  if (!subject->is_stateful)
    return qs_conform_leave_out (
        error, "The source has no state, so it need not continue where it was stopped");
  if (subject->is_at_most_once)
    return qs_conform_leave_out (
        error, "The source promises only at-most-once, so records can be missing");
  if (subject->guarantee == QS_PROCESSING_GUARANTEE_EXACTLY_ONCE &&
      g_getenv ("QSOURCE_TEST_BROKER") == NULL)
    return qs_conform_leave_out (
        error,
        "The embedded broker shows records of aborted transactions, so exactly-once needs a real "
        "broker: set QSOURCE_TEST_BROKER to its address");

  return TRUE;
}

gboolean
qs_conform_begin (QsHarness *harness, GError **error)
{
  return qs_harness_begin (harness, error);
}

/* Why a source that runs no more has ended; FALSE if it has failed. */
static gboolean
check_end (QsHarness *harness, GError **error)
{
  return qs_harness_wait_ended (harness, 0, error);
}

gboolean
qs_conform_wait (QsConform *self, QsHarness *harness, guint n, gboolean *is_quiet, GError **error)
{
  gint64   deadline = qs_deadline_after (self->timeout);
  gint64   quiet = -1;
  gboolean is_over = FALSE;

  while (harness->records->len < n && !is_over)
    {
      guint before = harness->records->len;

      if (!qs_harness_look (harness, qs_deadline_after (QS_HARNESS_PATIENCE), &is_over, error))
        return FALSE;
      if (harness->records->len > before)
        {
          deadline = qs_deadline_after (self->timeout);
          quiet = qs_deadline_after (QUIET);
        }
      else if (is_quiet != NULL && quiet >= 0 && qs_deadline_passed (quiet) && !is_over)
        {
          *is_quiet = TRUE;
          return TRUE;
        }
      else if (qs_deadline_passed (deadline) && !is_over)
        {
          g_set_error (error,
                       QS_SOURCE_ERROR,
                       QS_SOURCE_ERROR_FAILED,
                       "No record came for %g s, after %u records",
                       self->timeout,
                       harness->records->len);
          return FALSE;
        }
    }

  return !is_over || check_end (harness, error);
}

gboolean
qs_conform_pass (QsHarness *harness, double seconds, GError **error)
{
  gint64   deadline = qs_deadline_after (seconds);
  gboolean is_over = FALSE;

  while (!is_over && !qs_deadline_passed (deadline))
    {
      if (!qs_harness_look (harness, qs_deadline_after (QS_HARNESS_PATIENCE), &is_over, error))
        return FALSE;
    }

  return TRUE;
}

/* Compares what has come so far. */
static gboolean
compare (QsConform    *self,
         QsHarness    *harness,
         guint         skip,
         guint         n_returns,
         QsDifference *difference,
         GError      **error)
{
  QsReference *reference = qs_conform_get_reference (self, error);

  if (reference == NULL ||
      !qs_comparison_compare (reference->comparison, harness->records, skip, difference, error))
    return FALSE;

  if (difference->n_returns <= n_returns)
    return TRUE;

  g_set_error (
      error,
      QS_SOURCE_ERROR,
      QS_SOURCE_ERROR_FAILED,
      "%" G_GINT64_FORMAT
      " records came again: the source went back %u times, but must go back at most %u times",
      difference->duplicated,
      difference->n_returns,
      n_returns);

  return FALSE;
}

/* Sets @error to which record is missing, after @why (nullable). */
static void
set_missing (QsConform *self, QsHarness *harness, guint skip, const GError *why, GError **error)
{
  QsReference     *reference = qs_conform_get_reference (self, NULL);
  g_autofree char *missing =
      qs_comparison_dup_missing (reference->comparison, harness->records, skip);

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_FAILED,
               "A record did not come: %s%s%s",
               missing != NULL ? missing : "the last one",
               why != NULL ? "; " : "",
               why != NULL ? why->message : "");
}

static gboolean
wait_complete (QsConform    *self,
               QsHarness    *harness,
               guint         skip,
               guint         n_returns,
               QsDifference *difference,
               GError      **error)
{
  gint64   deadline = qs_deadline_after (self->timeout);
  gboolean is_over = FALSE;
  g_autoptr (GError) why = NULL;

  if (!compare (self, harness, skip, n_returns, difference, error))
    return FALSE;

  while (!difference->is_complete && !is_over && !qs_deadline_passed (deadline))
    {
      guint before = harness->records->len;

      if (!qs_harness_look (harness, qs_deadline_after (QS_HARNESS_PATIENCE), &is_over, error))
        return FALSE;
      if (harness->records->len == before)
        continue;

      deadline = qs_deadline_after (self->timeout);
      if (!compare (self, harness, skip, n_returns, difference, error))
        return FALSE;
    }

  if (difference->is_complete)
    return TRUE;

  if (is_over)
    check_end (harness, &why);
  difference->lost++;
  set_missing (self, harness, skip, why, error);

  return FALSE;
}

gboolean
qs_conform_wait_complete (QsConform *self,
                          QsHarness *harness,
                          guint      skip,
                          guint      n_returns,
                          GError   **error)
{
  QsDifference difference = { 0 };
  gboolean     ok = wait_complete (self, harness, skip, n_returns, &difference, error);

  qs_report_count (self->report,
                   0,
                   harness->records->len - skip,
                   (guint64) difference.lost,
                   (guint64) difference.duplicated);

  return ok;
}

gboolean
qs_conform_stop (QsHarness *harness, const char *when, GError **error)
{
  if (qs_harness_stop (harness, error))
    return TRUE;

  g_prefix_error (error, "It was stopped %s: ", when);

  return FALSE;
}

/* Gives a source that has produced all the time to produce what came before. */
static gboolean
settle (QsConform *self, QsHarness *harness, GError **error)
{
  return self->reference->is_whole ? qs_conform_wait (self, harness, G_MAXUINT, NULL, error)
                                   : qs_conform_pass (harness, QUIET, error);
}

gboolean
qs_conform_finish (QsConform *self, QsHarness *harness, GError **error)
{
  QsDifference difference = { 0 };
  gboolean     ok = FALSE;

  ok = wait_complete (self, harness, 0, 0, &difference, error) && settle (self, harness, error) &&
       qs_conform_stop (harness, "when it had produced all", error) &&
       qs_conform_wait (self, harness, G_MAXUINT, NULL, error) &&
       compare (self, harness, 0, 0, &difference, error);
  qs_report_count (self->report,
                   0,
                   harness->records->len,
                   (guint64) difference.lost,
                   (guint64) difference.duplicated);

  return ok;
}

/* The key of the first value that @state has and @other does not; NULL: none. transfer full */
static char *
find_missing (GVariant *state, GVariant *other)
{
  GVariantIter iter;
  const char  *key = NULL;
  GVariant    *loop = NULL;

  g_variant_iter_init (&iter, state);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &loop))
    {
      g_autoptr (GVariant) value = loop;
      g_autoptr (GVariant) found = g_variant_lookup_value (other, key, NULL);

      if (found == NULL || !g_variant_equal (value, found))
        return g_strdup (key);
    }

  return NULL;
}

char *
qs_conform_find_difference (GVariant *state, GVariant *other)
{
  char *key = find_missing (state, other);

  return key != NULL ? key : find_missing (other, state);
}

void
qs_reference_free (QsReference *self)
{
  g_free (self->varying_key);
  g_clear_pointer (&self->comparison, qs_comparison_free);
  g_clear_pointer (&self->state, g_variant_unref);
  g_free (self);
}

/* Looks whether a source that is quiet waits for more, or its process has yet to end; this comes
 * to what it produced meanwhile, too. */
static gboolean
check_quiet (QsConform *self, QsHarness *harness, gboolean *is_quiet, GError **error)
{
  *is_quiet = !qs_harness_run_wait (harness->run, qs_deadline_after (TIME_TO_END));

  return *is_quiet || qs_conform_wait (self, harness, self->n_records, NULL, error);
}

QsReference *
qs_conform_get_reference (QsConform *self, GError **error)
{
  g_autoptr (QsHarness) harness = NULL;
  g_autofree QsReference *reference = NULL;
  gint64                  start = g_get_monotonic_time ();
  double                  seconds = 0;
  gboolean                is_quiet = FALSE;
  gboolean                has_ended = FALSE;

  if (self->reference != NULL)
    return self->reference;

  harness = qs_conform_make (self, error);
  if (harness == NULL || !qs_conform_begin (harness, error) ||
      !qs_conform_wait (self, harness, self->n_records, &is_quiet, error))
    return NULL;
  seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  if (is_quiet && !check_quiet (self, harness, &is_quiet, error))
    return NULL;

  has_ended = !is_quiet && !qs_harness_get_running (harness);
  reference = g_new0 (QsReference, 1);
  reference->seconds = seconds;
  reference->is_busy = !has_ended && !is_quiet;
  reference->is_whole = has_ended && harness->records->len <= self->n_records;
  if (reference->is_whole)
    reference->state = qs_harness_dup_state (harness, NULL);
  else if (!qs_harness_stop (harness, NULL) && qs_harness_get_running (harness))
    qs_harness_kill (harness, NULL);
  if (harness->records->len > self->n_records)
    g_ptr_array_set_size (harness->records, (int) self->n_records);
  reference->n_records = harness->records->len;
  reference->comparison = qs_comparison_new (harness->records, reference->is_whole);
  self->reference = g_steal_pointer (&reference);

  return self->reference;
}
