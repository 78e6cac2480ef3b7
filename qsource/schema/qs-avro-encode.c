/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-avro-codec-private.h"

#include <math.h>
#include <string.h>

#include "qs-avro-decimal-private.h"
#include "qs-integer-private.h"
#include "qs-schema-number-private.h"
#include "qs-serialization-error.h"

#define UNSUPPORTED QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE
#define OUT_OF_RANGE QS_SERIALIZATION_ERROR_OUT_OF_RANGE

static gboolean encode (const QsAvroNode   *node,
                        GVariant           *value,
                        GByteArray         *out,
                        const QsSchemaPath *path,
                        guint               depth,
                        GError            **error);

static gboolean
encode_array (const QsAvroNode   *node,
              GVariant           *value,
              GByteArray         *out,
              const QsSchemaPath *path,
              guint               depth,
              GError            **error)
{
  const char *type = g_variant_get_type_string (value);
  gsize       n = 0;

  if ((type[0] != 'a' && type[0] != '(') || type[1] == '{')
    return qs_avro_fail_type (node, value, path, error);

  n = g_variant_n_children (value);
  if (n > 0)
    qs_schema_append_long (out, (gint64) n);
  for (gsize i = 0; i < n; i++)
    {
      QsSchemaPath here = { path, NULL, i };
      g_autoptr (GVariant) item = g_variant_get_child_value (value, i);

      if (!encode (node->types->pdata[0], item, out, &here, depth, error))
        return FALSE;
    }
  qs_schema_append_long (out, 0);

  return TRUE;
}

static gboolean
is_object (GVariant *value)
{
  const char *type = g_variant_get_type_string (value);

  return type[0] == 'a' && type[1] == '{' && strchr ("sog", type[2]) != NULL;
}

static gboolean
encode_map (const QsAvroNode   *node,
            GVariant           *value,
            GByteArray         *out,
            const QsSchemaPath *path,
            guint               depth,
            GError            **error)
{
  gsize n = 0;

  if (!is_object (value))
    return qs_avro_fail_type (node, value, path, error);

  n = g_variant_n_children (value);
  if (n > 0)
    qs_schema_append_long (out, (gint64) n);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (value, i);
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) item = g_variant_get_child_value (entry, 1);
      gsize        length = 0;
      const char  *name = g_variant_get_string (key, &length);
      QsSchemaPath here = { path, name, 0 };

      qs_avro_append_bytes (out, name, length);
      if (!encode (node->types->pdata[0], item, out, &here, depth, error))
        return FALSE;
    }
  qs_schema_append_long (out, 0);

  return TRUE;
}

/* A field that the value doesn't have. */
static gboolean
encode_missing (const QsAvroField  *field,
                GByteArray         *out,
                const QsSchemaPath *path,
                guint               depth,
                GError            **error)
{
  const QsAvroNode *type = field->type;

  if (field->fallback != NULL)
    return encode (type, field->fallback, out, path, depth, error);
  if (encode (type, NULL, out, path, depth, NULL))
    return TRUE;

  return qs_schema_fail (
      path, error, UNSUPPORTED, "is missing, and the schema has no default for it");
}

/* The values of @value by the numbers of fields; NULL for those that are missing. */
static gboolean
sort_fields (const QsAvroNode   *node,
             GVariant           *value,
             GVariant          **sorted,
             const QsSchemaPath *path,
             GError            **error)
{
  gboolean is_tuple = g_variant_get_type_string (value)[0] == '(';
  gsize    n = 0;

  if (!is_tuple && !is_object (value))
    return qs_avro_fail_type (node, value, path, error);

  n = g_variant_n_children (value);
  if (is_tuple)
    {
      if (n != node->fields->len)
        return qs_schema_fail (path,
                               error,
                               UNSUPPORTED,
                               "want %u fields for %s, got %" G_GSIZE_FORMAT,
                               node->fields->len,
                               node->name,
                               n);
      for (gsize i = 0; i < n; i++)
        sorted[i] = g_variant_get_child_value (value, i);
      return TRUE;
    }

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (value, i);
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
      const char  *name = g_variant_get_string (key, NULL);
      QsSchemaPath here = { path, name, 0 };
      guint        place =
          node->places != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (node->places, name)) : 0;

      if (place == 0)
        return qs_schema_fail (
            &here, error, UNSUPPORTED, "record %s has no such field", node->name);
      g_clear_pointer (&sorted[place - 1], g_variant_unref);
      sorted[place - 1] = g_variant_get_child_value (entry, 1);
    }

  return TRUE;
}

static gboolean
encode_record (const QsAvroNode   *node,
               GVariant           *value,
               GByteArray         *out,
               const QsSchemaPath *path,
               guint               depth,
               GError            **error)
{
  guint                 n = node->fields->len;
  g_autofree GVariant **sorted = g_new0 (GVariant *, n + 1);
  gboolean              ok = sort_fields (node, value, sorted, path, error);

  for (guint i = 0; ok && i < n; i++)
    {
      const QsAvroField *field = &g_array_index (node->fields, QsAvroField, i);
      QsSchemaPath       here = { path, field->name, 0 };

      ok = sorted[i] != NULL ? encode (field->type, sorted[i], out, &here, depth, error)
                             : encode_missing (field, out, &here, depth, error);
    }
  for (guint i = 0; i < n; i++)
    g_clear_pointer (&sorted[i], g_variant_unref);

  return ok;
}

/* Whether a float holds a double as it is. */
static gboolean
is_single (double number)
{
  return isnan (number) || (double) (float) number == number;
}

/* Whether a value is of just the kind that the branch has. */
static gboolean
is_exact (const QsAvroNode *node, GVariant *value)
{
  const char *type = value != NULL ? g_variant_get_type_string (value) : "m";

  switch ((int) node->type)
    {
    case QS_AVRO_NULL:
      return *type == 'm';

    case QS_AVRO_FLOAT:
      return *type == 'd' && is_single (g_variant_get_double (value));

    case QS_AVRO_DOUBLE:
      return *type == 'd';

    case QS_AVRO_INT:
    case QS_AVRO_LONG:
      return strchr ("ynqiuxt", *type) != NULL;

    case QS_AVRO_BYTES:
    case QS_AVRO_FIXED:
      return node->logical != QS_AVRO_DECIMAL || *type == 's';

    case QS_AVRO_ARRAY:
      return !g_str_equal (type, "ay");

    default:
      return TRUE;
    }
}

static gboolean
encode_union (const QsAvroNode   *node,
              GVariant           *value,
              GByteArray         *out,
              const QsSchemaPath *path,
              guint               depth,
              GError            **error)
{
  guint length = out->len;

  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < node->types->len; i++)
      {
        const QsAvroNode *branch = node->types->pdata[i];

        if (is_exact (branch, value) != (round == 0))
          continue;
        qs_schema_append_long (out, i);
        if (encode (branch, value, out, path, depth, NULL))
          return TRUE;
        g_byte_array_set_size (out, length);
      }

  /* Where only one branch isn't null, it knows best what is wrong. */
  for (guint i = 0; error != NULL && value != NULL && node->types->len == 2 && i < 2; i++)
    if (((QsAvroNode *) node->types->pdata[1 - i])->type == QS_AVRO_NULL)
      return encode (node->types->pdata[i], value, out, path, depth, error);

  return qs_schema_fail (
      path, error, UNSUPPORTED, "no branch of the union takes %s", qs_schema_describe (value));
}

/* What is in variants and maybes; NULL: nothing. transfer full */
static GVariant *
unbox (GVariant *value)
{
  g_autoptr (GVariant) inner = value != NULL ? g_variant_ref (value) : NULL;

  while (inner != NULL)
    {
      const char type = g_variant_get_type_string (inner)[0];
      GVariant  *next = NULL;

      if (type != 'v' && type != 'm')
        break;
      next = type == 'v' ? g_variant_get_variant (inner) : g_variant_get_maybe (inner);
      g_variant_unref (inner);
      inner = next;
    }

  return g_steal_pointer (&inner);
}

static gboolean
encode_unboxed (const QsAvroNode   *node,
                GVariant           *value,
                GByteArray         *out,
                const QsSchemaPath *path,
                guint               depth,
                GError            **error)
{
  switch (node->type)
    {
    case QS_AVRO_ARRAY:
      return encode_array (node, value, out, path, depth + 1, error);

    case QS_AVRO_MAP:
      return encode_map (node, value, out, path, depth + 1, error);

    case QS_AVRO_RECORD:
      return encode_record (node, value, out, path, depth + 1, error);

    case QS_AVRO_BOOLEAN:
    case QS_AVRO_INT:
    case QS_AVRO_LONG:
    case QS_AVRO_FLOAT:
    case QS_AVRO_DOUBLE:
    case QS_AVRO_BYTES:
    case QS_AVRO_FIXED:
    case QS_AVRO_STRING:
    case QS_AVRO_ENUM:
    case QS_AVRO_NULL:
    case QS_AVRO_UNION:
    case QS_AVRO_MISMATCH:
    default:
      return qs_avro_encode_simple (node, value, out, path, error);
    }
}

static gboolean
encode (const QsAvroNode   *node,
        GVariant           *value,
        GByteArray         *out,
        const QsSchemaPath *path,
        guint               depth,
        GError            **error)
{
  g_autoptr (GVariant) inner = unbox (value);

  if (depth > QS_SCHEMA_MAX_DEPTH)
    return qs_schema_fail (
        path, error, OUT_OF_RANGE, "more than %d values lie in each other", QS_SCHEMA_MAX_DEPTH);
  if (node->type == QS_AVRO_UNION)
    return encode_union (node, inner, out, path, depth + 1, error);
  if (inner == NULL && node->type == QS_AVRO_NULL)
    return TRUE;
  if (inner == NULL)
    return qs_avro_fail_type (node, inner, path, error);

  return encode_unboxed (node, inner, out, path, depth, error);
}

gboolean
qs_avro_encode (const QsAvroNode *node, GVariant *value, GByteArray *out, GError **error)
{
  return encode (node, value, out, NULL, 0, error);
}
