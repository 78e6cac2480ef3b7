/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>
#include <stdlib.h>
#include <string.h>

#include "cpu-time.h"

/* Writes or reads a record of three fields by a schema, so often; run by schemas.py.
 *   bench-schemas avro|protobuf|json write|read N
 * Prints nanoseconds for each, of the processor's time. Written is a value that is made anew
 * each time, with making it. */

static QsSerializer *
make_serializer (const char *format)
{
  if (g_str_equal (format, "avro"))
    return QS_SERIALIZER (qs_avro_serializer_new (
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"id\",\"type\":\"long\"},"
        "{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"temperature\",\"type\":\"double\"}]}",
        NULL));
  if (g_str_equal (format, "protobuf"))
    return QS_SERIALIZER (qs_protobuf_serializer_new (
        "syntax = \"proto3\"; message R { int64 id = 1; string name = 2; double temperature = 3; }",
        NULL));

  return QS_SERIALIZER (qs_json_schema_serializer_new (
      "{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{\"id\":{\"type\":\"integer\"},"
      "\"name\":{\"type\":\"string\"},\"temperature\":{\"type\":\"number\"}}}",
      NULL));
}

static GBytes *
write_one (QsSerializer *serializer, gint64 id)
{
  g_autoptr (GError) error = NULL;
  GVariantBuilder builder;
  GBytes         *bytes = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "id", g_variant_new_int64 (id));
  g_variant_builder_add (&builder, "{sv}", "name", g_variant_new_string ("sensor-17"));
  g_variant_builder_add (&builder, "{sv}", "temperature", g_variant_new_double (21.5));
  bytes = qs_serializer_serialize (serializer, g_variant_builder_end (&builder), &error);
  if (bytes == NULL)
    g_error ("%s", error->message);

  return bytes;
}

int
main (int argc, char **argv)
{
  g_autoptr (QsSerializer) serializer = NULL;
  g_autoptr (GBytes) bytes = NULL;
  guint64 count = argc == 4 ? strtoull (argv[3], NULL, 10) : 0;
  gint64  begin = 0;

  if (count == 0)
    return 2;

  serializer = make_serializer (argv[1]);
  bytes = write_one (serializer, 123456);
  begin = get_cpu_time ();
  for (guint64 i = 0; i < count; i++)
    if (g_str_equal (argv[2], "write"))
      g_bytes_unref (write_one (serializer, (gint64) i));
    else
      g_variant_unref (qs_serializer_deserialize (serializer, bytes, NULL));
  g_print ("%.0f\n", (double) (get_cpu_time () - begin) / (double) count);

  return 0;
}
