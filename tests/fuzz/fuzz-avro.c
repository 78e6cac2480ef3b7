/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-avro-codec-private.h"
#include "qs-avro-resolution-private.h"
#include "qs-serialization-error.h"

/* Whatever bytes come as Avro, or as the text of a schema: no crash, nothing read beyond
 * the end, and what could be read is written so that it reads back as the same value. What
 * is read as another schema wants it is a value of that one. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const char *const texts[] = {
  "{\"type\":\"array\",\"items\":[\"null\",\"long\",\"string\"]}",
  "{\"type\":\"map\",\"values\":{\"type\":\"array\",\"items\":\"null\"}}",
  "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":[\"null\",\"R\"]},"
  "{\"name\":\"b\",\"type\":{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"scale\":3}},"
  "{\"name\":\"c\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"X\",\"Y\"]}},"
  "{\"name\":\"d\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":3}},"
  "{\"name\":\"e\",\"type\":\"double\"}]}",
  "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"x\",\"type\":[\"null\",\"R\"],"
  "\"aliases\":[\"a\"],\"default\":null},{\"name\":\"c\",\"type\":{\"type\":\"enum\","
  "\"name\":\"E\",\"symbols\":[\"Y\"],\"default\":\"Y\"}},{\"name\":\"n\",\"type\":\"long\","
  "\"default\":1}]}",
  "{\"type\":\"array\",\"items\":[\"double\",\"bytes\"]}",
};

static void
check_bytes (QsAvroSchema *schema, const guint8 *data, gsize size)
{
  const QsAvroNode *root = qs_avro_schema_get_root (schema);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = qs_avro_decode (root, data, size, &error);
  g_autoptr (GVariant) again = NULL;
  g_autoptr (GByteArray) out = g_byte_array_new ();

  if (value == NULL)
    {
      g_assert (
          g_error_matches (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA));
      return;
    }

  if (!qs_avro_encode (root, value, out, &error))
    g_error ("%s", error->message);
  again = qs_avro_decode (root, out->data, out->len, &error);
  if (again == NULL)
    g_error ("%s", error->message);
}

static void
check_resolution (QsAvroSchema *written, QsAvroSchema *wanted, const guint8 *data, gsize size)
{
  g_autoptr (QsAvroResolution) resolution = qs_avro_resolution_new (written, wanted);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value =
      qs_avro_decode (qs_avro_resolution_get_root (resolution), data, size, &error);
  g_autoptr (GByteArray) out = g_byte_array_new ();

  if (value == NULL)
    g_assert (g_error_matches (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA));
  else
    /* It may be too deep, or a long that only a double of the reader's holds. */
    qs_avro_encode (qs_avro_schema_get_root (wanted), value, out, NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static QsAvroSchema *schemas[G_N_ELEMENTS (texts)];
  g_autofree char     *text = g_strndup ((const char *) data, size);
  g_autoptr (QsAvroSchema) foreign = qs_avro_schema_new (text, NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      if (schemas[i] == NULL)
        schemas[i] = qs_avro_schema_new (texts[i], NULL, NULL);
      check_bytes (schemas[i], data, size);
      if (foreign != NULL)
        {
          check_resolution (schemas[i], foreign, data, size);
          check_resolution (foreign, schemas[i], data, size);
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    for (guint j = 0; j < G_N_ELEMENTS (texts); j++)
      check_resolution (schemas[i], schemas[j], data, size);

  return 0;
}
