/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-conform-parts-private.h"

#include "qs-deadline-private.h"
#include "qs-harness-parts-private.h"
#include "qs-source-error.h"

/* The rule of QsConform about instances that share the partitions of a source. */

/* Seconds: the shortest session that brokers accept. */
#define SESSION 6.0

/* Two instances of one application. */
typedef struct
{
  QsConform *conform;
  QsHarness *older;   /* not owned */
  QsHarness *newer;   /* not owned; it has the records of both */
  int        n_newer; /* partitions that run in the newer one */
} Sharing;

static void
assigned_cb (QsApplication *application, QsBaseSource *source, int partition, gpointer user_data)
{
  ((Sharing *) user_data)->n_newer++;
}

static void
revoked_cb (QsApplication *application,
            QsBaseSource  *source,
            int            partition,
            gboolean       lost,
            gpointer       user_data)
{
  ((Sharing *) user_data)->n_newer--;
}

/* FALSE with an error if @harness has failed. */
static gboolean
check_well (QsHarness *harness, const char *which, GError **error)
{
  if (qs_harness_get_running (harness) || qs_harness_wait_ended (harness, 0, error))
    return TRUE;

  g_prefix_error (error, "While two instances shared its partitions, the %s one failed: ", which);

  return FALSE;
}

/* Lets both go on for a moment. */
static gboolean
look_both (Sharing *self, GError **error)
{
  gboolean is_over = FALSE;

  if (qs_harness_get_running (self->older))
    qs_harness_run_iterate (self->older->run, 0);

  return qs_harness_look (self->newer, qs_deadline_after (QS_HARNESS_PATIENCE), &is_over, error) &&
         check_well (self->older, "older", error) && check_well (self->newer, "newer", error);
}

/* Waits until at least @n partitions run in the newer one, or it has ended. */
static gboolean
wait_assigned (Sharing *self, int n, GError **error)
{
  gint64 deadline = qs_deadline_after (QS_HARNESS_PATIENCE);

  while (qs_harness_get_running (self->newer) && self->n_newer < n)
    {
      if (!look_both (self, error))
        return FALSE;
      if (!qs_deadline_passed (deadline))
        continue;

      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_FAILED,
                   "The second instance has %d of %d partitions after %d s",
                   self->n_newer,
                   self->conform->subject.n_partitions,
                   QS_HARNESS_PATIENCE);
      return FALSE;
    }

  return TRUE;
}

/* Waits until records come, if some do. */
static gboolean
wait_records (Sharing *self, GError **error)
{
  guint  before = self->newer->records->len;
  gint64 deadline = qs_deadline_after (1);

  while (self->newer->records->len == before && !qs_deadline_passed (deadline))
    {
      if (!look_both (self, error))
        return FALSE;
    }

  return TRUE;
}

/* The newer one joins, both produce, and the older one leaves. */
static gboolean
join_and_leave (Sharing *self, GError **error)
{
  QsBaseSource *source = self->older->source;

  /* Joining takes seconds, after which it might have produced all. */
  qs_application_pause_source (self->older->application, source, NULL);
  if (!qs_conform_begin (self->newer, error) || !wait_assigned (self, 1, error))
    return FALSE;

  qs_application_resume_source (self->older->application, source, NULL);
  if (!wait_records (self, error) ||
      !qs_conform_stop (self->older, "while it shared its partitions", error) ||
      !wait_assigned (self, self->conform->subject.n_partitions, error))
    return FALSE;

  /* It leaves once its own partitions have produced all. */
  if (qs_harness_get_running (self->newer))
    return TRUE;

  self->n_newer = 0;

  return check_well (self->newer, "newer", error) && qs_conform_begin (self->newer, error);
}

static gboolean
run_both (QsConform *self, QsHarness *older, GError **error)
{
  g_autoptr (QsHarness) newer = qs_harness_make_twin (older, error);
  Sharing  sharing = { .conform = self, .older = older, .newer = newer };
  gboolean ok = FALSE;

  if (newer == NULL)
    return FALSE;

  g_signal_connect (newer->application, "partition-assigned", G_CALLBACK (assigned_cb), &sharing);
  g_signal_connect (newer->application, "partition-revoked", G_CALLBACK (revoked_cb), &sharing);
  ok = join_and_leave (&sharing, error) && qs_conform_wait_complete (self, newer, 0, 0, error) &&
       qs_conform_stop (newer, "when it ran all partitions", error);
  g_signal_handlers_disconnect_by_data (newer->application, &sharing);

  return ok;
}

static gboolean
check_shareable (QsConform *self, GError **error)
{
  if (!qs_conform_check_killable (self, error))
    return FALSE;
  if (self->subject.n_partitions > 1)
    return TRUE;

  return qs_conform_leave_out (error,
                               "The source has one partition, which instances cannot share; set "
                               "its property 'n-partitions'");
}

gboolean
qs_conform_check_share (QsConform *self, GRand *random, GError **error)
{
  QsReference *reference =
      check_shareable (self, error) ? qs_conform_get_reference (self, error) : NULL;
  g_autoptr (QsHarness) harness = reference != NULL ? qs_conform_make (self, error) : NULL;
  gboolean is_quiet = FALSE;
  guint    n = 0;

  if (harness == NULL)
    return FALSE;

  g_object_set (
      harness->application, "assignment", QS_ASSIGNMENT_GROUP, "session-timeout", SESSION, NULL);
  if (!qs_harness_set_up (harness, qs_deadline_after (QS_HARNESS_PATIENCE), error))
    return FALSE;

  if (harness->broker != NULL)
    qs_embedded_broker_set_rtt (harness->broker, -1, QS_CONFORM_RTT);
  n = (guint) g_rand_int_range (random, 1, (gint32) MAX (reference->n_records / 4, 1) + 1);
  if (!qs_conform_begin (harness, error) || !qs_conform_wait (self, harness, n, &is_quiet, error))
    return FALSE;
  if (!qs_harness_get_running (harness))
    return qs_conform_leave_out (
        error, "The source ends too soon for another instance to join; give it more to do");

  return run_both (self, harness, error);
}
