/* SPDX-License-Identifier: LGPL-2.1-or-later
 * A source of the numbers 1, 2, 3, ... that continues after a restart or a kill.
 * It produces ten records a second, or, with LAST, as fast as it can.
 * Run: build/examples/c/range-source [--broker embedded|HOST:PORT] [--exactly-once] [--print]
 * [--backoff SECONDS] [LAST] */

#include <qsource/qsource.h>
#include <stdio.h>

G_DECLARE_FINAL_TYPE (RangeSource, range_source, EXAMPLE, RANGE_SOURCE, QsStatefulSource)
struct _RangeSource
{
  QsStatefulSource parent_instance;
  gint64           last; /* 0 = without end */
};
G_DEFINE_FINAL_TYPE (RangeSource, range_source, QS_TYPE_STATEFUL_SOURCE)

/* Produces one number, and stores it in the state. */
static gboolean
send_number (QsStatefulSource *source, gint64 number, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (source, error);

  return state != NULL && qs_state_set (state, "current", g_variant_new_int64 (number), error) &&
         qs_source_produce_value (QS_SOURCE (source), g_variant_new_string ("range"),
                                  g_variant_new_int64 (number), error);
}

static gboolean
range_source_run (QsSource *source, GError **error)
{
  g_autoptr (GError) read_error = NULL;
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
  gint64 last = EXAMPLE_RANGE_SOURCE (source)->last;
  gint64 number = 0;

  if (state == NULL)
    return FALSE;
  number = qs_state_get_int64 (state, "current", 0, &read_error) + 1;
  if (read_error != NULL)
    return g_propagate_error (error, g_steal_pointer (&read_error)), FALSE;

  for (; qs_source_get_running (source) && (last == 0 || number <= last); number++)
    {
      if (!send_number (QS_STATEFUL_SOURCE (source), number, error))
        return FALSE;
      /* Commits the ten numbers and the state, or neither. */
      if (number % 10 == 0 && !qs_source_flush (source, -1, error))
        return FALSE;
      if (last == 0)
        qs_base_source_wait (QS_BASE_SOURCE (source), 0.1);
    }
  return TRUE;
}

static void
range_source_class_init (RangeSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = range_source_run;
}

static void
range_source_init (RangeSource *self)
{
}

/* Prints a number that was read from the topic. */
static gboolean
show (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  g_print ("%" G_GINT64_FORMAT "\n", g_variant_get_int64 (value));
  return TRUE;
}

/* Adds the source and a dataframe that prints its records. */
static gboolean
add_source (QsApplication *app, RangeSource *source, gboolean print, GError **error)
{
  g_autoptr (QsSerializer) strings = qs_serializer_for_name ("string", NULL);
  g_autoptr (QsDataframe) dataframe = NULL;
  QsTopic *topic = NULL;

  if (print)
    {
      dataframe = qs_application_dataframe (app, NULL, QS_BASE_SOURCE (source), error);
      if (dataframe == NULL)
        return FALSE;
      qs_dataframe_sink (dataframe, show, NULL, NULL);
      topic = qs_dataframe_get_topic (dataframe);
    }
  else
    topic = qs_application_add_source (app, QS_BASE_SOURCE (source), NULL, error);

  if (topic != NULL)
    qs_topic_set_key_serializer (topic, strings);
  return topic != NULL;
}

int
main (int argc, char **argv)
{
  g_autofree char *broker = NULL;
  gboolean         exactly_once = FALSE;
  gboolean         print = FALSE;
  double           backoff = 1;
  g_auto (GStrv) rest = NULL;
  const GOptionEntry options[] = {
    { "broker", 0, 0, G_OPTION_ARG_STRING, &broker, "Where the cluster is", "HOST:PORT" },
    { "exactly-once", 0, 0, G_OPTION_ARG_NONE, &exactly_once, "Use transactions", NULL },
    { "print", 0, 0, G_OPTION_ARG_NONE, &print, "Print what has come to the topic", NULL },
    { "backoff", 0, 0, G_OPTION_ARG_DOUBLE, &backoff, "Wait before the first restart", "SECONDS" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &rest, NULL, "[LAST]" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (QsApplication) app = NULL;
  g_autoptr (RangeSource) source = g_object_new (range_source_get_type (), "name", "range", NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return g_printerr ("%s\n", error->message), 1;

  source->last = rest != NULL ? g_ascii_strtoll (rest[0], NULL, 10) : 0;
  app = qs_application_new (broker != NULL ? broker : "embedded");
  /* Restart a worker without limit, after pauses that grow: the cause of its failure might
   * need time to go away. With a dataframe, only "drain" ends the application when the
   * source has ended. */
  g_object_set (
      app, "drain", TRUE, "max-restarts", -1, "restart-backoff", backoff, "processing-guarantee",
      exactly_once ? QS_PROCESSING_GUARANTEE_EXACTLY_ONCE : QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE,
      NULL);
  if (!add_source (app, source, print, &error) || !qs_application_run (app, NULL, &error))
    return g_printerr ("%s\n", error->message), 1;
  return 0;
}
