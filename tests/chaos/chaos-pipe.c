/* SPDX-License-Identifier: LGPL-2.1-or-later
 * The program that chaos_dataframe.py kills: a dataframe that copies the numbers of
 * one topic to another one, and ends when it has read all. With --fill it produces
 * them, from 1 on. */

#include <qsource/qsource.h>

#define INPUT "pipe-input"

/* Seconds after which the brokers end what a program that was killed has left, and let
 * the next one know where to read. */
#define TRANSACTION_TIMEOUT 2.0

static struct
{
  char    *broker;
  char    *output; /* the topic */
  int      fill;   /* so many numbers; 0: copy them */
  gboolean exactly_once;
} options;

static const GOptionEntry option_entries[] = {
  { "broker", 0, 0, G_OPTION_ARG_STRING, &options.broker, "Where the cluster is", "HOST:PORT" },
  { "output", 0, 0, G_OPTION_ARG_STRING, &options.output, "The topic to copy to", "TOPIC" },
  { "fill", 0, 0, G_OPTION_ARG_INT, &options.fill, "Produce so many numbers instead", "N" },
  { "exactly-once", 0, 0, G_OPTION_ARG_NONE, &options.exactly_once, "Use transactions", NULL },
  { NULL },
};

G_DECLARE_FINAL_TYPE (PipeSource, pipe_source, PIPE, SOURCE, QsSource)

struct _PipeSource
{
  QsSource parent_instance;
};

G_DEFINE_FINAL_TYPE (PipeSource, pipe_source, QS_TYPE_SOURCE)

static gboolean
pipe_source_run (QsSource *source, GError **error)
{
  for (int i = 1; i <= options.fill; i++)
    {
      g_autofree char *number = g_strdup_printf ("%d", i);

      if (!qs_source_produce_data (
              source, NULL, 0, (const guint8 *) number, strlen (number), 0, error))
        return FALSE;
    }

  return TRUE;
}

static void
pipe_source_class_init (PipeSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = pipe_source_run;
}

static void
pipe_source_init (PipeSource *self)
{
}

static QsTopic *
new_topic (const char *name)
{
  QsTopic *topic = qs_topic_new (name);

  qs_topic_set_n_partitions (topic, 1);

  return topic;
}

static QsApplication *
new_application (void)
{
  QsApplication  *app = qs_application_new (options.broker);
  GVariantBuilder config;

  /* A program that comes back takes the place of the one that was killed. */
  g_variant_builder_init (&config, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&config, "{ss}", "group.instance.id", "pipe");
  g_object_set (app,
                "consumer-config",
                g_variant_builder_end (&config),
                "consumer-group",
                options.output,
                "auto-offset-reset",
                QS_AUTO_OFFSET_RESET_EARLIEST,
                "commit-every",
                50,
                "drain",
                TRUE,
                "transaction-timeout",
                TRANSACTION_TIMEOUT,
                "processing-guarantee",
                options.exactly_once ? QS_PROCESSING_GUARANTEE_EXACTLY_ONCE
                                     : QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE,
                NULL);

  return app;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (QsApplication) app = NULL;
  g_autoptr (QsTopic) input = new_topic (INPUT);
  g_autoptr (QsTopic) output = NULL;
  g_autoptr (QsBaseSource) source = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, option_entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return g_printerr ("%s\n", error->message), 2;

  output = new_topic (options.output);
  app = new_application ();
  if (options.fill > 0)
    {
      source = g_object_new (pipe_source_get_type (), "name", "pipe", NULL);
      qs_application_add_source (app, source, input, NULL);
    }
  else
    {
      qs_dataframe_to_topic (qs_application_dataframe (app, input, NULL, NULL), output);
    }
  if (!qs_application_run (app, NULL, &error))
    return g_printerr ("%s\n", error->message), 1;

  return 0;
}
