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

/* While a value is written. */
typedef struct
{
  GByteArray *out;
  guint       n_failures; /* of branches that hold others */
  GHashTable *choices;    /* Choice as a set; owned; NULL: there were few failures */
  GHashTable *children;   /* Child as a set; owned, together with the choices */
} Encoder;

static gboolean encode (Encoder            *self,
                        const QsAvroNode   *node,
                        GVariant           *value,
                        const QsSchemaPath *path,
                        guint               depth,
                        GError            **error);

/* -------- what was tried -------- */

/* Unions in each other, each of which has records that look alike, would be tried in as many
 * ways as there are branches to the power of the depth. So after some failures each value
 * keeps which branch takes it: then each is tried once. */
#define MAX_FAILURES 16

/* The branch of a union that takes a value; -1: none. */
typedef struct
{
  const QsAvroNode *node;
  GVariant         *value; /* owned: its address stays its own; NULL: nothing */
  int               branch;
} Choice;

/* A value in another one, so that it is the same variant each time. */
typedef struct
{
  GVariant *parent; /* owned */
  gsize     index;
  GVariant *child; /* owned */
} Child;

static guint
hash_choice (gconstpointer data)
{
  const Choice *choice = data;

  return g_direct_hash (choice->node) * 31 + g_direct_hash (choice->value);
}

static gboolean
are_choices_equal (gconstpointer a, gconstpointer b)
{
  const Choice *one = a;
  const Choice *other = b;

  return one->node == other->node && one->value == other->value;
}

static void
free_choice (gpointer data)
{
  Choice *choice = data;

  g_clear_pointer (&choice->value, g_variant_unref);
  g_free (choice);
}

static guint
hash_child (gconstpointer data)
{
  const Child *child = data;

  return g_direct_hash (child->parent) * 31 + (guint) child->index;
}

static gboolean
are_children_equal (gconstpointer a, gconstpointer b)
{
  const Child *one = a;
  const Child *other = b;

  return one->parent == other->parent && one->index == other->index;
}

static void
free_child (gpointer data)
{
  Child *child = data;

  g_variant_unref (child->parent);
  g_variant_unref (child->child);
  g_free (child);
}

static void
begin_to_remember (Encoder *self)
{
  self->choices = g_hash_table_new_full (hash_choice, are_choices_equal, free_choice, NULL);
  self->children = g_hash_table_new_full (hash_child, are_children_equal, free_child, NULL);
}

static gboolean
find_choice (Encoder *self, const QsAvroNode *node, GVariant *value, int *branch)
{
  const Choice  wish = { node, value, 0 };
  const Choice *choice = NULL;

  if (self->choices != NULL)
    choice = g_hash_table_lookup (self->choices, &wish);
  if (choice != NULL)
    *branch = choice->branch;

  return choice != NULL;
}

static void
remember_choice (Encoder *self, const QsAvroNode *node, GVariant *value, int branch)
{
  Choice *choice = NULL;

  if (self->choices == NULL)
    return;

  choice = g_new (Choice, 1);
  *choice = (Choice){ node, value != NULL ? g_variant_ref (value) : NULL, branch };
  g_hash_table_add (self->choices, choice);
}

/* transfer full */
static GVariant *
get_child (Encoder *self, GVariant *parent, gsize index)
{
  const Child wish = { parent, index, NULL };
  Child      *child = NULL;

  if (self->children == NULL)
    return g_variant_get_child_value (parent, index);

  child = g_hash_table_lookup (self->children, &wish);
  if (child == NULL)
    {
      child = g_new (Child, 1);
      *child = (Child){ g_variant_ref (parent), index, g_variant_get_child_value (parent, index) };
      g_hash_table_add (self->children, child);
    }

  return g_variant_ref (child->child);
}

/* -------- what holds others -------- */

static gboolean
encode_array (Encoder            *self,
              const QsAvroNode   *node,
              GVariant           *value,
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
    qs_schema_append_long (self->out, (gint64) n);
  for (gsize i = 0; i < n; i++)
    {
      QsSchemaPath here = { path, NULL, i };
      g_autoptr (GVariant) item = get_child (self, value, i);

      if (!encode (self, node->types->pdata[0], item, &here, depth, error))
        return FALSE;
    }
  qs_schema_append_long (self->out, 0);

  return TRUE;
}

static gboolean
is_object (GVariant *value)
{
  const char *type = g_variant_get_type_string (value);

  return type[0] == 'a' && type[1] == '{' && strchr ("sog", type[2]) != NULL;
}

static gboolean
encode_map (Encoder            *self,
            const QsAvroNode   *node,
            GVariant           *value,
            const QsSchemaPath *path,
            guint               depth,
            GError            **error)
{
  gsize n = 0;

  if (!is_object (value))
    return qs_avro_fail_type (node, value, path, error);

  n = g_variant_n_children (value);
  if (n > 0)
    qs_schema_append_long (self->out, (gint64) n);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = get_child (self, value, i);
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) item = get_child (self, entry, 1);
      gsize        length = 0;
      const char  *name = g_variant_get_string (key, &length);
      QsSchemaPath here = { path, name, 0 };

      qs_avro_append_bytes (self->out, name, length);
      if (!encode (self, node->types->pdata[0], item, &here, depth, error))
        return FALSE;
    }
  qs_schema_append_long (self->out, 0);

  return TRUE;
}

/* A field that the value doesn't have. */
static gboolean
encode_missing (Encoder            *self,
                const QsAvroField  *field,
                const QsSchemaPath *path,
                guint               depth,
                GError            **error)
{
  const QsAvroNode *type = field->type;

  if (field->fallback != NULL)
    return encode (self, type, field->fallback, path, depth, error);
  if (encode (self, type, NULL, path, depth, NULL))
    return TRUE;

  return qs_schema_fail (
      path, error, UNSUPPORTED, "is missing, and the schema has no default for it");
}

/* The values of @value by the numbers of fields; NULL for those that are missing. */
static gboolean
sort_fields (Encoder            *self,
             const QsAvroNode   *node,
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
                               "expected %u fields for %s, got %" G_GSIZE_FORMAT,
                               node->fields->len,
                               node->name,
                               n);
      for (gsize i = 0; i < n; i++)
        sorted[i] = get_child (self, value, i);
      return TRUE;
    }

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = get_child (self, value, i);
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
      const char  *name = g_variant_get_string (key, NULL);
      QsSchemaPath here = { path, name, 0 };
      guint        place =
          node->places != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (node->places, name)) : 0;

      if (place == 0)
        return qs_schema_fail (
            &here, error, UNSUPPORTED, "record %s has no such field", node->name);
      g_clear_pointer (&sorted[place - 1], g_variant_unref);
      sorted[place - 1] = get_child (self, entry, 1);
    }

  return TRUE;
}

static gboolean
encode_record (Encoder            *self,
               const QsAvroNode   *node,
               GVariant           *value,
               const QsSchemaPath *path,
               guint               depth,
               GError            **error)
{
  guint                 n = node->fields->len;
  g_autofree GVariant **sorted = g_new0 (GVariant *, n + 1);
  gboolean              ok = sort_fields (self, node, value, sorted, path, error);

  for (guint i = 0; ok && i < n; i++)
    {
      const QsAvroField *field = &g_array_index (node->fields, QsAvroField, i);
      QsSchemaPath       here = { path, field->name, 0 };

      ok = sorted[i] != NULL ? encode (self, field->type, sorted[i], &here, depth, error)
                             : encode_missing (self, field, &here, depth, error);
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
holds_others (const QsAvroNode *node)
{
  return node->type == QS_AVRO_RECORD || node->type == QS_AVRO_ARRAY || node->type == QS_AVRO_MAP;
}

/* Writes @value by the branch; nothing if it doesn't take it. */
static gboolean
try_branch (Encoder            *self,
            const QsAvroNode   *node,
            guint               branch,
            GVariant           *value,
            const QsSchemaPath *path,
            guint               depth,
            GError            **error)
{
  const QsAvroNode *type = node->types->pdata[branch];
  guint             length = self->out->len;

  qs_schema_append_long (self->out, branch);
  if (encode (self, type, value, path, depth, error))
    return TRUE;

  g_byte_array_set_size (self->out, length);
  if (holds_others (type) && ++self->n_failures == MAX_FAILURES)
    begin_to_remember (self);

  return FALSE;
}

/* The first branch that takes @value, which is then written; -1: none. */
static int
choose_branch (Encoder            *self,
               const QsAvroNode   *node,
               GVariant           *value,
               const QsSchemaPath *path,
               guint               depth,
               GError            **error)
{
  /* If only one branch is not null, its error is the most useful one. */
  gboolean is_optional = error != NULL && value != NULL && node->types->len == 2;

  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < node->types->len; i++)
      {
        GError **wish = NULL;

        if (is_exact (node->types->pdata[i], value) != (round == 0))
          continue;
        if (is_optional && ((QsAvroNode *) node->types->pdata[1 - i])->type == QS_AVRO_NULL)
          wish = error;
        if (try_branch (self, node, i, value, path, depth, wish))
          return (int) i;
      }

  return -1;
}

static gboolean
encode_union (Encoder            *self,
              const QsAvroNode   *node,
              GVariant           *value,
              const QsSchemaPath *path,
              guint               depth,
              GError            **error)
{
  g_autoptr (GError) failure = NULL;
  int branch = -1;

  if (find_choice (self, node, value, &branch))
    {
      if (branch >= 0)
        return try_branch (self, node, (guint) branch, value, path, depth, error);
    }
  else
    {
      branch = choose_branch (self, node, value, path, depth, error != NULL ? &failure : NULL);
      remember_choice (self, node, value, branch);
    }

  if (branch >= 0)
    return TRUE;
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  return qs_schema_fail (
      path, error, UNSUPPORTED, "no branch of the union accepts %s", qs_schema_describe (value));
}

/* Unpacks variants and maybes; NULL: nothing. transfer full */
static GVariant *
unbox (Encoder *self, GVariant *value)
{
  g_autoptr (GVariant) inner = value != NULL ? g_variant_ref (value) : NULL;

  while (inner != NULL)
    {
      const char type = g_variant_get_type_string (inner)[0];
      GVariant  *next = NULL;

      if (type != 'v' && type != 'm')
        break;
      next = type == 'v' || g_variant_n_children (inner) > 0 ? get_child (self, inner, 0) : NULL;
      g_variant_unref (inner);
      inner = next;
    }

  return g_steal_pointer (&inner);
}

static gboolean
encode_unboxed (Encoder            *self,
                const QsAvroNode   *node,
                GVariant           *value,
                const QsSchemaPath *path,
                guint               depth,
                GError            **error)
{
  switch (node->type)
    {
    case QS_AVRO_ARRAY:
      return encode_array (self, node, value, path, depth + 1, error);

    case QS_AVRO_MAP:
      return encode_map (self, node, value, path, depth + 1, error);

    case QS_AVRO_RECORD:
      return encode_record (self, node, value, path, depth + 1, error);

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
      return qs_avro_encode_simple (node, value, self->out, path, error);
    }
}

static gboolean
encode (Encoder            *self,
        const QsAvroNode   *node,
        GVariant           *value,
        const QsSchemaPath *path,
        guint               depth,
        GError            **error)
{
  g_autoptr (GVariant) inner = unbox (self, value);

  if (depth > QS_SCHEMA_MAX_DEPTH)
    return qs_schema_fail (
        path, error, OUT_OF_RANGE, "values are nested more than %d deep", QS_SCHEMA_MAX_DEPTH);
  if (node->type == QS_AVRO_UNION)
    return encode_union (self, node, inner, path, depth + 1, error);
  if (inner == NULL && node->type == QS_AVRO_NULL)
    return TRUE;
  if (inner == NULL)
    return qs_avro_fail_type (node, inner, path, error);

  return encode_unboxed (self, node, inner, path, depth, error);
}

gboolean
qs_avro_encode (const QsAvroNode *node, GVariant *value, GByteArray *out, GError **error)
{
  Encoder  self = { out, 0, NULL, NULL };
  gboolean ok = encode (&self, node, value, NULL, 0, error);

  g_clear_pointer (&self.choices, g_hash_table_unref);
  g_clear_pointer (&self.children, g_hash_table_unref);

  return ok;
}
