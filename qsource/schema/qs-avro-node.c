/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-avro-node-private.h"

static const char *const names[] = {
  "null",   "boolean", "int",   "long", "float", "double", "bytes",    "string",
  "record", "enum",    "array", "map",  "fixed", "union",  "mismatch",
};

static void
clear_fields (GArray *fields)
{
  for (guint i = 0; i < fields->len; i++)
    {
      QsAvroField *field = &g_array_index (fields, QsAvroField, i);

      g_free (field->name);
      g_clear_pointer (&field->fallback, g_variant_unref);
      g_clear_pointer (&field->aliases, g_ptr_array_unref);
      g_clear_pointer (&field->encoded, g_bytes_unref);
    }
  g_array_unref (fields);
}

void
qs_avro_node_free (QsAvroNode *self)
{
  g_free (self->name);
  g_clear_pointer (&self->fields, clear_fields);
  g_clear_pointer (&self->places, g_hash_table_unref);
  g_clear_pointer (&self->symbols, g_ptr_array_unref);
  g_clear_pointer (&self->types, g_ptr_array_unref);
  g_clear_pointer (&self->aliases, g_ptr_array_unref);
  g_free (self->fallback);
  g_free (self);
}

const char *
qs_avro_node_describe (const QsAvroNode *self)
{
  return self->name != NULL ? self->name : names[self->type];
}

static void
append_description (GString *text, const QsAvroNode *node, gboolean is_outer)
{
  static const char *const logical[] = {
    NULL, NULL, "date", "timestamp-millis", "timestamp-micros"
  };

  if (node->type == QS_AVRO_ARRAY || node->type == QS_AVRO_MAP)
    {
      g_string_append_printf (text, "%s of ", names[node->type]);
      append_description (text, node->types->pdata[0], FALSE);
    }
  else if (node->type == QS_AVRO_UNION && is_outer)
    for (guint i = 0; i < node->types->len; i++)
      {
        g_string_append (text, i == 0 ? "union of " : ", ");
        append_description (text, node->types->pdata[i], FALSE);
      }
  else if (node->name != NULL)
    g_string_append_printf (text, "%s %s", names[node->type], node->name);
  else
    g_string_append (text, names[node->type]);

  if (node->type == QS_AVRO_FIXED)
    g_string_append_printf (text, " of %" G_GSIZE_FORMAT " bytes", node->size);
  if (node->logical == QS_AVRO_DECIMAL)
    g_string_append_printf (text, " (decimal of scale %u)", node->scale);
  else if (node->logical != QS_AVRO_PLAIN)
    g_string_append_printf (text, " (%s)", logical[node->logical]);
}

char *
qs_avro_node_describe_full (const QsAvroNode *self)
{
  GString *text = g_string_new (NULL);

  append_description (text, self, TRUE);

  return g_string_free (text, FALSE);
}

const char *
qs_avro_type_get_name (QsAvroType type)
{
  return names[type];
}
