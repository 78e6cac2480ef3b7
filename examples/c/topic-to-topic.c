/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads temperatures in Fahrenheit from one topic and writes them in Celsius to
 * another, until it is stopped. Start it twice: both share the partitions.
 * Run: build/examples/c/topic-to-topic [--broker HOST:PORT]
 * Try: echo '{"sensor": "a", "f": 212}' | kcat -b HOST:PORT -P -t fahrenheit */

#include <qsource/qsource.h>

static QsVerdict
has_temperature (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  gboolean has_one =
      value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT) &&
      (g_variant_lookup (value, "f", "x", NULL) || g_variant_lookup (value, "f", "d", NULL));

  return has_one ? QS_VERDICT_KEEP : QS_VERDICT_DROP;
}

static GVariant *
to_celsius (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (value);
  double fahrenheit = 0;
  gint64 whole = 0;

  if (g_variant_dict_lookup (&dict, "f", "x", &whole))
    fahrenheit = (double) whole;
  else
    g_variant_dict_lookup (&dict, "f", "d", &fahrenheit);
  g_variant_dict_remove (&dict, "f");
  g_variant_dict_insert (&dict, "c", "d", (fahrenheit - 32) / 1.8);

  return g_variant_dict_end (&dict);
}

/* Reports a record that cannot be read, and continues with the next one. */
static gboolean
consumer_error_cb (QsApplication *app, QsMessage *message, GError *error, gpointer user_data)
{
  g_printerr ("%s\n", error->message);
  return message != NULL;
}

int
main (int argc, char **argv)
{
  gboolean has_broker = argc == 3 && g_str_equal (argv[1], "--broker");
  g_autoptr (QsApplication) app = qs_application_new (has_broker ? argv[2] : "embedded");
  g_autoptr (QsTopic) fahrenheit = qs_topic_new ("fahrenheit");
  g_autoptr (QsTopic) celsius = qs_topic_new ("celsius");
  g_autoptr (QsDataframe) dataframe = NULL;
  QsDataframe *measured = NULL;
  g_autoptr (GError) error = NULL;

  /* Nobody else produces to the embedded broker, so end at once. */
  g_object_set (app, "consumer-group", "celsius", "drain", !has_broker, NULL);
  g_signal_connect (app, "consumer-error", G_CALLBACK (consumer_error_cb), NULL);

  dataframe = qs_application_dataframe (app, fahrenheit, NULL, &error);
  if (dataframe == NULL)
    return g_printerr ("%s\n", error->message), 1;

  measured = qs_dataframe_filter (dataframe, has_temperature, NULL, NULL);
  qs_dataframe_to_topic (qs_dataframe_apply (measured, to_celsius, NULL, NULL), celsius);

  if (!qs_application_run (app, NULL, &error))
    return g_printerr ("%s\n", error->message), 1;

  return 0;
}
