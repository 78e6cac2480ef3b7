/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two sources of one class, each with a topic of its own, and a third one that
 * nobody reads here.
 * Run: build/examples/c/several-sources   (on the embedded broker) */

#include <qsource/qsource.h>

G_DECLARE_FINAL_TYPE (WordSource, word_source, EXAMPLE, WORD_SOURCE, QsSource)
struct _WordSource
{
  QsSource parent_instance;
};
G_DEFINE_FINAL_TYPE (WordSource, word_source, QS_TYPE_SOURCE)

static gboolean
word_source_run (QsSource *source, GError **error)
{
  const char *name = qs_base_source_get_name (QS_BASE_SOURCE (source));

  for (int i = 0; i < 3 && qs_source_get_running (source); i++)
    {
      g_autofree char *word = g_strdup_printf ("%s-%d", name, i);

      if (!qs_source_produce_value (source, NULL, g_variant_new_string (word), error))
        return FALSE;
    }

  return TRUE;
}

static void
word_source_class_init (WordSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = word_source_run;
}

static void
word_source_init (WordSource *self)
{
}

static gboolean
count (GVariant *value, QsRecord *record, gpointer n_words, GError **error)
{
  *(int *) n_words += 1;
  return TRUE;
}

int
main (void)
{
  g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autoptr (QsBaseSource) red = g_object_new (word_source_get_type (), "name", "red", NULL);
  g_autoptr (QsBaseSource) blue = g_object_new (word_source_get_type (), "name", "blue", NULL);
  g_autoptr (QsBaseSource) lone = g_object_new (word_source_get_type (), "name", "lone", NULL);
  g_autoptr (QsTopic) wide = qs_topic_new ("blue-words");
  g_autoptr (QsDataframe) red_words = NULL, blue_words = NULL;
  g_autoptr (GError) error = NULL;
  int n_words = 0;

  g_object_set (app, "drain", TRUE, NULL);
  qs_topic_set_n_partitions (wide, 3);

  red_words = qs_application_dataframe (app, NULL, red, &error); /* source__red */
  blue_words = red_words ? qs_application_dataframe (app, wide, blue, &error) : NULL;
  if (blue_words == NULL || !qs_application_add_source (app, lone, NULL, &error))
    return g_printerr ("%s\n", error->message), 1;

  qs_dataframe_print (red_words, FALSE);
  qs_dataframe_sink (red_words, count, &n_words, NULL);
  qs_dataframe_print (blue_words, TRUE);
  qs_dataframe_sink (blue_words, count, &n_words, NULL);

  if (!qs_application_run (app, NULL, &error))
    return g_printerr ("%s\n", error->message), 1;

  return n_words == 6 ? 0 : 1;
}
