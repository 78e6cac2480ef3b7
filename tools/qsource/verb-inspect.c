/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qsc-script.h"
#include "qsc-text.h"
#include "qsc.h"

/* Where what stands beside a property, or a type, begins. */
#define PROPERTY_COLUMN 24
#define TYPE_COLUMN 12

static const char *
get_text (GVariant *dict, const char *key)
{
  const char *text = NULL;

  g_variant_lookup (dict, key, "&s", &text);

  return text;
}

static void
print_property (GVariant *property)
{
  const char      *blurb = get_text (property, "description");
  const char      *range = get_text (property, "range");
  const char      *value = get_text (property, "default-text");
  gboolean         is_writable = qsc_property_is_writable (property);
  gboolean         is_construct_only = FALSE;
  g_autofree char *about = NULL;
  g_autofree char *name = NULL;

  g_variant_lookup (property, "construct-only", "b", &is_construct_only);
  about = g_strconcat (get_text (property, "kind"),
                       range != NULL ? " " : "",
                       range != NULL ? range : "",
                       !is_writable    ? ", read-only"
                       : value != NULL ? ", default "
                                       : ", unset by default",
                       is_writable && value != NULL ? value : "",
                       is_construct_only ? ", only at construction" : "",
                       NULL);
  name = g_strconcat ("  ", get_text (property, "name"), NULL);
  qsc_text_print_entry (name, blurb != NULL ? blurb : "", PROPERTY_COLUMN);
  qsc_text_print_entry ("", about, PROPERTY_COLUMN);
}

static void
print_hierarchy (GVariant *description)
{
  g_autofree const char **chain = NULL;
  guint                   depth = 0;

  g_variant_lookup (description, "hierarchy", "^a&s", &chain);
  depth = g_strv_length ((char **) chain);
  for (guint i = 0; i < depth; i++)
    g_print ("%*s%s%s\n",
             i == 0 ? 2 : (int) (2 + (i - 1) * 3),
             "",
             i > 0 ? "└─ " : "",
             chain[depth - 1 - i]);
}

static void
print_properties (GVariant *description)
{
  g_autoptr (GVariant) properties =
      g_variant_lookup_value (description, "properties", G_VARIANT_TYPE ("aa{sv}"));
  g_autofree char *owner = NULL;

  for (gsize i = 0; i < g_variant_n_children (properties); i++)
    {
      g_autoptr (GVariant) property = g_variant_get_child_value (properties, i);

      if (g_strcmp0 (owner, get_text (property, "owner")) != 0)
        g_print ("\nProperties of %s\n", get_text (property, "owner"));
      g_free (owner);
      owner = g_strdup (get_text (property, "owner"));
      print_property (property);
    }
}

static void
print_signals (GVariant *description)
{
  g_autoptr (GVariant) signals =
      g_variant_lookup_value (description, "signals", G_VARIANT_TYPE ("aa{sv}"));

  g_print ("\nSignals\n");
  for (gsize i = 0; i < g_variant_n_children (signals); i++)
    {
      g_autoptr (GVariant) signal = g_variant_get_child_value (signals, i);

      g_print ("  %s (of %s)\n", get_text (signal, "name"), get_text (signal, "owner"));
    }
}

static void
print_type (const char *name, GVariant *description)
{
  g_print ("%s (%s)\n", name, get_text (description, "class"));
  if (get_text (description, "summary") != NULL)
    qsc_text_print_entry ("", get_text (description, "summary"), 2);
  if (get_text (description, "promise") != NULL)
    {
      g_print ("\nPromise\n");
      qsc_text_print_entry ("", get_text (description, "promise"), 2);
    }
  g_print ("\nHierarchy\n");
  print_hierarchy (description);
  print_properties (description);
  print_signals (description);
  if (get_text (description, "example") != NULL)
    g_print ("\nExample\n  qsource run %s %s\n", name, get_text (description, "example"));
}

/* Describes a ready-made type or a script's class; transfer full. */
static GVariant *
describe (const char *name, GError **error)
{
  GType type = G_TYPE_INVALID;

  if (qsc_script_is (name))
    return qsc_script_describe (name, error);

  type = qs_source_lookup_type (name, error);

  return type != G_TYPE_INVALID ? qs_source_dup_description (type) : NULL;
}

static GVariant *
type_to_json (const char *name, GVariant *description, gboolean is_full)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, description);
  g_variant_dict_insert (&dict, "type", "s", name);
  if (!is_full)
    {
      g_variant_dict_remove (&dict, "properties");
      g_variant_dict_remove (&dict, "hierarchy");
      g_variant_dict_remove (&dict, "signals");
    }

  return g_variant_dict_end (&dict);
}

static int
list_types (gboolean as_json)
{
  g_auto (GStrv) types = qs_source_list_types ();
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; types[i] != NULL; i++)
    {
      g_autoptr (GVariant) description = describe (types[i], NULL);
      const char *summary = get_text (description, "summary");

      if (as_json)
        g_variant_builder_add_value (&builder, type_to_json (types[i], description, FALSE));
      else
        qsc_text_print_entry (types[i], summary != NULL ? summary : "", TYPE_COLUMN);
    }
  if (as_json)
    qsc_print_json (g_variant_builder_end (&builder));
  else
    g_variant_builder_clear (&builder);

  return QSC_DONE;
}

/* A property's members that belong to a JSON schema; floating. */
static GVariant *
to_schema (GVariant *property)
{
  const char *const keys[] = { "type",    "description", "enum", "minimum",
                               "maximum", "default",     "items" };
  GVariantDict      dict;

  g_variant_dict_init (&dict, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (property, keys[i], NULL);

      if (value != NULL)
        g_variant_dict_insert_value (&dict, keys[i], value);
    }

  return g_variant_dict_end (&dict);
}

/* The properties of @type that a file can set. */
static GVariant *
schema_of (GType type, gboolean is_source)
{
  g_autoptr (GVariant) known = qsc_properties_list (type);
  GVariantDict dict, object;

  g_variant_dict_init (&dict, NULL);
  for (gsize i = 0; i < g_variant_n_children (known); i++)
    {
      g_autoptr (GVariant) property = g_variant_get_child_value (known, i);
      const char *name = get_text (property, "name");

      if (qsc_property_is_writable (property) && !(is_source && g_str_equal (name, "name")))
        g_variant_dict_insert_value (&dict, name, to_schema (property));
    }
  if (is_source)
    {
      g_variant_dict_insert_value (&dict, "type", g_variant_new_parsed ("{'type': <'string'>}"));
      g_variant_dict_insert_value (&dict, "topic", g_variant_new_parsed ("{'type': <'string'>}"));
    }

  g_variant_dict_init (&object, NULL);
  g_variant_dict_insert (&object, "type", "s", "object");
  g_variant_dict_insert_value (&object, "properties", g_variant_dict_end (&dict));
  g_variant_dict_insert (&object, "additionalProperties", "b", FALSE);

  return g_variant_dict_end (&object);
}

static int
print_schema (void)
{
  g_auto (GStrv) types = qs_source_list_types ();
  GVariantDict    dict, properties, patterns, any;
  GVariantBuilder of;

  g_variant_builder_init (&of, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; types[i] != NULL; i++)
    g_variant_builder_add_value (&of, schema_of (qs_source_lookup_type (types[i], NULL), TRUE));
  g_variant_dict_init (&any, NULL);
  g_variant_dict_insert_value (&any, "anyOf", g_variant_builder_end (&of));

  g_variant_dict_init (&properties, NULL);
  g_variant_dict_insert_value (&properties, "application", schema_of (QS_TYPE_APPLICATION, FALSE));
  g_variant_dict_init (&patterns, NULL);
  g_variant_dict_insert_value (&patterns, "^source [A-Za-z0-9._-]+$", g_variant_dict_end (&any));

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "$schema", "s", "https://json-schema.org/draft/2020-12/schema");
  g_variant_dict_insert (&dict, "title", "s", "A configuration of qsource");
  g_variant_dict_insert (&dict, "type", "s", "object");
  g_variant_dict_insert_value (&dict, "properties", g_variant_dict_end (&properties));
  g_variant_dict_insert_value (&dict, "patternProperties", g_variant_dict_end (&patterns));
  g_variant_dict_insert (&dict, "additionalProperties", "b", FALSE);
  qsc_print_json (g_variant_dict_end (&dict));

  return QSC_DONE;
}

int
qsc_verb_inspect (QscCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) description = NULL;

  if (qsc_call_has (call, "schema"))
    return print_schema ();
  if (call->words[0] == NULL)
    return list_types (qsc_call_has (call, "json"));

  description = describe (call->words[0], &error);
  if (description == NULL)
    return qsc_fail_error (error);

  if (qsc_call_has (call, "json"))
    qsc_print_json (type_to_json (call->words[0], description, TRUE));
  else
    print_type (call->words[0], description);

  return QSC_DONE;
}
