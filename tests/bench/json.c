/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>
#include <stdlib.h>
#include <string.h>

#include "cpu-time.h"

/* Reads or writes a record of three fields, so often.  bench-json parse|write|tree N
 *
 * parse: JSON to a value. write: a value that was read. tree: one that was just made,
 * with making it; build: only that. Prints nanoseconds for each, of the processor's time. */

static const char text[] = "{\"id\":123456,\"name\":\"sensor-17\",\"temperature\":21.5}";

static GVariant *
build (gint64 id)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "id", g_variant_new_int64 (id));
  g_variant_builder_add (&builder, "{sv}", "name", g_variant_new_string ("sensor-17"));
  g_variant_builder_add (&builder, "{sv}", "temperature", g_variant_new_double (21.5));

  return g_variant_builder_end (&builder);
}

static GBytes *
write_value (GVariant *value)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = qs_json_to_bytes (value, &error);

  if (bytes == NULL)
    g_error ("%s", error->message);

  return bytes;
}

static void
parse_once (GVariant *value, GBytes *bytes)
{
  g_autoptr (GVariant) again = qs_json_from_bytes (bytes, NULL);

  if (again == NULL)
    g_error ("not read");
}

static void
write_once (GVariant *value, GBytes *bytes)
{
  g_bytes_unref (write_value (value));
}

static void
tree_once (GVariant *value, GBytes *bytes)
{
  g_bytes_unref (write_value (build (123456)));
}

static void
build_once (GVariant *value, GBytes *bytes)
{
  g_variant_unref (g_variant_ref_sink (build (123456)));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*run) (GVariant *value, GBytes *bytes);
  } modes[] = {
    { "parse", parse_once }, { "write", write_once }, { "tree", tree_once }, { "build", build_once }
  };
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (QsSerializer) serializer = qs_serializer_for_name ("json", NULL);
  g_autoptr (GVariant) value = qs_json_from_bytes (bytes, NULL);
  guint64 n = argc == 3 ? g_ascii_strtoull (argv[2], NULL, 10) : 0;
  gint64  started;

  for (guint i = 0; n > 0 && i < G_N_ELEMENTS (modes); i++)
    {
      if (!g_str_equal (argv[1], modes[i].name))
        continue;

      started = get_cpu_time ();
      for (guint64 j = 0; j < n; j++)
        modes[i].run (value, bytes);
      g_print ("%.1f\n", (double) (get_cpu_time () - started) / (double) n);
      return EXIT_SUCCESS;
    }

  g_printerr ("Usage: %s parse|write|tree|build N\n", argv[0]);
  return 2;
}
