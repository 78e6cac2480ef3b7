/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-conform-parts-private.h"

#include <unistd.h>

#include "qs-deadline-private.h"
#include "qs-harness-parts-private.h"
#include "qs-source-error.h"
#include "qs-usage-private.h"

/* The rules of QsConform about what a worker uses. */

/* Seconds for which the source is watched from its first record on, and at most if something
 * grows: what only takes time to settle stops growing. */
#define WATCH 2.0
#define LONG_WATCH 6.0

/* Milliseconds between two samples. */
#define SLICE 5

/* Samples between two looks at the topic. */
#define N_SLICES 4

/* Growth that is no growth: a few that a library opens when it needs them; and bytes, of pools and
 * caches. */
#define MAX_MORE 5
#define MAX_MORE_MEMORY (1024 * 1024)

/* Fewer records say nothing about memory. */
#define MIN_RECORDS 1000

/* The library of JavaScript: it collects no garbage while run() runs before that is worth 100 MB.
 */
#define LAZY "libgjs"

/* More are not watched, as the embedded broker has to keep up. */
#define MAX_RECORDS 100000

/* Amounts that a worker used while it produced. */
struct _QsConformTrace
{
  GArray  *usages; /* of QsUsage; owned */
  GError  *error;  /* how the source failed; owned, nullable */
  guint    n_records;
  double   seconds;
  gboolean is_in_thread;
  gboolean is_lazy; /* its memory is freed when its garbage collector thinks fit */
};

static const struct
{
  QsUsageKind kind;
  const char *what;
  const char *advice;
} counted[] = {
  { QS_USAGE_DESCRIPTORS, "open file descriptors", "close what it opens" },
  { QS_USAGE_THREADS, "threads", "end the threads that it starts" },
  { QS_USAGE_CHILDREN, "child processes", "end, and wait for, the processes that it starts" },
};

void
qs_conform_trace_free (QsConformTrace *self)
{
  g_array_unref (self->usages);
  g_clear_error (&self->error);
  g_free (self);
}

static gboolean
is_enough (const QsConformTrace *self)
{
  return self->usages->len >= QS_USAGE_MIN_SAMPLES;
}

static gboolean
is_growing (const QsConformTrace *self)
{
  gboolean is_growing =
      is_enough (self) && qs_usage_find_growth (self->usages, QS_USAGE_MEMORY) > MAX_MORE_MEMORY;

  for (guint i = 0; i < G_N_ELEMENTS (counted); i++)
    is_growing = is_growing || (is_enough (self) &&
                                qs_usage_find_growth (self->usages, counted[i].kind) > MAX_MORE);

  return is_growing;
}

static void
add_usage (QsConformTrace *self, QsHarness *harness)
{
  int     pid = qs_harness_run_get_pid (harness->run);
  QsUsage usage = { { 0 } };

  self->is_in_thread = self->is_in_thread || pid == getpid ();
  if (pid <= 0 || self->is_in_thread || !qs_usage_read (pid, &usage))
    return;

  self->is_lazy = self->is_lazy || (self->usages->len == 0 && qs_usage_has_library (pid, LAZY));
  g_array_append_val (self->usages, usage);
}

/* Counts the records instead of keeping them: there can be many. */
static void
take_records (QsConformTrace *self, QsHarness *harness)
{
  self->n_records += harness->records->len;
  g_ptr_array_set_size (harness->records, 0);
}

/* Whether to watch for longer: something grows, or enough records will have come then. */
static gboolean
is_worth_more (const QsConformTrace *self)
{
  return is_growing (self) ||
         (self->n_records < MIN_RECORDS && self->n_records * LONG_WATCH / WATCH >= MIN_RECORDS);
}

/* Samples until enough time has passed, or the source ends. */
static gboolean
watch (QsConformTrace *self, QsHarness *harness, GError **error)
{
  gint64   start = g_get_monotonic_time ();
  gint64   end = start + (gint64) (WATCH * G_USEC_PER_SEC);
  gint64   long_end = start + (gint64) (LONG_WATCH * G_USEC_PER_SEC);
  gboolean is_over = FALSE;

  while (!is_over && !self->is_in_thread && self->n_records < MAX_RECORDS &&
         (!qs_deadline_passed (end) || (!qs_deadline_passed (long_end) && is_worth_more (self))))
    {
      for (guint i = 0; i < N_SLICES; i++)
        {
          qs_harness_run_iterate (harness->run, SLICE);
          add_usage (self, harness);
        }
      if (!qs_harness_look (harness, qs_deadline_after (QS_HARNESS_PATIENCE), &is_over, error))
        return FALSE;
      take_records (self, harness);
    }
  self->seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;

  return !is_over || qs_harness_wait_ended (harness, 0, error);
}

/* A short queue, which would otherwise be all that grows. */
static void
shorten_queue (QsHarness *harness)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  GVariantIter    iter;
  const char     *name = NULL;
  const char     *value = NULL;
  g_autoptr (GVariant) config = NULL;

  g_object_get (harness->application, "producer-config", &config, NULL);
  if (config != NULL)
    {
      g_variant_iter_init (&iter, config);
      while (g_variant_iter_next (&iter, "{&s&s}", &name, &value))
        {
          if (!g_str_has_prefix (name, "queue.buffering.max."))
            g_variant_builder_add (&builder, "{ss}", name, value);
        }
    }
  g_variant_builder_add (&builder, "{ss}", "queue.buffering.max.messages", "1000");
  g_variant_builder_add (&builder, "{ss}", "queue.buffering.max.kbytes", "1024");
  g_object_set (harness->application, "producer-config", g_variant_builder_end (&builder), NULL);
}

/* Runs the source, with a broker that answers after @rtt seconds. NULL with an error if it did not
 * come to its first record. */
static QsConformTrace *
make_trace (QsConform *self, double rtt, GError **error)
{
  g_autoptr (QsHarness) harness = qs_conform_make (self, error);
  QsConformTrace *trace = NULL;

  if (harness == NULL)
    return NULL;

  shorten_queue (harness);
  if (!qs_harness_set_up (harness, qs_deadline_after (QS_HARNESS_PATIENCE), error))
    return NULL;
  if (harness->broker != NULL)
    qs_embedded_broker_set_rtt (harness->broker, -1, rtt);
  if (!qs_conform_begin (harness, error) || !qs_conform_wait (self, harness, 1, NULL, error))
    return NULL;

  trace = g_new0 (QsConformTrace, 1);
  trace->usages = g_array_new (FALSE, FALSE, sizeof (QsUsage));
  take_records (trace, harness);
  watch (trace, harness, &trace->error);

  return trace;
}

/* transfer none */
static QsConformTrace *
get_trace (QsConform *self, GError **error)
{
  if (self->trace == NULL)
    self->trace = make_trace (self, 0, error);

  return self->trace;
}

/* Checks that there is something to compare. */
static gboolean
check_trace (const QsConformTrace *trace, GError **error)
{
  if (trace->is_in_thread)
    return qs_conform_leave_out (
        error, "The source runs in a thread of this process, so its part cannot be measured");
  if (trace->error != NULL)
    return g_propagate_error (error, g_error_copy (trace->error)), FALSE;
  if (!is_enough (trace))
    return qs_conform_leave_out (error,
                                 "The source ends too soon to be measured; give it more to do");

  return TRUE;
}

/* A source that has failed may have done so for want of descriptors. */
static gboolean
check_counts (const QsConformTrace *trace, GError **error)
{
  for (guint i = 0; is_enough (trace) && i < G_N_ELEMENTS (counted); i++)
    {
      gint64 growth = qs_usage_find_growth (trace->usages, counted[i].kind);

      if (growth <= MAX_MORE)
        continue;

      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_FAILED,
                   "The worker had %" G_GINT64_FORMAT
                   " more %s at the end of %.1f s, in which it produced %u records, than at their "
                   "beginning: the source must %s",
                   growth,
                   counted[i].what,
                   trace->seconds,
                   trace->n_records,
                   counted[i].advice);
      return FALSE;
    }

  return check_trace (trace, error);
}

gboolean
qs_conform_check_descriptors (QsConform *self, GRand *random, GError **error)
{
  QsConformTrace *trace = get_trace (self, error);
  QsConformTrace *slow = NULL;
  gboolean        ok = FALSE;

  if (trace == NULL)
    return FALSE;
  if (is_enough (trace) || trace->is_in_thread || trace->error != NULL)
    return check_counts (trace, error);

  /* Some that end too soon wait for the broker again and again: so long that there are enough
   * samples of a busy machine as well. */
  slow = make_trace (self, 5 * QS_CONFORM_RTT, error);
  if (slow == NULL)
    return FALSE;

  ok = check_counts (slow, error);
  qs_conform_trace_free (slow);

  return ok;
}

gboolean
qs_conform_check_memory (QsConform *self, GRand *random, GError **error)
{
  QsConformTrace *trace = get_trace (self, error);
  gint64          growth = 0;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return qs_conform_leave_out (error, "This library was built with a sanitizer, which uses memory");
#endif

  if (trace == NULL || !check_trace (trace, error))
    return FALSE;
  if (trace->n_records < MIN_RECORDS)
    return qs_conform_leave_out (error,
                                 "The source produced %u records in %.1f s, and fewer than %d say "
                                 "nothing about memory; give it more to do",
                                 trace->n_records,
                                 trace->seconds,
                                 MIN_RECORDS);

  growth = qs_usage_find_growth (trace->usages, QS_USAGE_MEMORY);
  if (growth <= MAX_MORE_MEMORY)
    return TRUE;
  if (trace->is_lazy)
    return qs_conform_leave_out (
        error, "The memory grows, but says nothing, as JavaScript frees it only after a long time");

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_FAILED,
               "The worker had %.1f MiB more memory of its own at the end of %.1f s, in which it "
               "produced %u records, than at their beginning: the source must free what it no "
               "longer needs",
               (double) growth / (1024 * 1024),
               trace->seconds,
               trace->n_records);

  return FALSE;
}
