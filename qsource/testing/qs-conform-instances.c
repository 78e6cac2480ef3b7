/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-conform-parts-private.h"

#include "qs-deadline-private.h"
#include "qs-harness-parts-private.h"
#include "qs-kafka-error.h"
#include "qs-source-error.h"

/* The rules of QsConform about several instances of an application. */

/* Kafka's numbers for EndTxn, and for an error that says that a newer producer has taken over. */
#define API_END_TXN 26
#define PRODUCER_FENCED 90

/* Seconds without a record after which a source that has produced all has nothing to commit. */
#define QUIET 1.0

/* A source that a second instance takes over. */
typedef struct
{
  QsConform *conform;
  QsHarness *older;     /* not owned */
  QsHarness *newer;     /* not owned; it has the records of both */
  GError    *error;     /* how the older one failed; owned, nullable */
  gboolean   has_newer; /* it was started */

  /* Of the older one. */
  guint64 n_flushes;
  guint64 n_flushed; /* records that were acknowledged when the last flush was counted */
  guint64 n_acknowledged;
  gint64  flush_time; /* of the last change of each */
  gint64  time;
} Takeover;

/* A source commits nothing any more if it has produced so many times as much as it did from commit
 * to commit, and for so many seconds. */
#define MANY 10
#define LONG 3.0

static gboolean
failed_cb (QsApplication *application,
           QsBaseSource  *source,
           const GError  *error,
           gpointer       user_data)
{
  Takeover *self = user_data;

  g_clear_error (&self->error);
  self->error = g_error_copy (error);

  return FALSE;
}

static void
stats_cb (QsApplication *application, QsBaseSource *source, GVariant *stats, gpointer user_data)
{
  Takeover *self = user_data;
  guint64   n_acknowledged = 0;
  guint64   n_flushes = 0;

  g_variant_lookup (stats, "n-acknowledged", "t", &n_acknowledged);
  g_variant_lookup (stats, "n-flushes", "t", &n_flushes);
  if (n_acknowledged != self->n_acknowledged)
    self->time = g_get_monotonic_time ();
  self->n_acknowledged = n_acknowledged;
  if (n_flushes == self->n_flushes)
    return;

  self->n_flushes = n_flushes;
  self->n_flushed = n_acknowledged;
  self->flush_time = g_get_monotonic_time ();
}

static gboolean
is_past (gint64 time, double seconds)
{
  return (double) (g_get_monotonic_time () - time) > seconds * G_USEC_PER_SEC;
}

/* Whether the older one goes on, though no commit of it succeeds any more: it produces without one,
 * or it always has something to produce, but produces nothing. */
static gboolean
is_clinging (const Takeover *self)
{
  gboolean produces =
      self->n_flushes > 0 && is_past (self->flush_time, LONG) &&
      self->n_acknowledged - self->n_flushed > MANY * self->n_flushed / self->n_flushes;
  gboolean is_stuck = self->n_flushes > 0 && self->conform->reference->is_busy &&
                      is_past (self->time, MAX (LONG, self->conform->timeout / 3));

  return produces || is_stuck;
}

static gboolean
is_fenced (const Takeover *self)
{
  return g_error_matches (self->error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FENCED);
}

static gboolean
check_complete (const Takeover *self)
{
  QsDifference difference = { 0 };

  return qs_comparison_compare (
             self->conform->reference->comparison, self->newer->records, 0, &difference, NULL) &&
         difference.is_complete;
}

/* Whether the older one has nothing to commit: it waits, or never commits. */
static gboolean
has_nothing_left (const Takeover *self, gint64 start, gint64 quiet)
{
  gboolean never_commits = self->n_flushes == 0 && is_past (start, LONG);

  return (qs_deadline_passed (quiet) || never_commits) && check_complete (self);
}

/* The older one, whose commit was cut off, can have been restarted to find out about it, and has
 * taken the source back. */
static gboolean
has_newer_ended (const Takeover *self)
{
  return self->has_newer && !qs_harness_get_running (self->newer);
}

/* Lets both go on until the older one ends, or has nothing left to commit. */
static gboolean
wait_for_end (Takeover *self, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  gint64 deadline = qs_deadline_after (self->conform->timeout);
  gint64 quiet = qs_deadline_after (QUIET);

  while (qs_harness_get_running (self->older) && !has_newer_ended (self) &&
         !qs_deadline_passed (deadline) && !is_clinging (self) &&
         !has_nothing_left (self, start, quiet))
    {
      guint    before = self->newer->records->len;
      gboolean is_over = FALSE;

      qs_harness_run_iterate (self->older->run, 0);
      if (!qs_harness_look (self->newer, qs_deadline_after (QS_HARNESS_PATIENCE), &is_over, error))
        return FALSE;
      if (self->newer->records->len > before)
        quiet = qs_deadline_after (QUIET);
    }

  return TRUE;
}

/* Whether the older instance has ended as it must; otherwise @error says what it did, unless it
 * has only not noticed, as it committed all before. */
static gboolean
check_end (Takeover *self, GError **error)
{
  const char *what = NULL;

  if (is_fenced (self) || has_newer_ended (self) || (check_complete (self) && !is_clinging (self)))
    return TRUE;

  if (qs_harness_get_running (self->older))
    what = "but this one continued: an error of flush() must end run()";
  else if (self->error == NULL)
    what = "but this one ended as if all were well: an error of flush() must be an error of run()";
  else
    what = "but this one ended with another error";

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_FAILED,
               "A second instance has taken the source over, %s%s%s",
               what,
               self->error != NULL ? ": " : "",
               self->error != NULL ? self->error->message : "");

  return FALSE;
}

/* The second instance begins, and the first one ends. An embedded broker fences nobody, so it
 * refuses a commit as if it did, before the second one begins: both together would write. */
static gboolean
take_over (Takeover *self, GError **error)
{
  const int         code = PRODUCER_FENCED;
  QsEmbeddedBroker *broker = self->older->broker;

  if (broker != NULL)
    qs_embedded_broker_push_error (broker, API_END_TXN, &code, 1);
  else if (!qs_conform_begin (self->newer, error))
    return FALSE;

  self->has_newer = broker == NULL;
  if (!wait_for_end (self, error) || !check_end (self, error))
    return FALSE;

  return broker == NULL || !is_fenced (self) || qs_conform_begin (self->newer, error);
}

static gboolean
run_both (QsConform *self, QsHarness *older, guint n_records, gboolean *was_in_time, GError **error)
{
  g_autoptr (QsHarness) newer = NULL;
  Takeover takeover = { .conform = self, .older = older };
  gboolean is_exact = self->subject.guarantee == QS_PROCESSING_GUARANTEE_EXACTLY_ONCE;
  gboolean is_quiet = FALSE;
  gboolean ok = FALSE;

  if (n_records == 0 ? !qs_harness_start (older, error)
                     : !qs_conform_begin (older, error) ||
                           !qs_conform_wait (self, older, n_records, &is_quiet, error))
    return FALSE;

  newer = takeover.newer = qs_harness_make_twin (older, error);
  if (newer == NULL)
    return FALSE;

  g_signal_connect (older->application, "source-failed", G_CALLBACK (failed_cb), &takeover);
  g_signal_connect (older->application, "source-stats", G_CALLBACK (stats_cb), &takeover);
  ok = take_over (&takeover, error);
  g_signal_handlers_disconnect_by_data (older->application, &takeover);
  *was_in_time = ok && is_fenced (&takeover);
  g_clear_error (&takeover.error);
  if (!*was_in_time)
    return ok;

  return qs_conform_wait_complete (self, newer, 0, is_exact ? 0 : G_MAXUINT, error) &&
         qs_conform_stop (newer, "after it had taken over", error);
}

static gboolean
try_takeover (QsConform *self, guint n_records, gboolean *was_in_time, GError **error)
{
  g_autoptr (QsHarness) harness = qs_conform_make (self, error);

  if (harness == NULL ||
      !qs_harness_set_up (harness, qs_deadline_after (QS_HARNESS_PATIENCE), error))
    return FALSE;

  if (harness->broker != NULL)
    qs_embedded_broker_set_rtt (harness->broker, -1, QS_CONFORM_RTT);

  return run_both (self, harness, n_records, was_in_time, error);
}

gboolean
qs_conform_check_takeover (QsConform *self, GRand *random, GError **error)
{
  QsReference *reference = NULL;
  gboolean     was_in_time = FALSE;

  if (!qs_conform_check_killable (self, error))
    return FALSE;
  reference = qs_conform_get_reference (self, error);
  if (reference == NULL)
    return FALSE;

  /* Sooner each time, the last time as soon as it is connected. */
  for (guint span = reference->n_records / 2; !was_in_time; span /= 4)
    {
      guint n_records = span > 0 ? (guint) g_rand_int_range (random, 1, (gint32) span + 1) : 0;

      if (!try_takeover (self, n_records, &was_in_time, error))
        return FALSE;
      if (!was_in_time && span == 0)
        return qs_conform_leave_out (error,
                                     "The source commits nothing after another instance could have "
                                     "taken it over; give it more to do");
    }

  return TRUE;
}
