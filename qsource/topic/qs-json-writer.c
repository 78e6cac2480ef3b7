/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-json-private.h"

#include <string.h>

#include "qs-json-out-private.h"
#include "qs-json-writer-private.h"
#include "qs-serialization-error.h"

static gboolean write_value (QsJsonWriter *writer, GVariant *value, GError **error);

/* Judged by the type alone, not by what happens to be in it: an array that is
 * empty today must not pass where it fails tomorrow. */
static gboolean
check_type (const char *type, GError **error)
{
  for (const char *p = type; *p != '\0'; p++)
    {
      if (p[0] == 'a' && p[1] == 'y')
        {
          g_set_error (error,
                       QS_SERIALIZATION_ERROR,
                       QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE,
                       "JSON has no bytes: a value of type '%s' cannot be written; convert it to a "
                       "string, or use the 'bytes' serializer",
                       type);
          return FALSE;
        }
      if (p[0] == '{' && strchr ("sog", p[1]) == NULL)
        {
          g_set_error (error,
                       QS_SERIALIZATION_ERROR,
                       QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE,
                       "JSON objects have strings as keys: a value of type '%s' cannot be written",
                       type);
          return FALSE;
        }
    }

  return TRUE;
}

static void
write_string (GString *out, GVariant *value)
{
  gsize       length;
  const char *text = g_variant_get_string (value, &length);

  qs_json_out_put_string (out, text, length);
}

static void
write_handle (GString *out, gint64 handle)
{
  QsInteger integer = { handle < 0, (guint64) ABS (handle) };

  qs_json_out_put_integer (out, integer);
}

static gboolean
write_member (QsJsonWriter *writer, GVariant *entry, GError **error)
{
  g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
  g_autoptr (GVariant) value = g_variant_get_child_value (entry, 1);

  write_string (writer->out, key);
  qs_json_out_put_c (writer->out, ':');

  return write_value (writer, value, error);
}

/* An array, a tuple or a dictionary; an entry without its dictionary is an object of one. */
static gboolean
write_children (QsJsonWriter *writer, GVariant *value, GError **error)
{
  const char *type = g_variant_get_type_string (value);
  gboolean    is_entry = type[0] == '{';
  gboolean    is_object = is_entry || (type[0] == 'a' && type[1] == '{');
  gsize       n = is_entry ? 1 : g_variant_n_children (value);

  if (writer->depth == QS_JSON_MAX_DEPTH)
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_OUT_OF_RANGE,
                   "Arrays and objects are nested more than %d deep",
                   QS_JSON_MAX_DEPTH);
      return FALSE;
    }

  writer->depth++;
  qs_json_out_put_c (writer->out, is_object ? '{' : '[');
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child =
          is_entry ? g_variant_ref (value) : g_variant_get_child_value (value, i);

      if (i > 0)
        qs_json_out_put_c (writer->out, ',');
      if (!(is_object ? write_member : write_value) (writer, child, error))
        return FALSE;
    }
  qs_json_out_put_c (writer->out, is_object ? '}' : ']');
  writer->depth--;

  return TRUE;
}

/* Unpacks a box, a variant or a maybe; NULL is nothing. */
static gboolean
write_boxed (QsJsonWriter *writer, GVariant *inner, GError **error)
{
  gboolean written;

  if (inner == NULL)
    {
      qs_json_out_put_null (writer->out);
      return TRUE;
    }

  if (writer->n_boxes == QS_JSON_MAX_BOXES)
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_OUT_OF_RANGE,
                   "Variants are nested more than %d deep",
                   QS_JSON_MAX_BOXES);
      return FALSE;
    }

  writer->n_boxes++;
  written =
      (!g_variant_is_container (inner) || check_type (g_variant_get_type_string (inner), error)) &&
      write_value (writer, inner, error);
  writer->n_boxes--;

  return written;
}

static gboolean
write_box (QsJsonWriter *writer, GVariant *value, GError **error)
{
  g_autoptr (GVariant) inner = g_variant_get_type_string (value)[0] == 'v'
                                   ? g_variant_get_variant (value)
                                   : g_variant_get_maybe (value);

  return write_boxed (writer, inner, error);
}

static gboolean
write_value (QsJsonWriter *writer, GVariant *value, GError **error)
{
  GString  *out = writer->out;
  QsInteger integer;

  switch (g_variant_get_type_string (value)[0])
    {
    case 'b':
      qs_json_out_put_boolean (out, g_variant_get_boolean (value));
      return TRUE;

    case 'd':
      qs_json_out_put_double (out, g_variant_get_double (value));
      return TRUE;

    case 'h':
      write_handle (out, g_variant_get_handle (value));
      return TRUE;

    case 's':
    case 'o':
    case 'g':
      write_string (out, value);
      return TRUE;

    case 'v':
    case 'm':
      return write_box (writer, value, error);

    case 'a':
    case '(':
    case '{':
      return write_children (writer, value, error);

    default:
      if (!qs_integer_from_variant (value, &integer))
        g_assert_not_reached ();
      qs_json_out_put_integer (out, integer);
      return TRUE;
    }
}

gboolean
qs_json_writer_write (QsJsonWriter *self, GVariant *value, GError **error)
{
  return check_type (g_variant_get_type_string (value), error) && write_value (self, value, error);
}

gboolean
qs_json_write_tree (GVariant *value, GString *out, GError **error)
{
  QsJsonWriter writer = { .out = out };
  gboolean     ok = qs_json_writer_write (&writer, value, error);

  qs_json_out_end (out);

  return ok;
}
