/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-pspec-private.h"

#include <string.h>

char **
qs_pspec_dup_nicks (GParamSpec *pspec)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  GEnumClass *klass = NULL;

  if (!G_IS_PARAM_SPEC_ENUM (pspec))
    return NULL;

  klass = G_PARAM_SPEC_ENUM (pspec)->enum_class;
  for (guint i = 0; i < klass->n_values; i++)
    g_strv_builder_add (builder, klass->values[i].value_nick);

  return g_strv_builder_end (builder);
}

char *
qs_pspec_dup_type_name (GParamSpec *pspec)
{
  if (pspec->value_type == G_TYPE_STRV)
    return g_strdup ("list of strings");
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return g_strdup ("boolean");
  if (G_IS_PARAM_SPEC_STRING (pspec))
    return g_strdup ("string");
  if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    return g_strdup ("number");
  if (G_IS_PARAM_SPEC_INT (pspec) || G_IS_PARAM_SPEC_INT64 (pspec) ||
      G_IS_PARAM_SPEC_UINT (pspec) || G_IS_PARAM_SPEC_UINT64 (pspec))
    return g_strdup ("integer");
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    return g_strdup ("choice");
  if (G_IS_PARAM_SPEC_VARIANT (pspec))
    return g_strdup ("dictionary");
  /* Of those that a text makes. */
  if (g_str_equal (g_type_name (pspec->value_type), "QsTopic"))
    return g_strdup ("topic");

  return g_strdup (g_type_name (pspec->value_type));
}

static gboolean
get_limits (GParamSpec *pspec, double *minimum, double *maximum)
{
  if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    *minimum = G_PARAM_SPEC_DOUBLE (pspec)->minimum,
    *maximum = G_PARAM_SPEC_DOUBLE (pspec)->maximum;
  else if (G_IS_PARAM_SPEC_INT (pspec))
    *minimum = G_PARAM_SPEC_INT (pspec)->minimum, *maximum = G_PARAM_SPEC_INT (pspec)->maximum;
  else if (G_IS_PARAM_SPEC_UINT (pspec))
    *minimum = G_PARAM_SPEC_UINT (pspec)->minimum, *maximum = G_PARAM_SPEC_UINT (pspec)->maximum;
  else if (G_IS_PARAM_SPEC_INT64 (pspec))
    *minimum = (double) G_PARAM_SPEC_INT64 (pspec)->minimum,
    *maximum = (double) G_PARAM_SPEC_INT64 (pspec)->maximum;
  else if (G_IS_PARAM_SPEC_UINT64 (pspec))
    *minimum = (double) G_PARAM_SPEC_UINT64 (pspec)->minimum,
    *maximum = (double) G_PARAM_SPEC_UINT64 (pspec)->maximum;
  else
    return FALSE;

  return TRUE;
}

static gboolean
is_unlimited (double maximum)
{
  return maximum == G_MAXINT || maximum >= G_MAXUINT;
}

char *
qs_pspec_dup_range (GParamSpec *pspec)
{
  g_auto (GStrv) nicks = qs_pspec_dup_nicks (pspec);
  double minimum = 0, maximum = 0;

  if (nicks != NULL)
    return g_strjoinv ("|", nicks);
  if (!get_limits (pspec, &minimum, &maximum))
    return NULL;
  if (is_unlimited (maximum))
    return g_strdup_printf ("%.12g…", minimum);

  return g_strdup_printf ("%.12g…%.12g", minimum, maximum);
}

char *
qs_pspec_dup_default (GParamSpec *pspec)
{
  const GValue *value = g_param_spec_get_default_value (pspec);
  g_auto (GValue) text = G_VALUE_INIT;
  double minimum = 0, maximum = 0;

  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return g_strdup (g_value_get_boolean (value) ? "true" : "false");
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    return g_strdup (
        g_enum_get_value (G_PARAM_SPEC_ENUM (pspec)->enum_class, g_value_get_enum (value))
            ->value_nick);
  if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    return g_strdup_printf ("%g", g_value_get_double (value));
  if (G_IS_PARAM_SPEC_STRING (pspec))
    return g_value_dup_string (value);

  g_value_init (&text, G_TYPE_STRING);
  if (get_limits (pspec, &minimum, &maximum) && g_value_transform (value, &text))
    return g_value_dup_string (&text);

  return NULL;
}

static const char *
get_schema_type (GParamSpec *pspec)
{
  if (pspec->value_type == G_TYPE_STRV)
    return "array";
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return "boolean";
  if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    return "number";
  if (G_IS_PARAM_SPEC_VARIANT (pspec))
    return "object";
  if (G_IS_PARAM_SPEC_INT (pspec) || G_IS_PARAM_SPEC_INT64 (pspec) ||
      G_IS_PARAM_SPEC_UINT (pspec) || G_IS_PARAM_SPEC_UINT64 (pspec))
    return "integer";

  return "string";
}

GVariant *
qs_pspec_to_schema (GParamSpec *pspec)
{
  GVariantDict dict;
  double       minimum = 0, maximum = 0;
  g_auto (GStrv) nicks = qs_pspec_dup_nicks (pspec);
  const GValue *value = g_param_spec_get_default_value (pspec);

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "type", "s", get_schema_type (pspec));
  if (g_param_spec_get_blurb (pspec) != NULL)
    g_variant_dict_insert (&dict, "description", "s", g_param_spec_get_blurb (pspec));
  if (nicks != NULL)
    g_variant_dict_insert_value (
        &dict, "enum", g_variant_new_strv ((const char *const *) nicks, -1));
  if (get_limits (pspec, &minimum, &maximum))
    {
      g_variant_dict_insert (&dict, "minimum", "d", minimum);
      if (!is_unlimited (maximum))
        g_variant_dict_insert (&dict, "maximum", "d", maximum);
    }
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    g_variant_dict_insert (&dict, "default", "b", g_value_get_boolean (value));
  else if (get_limits (pspec, &minimum, &maximum))
    {
      g_autofree char *number = qs_pspec_dup_default (pspec);

      g_variant_dict_insert (&dict, "default", "d", g_ascii_strtod (number, NULL));
    }
  else if (nicks != NULL || G_IS_PARAM_SPEC_STRING (pspec))
    {
      g_autofree char *text = qs_pspec_dup_default (pspec);

      if (text != NULL)
        g_variant_dict_insert (&dict, "default", "s", text);
    }
  if (pspec->value_type == G_TYPE_STRV)
    g_variant_dict_insert_value (&dict, "items", g_variant_new_parsed ("{'type': <'string'>}"));

  return g_variant_dict_end (&dict);
}

static int
compare_properties (gconstpointer a, gconstpointer b)
{
  GParamSpec *first = *(GParamSpec *const *) a, *second = *(GParamSpec *const *) b;
  guint       depth = g_type_depth (first->owner_type), other = g_type_depth (second->owner_type);

  return depth != other ? (depth > other ? -1 : 1) : strcmp (first->name, second->name);
}

static GVariant *
describe (GParamSpec *pspec)
{
  g_autoptr (GVariant) schema = g_variant_ref_sink (qs_pspec_to_schema (pspec));
  g_autofree char *kind = qs_pspec_dup_type_name (pspec);
  g_autofree char *range = qs_pspec_dup_range (pspec);
  g_autofree char *text = qs_pspec_dup_default (pspec);
  GVariantDict     dict;

  g_variant_dict_init (&dict, schema);
  g_variant_dict_insert (&dict, "name", "s", pspec->name);
  g_variant_dict_insert (&dict, "owner", "s", g_type_name (pspec->owner_type));
  g_variant_dict_insert (&dict, "writable", "b", (pspec->flags & G_PARAM_WRITABLE) != 0);
  g_variant_dict_insert (
      &dict, "construct-only", "b", (pspec->flags & G_PARAM_CONSTRUCT_ONLY) != 0);
  g_variant_dict_insert (&dict, "kind", "s", kind);
  if (range != NULL)
    g_variant_dict_insert (&dict, "range", "s", range);
  if (text != NULL)
    g_variant_dict_insert (&dict, "default-text", "s", text);

  return g_variant_dict_end (&dict);
}

GVariant *
qs_pspec_list (GObjectClass *klass)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  guint                   n_all = 0;
  g_autofree GParamSpec **all = g_object_class_list_properties (klass, &n_all);
  GVariantBuilder         builder;

  for (guint i = 0; i < n_all; i++)
    g_ptr_array_add (sorted, all[i]);
  g_ptr_array_sort (sorted, compare_properties);

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < sorted->len; i++)
    g_variant_builder_add_value (&builder, describe (sorted->pdata[i]));

  return g_variant_builder_end (&builder);
}
