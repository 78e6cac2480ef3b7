/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-avro-codec-private.h"

#include <string.h>

#include "qs-avro-decimal-private.h"
#include "qs-serialization-error.h"

#define INVALID QS_SERIALIZATION_ERROR_INVALID_DATA

/* Items that take no bytes: so many of them at most. */
#define MAX_EMPTY_ITEMS 100000

/* Limits the depth to which skipped values can be nested. */
#define MAX_SKIPPED_DEPTH 1000

typedef struct
{
  const guint8 *pos;
  const guint8 *end;
  gsize         n_empty_items;
} Reader;

static GVariant *decode (Reader             *self,
                         const QsAvroNode   *node,
                         const QsSchemaPath *path,
                         guint               depth,
                         GError            **error);
static gboolean
skip (Reader *self, const QsAvroNode *node, const QsSchemaPath *path, guint depth, GError **error);

static gsize
get_rest (Reader *self)
{
  return (gsize) (self->end - self->pos);
}

static GVariant *
fail (const QsSchemaPath *path, GError **error, const char *text)
{
  qs_schema_fail (path, error, INVALID, "%s", text);
  return NULL;
}

static gboolean
read_long (Reader *self, gint64 *number, const QsSchemaPath *path, GError **error)
{
  guint64 bits = 0;

  for (guint shift = 0; shift < 70 && self->pos < self->end; shift += 7)
    {
      guint8 byte = *self->pos++;

      if (shift == 63 && byte > 1)
        break;
      bits |= (guint64) (byte & 0x7f) << shift;
      if (byte < 0x80)
        {
          *number = (gint64) (bits >> 1) ^ -(gint64) (bits & 1);
          return TRUE;
        }
    }

  return qs_schema_fail (path,
                         error,
                         INVALID,
                         self->pos == self->end ? "the bytes end in a number"
                                                : "a number has more than 64 bits");
}

/* @data is in what is read. */
static gboolean
read_bytes (Reader             *self,
            const guint8      **data,
            gsize              *length,
            const QsSchemaPath *path,
            GError            **error)
{
  gint64 size = 0;

  if (!read_long (self, &size, path, error))
    return FALSE;
  if (size < 0 || (guint64) size > get_rest (self))
    return qs_schema_fail (path,
                           error,
                           INVALID,
                           "a length of %" G_GINT64_FORMAT " with %" G_GSIZE_FORMAT " bytes left",
                           size,
                           get_rest (self));

  *data = self->pos;
  *length = (gsize) size;
  self->pos += size;

  return TRUE;
}

static GVariant *
decode_integer (Reader *self, const QsAvroNode *node, const QsSchemaPath *path, GError **error)
{
  gint64 number = 0;

  if (!read_long (self, &number, path, error))
    return NULL;
  if (node->type == QS_AVRO_INT && number != (gint32) number)
    return fail (path, error, "an int has more than 32 bits");

  return node->promotion == QS_AVRO_AS_REAL ? g_variant_new_double ((double) number)
                                            : g_variant_new_int64 (number);
}

static GVariant *
decode_real (Reader *self, const QsAvroNode *node, const QsSchemaPath *path, GError **error)
{
  gsize   size = node->type == QS_AVRO_FLOAT ? 4 : 8;
  guint32 bits32 = 0;
  guint64 bits64 = 0;
  float   single = 0;
  double  number = 0;

  if (get_rest (self) < size)
    return fail (path, error, "the bytes end in a number");

  if (size == 4)
    {
      memcpy (&bits32, self->pos, 4);
      bits32 = GUINT32_FROM_LE (bits32);
      memcpy (&single, &bits32, 4);
      number = (double) single;
    }
  else
    {
      memcpy (&bits64, self->pos, 8);
      bits64 = GUINT64_FROM_LE (bits64);
      memcpy (&number, &bits64, 8);
    }
  self->pos += size;

  return g_variant_new_double (number);
}

static GVariant *
new_string (const guint8 *data, gsize length, const QsSchemaPath *path, GError **error)
{
  if (!g_utf8_validate_len ((const char *) data, length, NULL))
    return fail (path, error, "a string is not UTF-8, or has a NUL, which a GVariant cannot hold");

  return g_variant_new_take_string (g_strndup ((const char *) data, length));
}

static GVariant *
decode_bytes (Reader *self, const QsAvroNode *node, const QsSchemaPath *path, GError **error)
{
  const guint8 *data = self->pos;
  gsize         length = node->size;

  if (node->type == QS_AVRO_FIXED)
    {
      if (get_rest (self) < length)
        return fail (path, error, "the bytes end in a fixed");
      self->pos += length;
    }
  else if (!read_bytes (self, &data, &length, path, error))
    return NULL;

  if (node->promotion == QS_AVRO_AS_STRING ||
      (node->type == QS_AVRO_STRING && node->promotion != QS_AVRO_AS_BYTES))
    return new_string (data, length, path, error);
  if (node->logical == QS_AVRO_DECIMAL)
    return g_variant_new_take_string (qs_avro_decimal_format (data, length, node->scale));

  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, length, 1);
}

/* Reads a number and returns the node's child or symbol with it. */
static gboolean
read_place (Reader *self, guint n, gint64 *place, const QsSchemaPath *path, GError **error)
{
  if (!read_long (self, place, path, error))
    return FALSE;
  if (*place < 0 || *place >= n)
    return qs_schema_fail (
        path, error, INVALID, "there is no branch or symbol %" G_GINT64_FORMAT, *place);

  return TRUE;
}

/* How many items come next; 0: no more. @size: of how many bytes they are; -1: unknown. */
static gboolean
read_count (Reader *self, gint64 *count, gint64 *size, const QsSchemaPath *path, GError **error)
{
  *size = -1;
  if (!read_long (self, count, path, error))
    return FALSE;
  if (*count == G_MININT64)
    return qs_schema_fail (path, error, INVALID, "a block has no such number of items");
  if (*count < 0)
    {
      *count = -*count;
      return read_long (self, size, path, error);
    }

  return TRUE;
}

/* An item of an array, or an entry of a map; NULL: an error. */
static GVariant *
decode_item (Reader             *self,
             const QsAvroNode   *node,
             gsize               index,
             const QsSchemaPath *path,
             guint               depth,
             GError            **error)
{
  QsSchemaPath  here = { path, NULL, index };
  const guint8 *data = NULL;
  gsize         length = 0;
  GVariant     *item = NULL;
  g_autoptr (GVariant) key = NULL;

  if (node->type == QS_AVRO_ARRAY)
    {
      item = decode (self, node->types->pdata[0], &here, depth, error);
      return item != NULL ? g_variant_new_variant (item) : NULL;
    }

  if (!read_bytes (self, &data, &length, &here, error))
    return NULL;
  key = new_string (data, length, &here, error);
  if (key == NULL)
    return NULL;

  g_variant_ref_sink (key);
  here.name = g_variant_get_string (key, NULL);
  item = decode (self, node->types->pdata[0], &here, depth, error);

  return item != NULL ? g_variant_new_dict_entry (key, g_variant_new_variant (item)) : NULL;
}

static GVariant *
decode_items (Reader             *self,
              const QsAvroNode   *node,
              const QsSchemaPath *path,
              guint               depth,
              GError            **error)
{
  g_auto (GVariantBuilder) builder;
  gint64 count = 0;
  gint64 size = 0;
  gsize  index = 0;

  g_variant_builder_init (
      &builder, node->type == QS_AVRO_MAP ? G_VARIANT_TYPE_VARDICT : G_VARIANT_TYPE ("av"));
  do
    {
      if (!read_count (self, &count, &size, path, error))
        return NULL;
      for (gint64 i = 0; i < count; i++)
        {
          const guint8 *before = self->pos;
          GVariant     *item = decode_item (self, node, index++, path, depth, error);

          if (item == NULL)
            return NULL;
          g_variant_builder_add_value (&builder, item);
          if (self->pos == before && ++self->n_empty_items > MAX_EMPTY_ITEMS)
            return fail (path, error, "too many items that take no bytes");
        }
    }
  while (count > 0);

  return g_variant_builder_end (&builder);
}

static gboolean
skip_bytes (Reader *self, guint64 size, const QsSchemaPath *path, GError **error)
{
  if (size > get_rest (self))
    return qs_schema_fail (path, error, INVALID, "the bytes end in a value");
  self->pos += size;

  return TRUE;
}

static gboolean
skip_items (Reader             *self,
            const QsAvroNode   *node,
            const QsSchemaPath *path,
            guint               depth,
            GError            **error)
{
  const guint8 *data = NULL;
  gsize         length = 0;
  gint64        count = 0;
  gint64        size = 0;

  do
    {
      if (!read_count (self, &count, &size, path, error) ||
          (size >= 0 && !skip_bytes (self, (guint64) size, path, error)))
        return FALSE;
      for (gint64 i = 0; size < 0 && i < count; i++)
        {
          const guint8 *before = self->pos;

          if ((node->type == QS_AVRO_MAP && !read_bytes (self, &data, &length, path, error)) ||
              !skip (self, node->types->pdata[0], path, depth, error))
            return FALSE;
          if (self->pos == before && ++self->n_empty_items > MAX_EMPTY_ITEMS)
            return qs_schema_fail (path, error, INVALID, "too many items that take no bytes");
        }
    }
  while (count > 0);

  return TRUE;
}

/* Skips a value that contains others. */
static gboolean
skip_container (Reader             *self,
                const QsAvroNode   *node,
                const QsSchemaPath *path,
                guint               depth,
                GError            **error)
{
  gint64 place = 0;

  if (depth > MAX_SKIPPED_DEPTH)
    return qs_schema_fail (path, error, INVALID, "values are nested too deeply");
  if (node->type == QS_AVRO_ARRAY || node->type == QS_AVRO_MAP)
    return skip_items (self, node, path, depth, error);
  if (node->type == QS_AVRO_UNION)
    return read_place (self, node->types->len, &place, path, error) &&
           skip (self, node->types->pdata[place], path, depth, error);

  for (guint i = 0; i < node->fields->len; i++)
    if (!skip (self, g_array_index (node->fields, QsAvroField, i).type, path, depth, error))
      return FALSE;

  return TRUE;
}

/* Passes over a value, which isn't looked at more than that takes. */
static gboolean
skip (Reader *self, const QsAvroNode *node, const QsSchemaPath *path, guint depth, GError **error)
{
  const guint8 *data = NULL;
  gsize         length = 0;
  gint64        number = 0;

  switch (node->type)
    {
    case QS_AVRO_NULL:
      return TRUE;

    case QS_AVRO_BOOLEAN:
      return skip_bytes (self, 1, path, error);

    case QS_AVRO_INT:
    case QS_AVRO_LONG:
    case QS_AVRO_ENUM:
      return read_long (self, &number, path, error);

    case QS_AVRO_FLOAT:
      return skip_bytes (self, 4, path, error);

    case QS_AVRO_DOUBLE:
      return skip_bytes (self, 8, path, error);

    case QS_AVRO_FIXED:
      return skip_bytes (self, node->size, path, error);

    case QS_AVRO_BYTES:
    case QS_AVRO_STRING:
      return read_bytes (self, &data, &length, path, error);

    case QS_AVRO_ARRAY:
    case QS_AVRO_MAP:
    case QS_AVRO_RECORD:
    case QS_AVRO_UNION:
    case QS_AVRO_MISMATCH:
    default:
      return skip_container (self, node, path, depth + 1, error);
    }
}

/* A field that isn't written, but has a default. */
static GVariant *
decode_default (const QsAvroField *field, const QsSchemaPath *path, guint depth, GError **error)
{
  gsize         length = 0;
  const guint8 *data = g_bytes_get_data (field->encoded, &length);
  Reader        reader = { data, data + length, 0 };

  return decode (&reader, field->type, path, depth, error);
}

static GVariant *
decode_record (Reader             *self,
               const QsAvroNode   *node,
               const QsSchemaPath *path,
               guint               depth,
               GError            **error)
{
  g_auto (GVariantBuilder) builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < node->fields->len; i++)
    {
      const QsAvroField *field = &g_array_index (node->fields, QsAvroField, i);
      QsSchemaPath       here = { path, field->name, 0 };
      GVariant          *value = NULL;

      if (field->is_skipped)
        {
          if (!skip (self, field->type, &here, depth, error))
            return NULL;
          continue;
        }
      value = field->encoded != NULL ? decode_default (field, &here, depth, error)
                                     : decode (self, field->type, &here, depth, error);
      if (value == NULL)
        return NULL;
      g_variant_builder_add (&builder, "{sv}", field->name, value);
    }

  return g_variant_builder_end (&builder);
}

static GVariant *
decode_choice (Reader             *self,
               const QsAvroNode   *node,
               const QsSchemaPath *path,
               guint               depth,
               GError            **error)
{
  gboolean is_union = node->type == QS_AVRO_UNION;
  gint64   place = 0;

  if (!read_place (self, is_union ? node->types->len : node->symbols->len, &place, path, error))
    return NULL;
  if (is_union)
    return decode (self, node->types->pdata[place], path, depth, error);

  if (node->symbols->pdata[place] == NULL)
    {
      qs_schema_fail (path,
                      error,
                      INVALID,
                      "enum %s has no '%s', which was written, and no default",
                      node->name,
                      (const char *) node->written->symbols->pdata[place]);
      return NULL;
    }

  return g_variant_new_string (node->symbols->pdata[place]);
}

static GVariant *
decode_boolean (Reader *self, const QsSchemaPath *path, GError **error)
{
  if (self->pos == self->end)
    return fail (path, error, "the bytes end in a boolean");
  if (*self->pos > 1)
    return fail (path, error, "a boolean is neither 0 nor 1");

  return g_variant_new_boolean (*self->pos++ == 1);
}

/* Floating. */
static GVariant *
decode (Reader *self, const QsAvroNode *node, const QsSchemaPath *path, guint depth, GError **error)
{
  /* So much of a GVariant can be read: see QS_JSON_MAX_DEPTH. */
  if (depth > QS_SCHEMA_MAX_DEPTH / 2)
    return fail (path, error, "values are nested too deeply");

  switch (node->type)
    {
    case QS_AVRO_NULL:
      return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);

    case QS_AVRO_BOOLEAN:
      return decode_boolean (self, path, error);

    case QS_AVRO_INT:
    case QS_AVRO_LONG:
      return decode_integer (self, node, path, error);

    case QS_AVRO_FLOAT:
    case QS_AVRO_DOUBLE:
      return decode_real (self, node, path, error);

    case QS_AVRO_BYTES:
    case QS_AVRO_STRING:
    case QS_AVRO_FIXED:
      return decode_bytes (self, node, path, error);

    case QS_AVRO_ARRAY:
    case QS_AVRO_MAP:
      return decode_items (self, node, path, depth + 1, error);

    case QS_AVRO_RECORD:
      return decode_record (self, node, path, depth + 1, error);

    case QS_AVRO_MISMATCH:
      return fail (path, error, node->reason);

    case QS_AVRO_ENUM:
    case QS_AVRO_UNION:
    default:
      return decode_choice (self, node, path, depth + 1, error);
    }
}

GVariant *
qs_avro_decode (const QsAvroNode *node, const guint8 *data, gsize length, GError **error)
{
  Reader self = { data, data + length, 0 };
  g_autoptr (GVariant) value = decode (&self, node, NULL, 0, error);

  if (value == NULL)
    return NULL;

  g_variant_ref_sink (value);
  if (self.pos != self.end)
    {
      qs_schema_fail (NULL, error, INVALID, "%" G_GSIZE_FORMAT " bytes too many", get_rest (&self));
      return NULL;
    }

  return g_steal_pointer (&value);
}
