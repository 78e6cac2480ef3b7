/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-avro-schema-private.h"

#include <string.h>

#include "qs-avro-default-private.h"
#include "qs-json.h"
#include "qs-serialization-error.h"

struct _QsAvroSchema
{
  gatomicrefcount   ref_count;
  GPtrArray        *nodes; /* QsAvroNode; owned */
  const QsAvroNode *root;
};

/* More digits behind the point make no number. */
#define MAX_SCALE 1000

/* While a text is parsed. */
typedef struct
{
  QsAvroSchema *schema;
  GHashTable   *named; /* full name → QsAvroNode; names are the nodes' */
} Parser;

static QsAvroNode *parse_type (Parser *self, GVariant *json, const char *space, GError **error);

static gboolean fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list          args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error,
               QS_SERIALIZATION_ERROR,
               QS_SERIALIZATION_ERROR_SCHEMA,
               "Invalid Avro schema: %s",
               text);

  return FALSE;
}

static QsAvroNode *
add_node (Parser *self, QsAvroType type)
{
  QsAvroNode *node = g_new0 (QsAvroNode, 1);

  node->type = type;
  g_ptr_array_add (self->schema->nodes, node);

  return node;
}

/* The member @name of an object, unboxed; NULL: it isn't there. */
static GVariant *
dup_member (GVariant *object, const char *name)
{
  return g_variant_lookup_value (object, name, NULL);
}

static char *
dup_text (GVariant *object, const char *name)
{
  g_autoptr (GVariant) member = dup_member (object, name);

  return member != NULL && g_variant_is_of_type (member, G_VARIANT_TYPE_STRING)
             ? g_variant_dup_string (member, NULL)
             : NULL;
}

static char *
make_full_name (const char *name, const char *space)
{
  return strchr (name, '.') != NULL || space == NULL || *space == '\0'
             ? g_strdup (name)
             : g_strconcat (space, ".", name, NULL);
}

/* The names in the array 'aliases'; NULL: none. What isn't a name is ignored. transfer full */
static GPtrArray *
dup_aliases (GVariant *object)
{
  g_autoptr (GVariant) member = dup_member (object, "aliases");
  GPtrArray *aliases = NULL;
  gsize      n = 0;

  if (member == NULL || !g_variant_is_of_type (member, G_VARIANT_TYPE ("av")))
    return NULL;

  aliases = g_ptr_array_new_with_free_func (g_free);
  n = g_variant_n_children (member);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) boxed = g_variant_get_child_value (member, i);
      g_autoptr (GVariant) alias = g_variant_get_variant (boxed);

      if (g_variant_is_of_type (alias, G_VARIANT_TYPE_STRING))
        g_ptr_array_add (aliases, g_variant_dup_string (alias, NULL));
    }

  return aliases;
}

static QsAvroNode *
parse_name (Parser *self, const char *name, const char *space, GError **error)
{
  g_autofree char *full = make_full_name (name, space);
  QsAvroNode      *node = NULL;

  for (guint i = 0; i < QS_AVRO_N_PRIMITIVES; i++)
    if (g_str_equal (name, qs_avro_type_get_name ((QsAvroType) i)))
      return add_node (self, (QsAvroType) i);

  node = g_hash_table_lookup (self->named, full);
  if (node == NULL)
    node = g_hash_table_lookup (self->named, name);
  if (node == NULL)
    fail (error, "there is no type '%s' before it is used", full);

  return node;
}

static QsAvroNode *
parse_union (Parser *self, GVariant *json, const char *space, GError **error)
{
  QsAvroNode *node = add_node (self, QS_AVRO_UNION);
  gsize       n = g_variant_n_children (json);

  node->types = g_ptr_array_new ();
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) boxed = g_variant_get_child_value (json, i);
      g_autoptr (GVariant) branch = g_variant_get_variant (boxed);
      QsAvroNode *type = parse_type (self, branch, space, error);

      if (type == NULL)
        return NULL;
      if (type->type == QS_AVRO_UNION)
        return fail (error, "a union lies directly in a union"), NULL;
      g_ptr_array_add (node->types, type);
    }

  return n > 0 ? node : (fail (error, "a union has no branches"), NULL);
}

static gboolean
add_place (QsAvroNode *node, const char *name, guint place, GError **error)
{
  if (node->places == NULL)
    node->places = g_hash_table_new (g_str_hash, g_str_equal);
  if (!g_hash_table_insert (node->places, (gpointer) name, GUINT_TO_POINTER (place)))
    return fail (error, "'%s' occurs twice in '%s'", name, node->name);

  return TRUE;
}

static gboolean
parse_fields (Parser *self, QsAvroNode *node, GVariant *json, const char *space, GError **error)
{
  g_autoptr (GVariant) fields = dup_member (json, "fields");
  gsize n = 0;

  if (fields == NULL || !g_variant_is_of_type (fields, G_VARIANT_TYPE ("av")))
    return fail (error, "record '%s' has no array 'fields'", node->name);

  n = g_variant_n_children (fields);
  node->fields = g_array_sized_new (FALSE, TRUE, sizeof (QsAvroField), (guint) n);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) boxed = g_variant_get_child_value (fields, i);
      g_autoptr (GVariant) object = g_variant_get_variant (boxed);
      g_autoptr (GVariant) type = NULL;
      QsAvroField field = { 0 };

      if (!g_variant_is_of_type (object, G_VARIANT_TYPE_VARDICT) ||
          (field.name = dup_text (object, "name")) == NULL)
        return fail (error, "a field of record '%s' has no name", node->name);
      field.fallback = dup_member (object, "default");
      field.aliases = dup_aliases (object);
      g_array_append_val (node->fields, field);

      type = dup_member (object, "type");
      if (type == NULL)
        return fail (error, "field '%s' of record '%s' has no type", field.name, node->name);
      field.type = parse_type (self, type, space, error);
      if (field.type == NULL)
        return FALSE;
      g_array_index (node->fields, QsAvroField, i).type = field.type;
      if (!add_place (node, field.name, (guint) i + 1, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
parse_symbols (QsAvroNode *node, GVariant *json, GError **error)
{
  g_autoptr (GVariant) symbols = dup_member (json, "symbols");
  gsize n = 0;

  if (symbols == NULL || !g_variant_is_of_type (symbols, G_VARIANT_TYPE ("av")))
    return fail (error, "enum '%s' has no array 'symbols'", node->name);

  n = g_variant_n_children (symbols);
  node->symbols = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) boxed = g_variant_get_child_value (symbols, i);
      g_autoptr (GVariant) symbol = g_variant_get_variant (boxed);
      char *text = NULL;

      if (!g_variant_is_of_type (symbol, G_VARIANT_TYPE_STRING))
        return fail (error, "a symbol of enum '%s' is not a string", node->name);
      text = g_variant_dup_string (symbol, NULL);
      g_ptr_array_add (node->symbols, text);
      if (!add_place (node, text, (guint) i + 1, error))
        return FALSE;
    }

  node->fallback = dup_text (json, "default");
  if (node->fallback != NULL &&
      (node->places == NULL || !g_hash_table_contains (node->places, node->fallback)))
    return fail (error,
                 "the default '%s' of enum '%s' is not one of its symbols",
                 node->fallback,
                 node->name);

  return TRUE;
}

static gboolean
parse_size (QsAvroNode *node, GVariant *json, GError **error)
{
  gint64 size = -1;

  if (!g_variant_lookup (json, "size", "x", &size) || size < 0 || size > G_MAXINT32)
    return fail (error, "fixed '%s' has no size", node->name);
  node->size = (gsize) size;

  return TRUE;
}

/* A record, an enum or a fixed. */
static QsAvroNode *
parse_named (Parser *self, QsAvroType type, GVariant *json, const char *space, GError **error)
{
  QsAvroNode      *node = add_node (self, type);
  g_autofree char *name = dup_text (json, "name");
  g_autofree char *own_space = dup_text (json, "namespace");
  const char      *dot = NULL;
  gboolean         ok = FALSE;

  if (name == NULL)
    return fail (error, "a type '%s' has no name", qs_avro_type_get_name (type)), NULL;

  node->name = make_full_name (name, own_space != NULL ? own_space : space);
  if (g_hash_table_contains (self->named, node->name))
    return fail (error, "type '%s' is defined twice", node->name), NULL;
  g_hash_table_insert (self->named, node->name, node);

  node->aliases = dup_aliases (json);
  dot = strrchr (node->name, '.');
  g_free (own_space);
  own_space = dot != NULL ? g_strndup (node->name, (gsize) (dot - node->name)) : NULL;
  if (type == QS_AVRO_RECORD)
    ok = parse_fields (self, node, json, own_space, error);
  else if (type == QS_AVRO_ENUM)
    ok = parse_symbols (node, json, error);
  else
    ok = parse_size (node, json, error);

  return ok ? node : NULL;
}

static void
set_logical (QsAvroNode *node, GVariant *json)
{
  g_autofree char *logical = dup_text (json, "logicalType");
  gint64           precision = 0;
  gint64           scale = 0;
  gboolean         is_long = node->type == QS_AVRO_LONG;

  /* Ignore what is unknown or does not fit. */
  if (logical == NULL)
    return;
  if (g_str_equal (logical, "decimal") &&
      (node->type == QS_AVRO_BYTES || node->type == QS_AVRO_FIXED))
    {
      g_variant_lookup (json, "precision", "x", &precision);
      g_variant_lookup (json, "scale", "x", &scale);
      if (scale < 0 || scale > MAX_SCALE || precision < 0 || (precision > 0 && scale > precision))
        return;
      node->logical = QS_AVRO_DECIMAL;
      node->precision = (guint) MIN (precision, G_MAXINT);
      node->scale = (guint) scale;
    }
  else if (g_str_equal (logical, "date") && node->type == QS_AVRO_INT)
    node->logical = QS_AVRO_DATE;
  else if (g_str_equal (logical, "timestamp-millis") && is_long)
    node->logical = QS_AVRO_TIMESTAMP_MILLIS;
  else if (g_str_equal (logical, "timestamp-micros") && is_long)
    node->logical = QS_AVRO_TIMESTAMP_MICROS;
}

static QsAvroNode *
parse_items (Parser *self, QsAvroType type, GVariant *json, const char *space, GError **error)
{
  const char *key = type == QS_AVRO_ARRAY ? "items" : "values";
  g_autoptr (GVariant) items = dup_member (json, key);
  QsAvroNode *node = add_node (self, type);
  QsAvroNode *child = NULL;

  if (items == NULL)
    return fail (error, "a type '%s' has no '%s'", qs_avro_type_get_name (type), key), NULL;
  child = parse_type (self, items, space, error);
  if (child == NULL)
    return NULL;
  node->types = g_ptr_array_new ();
  g_ptr_array_add (node->types, child);

  return node;
}

static QsAvroNode *
parse_object (Parser *self, GVariant *json, const char *space, GError **error)
{
  g_autoptr (GVariant) type = dup_member (json, "type");
  const char *name = NULL;
  QsAvroNode *node = NULL;
  gboolean    is_reference = FALSE;

  if (type == NULL)
    return fail (error, "an object has no 'type'"), NULL;
  if (!g_variant_is_of_type (type, G_VARIANT_TYPE_STRING))
    return parse_type (self, type, space, error);

  name = g_variant_get_string (type, NULL);
  if (g_str_equal (name, "record") || g_str_equal (name, "error"))
    node = parse_named (self, QS_AVRO_RECORD, json, space, error);
  else if (g_str_equal (name, "enum"))
    node = parse_named (self, QS_AVRO_ENUM, json, space, error);
  else if (g_str_equal (name, "fixed"))
    node = parse_named (self, QS_AVRO_FIXED, json, space, error);
  else if (g_str_equal (name, "array"))
    node = parse_items (self, QS_AVRO_ARRAY, json, space, error);
  else if (g_str_equal (name, "map"))
    node = parse_items (self, QS_AVRO_MAP, json, space, error);
  else
    {
      node = parse_name (self, name, space, error);
      is_reference = node != NULL && node->type >= QS_AVRO_N_PRIMITIVES;
    }
  /* A type that was named before is what it was defined as. */
  if (node != NULL && !is_reference)
    set_logical (node, json);

  return node;
}

static QsAvroNode *
parse_type (Parser *self, GVariant *json, const char *space, GError **error)
{
  if (g_variant_is_of_type (json, G_VARIANT_TYPE_STRING))
    return parse_name (self, g_variant_get_string (json, NULL), space, error);
  if (g_variant_is_of_type (json, G_VARIANT_TYPE_VARDICT))
    return parse_object (self, json, space, error);
  if (g_variant_is_of_type (json, G_VARIANT_TYPE ("av")))
    return parse_union (self, json, space, error);

  return fail (error, "a type is neither a name, an object nor a union"), NULL;
}

/* Once all types are known. */
static void
convert_defaults (QsAvroSchema *self)
{
  for (guint i = 0; i < self->nodes->len; i++)
    {
      QsAvroNode *node = self->nodes->pdata[i];

      for (guint j = 0; node->fields != NULL && j < node->fields->len; j++)
        {
          QsAvroField *field = &g_array_index (node->fields, QsAvroField, j);
          g_autoptr (GVariant) json = g_steal_pointer (&field->fallback);

          if (json != NULL)
            field->fallback = qs_avro_default_new (field->type, json);
        }
    }
}

static QsAvroNode *
parse_text (Parser *self, const char *text, GError **error)
{
  g_autofree char *hidden = qs_avro_hide_nul (text);
  g_autoptr (GError) failure = NULL;
  g_autoptr (GVariant) json = qs_json_from_string (hidden, &failure);

  if (json == NULL)
    return fail (error, "%s", failure->message), NULL;

  return parse_type (self, json, NULL, error);
}

QsAvroSchema *
qs_avro_schema_new (const char *text, GPtrArray *parts, GError **error)
{
  g_autoptr (QsAvroSchema) schema = g_new0 (QsAvroSchema, 1);
  g_autoptr (GHashTable) named = g_hash_table_new (g_str_hash, g_str_equal);
  Parser parser = { schema, named };

  g_atomic_ref_count_init (&schema->ref_count);
  schema->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) qs_avro_node_free);

  for (guint i = 0; parts != NULL && i < parts->len; i++)
    if (parse_text (&parser, parts->pdata[i], error) == NULL)
      return NULL;
  schema->root = parse_text (&parser, text, error);
  if (schema->root == NULL)
    return NULL;

  convert_defaults (schema);

  return g_steal_pointer (&schema);
}

QsAvroSchema *
qs_avro_schema_ref (QsAvroSchema *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
qs_avro_schema_unref (QsAvroSchema *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_ptr_array_unref (self->nodes);
  g_free (self);
}

const QsAvroNode *
qs_avro_schema_get_root (QsAvroSchema *self)
{
  return self->root;
}
