/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-printer-private.h"

#include <string.h>

#include "qs-headers.h"
#include "qs-json-private.h"

/* Whether a terminal would obey @character, or show in another place what follows. */
static gboolean
is_hostile (gunichar character)
{
  return (character >= 0x7f && character <= 0x9f) || character == 0x61c ||
         (character >= 0x200e && character <= 0x200f) ||
         (character >= 0x2028 && character <= 0x202e) ||
         (character >= 0x2066 && character <= 0x2069) || character == 0xfeff;
}

/* Replaces what is hostile behind @start by JSON's escapes. JSON has such characters
 * within its strings only, so that it means the same. */
static void
escape_hostile (GString *out, gsize start)
{
  g_autofree char *text = NULL;
  const char      *character = NULL;
  gboolean         is_clean = TRUE;

  for (gsize i = start; i < out->len && is_clean; i++)
    is_clean = (guchar) out->str[i] < 0x7f;
  if (is_clean)
    return;

  text = g_strdup (out->str + start);
  g_string_truncate (out, start);
  for (character = text; *character != '\0'; character = g_utf8_next_char (character))
    {
      gunichar code = g_utf8_get_char (character);

      if (is_hostile (code))
        g_string_append_printf (out, "\\u%04x", code);
      else
        g_string_append_len (out, character, g_utf8_next_char (character) - character);
    }
}

/* @text: UTF-8 */
static void
append_text (GString *out, const char *text)
{
  g_autoptr (GVariant) string = g_variant_ref_sink (g_variant_new_string (text));

  qs_json_write (string, out, NULL);
}

/* @bytes: nullable if there are none */
static void
append_bytes (GString *out, const guint8 *bytes, gsize length)
{
  if (length == 0 || g_utf8_validate_len ((const char *) bytes, length, NULL))
    {
      g_autofree char *text = g_strndup (length > 0 ? (const char *) bytes : "", length);

      append_text (out, text);
      return;
    }

  g_string_append (out, "\"0x");
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (out, "%02x", bytes[i]);
  g_string_append_c (out, '"');
}

static void
append_value (GString *out, GVariant *value)
{
  gsize            length = out->len;
  g_autofree char *text = NULL;

  if (value == NULL)
    {
      g_string_append (out, "null");
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
    {
      gsize         size = 0;
      const guint8 *bytes = g_variant_get_fixed_array (value, &size, 1);

      append_bytes (out, bytes, size);
    }
  else if (!qs_json_write (value, out, NULL))
    {
      /* Not JSON: as GVariant's users know it. */
      text = g_variant_print (value, FALSE);
      g_string_truncate (out, length);
      append_text (out, text);
    }
}

static void
append_header_value (GString *out, GBytes *value)
{
  gsize         length = 0;
  const guint8 *bytes = NULL;

  if (value == NULL)
    {
      g_string_append (out, "null");
      return;
    }

  bytes = g_bytes_get_data (value, &length);
  append_bytes (out, bytes, length);
}

/* As pairs: a name may repeat. */
static void
append_headers (GString *out, QsHeaders *headers)
{
  guint n_headers = headers != NULL ? qs_headers_get_length (headers) : 0;

  g_string_append_c (out, '[');
  for (guint i = 0; i < n_headers; i++)
    {
      const char *name = qs_headers_get_name (headers, i);

      g_string_append (out, i > 0 ? ",[" : "[");
      append_bytes (out, (const guint8 *) name, strlen (name));
      g_string_append_c (out, ',');
      append_header_value (out, qs_headers_get_value (headers, i));
      g_string_append_c (out, ']');
    }
  g_string_append_c (out, ']');
}

static void
append_object (GString *out, QsRecord *record, GVariant *value)
{
  const char *topic = qs_record_get_topic (record);

  g_string_append (out, "{\"key\":");
  append_value (out, qs_record_get_key (record));
  g_string_append (out, ",\"value\":");
  append_value (out, value);
  g_string_append_printf (
      out, ",\"timestamp\":%" G_GINT64_FORMAT, qs_record_get_timestamp (record));
  g_string_append (out, ",\"topic\":");
  append_text (out, topic != NULL ? topic : "");
  g_string_append_printf (out,
                          ",\"partition\":%d,\"offset\":%" G_GINT64_FORMAT,
                          qs_record_get_partition (record),
                          qs_record_get_offset (record));
  g_string_append (out, ",\"headers\":");
  append_headers (out, qs_record_get_headers (record));
  g_string_append_c (out, '}');
}

static void
append_time (GString *out, gint64 timestamp)
{
  g_autoptr (GDateTime) second = g_date_time_new_from_unix_local (timestamp / 1000);
  g_autofree char *text = NULL;

  if (timestamp >= 0 && second != NULL)
    text = g_date_time_format (second, "%F %T");

  if (text != NULL)
    g_string_append_printf (out, "%s.%03d", text, (int) (timestamp % 1000));
  else
    g_string_append (out, "time unknown");
}

/* A line about the record, and its value below. */
static void
append_lines (GString *out, QsRecord *record, GVariant *value)
{
  QsHeaders *headers = qs_record_get_headers (record);

  g_string_append_printf (out,
                          "%s/%d @%" G_GINT64_FORMAT "  ",
                          qs_record_get_topic (record),
                          qs_record_get_partition (record),
                          qs_record_get_offset (record));
  append_time (out, qs_record_get_timestamp (record));
  g_string_append (out, "  key ");
  append_value (out, qs_record_get_key (record));
  if (headers != NULL)
    {
      g_string_append (out, "  headers ");
      append_headers (out, headers);
    }
  g_string_append (out, "\n    ");
  append_value (out, value);
}

void
qs_printer_finish (GString *out, gsize start)
{
  escape_hostile (out, start);
  for (gsize i = start; i < out->len; i++)
    if ((guchar) out->str[i] < ' ' && out->str[i] != '\n')
      out->str[i] = ' ';
  g_string_append_c (out, '\n');
}

void
qs_printer_append (GString  *out,
                   QsRecord *record,
                   GVariant *value,
                   gboolean  metadata,
                   gboolean  for_terminal)
{
  gsize start = out->len;

  if (!metadata)
    append_value (out, value);
  else if (for_terminal)
    append_lines (out, record, value);
  else
    append_object (out, record, value);

  escape_hostile (out, start);
  g_string_append_c (out, '\n');
}
