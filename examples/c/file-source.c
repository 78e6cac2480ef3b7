/* SPDX-License-Identifier: LGPL-2.1-or-later
 * A source of the lines of a file: the key is the name of the file, the value the line.
 * Run: build/examples/c/file-source [--broker embedded|HOST:PORT] FILE */

#include <qsource/qsource.h>
#include <stdio.h>

G_DECLARE_FINAL_TYPE (FileSource, file_source, EXAMPLE, FILE_SOURCE, QsSource)
struct _FileSource
{
  QsSource    parent_instance;
  const char *path;
};
G_DEFINE_FINAL_TYPE (FileSource, file_source, QS_TYPE_SOURCE)

static gboolean
file_source_run (QsSource *source, GError **error)
{
  const char      *path = EXAMPLE_FILE_SOURCE (source)->path;
  g_autofree char *key = g_path_get_basename (path), *line = NULL;
  FILE            *file = fopen (path, "r");
  gsize            size = 0;
  gssize           length = 0;

  while (file && qs_source_get_running (source) && (length = getline (&line, &size, file)) > 0)
    if (!qs_source_produce_data (source, (guint8 *) key, strlen (key), (guint8 *) line,
                                 length - (line[length - 1] == '\n'), 0, error))
      return fclose (file), FALSE;
  if (file == NULL || ferror (file))
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "Cannot read '%s': %m", path);
  return file != NULL && fclose (file) == 0;
}

static void
file_source_class_init (FileSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = file_source_run;
}

static void
file_source_init (FileSource *self)
{
}

static void
stats_cb (QsApplication *app, QsBaseSource *source, GVariant *stats, guint64 *n_acknowledged)
{
  g_variant_lookup (stats, "n-acknowledged", "t", n_acknowledged);
}

int
main (int argc, char **argv)
{
  const char *broker = argc == 4 && g_str_equal (argv[1], "--broker") ? argv[2] : "embedded";
  g_autoptr (QsApplication) app = qs_application_new (broker);
  g_autoptr (FileSource) source = g_object_new (file_source_get_type (), "name", "lines", NULL);
  g_autoptr (QsSerializer) bytes = qs_serializer_for_name ("bytes", NULL);
  g_autoptr (GPtrArray) first = NULL;
  g_autoptr (GError) error = NULL;
  QsTopic *topic = qs_application_add_source (app, QS_BASE_SOURCE (source), NULL, &error);
  guint64  n_acknowledged = 0;

  if (argc != 2 && argc != 4)
    return g_printerr ("Usage: %s [--broker embedded|HOST:PORT] FILE\n", argv[0]), 1;
  source->path = argv[argc - 1];
  qs_topic_set_value_serializer (topic, bytes);
  g_signal_connect (app, "source-stats", G_CALLBACK (stats_cb), &n_acknowledged);
  if (!qs_application_run (app, NULL, &error))
    return g_printerr ("%s\n", error->message), 1;
  if (qs_application_get_embedded_broker (app))
    first = qs_embedded_broker_dup_messages (qs_application_get_embedded_broker (app),
                                             qs_topic_get_name (topic), 3, NULL);
  for (guint i = 0; first != NULL && i < first->len; i++)
    {
      GBytes *line = qs_message_get_value (first->pdata[i]);
      g_print ("%.*s\n", (int) g_bytes_get_size (line), (char *) g_bytes_get_data (line, NULL));
    }
  g_print ("%" G_GUINT64_FORMAT " records were acknowledged\n", n_acknowledged);
  return 0;
}
