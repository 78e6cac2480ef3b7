/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-dbus-values-private.h"

#include <string.h>

static GVariant *
bytes_to_json (GVariant *value)
{
  gsize           length = 0;
  const guint8   *bytes = g_variant_get_fixed_array (value, &length, 1);
  GVariantBuilder builder;

  /* As a file's name is sent, with its NUL. */
  if (length > 0 && bytes[length - 1] == '\0')
    length--;
  if (length == 0 || g_utf8_validate_len ((const char *) bytes, length, NULL))
    return g_variant_new_take_string (g_strndup ((const char *) bytes, length));

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    g_variant_builder_add (&builder, "v", g_variant_new_int64 (bytes[i]));

  return g_variant_builder_end (&builder);
}

static GVariant *
dictionary_to_json (GVariant *value)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (value, i);
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) child = g_variant_get_child_value (entry, 1);
      gboolean is_text = g_variant_classify (key) == G_VARIANT_CLASS_STRING ||
                         g_variant_classify (key) == G_VARIANT_CLASS_OBJECT_PATH ||
                         g_variant_classify (key) == G_VARIANT_CLASS_SIGNATURE;
      g_autofree char *name =
          is_text ? g_variant_dup_string (key, NULL) : g_variant_print (key, FALSE);

      g_variant_builder_add (&builder, "{sv}", name, qs_dbus_value_to_json (child));
    }

  return g_variant_builder_end (&builder);
}

static GVariant *
children_to_json (GVariant *value)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

      g_variant_builder_add (&builder, "v", qs_dbus_value_to_json (child));
    }

  return g_variant_builder_end (&builder);
}

GVariant *
qs_dbus_value_to_json (GVariant *value)
{
  g_autoptr (GVariant) inner = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      inner = g_variant_get_variant (value);
      return qs_dbus_value_to_json (inner);
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
    return bytes_to_json (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DICTIONARY))
    return dictionary_to_json (value);
  if (g_variant_is_container (value))
    return children_to_json (value);

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_OBJECT_PATH) ||
      g_variant_is_of_type (value, G_VARIANT_TYPE_SIGNATURE))
    return g_variant_new_string (g_variant_get_string (value, NULL));

  /* The index of a file descriptor says nothing to those who read it. */
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_HANDLE))
    return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);

  return value;
}
