/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-property-private.h"

#include <gio/gio.h>
#include <string.h>

#include "qs-nearest-private.h"

static void
set_error (GError **error, GParamSpec *pspec, const char *text, const char *expected)
{
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_INVALID_ARGUMENT,
               "'%s' is not a value of '%s': %s",
               text,
               pspec->name,
               expected);
}

/* Describes the numbers that a property takes; NULL if it is not a number. */
static char *
describe_range (GParamSpec *pspec)
{
  if (G_IS_PARAM_SPEC_INT (pspec))
    return g_strdup_printf ("it is an integer from %d to %d",
                            G_PARAM_SPEC_INT (pspec)->minimum,
                            G_PARAM_SPEC_INT (pspec)->maximum);
  if (G_IS_PARAM_SPEC_UINT (pspec))
    return g_strdup_printf ("it is an integer from %u to %u",
                            G_PARAM_SPEC_UINT (pspec)->minimum,
                            G_PARAM_SPEC_UINT (pspec)->maximum);
  if (G_IS_PARAM_SPEC_INT64 (pspec))
    return g_strdup_printf ("it is an integer from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                            G_PARAM_SPEC_INT64 (pspec)->minimum,
                            G_PARAM_SPEC_INT64 (pspec)->maximum);
  if (G_IS_PARAM_SPEC_UINT64 (pspec))
    return g_strdup_printf ("it is an integer from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
                            G_PARAM_SPEC_UINT64 (pspec)->minimum,
                            G_PARAM_SPEC_UINT64 (pspec)->maximum);
  if (G_IS_PARAM_SPEC_DOUBLE (pspec) && G_PARAM_SPEC_DOUBLE (pspec)->maximum >= G_MAXDOUBLE)
    return g_strdup_printf ("it is a number of at least %g", G_PARAM_SPEC_DOUBLE (pspec)->minimum);
  if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    return g_strdup_printf ("it is a number from %g to %g",
                            G_PARAM_SPEC_DOUBLE (pspec)->minimum,
                            G_PARAM_SPEC_DOUBLE (pspec)->maximum);

  return NULL;
}

static const char *
describe_kind (GParamSpec *pspec)
{
  if (pspec->value_type == G_TYPE_STRV)
    return "a list of strings";
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return "true or false";
  if (G_IS_PARAM_SPEC_STRING (pspec))
    return "a string";

  return g_type_name (pspec->value_type);
}

static gboolean
parse_boolean (const char *text, GValue *value)
{
  const char *const yes[] = { "true", "yes", "on", "1", NULL };
  const char *const no[] = { "false", "no", "off", "0", NULL };
  g_autofree char  *lower = g_ascii_strdown (text, -1);

  g_value_set_boolean (value, g_strv_contains (yes, lower));

  return g_strv_contains (yes, lower) || g_strv_contains (no, lower);
}

static gboolean
parse_number (GParamSpec *pspec, const char *text, GValue *value)
{
  gint64   i = 0;
  guint64  u = 0;
  gboolean ok = FALSE;

  if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    {
      char  *end = NULL;
      double d = g_ascii_strtod (text, &end);

      g_value_set_double (value, d);
      return end != text && *end == '\0' && d == d;
    }

  if (G_IS_PARAM_SPEC_UINT (pspec) || G_IS_PARAM_SPEC_UINT64 (pspec))
    {
      ok = g_ascii_string_to_unsigned (
          text, 10, 0, G_IS_PARAM_SPEC_UINT (pspec) ? G_MAXUINT : G_MAXUINT64, &u, NULL);
      if (G_IS_PARAM_SPEC_UINT (pspec))
        g_value_set_uint (value, (guint) u);
      else
        g_value_set_uint64 (value, u);
      return ok;
    }

  ok = g_ascii_string_to_signed (text,
                                 10,
                                 G_IS_PARAM_SPEC_INT (pspec) ? G_MININT : G_MININT64,
                                 G_IS_PARAM_SPEC_INT (pspec) ? G_MAXINT : G_MAXINT64,
                                 &i,
                                 NULL);
  if (G_IS_PARAM_SPEC_INT (pspec))
    g_value_set_int (value, (int) i);
  else
    g_value_set_int64 (value, i);

  return ok;
}

static gboolean
parse_enum (GParamSpec *pspec, const char *text, GValue *value, GError **error)
{
  GEnumClass *klass = G_PARAM_SPEC_ENUM (pspec)->enum_class;
  GEnumValue *found = g_enum_get_value_by_nick (klass, text);
  g_autoptr (GPtrArray) nicks = g_ptr_array_new ();
  g_autofree char *all = NULL;
  g_autofree char *hint = NULL;
  g_autofree char *expected = NULL;

  if (found != NULL)
    {
      g_value_set_enum (value, found->value);
      return TRUE;
    }

  for (guint i = 0; i < klass->n_values; i++)
    g_ptr_array_add (nicks, (gpointer) klass->values[i].value_nick);
  g_ptr_array_add (nicks, NULL);
  all = g_strjoinv (", ", (char **) nicks->pdata);
  hint = qs_nearest_hint (text, (const char *const *) nicks->pdata);
  expected = g_strdup_printf ("it is one of %s%s", all, hint);
  set_error (error, pspec, text, expected);
  return FALSE;
}

static gboolean
parse_variant (GParamSpec *pspec, const char *text, GValue *value, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *context = NULL;
  GVariant        *variant =
      g_variant_parse (G_PARAM_SPEC_VARIANT (pspec)->type, text, NULL, NULL, &local_error);

  if (variant != NULL)
    {
      g_value_take_variant (value, variant);
      return TRUE;
    }

  context = g_variant_parse_error_print_context (local_error, text);
  set_error (error, pspec, text, context);
  return FALSE;
}

/* Of a property whose type can be made of a string: QsTopic from its name, say. */
static gboolean
parse_other (GParamSpec *pspec, const char *text, GValue *value, GError **error)
{
  g_auto (GValue) string = G_VALUE_INIT;

  if (g_type_is_a (pspec->value_type, G_TYPE_FILE))
    {
      g_value_take_object (value, g_file_new_for_commandline_arg (text));
      return TRUE;
    }

  g_value_init (&string, G_TYPE_STRING);
  g_value_set_string (&string, text);
  if (g_value_type_transformable (G_TYPE_STRING, pspec->value_type) &&
      g_value_transform (&string, value))
    return TRUE;

  set_error (error, pspec, text, "it cannot be given as text");
  return FALSE;
}

static gboolean
parse (GParamSpec *pspec, const char *text, GValue *value, GError **error)
{
  const char *const one[] = { text, NULL };
  g_autofree char  *range = describe_range (pspec);

  if (G_IS_PARAM_SPEC_STRING (pspec))
    g_value_set_string (value, text);
  else if (pspec->value_type == G_TYPE_STRV)
    g_value_set_boxed (value, one);
  else if (G_IS_PARAM_SPEC_ENUM (pspec))
    return parse_enum (pspec, text, value, error);
  else if (G_IS_PARAM_SPEC_VARIANT (pspec))
    return parse_variant (pspec, text, value, error);
  else if (G_IS_PARAM_SPEC_BOOLEAN (pspec) && !parse_boolean (text, value))
    set_error (error, pspec, text, "it is true or false");
  else if (range != NULL && !parse_number (pspec, text, value))
    set_error (error, pspec, text, range);
  else if (range == NULL && !G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return parse_other (pspec, text, value, error);
  else
    return TRUE;

  return G_IS_PARAM_SPEC_STRING (pspec) || pspec->value_type == G_TYPE_STRV;
}

/* A number that a language has as another type than the property. */
static gboolean
convert_number (GParamSpec *pspec, GVariant *variant, GValue *value)
{
  g_autofree char *text = NULL;
  char             buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_DOUBLE))
    {
      double d = g_variant_get_double (variant);

      if (d == (double) (gint64) d && !G_IS_PARAM_SPEC_DOUBLE (pspec))
        text = g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) d);
      else
        text = g_strdup (g_ascii_dtostr (buffer, sizeof buffer, d));
    }
  else
    {
      text = g_variant_print (variant, FALSE);
    }

  return parse_number (pspec, text, value);
}

/* A list or a dictionary whose children are boxed, as those of scripts are: strings in
 * place, or NULL if they are something else. Floating. */
static GVariant *
unbox_strings (GVariant *variant)
{
  gboolean        is_dictionary = g_variant_is_of_type (variant, G_VARIANT_TYPE_VARDICT);
  const char     *type = is_dictionary ? "a{ss}" : "as";
  GVariantBuilder builder;

  if (!is_dictionary && !g_variant_is_of_type (variant, G_VARIANT_TYPE ("av")))
    return NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE (type));
  for (gsize i = 0; i < g_variant_n_children (variant); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (variant, i);
      g_autoptr (GVariant) boxed = g_variant_get_child_value (child, is_dictionary ? 1 : 0);
      g_autoptr (GVariant) inner =
          is_dictionary ? g_variant_get_variant (boxed) : g_variant_ref (boxed);
      const char *key = NULL;

      if (!g_variant_is_of_type (inner, G_VARIANT_TYPE_STRING))
        {
          g_variant_builder_clear (&builder);
          return NULL;
        }
      if (is_dictionary)
        {
          g_variant_get_child (child, 0, "&s", &key);
          g_variant_builder_add (&builder, "{ss}", key, g_variant_get_string (inner, NULL));
        }
      else
        {
          g_variant_builder_add (&builder, "s", g_variant_get_string (inner, NULL));
        }
    }

  return g_variant_builder_end (&builder);
}

static gboolean
convert (GParamSpec *pspec, GVariant *variant, GValue *value, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *range = describe_range (pspec);
  GVariant        *unboxed = unbox_strings (variant);

  if (unboxed != NULL)
    {
      g_autoptr (GVariant) strings = g_variant_ref_sink (unboxed);

      return convert (pspec, strings, value, error);
    }

  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inner = g_variant_get_variant (variant);

      return convert (pspec, inner, value, error);
    }

  if (G_IS_PARAM_SPEC_VARIANT (pspec) &&
      g_variant_is_of_type (variant, G_PARAM_SPEC_VARIANT (pspec)->type))
    {
      g_value_set_variant (value, variant);
      return TRUE;
    }

  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING))
    return parse (pspec, g_variant_get_string (variant, NULL), value, error);

  if (pspec->value_type == G_TYPE_STRV &&
      g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING_ARRAY))
    {
      g_value_take_boxed (value, g_variant_dup_strv (variant, NULL));
      return TRUE;
    }

  if (G_IS_PARAM_SPEC_BOOLEAN (pspec) && g_variant_is_of_type (variant, G_VARIANT_TYPE_BOOLEAN))
    {
      g_value_set_boolean (value, g_variant_get_boolean (variant));
      return TRUE;
    }

  if (range != NULL && convert_number (pspec, variant, value))
    return TRUE;

  if (G_IS_PARAM_SPEC_ENUM (pspec) && g_variant_is_of_type (variant, G_VARIANT_TYPE_INT32))
    {
      g_value_set_enum (value, g_variant_get_int32 (variant));
      return TRUE;
    }

  text = g_variant_print (variant, TRUE);
  if (range == NULL)
    range = G_IS_PARAM_SPEC_VARIANT (pspec)
                ? g_strdup_printf ("it is a variant of type '%s'",
                                   (const char *) G_PARAM_SPEC_VARIANT (pspec)->type)
                : g_strdup_printf ("it is %s", describe_kind (pspec));
  set_error (error, pspec, text, range);
  return FALSE;
}

gboolean
qs_property_from_variant (GParamSpec *pspec, GVariant *variant, GValue *value, GError **error)
{
  g_autofree char *range = describe_range (pspec);
  g_autofree char *text = NULL;

  g_value_init (value, pspec->value_type);
  if (!convert (pspec, variant, value, error))
    {
      g_value_unset (value);
      return FALSE;
    }

  /* It makes it fit, and says that it did. GObject would only warn. */
  if (!g_param_value_validate (pspec, value))
    return TRUE;

  g_value_unset (value);
  text = g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING)
             ? g_variant_dup_string (variant, NULL)
             : g_variant_print (variant, FALSE);
  set_error (error, pspec, text, range != NULL ? range : "out of range");
  return FALSE;
}

static GParamSpec *
find_property (GObjectClass *klass, const char *what, const char *name, GError **error)
{
  GParamSpec             *pspec = g_object_class_find_property (klass, name);
  guint                   n_all = 0;
  g_autofree GParamSpec **all = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *hint = NULL;

  if (pspec != NULL && pspec->flags & G_PARAM_WRITABLE)
    return pspec;

  if (pspec != NULL)
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_INVALID_ARGUMENT,
                   "Cannot set property '%s' of %s: it is read-only",
                   name,
                   what);
      return NULL;
    }

  all = g_object_class_list_properties (klass, &n_all);
  for (guint i = 0; i < n_all; i++)
    if (all[i]->flags & G_PARAM_WRITABLE)
      g_ptr_array_add (names, (gpointer) all[i]->name);
  g_ptr_array_add (names, NULL);
  hint = qs_nearest_hint (name, (const char *const *) names->pdata);
  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "No property '%s' in %s%s", name, what, hint);
  return NULL;
}

GObject *
qs_property_make_object (GType type, const char *what, GVariant *properties, GError **error)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GArray) values = g_array_new (FALSE, TRUE, sizeof (GValue));
  GVariantIter iter;
  const char  *name = NULL;
  GVariant    *child = NULL;

  g_array_set_clear_func (values, (GDestroyNotify) g_value_unset);
  if (properties != NULL)
    g_variant_iter_init (&iter, properties);
  while (properties != NULL && g_variant_iter_next (&iter, "{&sv}", &name, &child))
    {
      g_autoptr (GVariant) variant = child;
      GParamSpec *pspec = find_property (G_OBJECT_CLASS (klass), what, name, error);
      GValue      value = G_VALUE_INIT;

      if (pspec == NULL || !qs_property_from_variant (pspec, variant, &value, error))
        return NULL;
      g_ptr_array_add (names, (gpointer) pspec->name);
      g_array_append_val (values, value);
    }

  return g_object_new_with_properties (type,
                                       names->len,
                                       names->len > 0 ? (const char **) names->pdata : NULL,
                                       (const GValue *) (gpointer) values->data);
}
