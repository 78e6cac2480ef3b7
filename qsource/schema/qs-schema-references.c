/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-schema-references-private.h"

#include "qs-serialization-error.h"

/* Limits the number of referenced schemas, and so their depth. */
#define MAX_REFERENCES 1000

/* The references of an answer or a user. */
typedef struct
{
  GPtrArray  *names;
  GPtrArray  *parts;
  GHashTable *seen; /* names; owned by names, or by the caller */
  const char *what;
  gint64      deadline;
} Collection;

static gboolean
collect (const QsSchemaAsked *asked, Collection *collection, GVariant *references, GError **error);

/* [{"name":, "subject":, "version":}, …] as a(ssi); transfer full. */
GVariant *
qs_schema_references_read (GVariant *json)
{
  GVariantBuilder builder;
  g_autoptr (GVariant) list = g_variant_lookup_value (json, "references", G_VARIANT_TYPE ("av"));
  gsize n = list != NULL ? g_variant_n_children (list) : 0;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ssi)"));
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) boxed = g_variant_get_child_value (list, i);
      g_autoptr (GVariant) item = g_variant_get_variant (boxed);
      const char *name = "";
      const char *subject = "";
      gint64      version = -1;

      if (!g_variant_is_of_type (item, G_VARIANT_TYPE_VARDICT))
        continue;
      g_variant_lookup (item, "name", "&s", &name);
      g_variant_lookup (item, "subject", "&s", &subject);
      g_variant_lookup (item, "version", "x", &version);
      g_variant_builder_add (
          &builder, "(ssi)", name, subject, (gint32) CLAMP (version, -1, G_MAXINT32));
    }

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

char *
qs_schema_references_make_path (const char *subject, int version)
{
  g_autofree char *escaped = g_uri_escape_string (subject, NULL, FALSE);

  return version < 0 ? g_strdup_printf ("/subjects/%s/versions/latest", escaped)
                     : g_strdup_printf ("/subjects/%s/versions/%d", escaped, version);
}

/* One that is referred to, after those to which it refers. */
static gboolean
collect_one (const QsSchemaAsked *asked,
             Collection          *collection,
             const char          *name,
             const char          *subject,
             int                  version,
             GError             **error)
{
  g_autofree char *path = qs_schema_references_make_path (subject, version);
  g_autofree char *what =
      g_strdup_printf ("%s, which refers to '%s' of subject '%s'", collection->what, name, subject);
  g_autoptr (GVariant) json = NULL;
  g_autoptr (GVariant) references = NULL;
  char *text = NULL;

  if (g_hash_table_contains (collection->seen, name))
    return TRUE;
  if (g_hash_table_size (collection->seen) == MAX_REFERENCES)
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_REGISTRY,
                   "Cannot %s: it refers to more than %d schemas",
                   collection->what,
                   MAX_REFERENCES);
      return FALSE;
    }
  g_hash_table_add (collection->seen, g_strdup (name));

  json = qs_schema_ask (asked, path, NULL, what, collection->deadline, error);
  if (json == NULL)
    return FALSE;
  if (!g_variant_lookup (json, "schema", "s", &text))
    return qs_schema_fail_answer (error, what, "text 'schema'");

  references = qs_schema_references_read (json);
  if (!collect (asked, collection, references, error))
    {
      g_free (text);
      return FALSE;
    }
  g_ptr_array_add (collection->names, g_strdup (name));
  g_ptr_array_add (collection->parts, text);

  return TRUE;
}

static gboolean
collect (const QsSchemaAsked *asked, Collection *collection, GVariant *references, GError **error)
{
  gsize n = references != NULL ? g_variant_n_children (references) : 0;

  for (gsize i = 0; i < n; i++)
    {
      const char *name = NULL;
      const char *subject = NULL;
      int         version = -1;

      g_variant_get_child (references, i, "(&s&si)", &name, &subject, &version);
      if (!collect_one (asked, collection, name, subject, version, error))
        return FALSE;
    }

  return TRUE;
}

GVariant *
qs_schema_references_to_json (GVariant *references)
{
  GVariantBuilder builder;
  gsize           n = g_variant_n_children (references);

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < n; i++)
    {
      const char *name = NULL;
      const char *subject = NULL;
      int         version = -1;

      g_variant_get_child (references, i, "(&s&si)", &name, &subject, &version);
      g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&builder, "{sv}", "name", g_variant_new_string (name));
      g_variant_builder_add (&builder, "{sv}", "subject", g_variant_new_string (subject));
      g_variant_builder_add (&builder, "{sv}", "version", g_variant_new_int32 (version));
      g_variant_builder_close (&builder);
    }

  return g_variant_builder_end (&builder);
}

QsSchemaText *
qs_schema_references_complete (const QsSchemaAsked *asked,
                               const char          *text,
                               GVariant            *references,
                               const char          *what,
                               gint64               deadline,
                               GError             **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Collection collection = { names, parts, seen, what, deadline };

  if (!collect (asked, &collection, references, error))
    return NULL;

  return qs_schema_text_new (text, g_steal_pointer (&names), g_steal_pointer (&parts));
}
