/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A source of readings, one per line. Lines that cannot be parsed become dead letters,
 * with the reason; the others are delivered.
 * Run: build/examples/c/dead-letters   (on the embedded broker) */

#include <qsource/qsource.h>
#include <string.h>

static const char *const lines[] = { "21.5", "22.0", "what?", "21.9", "-", "22.4" };

G_DECLARE_FINAL_TYPE (Readings, readings, EXAMPLE, READINGS, QsSource)
struct _Readings
{
  QsSource parent_instance;
};
G_DEFINE_FINAL_TYPE (Readings, readings, QS_TYPE_SOURCE)

static gboolean
reject (QsSource *source, const char *line, GError **error)
{
  g_autoptr (GBytes) raw = g_bytes_new (line, strlen (line));
  g_autoptr (QsMessage) message = qs_message_new_rejected (NULL, raw, NULL, 0, "not a number");

  return qs_source_produce (source, message, error);
}

static gboolean
readings_run (QsSource *source, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lines) && qs_source_get_running (source); i++)
    {
      char    *end = NULL;
      double   value = g_ascii_strtod (lines[i], &end);
      gboolean ok = FALSE;

      if (end == lines[i] || *end != '\0')
        ok = reject (source, lines[i], error);
      else
        ok = qs_source_produce_value (source, NULL, g_variant_new_double (value), error);
      if (!ok)
        return FALSE;
    }

  return TRUE;
}

static void
readings_class_init (ReadingsClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = readings_run;
}

static void
readings_init (Readings *self)
{
}

/* Reads a dead letter: the original line, and the reason. */
static gboolean
show_dead_letter (GVariant *value, QsRecord *record, gpointer n_dead, GError **error)
{
  GBytes *why =
      qs_headers_lookup (qs_record_get_headers (record), "__qsource.errors.error.message");

  g_print ("dead letter '%s': %.*s\n", g_variant_get_string (value, NULL),
           (int) g_bytes_get_size (why), (const char *) g_bytes_get_data (why, NULL));
  *(int *) n_dead += 1;

  return TRUE;
}

int
main (void)
{
  g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autoptr (QsSerializer) text = qs_serializer_for_name ("str", NULL);
  g_autoptr (QsTopic) dead_letters =
      g_object_new (QS_TYPE_TOPIC, "name", "bad-readings", "value-serializer", text, NULL);
  g_autoptr (QsBaseSource) source =
      g_object_new (readings_get_type (), "name", "readings", "errors",
                    QS_ERROR_HANDLING_DEAD_LETTER, "dead-letter-topic", dead_letters, NULL);
  g_autoptr (QsDataframe) good = NULL, dead = NULL;
  g_autoptr (GError) error = NULL;
  int n_dead = 0;

  g_object_set (app, "drain", TRUE, NULL);
  good = qs_application_dataframe (app, NULL, source, &error);
  dead = good != NULL ? qs_application_dataframe (app, dead_letters, NULL, &error) : NULL;
  if (dead == NULL)
    return g_printerr ("%s\n", error->message), 1;

  qs_dataframe_print (good, FALSE);
  qs_dataframe_sink (dead, show_dead_letter, &n_dead, NULL);

  if (!qs_application_run (app, NULL, &error))
    return g_printerr ("%s\n", error->message), 1;

  return n_dead == 2 ? 0 : 1;
}
