/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qsc-pspec.h"
#include "qsc.h"

static int
compare_properties (gconstpointer a, gconstpointer b)
{
  GParamSpec *first = *(GParamSpec *const *) a, *second = *(GParamSpec *const *) b;
  guint       depth = g_type_depth (first->owner_type), other = g_type_depth (second->owner_type);

  return depth != other ? (depth > other ? -1 : 1) : strcmp (first->name, second->name);
}

/* The properties of @klass, its own ones first. (element-type GParamSpec), transfer full */
static GPtrArray *
list_properties (GObjectClass *klass)
{
  GPtrArray              *properties = g_ptr_array_new ();
  guint                   n_all = 0;
  g_autofree GParamSpec **all = g_object_class_list_properties (klass, &n_all);

  for (guint i = 0; i < n_all; i++)
    g_ptr_array_add (properties, all[i]);
  g_ptr_array_sort (properties, compare_properties);

  return properties;
}

static void
print_property (GParamSpec *pspec)
{
  g_autofree char *type = qsc_pspec_dup_type_name (pspec);
  g_autofree char *range = qsc_pspec_dup_range (pspec);
  g_autofree char *value = qsc_pspec_dup_default (pspec);
  const char      *blurb = g_param_spec_get_blurb (pspec);
  gboolean         is_writable = (pspec->flags & G_PARAM_WRITABLE) != 0;

  g_print ("  %-22s%s\n", pspec->name, blurb != NULL ? blurb : "");
  g_print ("  %-22s%s%s%s%s%s%s\n",
           "",
           type,
           range != NULL ? " " : "",
           range != NULL ? range : "",
           !is_writable    ? ", read-only"
           : value != NULL ? ", default "
                           : ", unset by default",
           is_writable && value != NULL ? value : "",
           pspec->flags & G_PARAM_CONSTRUCT_ONLY ? ", only when it is made" : "");
}

static void
print_hierarchy (GType type)
{
  guint  depth = 0;
  GType *chain = g_newa (GType, g_type_depth (type));
  GType  object = type;

  for (; object != 0; object = g_type_parent (object))
    chain[depth++] = object;
  for (guint i = 0; i < depth; i++)
    g_print ("%*s%s%s\n",
             i == 0 ? 2 : (int) (2 + (i - 1) * 3),
             "",
             i > 0 ? "└─ " : "",
             g_type_name (chain[depth - 1 - i]));
}

static void
print_signals (GType type)
{
  for (; type != G_TYPE_OBJECT && type != 0; type = g_type_parent (type))
    {
      guint             n_ids = 0;
      g_autofree guint *ids = g_signal_list_ids (type, &n_ids);

      for (guint i = 0; i < n_ids; i++)
        g_print ("  %s (of %s)\n", g_signal_name (ids[i]), g_type_name (type));
    }
}

static void
print_type (const char *name, GType type)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);
  g_autoptr (GVariant) description = qs_source_dup_description (type);
  g_autoptr (GPtrArray) properties = list_properties (G_OBJECT_CLASS (klass));
  const char *text = NULL;
  GType       owner = 0;

  g_print ("%s (%s)\n", name, g_type_name (type));
  if (g_variant_lookup (description, "summary", "&s", &text))
    g_print ("  %s\n", text);
  if (g_variant_lookup (description, "promise", "&s", &text))
    g_print ("\nPromise\n  %s\n", text);
  g_print ("\nHierarchy\n");
  print_hierarchy (type);

  for (guint i = 0; i < properties->len; i++)
    {
      GParamSpec *pspec = properties->pdata[i];

      if (pspec->owner_type != owner)
        g_print ("\nProperties of %s\n", g_type_name (pspec->owner_type));
      owner = pspec->owner_type;
      print_property (pspec);
    }

  g_print ("\nSignals\n");
  print_signals (type);
  if (g_variant_lookup (description, "example", "&s", &text))
    g_print ("\nExample\n  qsource run %s %s\n", name, text);
}

static GVariant *
property_to_json (GParamSpec *pspec)
{
  GVariantDict dict;
  g_autoptr (GVariant) schema = g_variant_ref_sink (qsc_pspec_to_schema (pspec));

  g_variant_dict_init (&dict, schema);
  g_variant_dict_insert (&dict, "name", "s", pspec->name);
  g_variant_dict_insert (&dict, "owner", "s", g_type_name (pspec->owner_type));
  g_variant_dict_insert (&dict, "writable", "b", (pspec->flags & G_PARAM_WRITABLE) != 0);
  g_variant_dict_insert (
      &dict, "construct-only", "b", (pspec->flags & G_PARAM_CONSTRUCT_ONLY) != 0);

  return g_variant_dict_end (&dict);
}

static GVariant *
type_to_json (const char *name, GType type, gboolean is_full)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);
  g_autoptr (GVariant) description = qs_source_dup_description (type);
  g_autoptr (GPtrArray) properties = list_properties (G_OBJECT_CLASS (klass));
  GVariantDict    dict;
  GVariantBuilder list, hierarchy;

  g_variant_dict_init (&dict, description);
  g_variant_dict_insert (&dict, "type", "s", name);
  g_variant_dict_insert (&dict, "class", "s", g_type_name (type));
  if (!is_full)
    return g_variant_dict_end (&dict);

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < properties->len; i++)
    g_variant_builder_add_value (&list, property_to_json (properties->pdata[i]));
  g_variant_dict_insert_value (&dict, "properties", g_variant_builder_end (&list));

  g_variant_builder_init (&hierarchy, G_VARIANT_TYPE ("as"));
  for (; type != 0; type = g_type_parent (type))
    g_variant_builder_add (&hierarchy, "s", g_type_name (type));
  g_variant_dict_insert_value (&dict, "hierarchy", g_variant_builder_end (&hierarchy));

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
      GType type = qs_source_lookup_type (types[i], NULL);
      g_autoptr (GTypeClass) klass = g_type_class_ref (type);
      g_autoptr (GVariant) description = qs_source_dup_description (type);
      const char *summary = "";

      g_variant_lookup (description, "summary", "&s", &summary);
      if (as_json)
        g_variant_builder_add_value (&builder, type_to_json (types[i], type, FALSE));
      else
        g_print ("%-12s%s\n", types[i], summary);
    }
  if (as_json)
    qsc_print_json (g_variant_builder_end (&builder));
  else
    g_variant_builder_clear (&builder);

  return QSC_DONE;
}

/* The properties of @type that a file can set. */
static GVariant *
schema_of (GType type, gboolean is_source)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);
  g_autoptr (GPtrArray) properties = list_properties (G_OBJECT_CLASS (klass));
  GVariantDict dict, object;

  g_variant_dict_init (&dict, NULL);
  for (guint i = 0; i < properties->len; i++)
    {
      GParamSpec *pspec = properties->pdata[i];

      if (pspec->flags & G_PARAM_WRITABLE && !(is_source && g_str_equal (pspec->name, "name")))
        g_variant_dict_insert_value (&dict, pspec->name, qsc_pspec_to_schema (pspec));
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
  GType type = G_TYPE_INVALID;

  if (qsc_call_has (call, "schema"))
    return print_schema ();
  if (call->words[0] == NULL)
    return list_types (qsc_call_has (call, "json"));

  type = qs_source_lookup_type (call->words[0], &error);
  if (type == G_TYPE_INVALID)
    return qsc_fail_error (error);

  if (qsc_call_has (call, "json"))
    qsc_print_json (type_to_json (call->words[0], type, TRUE));
  else
    print_type (call->words[0], type);

  return QSC_DONE;
}
