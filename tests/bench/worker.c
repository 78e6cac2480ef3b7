/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>
#include <stdlib.h>

#include "run-sources.h"

/* Sources of which each produces a record when it has started, in a process of its own;
 * see bench_rows_worker.py.
 *
 *   bench-worker once|wait|wait-state BROKER N STATE-DIRECTORY
 *
 * Each prints a line when its record was acknowledged: by the monotonic clock, in
 * seconds. once: that is all; wait: it cooperates until it is stopped; wait-state: it has
 * a state, in which it keeps something. */

static gboolean waits;

static gboolean
produce_first (QsSource *source, GError **error)
{
  if (!qs_source_produce_data (source, NULL, 0, (const guint8 *) "x", 1, 0, error) ||
      !qs_source_flush (source, -1, error))
    return FALSE;
  g_print ("%.6f\n", (double) g_get_monotonic_time () / G_USEC_PER_SEC);

  return TRUE;
}

/* -------- without a state -------- */

#define TYPE_PLAIN_SOURCE (plain_source_get_type ())
G_DECLARE_FINAL_TYPE (PlainSource, plain_source, PLAIN, SOURCE, QsSource)

struct _PlainSource
{
  QsSource parent_instance;
};

G_DEFINE_FINAL_TYPE (PlainSource, plain_source, QS_TYPE_SOURCE)

static gboolean
plain_source_run (QsSource *source, GError **error)
{
  return produce_first (source, error) &&
         (!waits || QS_SOURCE_CLASS (plain_source_parent_class)->run (source, error));
}

static void
plain_source_class_init (PlainSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = plain_source_run;
}

static void
plain_source_init (PlainSource *self)
{
}

/* -------- with one -------- */

#define TYPE_STATE_SOURCE (state_source_get_type ())
G_DECLARE_FINAL_TYPE (StateSource, state_source, STATE, SOURCE, QsStatefulSource)

struct _StateSource
{
  QsStatefulSource parent_instance;
};

G_DEFINE_FINAL_TYPE (StateSource, state_source, QS_TYPE_STATEFUL_SOURCE)

static gboolean
state_source_run (QsSource *source, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);

  return state != NULL && qs_state_set (state, "key", g_variant_new_int64 (1), error) &&
         produce_first (source, error) &&
         QS_SOURCE_CLASS (state_source_parent_class)->run (source, error);
}

static void
state_source_class_init (StateSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = state_source_run;
}

static void
state_source_init (StateSource *self)
{
}

int
main (int argc, char **argv)
{
  GType type =
      argc == 5 && g_str_equal (argv[1], "wait-state") ? TYPE_STATE_SOURCE : TYPE_PLAIN_SOURCE;
  g_autoptr (QsApplication) app = NULL;

  if (argc != 5)
    return g_printerr ("Usage: %s once|wait|wait-state BROKER N STATE-DIRECTORY\n", argv[0]), 2;

  waits = !g_str_equal (argv[1], "once");
  app = g_object_new (QS_TYPE_APPLICATION, "broker-address", argv[2], "state-dir", argv[4], NULL);

  return run_sources (app, type, "worker", (guint) atoi (argv[3]));
}
