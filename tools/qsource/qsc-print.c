/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-print.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define KEY_WIDTH 24

struct _QscPrinter
{
  gboolean is_table;
  gboolean is_terminal;
  gboolean has_header;
  int      columns;
};

QscPrinter *
qsc_printer_new (const char *format)
{
  QscPrinter    *self = NULL;
  struct winsize size = { 0 };

  if (format != NULL && !g_str_equal (format, "table") && !g_str_equal (format, "json"))
    return NULL;

  self = g_new0 (QscPrinter, 1);
  self->is_terminal = isatty (STDOUT_FILENO);
  self->is_table = format != NULL ? g_str_equal (format, "table") : self->is_terminal;
  if (self->is_terminal && ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
    self->columns = size.ws_col;

  return self;
}

void
qsc_printer_free (QscPrinter *self)
{
  g_free (self);
}

gboolean
qsc_printer_flush (QscPrinter *self)
{
  return qsc_flush_output ();
}

static GVariant *
bytes_to_json (const guint8 *bytes, gsize length)
{
  GString *text = NULL;

  if (g_utf8_validate_len ((const char *) bytes, length, NULL))
    return g_variant_new_take_string (g_strndup ((const char *) bytes, length));

  text = g_string_new ("0x");
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%02x", bytes[i]);

  return g_variant_new_take_string (g_string_free (text, FALSE));
}

GVariant *
qsc_value_to_json (GVariant *value)
{
  gsize         length = 0;
  const guint8 *bytes = NULL;

  if (value == NULL)
    return g_variant_ref_sink (g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL));

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
    return g_variant_ref (value);

  bytes = g_variant_get_fixed_array (value, &length, 1);
  return g_variant_ref_sink (bytes_to_json (bytes != NULL ? bytes : (const guint8 *) "", length));
}

static GVariant *
headers_to_json (QsHeaders *headers)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (guint i = 0; headers != NULL && i < qs_headers_get_length (headers); i++)
    {
      GBytes       *bytes = qs_headers_get_value (headers, i);
      gsize         length = 0;
      gconstpointer data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
      GVariant     *pair[2];

      pair[0] = g_variant_new_variant (g_variant_new_string (qs_headers_get_name (headers, i)));
      pair[1] = g_variant_new_variant (bytes != NULL
                                           ? bytes_to_json (data != NULL ? data : "", length)
                                           : g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL));
      g_variant_builder_add (&builder, "v", g_variant_new_array (G_VARIANT_TYPE_VARIANT, pair, 2));
    }

  return g_variant_builder_end (&builder);
}

static void
print_json (QsRecord *record)
{
  g_autoptr (GVariant) key = qsc_value_to_json (qs_record_get_key (record));
  g_autoptr (GVariant) value = qsc_value_to_json (qs_record_get_value (record));
  GVariantBuilder dict;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "key", key);
  g_variant_builder_add (&dict, "{sv}", "value", value);
  g_variant_builder_add (
      &dict, "{sv}", "timestamp", g_variant_new_int64 (qs_record_get_timestamp (record)));
  g_variant_builder_add (
      &dict, "{sv}", "topic", g_variant_new_string (qs_record_get_topic (record)));
  g_variant_builder_add (
      &dict, "{sv}", "partition", g_variant_new_int32 (qs_record_get_partition (record)));
  g_variant_builder_add (
      &dict, "{sv}", "offset", g_variant_new_int64 (qs_record_get_offset (record)));
  g_variant_builder_add (
      &dict, "{sv}", "headers", headers_to_json (qs_record_get_headers (record)));
  qsc_print_json (g_variant_builder_end (&dict));
}

char *
qsc_make_printable (const char *text)
{
  GString *out = g_string_new (NULL);

  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar u = g_utf8_get_char (c);

      if (u == '\n')
        g_string_append (out, "⏎");
      else if (u == '\t')
        g_string_append_c (out, ' ');
      else if (g_unichar_iscntrl (u) || g_unichar_type (u) == G_UNICODE_FORMAT)
        g_string_append (out, "�");
      else
        g_string_append_unichar (out, u);
    }

  return g_string_free (out, FALSE);
}

/* A value for a cell: at most @width characters of it; 0: all. */
static char *
to_cell (GVariant *value, int width)
{
  g_autoptr (GVariant) json = qsc_value_to_json (value);
  g_autofree char *text = g_variant_is_of_type (json, G_VARIANT_TYPE_STRING)
                              ? g_variant_dup_string (json, NULL)
                              : qs_json_to_string (json, NULL);
  g_autofree char *printable = qsc_make_printable (text != NULL ? text : "?");
  g_autofree char *start = NULL;

  if (width <= 1 || g_utf8_strlen (printable, -1) <= width)
    return g_steal_pointer (&printable);

  start = g_utf8_substring (printable, 0, width - 1);
  return g_strconcat (start, "…", NULL);
}

static void
print_row (QscPrinter *self, QsRecord *record)
{
  g_autoptr (GDateTime) time =
      g_date_time_new_from_unix_local (qs_record_get_timestamp (record) / 1000);
  g_autofree char *clock = time != NULL ? g_date_time_format (time, "%T") : g_strdup ("?");
  g_autofree char *key = to_cell (qs_record_get_key (record), KEY_WIDTH);
  g_autofree char *value = to_cell (qs_record_get_value (record),
                                    self->columns > 60 ? self->columns - KEY_WIDTH - 26 : 0);

  if (!self->has_header)
    g_print ("%10s  %-12s  %-*s  %s\n", "OFFSET", "TIME", KEY_WIDTH, "KEY", "VALUE");
  self->has_header = TRUE;
  g_print ("%10" G_GINT64_FORMAT "  %s.%03d  %s%*s  %s\n",
           qs_record_get_offset (record),
           clock,
           (int) (qs_record_get_timestamp (record) % 1000),
           key,
           MAX (0, KEY_WIDTH - (int) g_utf8_strlen (key, -1)),
           "",
           value);
}

gboolean
qsc_printer_print (QscPrinter *self, QsRecord *record)
{
  if (self->is_table)
    print_row (self, record);
  else
    print_json (record);

  return !ferror (stdout) && (!self->is_terminal || qsc_printer_flush (self));
}

QsRecord *
qsc_message_to_record (QsMessage *message)
{
  g_autoptr (QsTopic) topic = qs_topic_new (qs_message_get_topic (message));
  g_autoptr (QsSerializer) bytes = qs_serializer_for_name ("bytes", NULL);

  qs_topic_set_key_serializer (topic, bytes);
  qs_topic_set_value_serializer (topic, bytes);

  /* Bytes are always bytes. */
  return qs_topic_deserialize (topic, message, NULL);
}
