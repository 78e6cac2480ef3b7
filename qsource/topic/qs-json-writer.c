/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-json-private.h"

#include <math.h>
#include <string.h>

#include "qs-integer-private.h"
#include "qs-serialization-error.h"

/* A variant in a variant costs no level of JSON, and GVariant's own limit doesn't
 * hold for what was never serialized: this keeps the stack bounded. */
#define MAX_BOXES 128

typedef struct
{
  GString *out;
  guint    depth;   /* arrays and objects around the value */
  guint    n_boxes; /* variants and maybes around it */
} Writer;

static gboolean write_value (Writer *writer, GVariant *value, GError **error);

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
                       "JSON has no bytes: a value of type '%s' can't be written; "
                       "make a string of it, or use the 'bytes' serializer",
                       type);
          return FALSE;
        }
      if (p[0] == '{' && strchr ("sog", p[1]) == NULL)
        {
          g_set_error (error,
                       QS_SERIALIZATION_ERROR,
                       QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE,
                       "JSON objects have strings as keys: a value of type '%s' can't be written",
                       type);
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
needs_escape (char c)
{
  return (guchar) c < 0x20 || c == '"' || c == '\\';
}

static void
write_escape (GString *out, char c)
{
  /* What stands at a control character's place, or 0 if it has no short form. */
  static const char letters[0x20] = {
    ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r',
  };

  g_string_append_c (out, '\\');
  if ((guchar) c >= 0x20)
    g_string_append_c (out, c);
  else if (letters[(guchar) c] != 0)
    g_string_append_c (out, letters[(guchar) c]);
  else
    g_string_append_printf (out, "u%04x", (guint) c);
}

static void
write_string (GString *out, GVariant *value)
{
  gsize       length;
  const char *text = g_variant_get_string (value, &length);
  const char *end = text + length;

  g_string_append_c (out, '"');
  while (text < end)
    {
      const char *run = text;

      while (text < end && !needs_escape (*text))
        text++;
      g_string_append_len (out, run, text - run);
      if (text < end)
        write_escape (out, *text++);
    }
  g_string_append_c (out, '"');
}

static void
write_integer (GString *out, QsInteger integer)
{
  char  digits[20];
  gsize first = sizeof digits;

  do
    digits[--first] = (char) ('0' + integer.magnitude % 10);
  while ((integer.magnitude /= 10) != 0);

  if (integer.is_negative)
    g_string_append_c (out, '-');
  g_string_append_len (out, digits + first, (gssize) (sizeof digits - first));
}

static void
write_double (GString *out, double number)
{
  char text[QS_JSON_DOUBLE_SIZE];

  if (isfinite (number))
    g_string_append_len (out, text, (gssize) qs_json_format_double (number, text));
  else
    g_string_append (out, "null");
}

static gboolean
write_member (Writer *writer, GVariant *entry, GError **error)
{
  g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
  g_autoptr (GVariant) value = g_variant_get_child_value (entry, 1);

  write_string (writer->out, key);
  g_string_append_c (writer->out, ':');

  return write_value (writer, value, error);
}

/* An array, a tuple or a dictionary; an entry without its dictionary is an object of one. */
static gboolean
write_children (Writer *writer, GVariant *value, GError **error)
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
                   "More than %d arrays and objects lie in each other",
                   QS_JSON_MAX_DEPTH);
      return FALSE;
    }

  writer->depth++;
  g_string_append_c (writer->out, is_object ? '{' : '[');
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child =
          is_entry ? g_variant_ref (value) : g_variant_get_child_value (value, i);

      if (i > 0)
        g_string_append_c (writer->out, ',');
      if (!(is_object ? write_member : write_value) (writer, child, error))
        return FALSE;
    }
  g_string_append_c (writer->out, is_object ? '}' : ']');
  writer->depth--;

  return TRUE;
}

/* What lies in a box, a variant or a maybe; NULL is nothing. */
static gboolean
write_boxed (Writer *writer, GVariant *inner, GError **error)
{
  gboolean written;

  if (inner == NULL)
    {
      g_string_append (writer->out, "null");
      return TRUE;
    }

  if (writer->n_boxes == MAX_BOXES)
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_OUT_OF_RANGE,
                   "More than %d variants lie in each other",
                   MAX_BOXES);
      return FALSE;
    }

  writer->n_boxes++;
  written =
      check_type (g_variant_get_type_string (inner), error) && write_value (writer, inner, error);
  writer->n_boxes--;

  return written;
}

static gboolean
write_box (Writer *writer, GVariant *value, GError **error)
{
  g_autoptr (GVariant) inner = g_variant_get_type_string (value)[0] == 'v'
                                   ? g_variant_get_variant (value)
                                   : g_variant_get_maybe (value);

  return write_boxed (writer, inner, error);
}

static gboolean
write_value (Writer *writer, GVariant *value, GError **error)
{
  GString  *out = writer->out;
  QsInteger integer;

  switch (g_variant_get_type_string (value)[0])
    {
    case 'b':
      g_string_append (out, g_variant_get_boolean (value) ? "true" : "false");
      return TRUE;

    case 'd':
      write_double (out, g_variant_get_double (value));
      return TRUE;

    case 'h':
      g_string_append_printf (out, "%d", g_variant_get_handle (value));
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
      write_integer (out, integer);
      return TRUE;
    }
}

gboolean
qs_json_write (GVariant *value, GString *out, GError **error)
{
  Writer writer = { .out = out };

  return check_type (g_variant_get_type_string (value), error) &&
         write_value (&writer, value, error);
}
