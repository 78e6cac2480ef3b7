/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-conform-parts-private.h"

#include "qs-deadline-private.h"
#include "qs-harness-parts-private.h"
#include "qs-harness-worker-private.h"
#include "qs-source-error.h"
#include "qs-stateful-source.h"

/* The rules of QsConform but for those that kill. */

/* Kafka's number for Produce, and for an error that trying again doesn't change. */
#define API_PRODUCE 0
#define TOPIC_AUTHORIZATION_FAILED 29

/* More requests than a source is refused in a test. */
#define N_REFUSALS 10000

/* Seconds that the broker is away. */
#define OUTAGE 2.5

static guint
choose (GRand *random, guint to)
{
  return to > 1 ? (guint) g_rand_int_range (random, 1, (gint32) to + 1) : 1;
}

/* A harness of a source whose records can be compared, and how they should be. */
static QsHarness *
make_comparable (QsConform *self, QsReference **reference, GError **error)
{
  if (!qs_conform_check_stateful (self, error))
    return NULL;

  *reference = qs_conform_get_reference (self, error);

  return *reference != NULL ? qs_conform_make (self, error) : NULL;
}

static gboolean
check_properties (QsConform *self, GRand *random, GError **error)
{
  g_autoptr (QsHarness) harness = qs_conform_make (self, error);
  g_autofree GParamSpec **pspecs = NULL;
  guint                   n_pspecs = 0;

  if (harness == NULL)
    return FALSE;

  pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (harness->source), &n_pspecs);
  for (guint i = 0; i < n_pspecs; i++)
    {
      const char *blurb = g_param_spec_get_blurb (pspecs[i]);

      if (blurb != NULL && *blurb != '\0' && !g_str_equal (blurb, pspecs[i]->name))
        continue;

      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_FAILED,
                   "The property '%s' has no description (its GParamSpec has no blurb), so --help "
                   "and the configuration file cannot explain it",
                   pspecs[i]->name);
      return FALSE;
    }

  return qs_harness_worker_check_properties (harness->source, error);
}

static gboolean
check_first_record (QsConform *self, GRand *random, GError **error)
{
  g_autoptr (QsHarness) harness = qs_conform_make (self, error);

  if (harness == NULL || !qs_conform_begin (harness, error) ||
      !qs_conform_wait (self, harness, 1, NULL, error))
    return FALSE;

  if (harness->records->len > 0)
    return TRUE;

  g_set_error_literal (error,
                       QS_SOURCE_ERROR,
                       QS_SOURCE_ERROR_FAILED,
                       "The source ended well, but produced no record");

  return FALSE;
}

static gboolean
check_stop (QsConform *self, GRand *random, GError **error)
{
  g_autoptr (QsHarness) harness = qs_conform_make (self, error);
  gboolean is_quiet = FALSE;

  return harness != NULL &&
         /* At once, or while the worker starts. */
         qs_conform_begin (harness, error) &&
         qs_conform_pass (harness, g_rand_double_range (random, 0, 0.3), error) &&
         qs_conform_stop (harness, "while it started", error) &&
         /* While it produces. */
         qs_conform_begin (harness, error) &&
         qs_conform_wait (self, harness, harness->records->len + 1, &is_quiet, error) &&
         qs_conform_stop (harness, "while it produced", error) &&
         /* While it waits for more, if it does. */
         qs_conform_begin (harness, error) && qs_conform_pass (harness, 0.5, error) &&
         qs_conform_stop (harness, "after half a second", error);
}

static gboolean
check_stop_blocked (QsConform *self, GRand *random, GError **error)
{
  g_autoptr (QsHarness) harness = qs_conform_make (self, error);
  g_autoptr (GError) local_error = NULL;

  if (harness == NULL || !qs_harness_start (harness, error))
    return FALSE;

  if (!qs_application_pause_source (harness->application, harness->source, &local_error) &&
      qs_harness_get_running (harness))
    return g_propagate_error (error, g_steal_pointer (&local_error)), FALSE;

  return qs_conform_pass (harness, 0.3, error) &&
         qs_conform_stop (harness, "while produce() waited", error);
}

/* Differences without kills are not what the rule `state` looks for. */
static gboolean
note_varying_state (QsConform *self, QsHarness *harness, QsReference *reference, GError **error)
{
  g_autoptr (GVariant) state = NULL;

  if (reference->state == NULL)
    return TRUE;
  if (!qs_harness_wait_ended (harness, self->timeout, error))
    return FALSE;

  state = qs_harness_dup_state (harness, NULL);
  if (state != NULL)
    reference->varying_key = qs_conform_find_difference (reference->state, state);

  return TRUE;
}

static gboolean
check_repeatable (QsConform *self, GRand *random, GError **error)
{
  QsReference *reference = NULL;
  g_autoptr (QsHarness) harness = make_comparable (self, &reference, error);

  if (harness == NULL || !qs_conform_begin (harness, error))
    return FALSE;

  if (qs_conform_wait_complete (self, harness, 0, 0, error))
    return note_varying_state (self, harness, reference, error);

  g_prefix_error (error,
                  "A second run with an empty state produced other records, so the source depends "
                  "on the time, on chance, or on something that it keeps elsewhere: ");

  return FALSE;
}

static QsErrorHandling
get_error_handling (QsHarness *harness)
{
  QsErrorHandling errors = QS_ERROR_HANDLING_FAIL;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (harness->source), "errors") != NULL)
    g_object_get (harness->source, "errors", &errors, NULL);

  return errors;
}

/* Has the broker refuse whatever is produced. */
static void
refuse_records (QsHarness *harness)
{
  g_autofree int *codes = g_new (int, N_REFUSALS);

  for (guint i = 0; i < N_REFUSALS; i++)
    codes[i] = TOPIC_AUTHORIZATION_FAILED;
  qs_embedded_broker_push_error (harness->broker, API_PRODUCE, codes, N_REFUSALS);
}

static gboolean
check_errors (QsConform *self, GRand *random, GError **error)
{
  g_autoptr (QsHarness) harness = qs_conform_make (self, error);
  g_autoptr (GError) local_error = NULL;

  if (harness == NULL ||
      !qs_harness_set_up (harness, qs_deadline_after (QS_HARNESS_PATIENCE), error))
    return FALSE;
  if (harness->broker == NULL)
    return qs_conform_leave_out (error, "Only an embedded broker refuses records");
  if (get_error_handling (harness) != QS_ERROR_HANDLING_FAIL)
    return qs_conform_leave_out (error,
                                 "Failed records are ignored because the property 'errors' is set");

  refuse_records (harness);
  if (!qs_conform_begin (harness, error))
    return FALSE;

  if (qs_harness_wait_ended (harness, self->timeout, &local_error))
    g_set_error_literal (
        error,
        QS_SOURCE_ERROR,
        QS_SOURCE_ERROR_FAILED,
        "The broker refused all records, but the source ended as if all were well: "
        "an error of produce() or flush() must be an error of run()");
  else if (qs_harness_get_running (harness))
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_FAILED,
                 "The broker refused all records, but the source continued for %g s: an error of "
                 "produce() or flush() must end run()",
                 self->timeout);
  else
    return TRUE;

  return FALSE;
}

static gboolean
check_restart (QsConform *self, GRand *random, GError **error)
{
  QsReference *reference = NULL;
  g_autoptr (QsHarness) harness = make_comparable (self, &reference, error);

  if (harness == NULL)
    return FALSE;

  for (guint i = 0; i < 3; i++)
    {
      guint    n = harness->records->len + choose (random, reference->n_records / 4);
      gboolean is_quiet = FALSE;

      if (!qs_conform_begin (harness, error) ||
          !qs_conform_wait (self, harness, MIN (n, reference->n_records), &is_quiet, error) ||
          !qs_conform_stop (harness, "while it produced", error))
        return FALSE;
    }

  if (qs_conform_begin (harness, error) && qs_conform_finish (self, harness, error))
    return TRUE;

  g_prefix_error (error, "The source did not continue where it was stopped: ");

  return FALSE;
}

static gboolean
check_clear (QsConform *self, GRand *random, GError **error)
{
  QsReference *reference = NULL;
  g_autoptr (QsHarness) harness = make_comparable (self, &reference, error);
  gboolean is_quiet = FALSE;
  guint    skip = 0;

  if (harness == NULL || !qs_conform_begin (harness, error) ||
      !qs_conform_wait (self, harness, choose (random, reference->n_records), &is_quiet, error) ||
      !qs_conform_stop (harness, "while it produced", error) ||
      !qs_conform_wait (self, harness, G_MAXUINT, NULL, error))
    return FALSE;

  skip = harness->records->len;
  qs_harness_forget_state (harness);
  if (!qs_conform_begin (harness, error))
    return FALSE;

  if (qs_conform_wait_complete (self, harness, skip, 0, error))
    return TRUE;

  g_prefix_error (error,
                  "With an empty state, the source did not begin with the first record, so "
                  "it keeps its position elsewhere: ");

  return FALSE;
}

/* Takes the broker away for a while. The broker is not asked for records meanwhile, which would
 * wait for its answer; and an error is kept for the one who waits for records. */
static void
take_broker_away (QsHarness *harness)
{
  gint64 deadline = qs_deadline_after (OUTAGE);

  qs_embedded_broker_broker_down (harness->broker, -1);
  while (qs_harness_get_running (harness) && !qs_deadline_passed (deadline))
    qs_harness_run_iterate (harness->run, (guint) qs_deadline_slice (deadline, 100));
  qs_embedded_broker_broker_up (harness->broker, -1);
}

/* Has the broker away while the source produces; @was_in_time: it was not done before. */
static gboolean
try_outage (QsConform *self, GRand *random, guint span, gboolean *was_in_time, GError **error)
{
  QsReference *reference = NULL;
  g_autoptr (QsHarness) harness = make_comparable (self, &reference, error);
  gboolean is_quiet = FALSE;

  if (harness == NULL ||
      !qs_harness_set_up (harness, qs_deadline_after (QS_HARNESS_PATIENCE), error))
    return FALSE;
  if (harness->broker == NULL)
    return qs_conform_leave_out (error, "Only an embedded broker can be taken away");

  qs_embedded_broker_set_rtt (harness->broker, -1, QS_CONFORM_RTT);
  if (span == 0 ? !qs_harness_start (harness, error)
                : !qs_conform_begin (harness, error) ||
                      !qs_conform_wait (self, harness, choose (random, span), &is_quiet, error))
    return FALSE;

  *was_in_time = qs_harness_get_running (harness);
  take_broker_away (harness);

  /* In each partition, a commit that was under way may have to be found out about by a new
   * worker. */
  return qs_conform_wait_complete (
             self, harness, 0, (guint) MAX (self->subject.n_partitions, 1), error) &&
         qs_conform_stop (harness, "after an outage of the broker", error);
}

static gboolean
check_outage (QsConform *self, GRand *random, GError **error)
{
  QsReference *reference = qs_conform_get_reference (self, error);
  gboolean     was_in_time = FALSE;

  if (reference == NULL)
    return FALSE;

  /* Sooner each time, the last time as soon as it is connected. */
  for (guint span = reference->n_records / 2; !was_in_time; span /= 4)
    {
      if (!try_outage (self, random, span, &was_in_time, error))
        return FALSE;
      if (!was_in_time && span == 0)
        return qs_conform_leave_out (
            error, "The source ends too soon for the broker to be away; give it more to do");
    }

  return TRUE;
}

const QsConformRule qs_conform_rules[] = {
  { "properties", NULL, check_properties },
  { "first-record", NULL, check_first_record },
  { "stop", "first-record", check_stop },
  { "stop-blocked", "stop", check_stop_blocked },
  { "errors", "first-record", check_errors },
  { "descriptors", "first-record", qs_conform_check_descriptors },
  { "memory", "descriptors", qs_conform_check_memory },
  { "repeatable", "stop", check_repeatable },
  { "restart", "repeatable", check_restart },
  { "clear", "restart", check_clear },
  { "outage", "repeatable", check_outage },
  { "kill", "clear", qs_conform_check_kill },
  { "kill-points", "kill", qs_conform_check_kill_points },
  { "state", "kill", qs_conform_check_state },
  { "takeover", "clear", qs_conform_check_takeover, { "errors", "kill" } },
  { "share", "clear", qs_conform_check_share, { "takeover" } },
  { NULL },
};
