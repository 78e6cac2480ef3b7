/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-avro-codec-private.h"

#include <string.h>

#include "qs-avro-decimal-private.h"
#include "qs-integer-private.h"
#include "qs-schema-number-private.h"
#include "qs-serialization-error.h"

#define UNSUPPORTED QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE
#define OUT_OF_RANGE QS_SERIALIZATION_ERROR_OUT_OF_RANGE

/* Functions that encode values without other values in them. */

gboolean
qs_avro_fail_type (const QsAvroNode   *node,
                   GVariant           *value,
                   const QsSchemaPath *path,
                   GError            **error)
{
  return qs_schema_fail (path,
                         error,
                         UNSUPPORTED,
                         "expected %s, got %s",
                         qs_avro_node_describe (node),
                         qs_schema_describe (value));
}

void
qs_avro_append_bytes (GByteArray *out, gconstpointer data, gsize length)
{
  qs_schema_append_long (out, (gint64) length);
  if (length > 0)
    g_byte_array_append (out, data, (guint) length);
}

/* A date or time in ISO 8601, in the unit of the node. */
static gboolean
parse_time (const QsAvroNode *node, const char *text, gint64 *number)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autofree char *full =
      node->logical == QS_AVRO_DATE ? g_strconcat (text, "T00:00:00Z", NULL) : g_strdup (text);
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (full, utc);

  if (time == NULL)
    return FALSE;

  *number = g_date_time_to_unix (time);
  if (node->logical == QS_AVRO_DATE)
    *number /= 24 * 60 * 60;
  else if (node->logical == QS_AVRO_TIMESTAMP_MILLIS)
    *number = *number * 1000 + g_date_time_get_microsecond (time) / 1000;
  else
    *number = *number * 1000000 + g_date_time_get_microsecond (time);

  return TRUE;
}

static gboolean
encode_integer (const QsAvroNode   *node,
                GVariant           *value,
                GByteArray         *out,
                const QsSchemaPath *path,
                GError            **error)
{
  guint64   limit = node->type == QS_AVRO_INT ? G_MAXINT32 : G_MAXINT64;
  QsInteger integer;
  gint64    number = 0;

  if (node->logical != QS_AVRO_PLAIN && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      const char *text = g_variant_get_string (value, NULL);

      if (!parse_time (node, text, &number))
        return qs_schema_fail (path, error, OUT_OF_RANGE, "'%s' is not a time in ISO 8601", text);
      qs_schema_append_long (out, number);
      return TRUE;
    }

  if (!qs_integer_from_variant (value, &integer))
    return qs_avro_fail_type (node, value, path, error);
  if (integer.magnitude > limit + (integer.is_negative ? 1 : 0))
    return qs_schema_fail (path,
                           error,
                           OUT_OF_RANGE,
                           "%s%" G_GUINT64_FORMAT " is out of the range of %s",
                           integer.is_negative ? "-" : "",
                           integer.magnitude,
                           qs_avro_node_describe (node));
  qs_schema_append_long (
      out, integer.is_negative ? (gint64) -integer.magnitude : (gint64) integer.magnitude);

  return TRUE;
}

static gboolean
encode_real (const QsAvroNode   *node,
             GVariant           *value,
             GByteArray         *out,
             const QsSchemaPath *path,
             GError            **error)
{
  gboolean is_single = node->type == QS_AVRO_FLOAT;
  double   number = 0;

  if (!qs_schema_get_real (value, is_single, &number, qs_avro_node_describe (node), path, error))
    return FALSE;

  if (is_single)
    {
      float   real = (float) number;
      guint32 bits;

      memcpy (&bits, &real, sizeof bits);
      bits = GUINT32_TO_LE (bits);
      g_byte_array_append (out, (guint8 *) &bits, sizeof bits);
    }
  else
    {
      guint64 bits;

      memcpy (&bits, &number, sizeof bits);
      bits = GUINT64_TO_LE (bits);
      g_byte_array_append (out, (guint8 *) &bits, sizeof bits);
    }

  return TRUE;
}

/* A text or an integer as decimal; FALSE without an error: neither. */
static gboolean
encode_decimal (const QsAvroNode   *node,
                GVariant           *value,
                GByteArray         *out,
                const QsSchemaPath *path,
                GError            **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GByteArray) bytes = NULL;
  QsInteger integer;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    text = g_variant_dup_string (value, NULL);
  else if (qs_integer_from_variant (value, &integer))
    text =
        g_strdup_printf ("%s%" G_GUINT64_FORMAT, integer.is_negative ? "-" : "", integer.magnitude);
  else
    return qs_avro_fail_type (node, value, path, error);

  bytes = qs_avro_decimal_parse (text, node->precision, node->scale);
  if (bytes == NULL)
    return qs_schema_fail (path,
                           error,
                           OUT_OF_RANGE,
                           node->precision == 0
                               ? "'%s' is not a decimal of scale %u"
                               : "'%s' is not a decimal of scale %u with at most %u digits",
                           text,
                           node->scale,
                           node->precision);
  if (node->type == QS_AVRO_BYTES)
    {
      qs_avro_append_bytes (out, bytes->data, bytes->len);
      return TRUE;
    }

  if (bytes->len > node->size)
    return qs_schema_fail (path,
                           error,
                           OUT_OF_RANGE,
                           "'%s' does not fit into %" G_GSIZE_FORMAT " bytes",
                           text,
                           node->size);
  for (gsize i = bytes->len; i < node->size; i++)
    g_byte_array_append (out, (const guint8 *) (bytes->data[0] >= 0x80 ? "\xff" : "\0"), 1);
  g_byte_array_append (out, bytes->data, bytes->len);

  return TRUE;
}

static gboolean
encode_bytes (const QsAvroNode   *node,
              GVariant           *value,
              GByteArray         *out,
              const QsSchemaPath *path,
              GError            **error)
{
  gsize       length = 0;
  const void *data = NULL;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
    return node->logical == QS_AVRO_DECIMAL ? encode_decimal (node, value, out, path, error)
                                            : qs_avro_fail_type (node, value, path, error);

  data = g_variant_get_fixed_array (value, &length, 1);
  if (node->type == QS_AVRO_BYTES)
    qs_avro_append_bytes (out, data, length);
  else if (length != node->size)
    return qs_schema_fail (path,
                           error,
                           OUT_OF_RANGE,
                           "expected %" G_GSIZE_FORMAT " bytes for %s, got %" G_GSIZE_FORMAT,
                           node->size,
                           node->name,
                           length);
  else if (length > 0)
    g_byte_array_append (out, data, (guint) length);

  return TRUE;
}

static gboolean
encode_text (const QsAvroNode   *node,
             GVariant           *value,
             GByteArray         *out,
             const QsSchemaPath *path,
             GError            **error)
{
  gsize       length = 0;
  const char *text = NULL;
  guint       place = 0;

  if (strchr ("sog", g_variant_get_type_string (value)[0]) == NULL)
    return qs_avro_fail_type (node, value, path, error);

  text = g_variant_get_string (value, &length);
  if (node->type == QS_AVRO_STRING)
    {
      qs_avro_append_bytes (out, text, length);
      return TRUE;
    }

  place = node->places != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (node->places, text)) : 0;
  if (place == 0)
    return qs_schema_fail (path, error, OUT_OF_RANGE, "enum %s has no '%s'", node->name, text);
  qs_schema_append_long (out, place - 1);

  return TRUE;
}

gboolean
qs_avro_encode_simple (const QsAvroNode   *node,
                       GVariant           *value,
                       GByteArray         *out,
                       const QsSchemaPath *path,
                       GError            **error)
{
  guint8 byte;

  switch (node->type)
    {
    case QS_AVRO_BOOLEAN:
      if (!g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
        return qs_avro_fail_type (node, value, path, error);
      byte = g_variant_get_boolean (value);
      g_byte_array_append (out, &byte, 1);
      return TRUE;

    case QS_AVRO_INT:
    case QS_AVRO_LONG:
      return encode_integer (node, value, out, path, error);

    case QS_AVRO_FLOAT:
    case QS_AVRO_DOUBLE:
      return encode_real (node, value, out, path, error);

    case QS_AVRO_BYTES:
    case QS_AVRO_FIXED:
      return encode_bytes (node, value, out, path, error);

    case QS_AVRO_STRING:
    case QS_AVRO_ENUM:
      return encode_text (node, value, out, path, error);

    case QS_AVRO_ARRAY:
    case QS_AVRO_MAP:
    case QS_AVRO_RECORD:
    case QS_AVRO_NULL:
    case QS_AVRO_UNION:
    case QS_AVRO_MISMATCH:
    default:
      return qs_avro_fail_type (node, value, path, error);
    }
}
