/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A source, and a dataframe that processes its records.
 * Run: build/examples/c/dataframe   (on the embedded broker) */

#include <qsource/qsource.h>

G_DECLARE_FINAL_TYPE (RangeSource, range_source, EXAMPLE, RANGE_SOURCE, QsSource)
struct _RangeSource
{
  QsSource parent_instance;
};
G_DEFINE_FINAL_TYPE (RangeSource, range_source, QS_TYPE_SOURCE)

static gboolean
range_source_run (QsSource *source, GError **error)
{
  for (int i = 1; i <= 10 && qs_source_get_running (source); i++)
    if (!qs_source_produce_value (source, g_variant_new_string ("range"), g_variant_new_int64 (i),
                                  error))
      return FALSE;

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

static QsVerdict
is_even (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  return g_variant_get_int64 (value) % 2 == 0 ? QS_VERDICT_KEEP : QS_VERDICT_DROP;
}

static GVariant *
square (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  return g_variant_new_int64 (g_variant_get_int64 (value) * g_variant_get_int64 (value));
}

static gboolean
add (GVariant *value, QsRecord *record, gpointer sum, GError **error)
{
  *(gint64 *) sum += g_variant_get_int64 (value);
  return TRUE;
}

int
main (void)
{
  g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autoptr (QsBaseSource) source = g_object_new (range_source_get_type (), "name", "range", NULL);
  g_autoptr (QsDataframe) dataframe = NULL;
  QsDataframe *even = NULL;
  QsDataframe *squares = NULL;
  g_autoptr (GError) error = NULL;
  gint64 sum = 0;

  /* Without it, run() continues until it is stopped. */
  g_object_set (app, "drain", TRUE, NULL);

  dataframe = qs_application_dataframe (app, NULL, source, &error);
  if (dataframe == NULL)
    return g_printerr ("%s\n", error->message), 1;

  even = qs_dataframe_filter (dataframe, is_even, NULL, NULL);
  squares = qs_dataframe_apply (even, square, NULL, NULL);
  qs_dataframe_print (squares, TRUE);
  qs_dataframe_sink (squares, add, &sum, NULL);

  if (!qs_application_run (app, NULL, &error))
    return g_printerr ("%s\n", error->message), 1;

  g_print ("the sum of the even squares is %" G_GINT64_FORMAT "\n", sum);
  return sum == 220 ? 0 : 1;
}
