/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qs-nearest-private.h"
#include "qs-pspec-private.h"
#include "qsc.h"

char *
qsc_value_read (const char *name, const char *value, GError **error)
{
  g_autofree char *content = NULL;
  g_autoptr (GError) local_error = NULL;

  if (g_str_has_prefix (value, "@env:"))
    {
      const char *found = g_getenv (value + strlen ("@env:"));

      if (found == NULL)
        g_set_error (error,
                     QSC_ERROR,
                     QSC_CONFIG,
                     "Cannot set '%s': the variable '%s' is not in the environment",
                     name,
                     value + strlen ("@env:"));
      return g_strdup (found);
    }

  if (!g_str_has_prefix (value, "@file:"))
    return g_strdup (value);

  if (!g_file_get_contents (value + strlen ("@file:"), &content, NULL, &local_error))
    {
      g_set_error (error, QSC_ERROR, QSC_CONFIG, "Cannot set '%s': %s", name, local_error->message);
      return NULL;
    }

  /* As an editor ends it. */
  return g_strchomp (g_steal_pointer (&content));
}

GVariant *
qsc_properties_list (GType type)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);

  return g_variant_ref_sink (qs_pspec_list (G_OBJECT_CLASS (klass)));
}

static const char *
get_text (GVariant *property, const char *key)
{
  const char *text = "";

  g_variant_lookup (property, key, "&s", &text);

  return text;
}

GVariant *
qsc_properties_find (GVariant *known, const char *name)
{
  for (gsize i = 0; i < g_variant_n_children (known); i++)
    {
      g_autoptr (GVariant) property = g_variant_get_child_value (known, i);

      if (g_str_equal (get_text (property, "name"), name))
        return g_steal_pointer (&property);
    }

  return NULL;
}

gboolean
qsc_property_is (GVariant *property, const char *kind)
{
  return g_str_equal (get_text (property, "kind"), kind);
}

gboolean
qsc_property_is_writable (GVariant *property)
{
  gboolean is_writable = FALSE;

  g_variant_lookup (property, "writable", "b", &is_writable);

  return is_writable;
}

GPtrArray *
qsc_properties_list_writable (GVariant *known)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < g_variant_n_children (known); i++)
    {
      g_autoptr (GVariant) property = g_variant_get_child_value (known, i);

      if (qsc_property_is_writable (property))
        g_ptr_array_add (names, g_strdup (get_text (property, "name")));
    }

  return names;
}

/* Makes a property from its @name and its word alone; transfer full. */
static GVariant *
make_unknown (const char *name, const char *kind)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", name);
  g_variant_dict_insert (&dict, "kind", "s", kind);
  g_variant_dict_insert (&dict, "writable", "b", TRUE);

  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* The property that @name sets: itself, or, with a dot, a dictionary of which it is a key;
 * transfer full. */
static GVariant *
find_property (GVariant *known, const char *name, const char **key)
{
  const char      *dot = strchr (name, '.');
  g_autofree char *first = g_strndup (name, dot != NULL ? (gsize) (dot - name) : strlen (name));
  g_autoptr (GVariant) property = NULL;

  /* As languages write them. */
  g_strdelimit (first, "_", '-');
  property = known != NULL ? qsc_properties_find (known, first)
                           : make_unknown (first, dot != NULL ? "dictionary" : "");
  *key = dot != NULL ? dot + 1 : NULL;
  if (dot != NULL && (property == NULL || !qsc_property_is (property, "dictionary")))
    return NULL;

  return g_steal_pointer (&property);
}

typedef struct
{
  GVariant   *property;
  GPtrArray  *values; /* of a list, or a single one */
  GHashTable *pairs;  /* of a dictionary; nullable */
} Given;

static void
given_free (gpointer data)
{
  Given *self = data;

  g_variant_unref (self->property);
  g_ptr_array_unref (self->values);
  g_clear_pointer (&self->pairs, g_hash_table_unref);
  g_free (self);
}

static gboolean
add_given (GHashTable *all, GVariant *property, const char *key, const char *value, GError **error)
{
  const char *name = get_text (property, "name");
  Given      *given = g_hash_table_lookup (all, name);
  g_auto (GStrv) pair = NULL;
  g_autofree char *text = NULL;

  if (given == NULL)
    {
      given = g_new0 (Given, 1);
      given->property = g_variant_ref (property);
      given->values = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (all, g_strdup (name), given);
    }

  /* KEY=VALUE; anything else is a GVariant's text. */
  if (key == NULL && qsc_property_is (property, "dictionary") && *value != '{' &&
      strchr (value, '=') != NULL)
    {
      pair = g_strsplit (value, "=", 2);
      key = pair[0];
      value = pair[1];
    }

  text = qsc_value_read (key != NULL ? key : name, value, error);
  if (text == NULL)
    return FALSE;

  if (key == NULL)
    {
      g_ptr_array_add (given->values, g_steal_pointer (&text));
      return TRUE;
    }

  if (given->pairs == NULL)
    given->pairs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (given->pairs, g_strdup (key), g_steal_pointer (&text));

  return TRUE;
}

static GVariant *
given_to_variant (Given *self)
{
  GVariantBuilder builder;
  GHashTableIter  iter;
  gpointer        key = NULL, value = NULL;

  if (self->pairs != NULL)
    {
      g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
      g_hash_table_iter_init (&iter, self->pairs);
      while (g_hash_table_iter_next (&iter, &key, &value))
        g_variant_builder_add (&builder, "{ss}", key, value);
      return g_variant_builder_end (&builder);
    }

  if (qsc_property_is (self->property, "list of strings") ||
      (qsc_property_is (self->property, "") && self->values->len > 1))
    return g_variant_new_strv ((const char *const *) self->values->pdata, self->values->len);

  /* The last one counts. */
  return g_variant_new_string (self->values->pdata[self->values->len - 1]);
}

static void
fail_property (GVariant *known, const char *name, const char *what, GError **error)
{
  g_autoptr (GPtrArray) names = qsc_properties_list_writable (known);
  g_autofree char *hint = NULL;

  g_ptr_array_add (names, NULL);
  hint = qs_nearest_hint (name, (const char *const *) names->pdata);

  g_set_error (error,
               QSC_ERROR,
               QSC_USAGE,
               "There is no property '%s' in %s%s ('qsource inspect' lists the properties)",
               name,
               what,
               hint);
}

GVariant *
qsc_properties_parse (GVariant *known, char **words, const char *what, GError **error)
{
  g_autoptr (GHashTable) all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, given_free);
  GVariantDict   dict;
  GHashTableIter iter;
  gpointer       key = NULL, value = NULL;

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (words[i], "=", 2);
      const char *dictionary_key = NULL;
      g_autoptr (GVariant) property = NULL;

      if (!g_utf8_validate (words[i], -1, NULL))
        {
          g_set_error (
              error, QSC_ERROR, QSC_USAGE, "The value of '%s' is not valid UTF-8", parts[0]);
          return NULL;
        }
      if (parts[0] == NULL || parts[1] == NULL)
        {
          g_set_error (
              error, QSC_ERROR, QSC_USAGE, "'%s' is not of the form PROPERTY=VALUE", words[i]);
          return NULL;
        }

      property = find_property (known, parts[0], &dictionary_key);
      if (property == NULL || !qsc_property_is_writable (property))
        {
          fail_property (known, parts[0], what, error);
          return NULL;
        }
      if (!add_given (all, property, dictionary_key, parts[1], error))
        return NULL;
    }

  g_variant_dict_init (&dict, NULL);
  g_hash_table_iter_init (&iter, all);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_variant_dict_insert_value (&dict, key, given_to_variant (value));

  return g_variant_dict_end (&dict);
}

GVariant *
qsc_call_dup_application (QscCall *call, GError **error)
{
  g_autoptr (GVariant) known = qsc_properties_list (QS_TYPE_APPLICATION);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  GPtrArray     *kafka = qsc_call_get_all (call, "kafka");
  GHashTableIter iter;
  gpointer       name = NULL, values = NULL;

  g_hash_table_iter_init (&iter, call->options);
  while (g_hash_table_iter_next (&iter, &name, &values))
    for (guint i = 0; i < ((GPtrArray *) values)->len; i++)
      {
        const char *text = ((GPtrArray *) values)->pdata[i];
        g_autoptr (GVariant) property = qsc_properties_find (known, name);

        /* --drain says yes. */
        if (property != NULL)
          g_ptr_array_add (words,
                           g_strdup_printf ("%s=%s",
                                            (const char *) name,
                                            qsc_property_is (property, "boolean") && *text == '\0'
                                                ? "yes"
                                                : text));
      }
  for (guint i = 0; kafka != NULL && i < kafka->len; i++)
    g_ptr_array_add (words, g_strdup_printf ("client-config=%s", (const char *) kafka->pdata[i]));
  g_ptr_array_add (words, NULL);

  return qsc_properties_parse (known, (char **) words->pdata, "an application", error);
}
