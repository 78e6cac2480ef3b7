/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-conform-parts-private.h"

#include "qs-deadline-private.h"
#include "qs-harness-parts-private.h"
#include "qs-harness-worker-private.h"
#include "qs-source-error.h"

/* Rules of QsConform that kill the source. */

/* One run of a source that is killed again and again until it has produced all. */
typedef struct
{
  QsConform   *conform;
  QsReference *reference;
  GRand       *random;
  guint        n_left;  /* kills that are still to come */
  guint        n_kills; /* in this run */
} Campaign;

/* Seconds from the record that was waited for to the kill, at most. */
#define MAX_DELAY 0.05

/* Seconds from the source's setup to the kill, at most. */
#define MAX_AFTER_SETUP 0.4

static guint
choose (GRand *random, guint from, guint to)
{
  return to > from ? (guint) g_rand_int_range (random, (gint32) from, (gint32) to + 1) : from;
}

/* Lets the source run for some time after its setup, with most moments soon after it: a source may
 * have produced all before the first record is read. */
static gboolean
run_after_setup (Campaign *self, QsHarness *harness)
{
  double delay = g_rand_double (self->random);
  gint64 deadline = qs_deadline_after (self->conform->timeout);

  while (qs_harness_get_running (harness) && !qs_harness_run_is_connected (harness->run) &&
         !qs_deadline_passed (deadline))
    qs_harness_run_iterate (harness->run, 10);

  deadline = qs_deadline_after (delay * delay * MAX_AFTER_SETUP);
  while (qs_harness_get_running (harness) && !qs_deadline_passed (deadline))
    qs_harness_run_iterate (harness->run, (guint) qs_deadline_slice (deadline, 10));

  return TRUE;
}

/* Lets the source run until the moment of the next kill. */
static gboolean
wait_for_moment (Campaign *self, QsHarness *harness, GError **error)
{
  double   delay = g_rand_double (self->random);
  guint    span = MAX (self->reference->n_records / 5, 1);
  gboolean is_quiet = FALSE;

  switch (g_rand_int_range (self->random, 0, 4))
    {
    case 0: /* At any time, even before its setup. */
      return qs_conform_pass (harness, delay * MIN (self->reference->seconds, 2), error);

    case 1:
      return qs_conform_wait (self->conform,
                              harness,
                              harness->records->len + choose (self->random, 1, span),
                              &is_quiet,
                              error) &&
             qs_conform_pass (harness, delay * MAX_DELAY, error);

    default:
      return run_after_setup (self, harness);
    }
}

/* Kills the source unless it has ended, which sets @was_killed. */
static gboolean
kill_once (Campaign *self, QsHarness *harness, gboolean *was_killed, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (!qs_harness_get_running (harness) || qs_harness_run_get_pid (harness->run) == 0)
    return TRUE;

  if (!qs_harness_kill (harness, &local_error))
    {
      if (!qs_harness_get_running (harness))
        return TRUE;

      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  *was_killed = TRUE;
  self->n_left--;
  self->n_kills++;
  qs_report_count (self->conform->report, 1, 0, 0, 0);

  return TRUE;
}

/* Whether nothing more is to come of @harness. */
static gboolean
is_complete (Campaign *self, QsHarness *harness)
{
  QsDifference difference = { 0 };

  return !qs_comparison_compare (
             self->reference->comparison, harness->records, 0, &difference, NULL) ||
         difference.is_complete;
}

/* How often the source may go back after @n_kills kills. */
static guint
get_max_returns (QsConform *self, guint n_kills)
{
  return self->subject.guarantee == QS_PROCESSING_GUARANTEE_EXACTLY_ONCE ? 0 : n_kills;
}

static gboolean
run_once (Campaign *self, GError **error)
{
  g_autoptr (QsHarness) harness = qs_conform_make (self->conform, error);

  if (harness == NULL)
    return FALSE;

  self->n_kills = 0;
  if (!qs_harness_set_up (harness, qs_deadline_after (QS_HARNESS_PATIENCE), error))
    return FALSE;
  if (harness->broker != NULL)
    qs_embedded_broker_set_rtt (harness->broker, -1, QS_CONFORM_RTT);

  for (gboolean was_killed = TRUE; was_killed;)
    {
      was_killed = FALSE;
      if (!qs_conform_begin (harness, error))
        return FALSE;
      if (self->n_left > 0 && !is_complete (self, harness) &&
          (!wait_for_moment (self, harness, error) ||
           !kill_once (self, harness, &was_killed, error)))
        return FALSE;
    }

  if (!qs_conform_wait_complete (
          self->conform, harness, 0, get_max_returns (self->conform, self->n_kills), error))
    return FALSE;

  if (self->n_kills > 0 && self->reference->is_whole)
    {
      if (!qs_harness_wait_ended (harness, self->conform->timeout, error))
        return FALSE;
      g_clear_pointer (&self->conform->state, g_variant_unref);
      self->conform->state = qs_harness_dup_state (harness, NULL);
    }

  return qs_conform_stop (harness, "after it had been killed", error);
}

gboolean
qs_conform_check_killable (QsConform *self, GError **error)
{
  const QsConformSubject *subject = qs_conform_get_subject (self, error);

  if (subject == NULL)
    return FALSE;
  if (subject->isolation == QS_ISOLATION_THREAD)
    return qs_conform_leave_out (error, "The source runs in a thread, which cannot be killed");

  return qs_conform_check_stateful (self, error);
}

gboolean
qs_conform_check_kill (QsConform *self, GRand *random, GError **error)
{
  Campaign campaign = { .conform = self, .random = random, .n_left = self->n_kills };
  guint    n_without = 0;

  if (!qs_conform_check_killable (self, error))
    return FALSE;
  campaign.reference = qs_conform_get_reference (self, error);
  if (campaign.reference == NULL)
    return FALSE;

  while (campaign.n_left > 0)
    {
      if (!run_once (&campaign, error))
        {
          g_prefix_error (error, "After kill %u: ", self->n_kills - campaign.n_left);
          return FALSE;
        }
      n_without = campaign.n_kills > 0 ? 0 : n_without + 1;
      if (n_without == 10)
        return qs_conform_leave_out (error,
                                     "The source ends too soon to be killed; give it more to do");
    }

  return TRUE;
}

/* Runs the source until it ends at a kill point, which sets @was_killed, or produced all. */
static gboolean
run_to_point (QsConform   *self,
              QsReference *reference,
              QsHarness   *harness,
              gboolean    *was_killed,
              GError     **error)
{
  QsDifference difference = { 0 };
  gboolean     is_over = FALSE;
  guint        before = G_MAXUINT;

  if (!qs_conform_begin (harness, error))
    return FALSE;

  while (!is_over)
    {
      if (!qs_harness_look (harness, qs_deadline_after (QS_HARNESS_PATIENCE), &is_over, error))
        return FALSE;
      if (harness->records->len == before)
        continue;

      before = harness->records->len;
      if (!qs_comparison_compare (reference->comparison, harness->records, 0, &difference, error))
        return FALSE;
      if (difference.is_complete)
        break;
    }

  /* Its death is what was asked for. */
  *was_killed = is_over && !qs_harness_wait_ended (harness, 0, NULL);
  if (*was_killed)
    qs_report_count (self->report, 1, 0, 0, 0);

  return TRUE;
}

static gboolean
check_point (QsConform *self, const char *point, guint nth, gboolean *was_killed, GError **error)
{
  QsReference *reference = qs_conform_get_reference (self, error);
  g_autoptr (QsHarness) harness = reference != NULL ? qs_conform_make (self, error) : NULL;

  if (harness == NULL)
    return FALSE;

  if (!qs_harness_crash_at (harness, point, nth, error) ||
      !run_to_point (self, reference, harness, was_killed, error))
    return FALSE;

  if (!qs_harness_get_running (harness) && !qs_conform_begin (harness, error))
    return FALSE;

  if (qs_conform_wait_complete (self, harness, 0, get_max_returns (self, 1), error) &&
      qs_conform_stop (harness, "after it had been killed", error))
    return TRUE;

  g_prefix_error (error, "After a kill at '%s', time %u: ", point, nth);

  return FALSE;
}

gboolean
qs_conform_check_kill_points (QsConform *self, GRand *random, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  const char *const *points = qs_harness_worker_list_points ();
  guint              n_hit = 0;

  if (!qs_conform_check_killable (self, error))
    return FALSE;
  if (!qs_harness_worker_check_point (points[0], &local_error))
    return qs_conform_leave_out (error, "%s", local_error->message);

  for (guint i = 0; points[i] != NULL; i++)
    {
      guint    later = choose (random, 2, 5);
      gboolean was_killed = FALSE;
      gboolean is_again = FALSE;

      if (!check_point (self, points[i], 1, &was_killed, error))
        return FALSE;
      if (was_killed && !check_point (self, points[i], later, &is_again, error))
        return FALSE;

      n_hit += was_killed ? 1 : 0;
    }

  return n_hit > 0 || qs_conform_leave_out (error, "The source came to no kill point");
}

gboolean
qs_conform_check_state (QsConform *self, GRand *random, GError **error)
{
  QsReference     *reference = qs_conform_get_reference (self, error);
  GVariant        *state = self->state;
  g_autofree char *key = NULL;

  if (reference == NULL)
    return FALSE;
  if (reference->state == NULL || state == NULL)
    return qs_conform_leave_out (
        error, "The source did not end by itself, so no two runs have the same state");

  if (reference->varying_key != NULL)
    return qs_conform_leave_out (
        error,
        "Two runs without kills have different values of '%s' at the end as well",
        reference->varying_key);

  key = qs_conform_find_difference (reference->state, state);
  if (key == NULL)
    return TRUE;

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_FAILED,
               "After kills, the state has another value of '%s' at the end than without them",
               key);

  return FALSE;
}
