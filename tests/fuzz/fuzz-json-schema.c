/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>

/* Whatever text comes as JSON with a JSON Schema, or as the schema: no crash, and what fits
 * is written so that it fits again. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const char schema[] =
    "{\"definitions\": {\"n\": {\"type\": \"object\", \"properties\": {\"next\": {\"$ref\": "
    "\"#/definitions/n\"}, \"id\": {\"type\": \"integer\", \"minimum\": 0}}}},"
    "\"anyOf\": [{\"$ref\": \"#/definitions/n\"}, {\"type\": \"array\", \"uniqueItems\": true, "
    "\"items\": {\"type\": [\"number\", \"null\"]}}, {\"type\": \"string\", \"maxLength\": 9}]}";

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static QsJsonSchemaSerializer *serializer = NULL;
  g_autofree char               *text = g_strndup ((const char *) data, size);
  g_autoptr (QsJsonSchemaSerializer) foreign = qs_json_schema_serializer_new (text, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GVariant) other = qs_serializer_deserialize (QS_SERIALIZER (foreign), bytes, NULL);
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GBytes) written = NULL;
  g_autoptr (GError) error = NULL;

  if (serializer == NULL)
    serializer = qs_json_schema_serializer_new (schema, NULL);
  value = qs_serializer_deserialize (QS_SERIALIZER (serializer), bytes, &error);
  if (value == NULL)
    {
      /* With another error, nothing would be tested. */
      g_assert (
          g_error_matches (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA));
      return 0;
    }

  written = qs_serializer_serialize (QS_SERIALIZER (serializer), value, &error);
  if (written == NULL)
    g_error ("%s", error->message);

  return 0;
}
