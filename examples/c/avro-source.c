/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A source of readings in Avro, and a dataframe that reads them.
 * Run: build/examples/c/avro-source [REGISTRY]   (on the embedded broker; without the address
 * of a schema registry, such as http://localhost:8081, records contain only the encoding) */

#include <qsource/qsource.h>

static const char schema[] =
    "{\"type\": \"record\", \"name\": \"Reading\", \"namespace\": \"plant\", \"fields\": ["
    "  {\"name\": \"sensor\", \"type\": \"string\"},"
    "  {\"name\": \"celsius\", \"type\": [\"null\", \"double\"], \"default\": null},"
    "  {\"name\": \"unit\", \"type\": \"string\", \"default\": \"C\"}]}";

G_DECLARE_FINAL_TYPE (Readings, readings, EXAMPLE, READINGS, QsSource)
struct _Readings
{
  QsSource parent_instance;
};
G_DEFINE_FINAL_TYPE (Readings, readings, QS_TYPE_SOURCE)

static gboolean
readings_run (QsSource *source, GError **error)
{
  for (int i = 0; i < 10 && qs_source_get_running (source); i++)
    {
      GVariantBuilder value;

      /* The unit is missing, so it is the default of the schema. */
      g_variant_builder_init (&value, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&value, "{sv}", "sensor", g_variant_new_string ("a"));
      g_variant_builder_add (&value, "{sv}", "celsius", g_variant_new_double (20 + i / 10.0));
      if (!qs_source_produce_value (source, g_variant_new_string ("a"),
                                    g_variant_builder_end (&value), error))
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

static gboolean
show (GVariant *value, QsRecord *record, gpointer n_shown, GError **error)
{
  const char *sensor = NULL;
  const char *unit = NULL;
  double      celsius = 0;

  if (!g_variant_lookup (value, "sensor", "&s", &sensor) ||
      !g_variant_lookup (value, "celsius", "d", &celsius) ||
      !g_variant_lookup (value, "unit", "&s", &unit))
    return TRUE;

  g_print ("%s: %.1f %s\n", sensor, celsius, unit);
  *(int *) n_shown += 1;

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autoptr (QsSchemaRegistry) registry = argc > 1 ? qs_schema_registry_new (argv[1]) : NULL;
  g_autoptr (QsAvroSerializer) avro = qs_avro_serializer_new (schema, registry);
  g_autoptr (QsTopic) topic =
      g_object_new (QS_TYPE_TOPIC, "name", "readings", "value-serializer", avro, NULL);
  g_autoptr (QsBaseSource) source = g_object_new (readings_get_type (), "name", "readings", NULL);
  g_autoptr (QsDataframe) dataframe = NULL;
  g_autoptr (GError) error = NULL;
  int n_shown = 0;

  g_object_set (app, "drain", TRUE, "auto-offset-reset", QS_AUTO_OFFSET_RESET_EARLIEST, NULL);
  dataframe = qs_application_dataframe (app, topic, source, &error);
  if (dataframe == NULL)
    return g_printerr ("%s\n", error->message), 1;
  qs_dataframe_sink (dataframe, show, &n_shown, NULL);

  if (!qs_application_run (app, NULL, &error))
    return g_printerr ("%s\n", error->message), 1;

  return n_shown == 10 ? 0 : 1;
}
