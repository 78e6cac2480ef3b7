/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-avro-node-private.h"

static const char *const names[] = {
  "null",   "boolean", "int",  "long",  "float", "double", "bytes",
  "string", "record",  "enum", "array", "map",   "fixed",  "union",
};

static void
clear_fields (GArray *fields)
{
  for (guint i = 0; i < fields->len; i++)
    {
      QsAvroField *field = &g_array_index (fields, QsAvroField, i);

      g_free (field->name);
      g_clear_pointer (&field->fallback, g_variant_unref);
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
  g_free (self);
}

const char *
qs_avro_node_describe (const QsAvroNode *self)
{
  return self->name != NULL ? self->name : names[self->type];
}

const char *
qs_avro_type_get_name (QsAvroType type)
{
  return names[type];
}
