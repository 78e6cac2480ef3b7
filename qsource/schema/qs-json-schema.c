/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-json-schema-private.h"

#include "qs-json.h"
#include "qs-serialization-error.h"
#include "qs-valijson-private.h"

struct _QsJsonSchema
{
  gint        n_refs;
  char       *title;    /* nullable */
  QsValijson *valijson; /* NULL: there is none here */
};

static gboolean
compile (QsJsonSchema *self, const char *text, GPtrArray *names, GPtrArray *parts, GError **error)
{
  g_autofree char *problem = NULL;

  if (!qs_valijson_open (NULL))
    return TRUE;

  self->valijson = qs_valijson_new (text, names, parts, &problem);
  if (self->valijson == NULL)
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_SCHEMA,
                   "Invalid JSON Schema: %s",
                   problem);
      return FALSE;
    }

  return TRUE;
}

/* It also bounds how deep the text is. transfer full */
static GVariant *
parse_json (const char *text, GError **error)
{
  g_autoptr (GError) failure = NULL;
  GVariant *json = qs_json_from_string (text, &failure);

  if (json == NULL)
    g_set_error (error,
                 QS_SERIALIZATION_ERROR,
                 QS_SERIALIZATION_ERROR_SCHEMA,
                 "Invalid JSON Schema: %s",
                 failure->message);

  return json;
}

QsJsonSchema *
qs_json_schema_new (const char *text, GPtrArray *names, GPtrArray *parts, GError **error)
{
  g_autoptr (QsJsonSchema) self = NULL;
  g_autoptr (GVariant) json = parse_json (text, error);

  if (json == NULL)
    return NULL;
  for (guint i = 0; parts != NULL && i < parts->len; i++)
    {
      g_autoptr (GVariant) part = parse_json (parts->pdata[i], error);

      if (part == NULL)
        return NULL;
    }
  if (!g_variant_is_of_type (json, G_VARIANT_TYPE_VARDICT) &&
      !g_variant_is_of_type (json, G_VARIANT_TYPE_BOOLEAN))
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_SCHEMA,
                   "Invalid JSON Schema: it is neither an object nor a boolean");
      return NULL;
    }

  self = g_new0 (QsJsonSchema, 1);
  self->n_refs = 1;
  if (g_variant_is_of_type (json, G_VARIANT_TYPE_VARDICT))
    g_variant_lookup (json, "title", "s", &self->title);

  return compile (self, text, names, parts, error) ? g_steal_pointer (&self) : NULL;
}

QsJsonSchema *
qs_json_schema_ref (QsJsonSchema *self)
{
  g_atomic_int_inc (&self->n_refs);

  return self;
}

void
qs_json_schema_unref (QsJsonSchema *self)
{
  if (!g_atomic_int_dec_and_test (&self->n_refs))
    return;

  g_clear_pointer (&self->valijson, qs_valijson_free);
  g_free (self->title);
  g_free (self);
}

const char *
qs_json_schema_get_title (QsJsonSchema *self)
{
  return self->title;
}

gboolean
qs_json_schema_check (QsJsonSchema *self, const char *text, gsize length, int code, GError **error)
{
  g_autofree char *problem = NULL;

  if (self->valijson == NULL)
    {
      if (qs_valijson_open (error))
        g_set_error (error,
                     QS_SERIALIZATION_ERROR,
                     QS_SERIALIZATION_ERROR_SCHEMA,
                     "The JSON Schema validator was loaded after the schema was read; make the "
                     "serializer again");
      g_prefix_error (error,
                      "Cannot check against a JSON Schema; set the serializer's 'validate' to "
                      "FALSE to do without: ");
      return FALSE;
    }

  problem = qs_valijson_check (self->valijson, text, length);
  if (problem != NULL)
    g_set_error_literal (error, QS_SERIALIZATION_ERROR, code, problem);

  return problem == NULL;
}
