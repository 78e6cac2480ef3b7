/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-schema-path-private.h"

#include "qs-serialization-error.h"

static void
append_path (GString *text, const QsSchemaPath *path)
{
  if (path == NULL)
    return;

  append_path (text, path->parent);
  if (path->name == NULL)
    g_string_append_printf (text, "[%" G_GSIZE_FORMAT "]", path->index);
  else
    g_string_append_printf (text, "%s%s", text->len > 0 ? "." : "", path->name);
}

gboolean
qs_schema_fail (const QsSchemaPath *path, GError **error, int code, const char *format, ...)
{
  g_autoptr (GString) text = NULL;
  va_list args;

  if (error == NULL)
    return FALSE;

  text = g_string_new (NULL);
  append_path (text, path);
  if (text->len > 0)
    g_string_append (text, ": ");
  va_start (args, format);
  g_string_append_vprintf (text, format, args);
  va_end (args);
  g_set_error_literal (error, QS_SERIALIZATION_ERROR, code, text->str);

  return FALSE;
}

/* Gets the name of the type of @value for people. */
const char *
qs_schema_describe (GVariant *value)
{
  switch (value != NULL ? g_variant_get_type_string (value)[0] : 'm')
    {
    case 'b':
      return "boolean";

    case 'd':
      return "double";

    case 's':
    case 'o':
    case 'g':
      return "string";

    case 'a':
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
        return "bytes";
      return g_variant_is_of_type (value, G_VARIANT_TYPE_DICTIONARY) ? "an object" : "array";

    case '(':
      return "a tuple";

    case 'm':
      return "null";

    default:
      return "integer";
    }
}
