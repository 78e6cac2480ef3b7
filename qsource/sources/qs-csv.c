/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-csv-private.h"

#include <string.h>

QsCsvRow *
qs_csv_row_new (void)
{
  QsCsvRow *self = g_new0 (QsCsvRow, 1);

  self->text = g_string_new (NULL);
  self->starts = g_array_new (FALSE, FALSE, sizeof (gsize));
  self->quoted = g_array_new (FALSE, FALSE, sizeof (gboolean));

  return self;
}

void
qs_csv_row_free (QsCsvRow *self)
{
  g_string_free (self->text, TRUE);
  g_array_unref (self->starts);
  g_array_unref (self->quoted);
  g_free (self);
}

static void
begin_field (QsCsvRow *self, gboolean is_quoted)
{
  g_array_append_val (self->starts, self->text->len);
  g_array_append_val (self->quoted, is_quoted);
}

/* A field in quotes that begins at @data: its text up to the closing quote. False if that
 * isn't there. */
static gboolean
parse_quoted (QsCsvRow *self, const char *data, gsize length, gboolean at_end, gsize *at)
{
  gsize i = *at;

  for (;;)
    {
      const char *quote = memchr (data + i, '"', length - i);
      gsize       end = quote != NULL ? (gsize) (quote - data) : length;

      g_string_append_len (self->text, data + i, (gssize) (end - i));
      *at = end;
      if (quote == NULL)
        return at_end;

      /* Doubled, it is a quote; whether it is can be unknown yet. */
      if (end + 1 == length && !at_end)
        return FALSE;
      if (end + 1 == length || data[end + 1] != '"')
        {
          *at = end + 1;
          return TRUE;
        }
      g_string_append_c (self->text, '"');
      i = end + 2;
    }
}

/* The rest of a field, without quotes; FALSE at the end of the data. */
static void
parse_plain (QsCsvRow *self, const char *data, gsize length, char delimiter, gsize *at)
{
  gsize i = *at;

  while (i < length && data[i] != delimiter && data[i] != '\n' && data[i] != '\r')
    i++;
  g_string_append_len (self->text, data + *at, (gssize) (i - *at));
  *at = i;
}

/* Reads the end of a row, at @at. False if it is not complete. */
static gboolean
take_end (const char *data, gsize length, gboolean at_end, gsize at, gsize *taken)
{
  *taken = at + 1;
  if (data[at] == '\n')
    return TRUE;
  if (at + 1 == length)
    return at_end;
  if (data[at + 1] == '\n')
    *taken = at + 2;

  return TRUE;
}

gboolean
qs_csv_row_parse (QsCsvRow   *self,
                  const char *data,
                  gsize       length,
                  char        delimiter,
                  gboolean    at_end,
                  gsize      *taken)
{
  gsize at = 0;

  g_string_truncate (self->text, 0);
  g_array_set_size (self->starts, 0);
  g_array_set_size (self->quoted, 0);

  if (length == 0)
    return FALSE;
  if (data[0] == '\n' || data[0] == '\r')
    return take_end (data, length, at_end, 0, taken);

  for (;;)
    {
      gboolean is_quoted = at < length && data[at] == '"';

      begin_field (self, is_quoted);
      if (is_quoted)
        {
          at++;
          if (!parse_quoted (self, data, length, at_end, &at))
            return FALSE;
        }
      parse_plain (self, data, length, delimiter, &at);
      g_string_append_c (self->text, '\0');

      if (at == length)
        {
          *taken = at;
          return at_end;
        }
      if (data[at] != delimiter)
        return take_end (data, length, at_end, at, taken);
      at++;
    }
}

guint
qs_csv_row_get_length (QsCsvRow *self)
{
  return self->starts->len;
}

const char *
qs_csv_row_get (QsCsvRow *self, guint column, gsize *length)
{
  gsize start = g_array_index (self->starts, gsize, column);
  gsize end = column + 1 < self->starts->len ? g_array_index (self->starts, gsize, column + 1)
                                             : self->text->len;

  *length = end - start - 1;

  return self->text->str + start;
}

gboolean
qs_csv_row_is_quoted (QsCsvRow *self, guint column)
{
  return g_array_index (self->quoted, gboolean, column);
}

static gboolean
is_utf8 (const char *encoding)
{
  return g_ascii_strcasecmp (encoding, "UTF-8") == 0 || g_ascii_strcasecmp (encoding, "UTF8") == 0;
}

gboolean
qs_csv_is_encoding (const char *encoding)
{
  const char       ascii[] = "\"\r\n,;\t|09AZaz";
  g_autofree char *text = g_convert (ascii, -1, "UTF-8", encoding, NULL, NULL, NULL);

  return g_strcmp0 (text, ascii) == 0;
}

/* Fields that are all UTF-8, which most are: whether there is nothing to do. */
static gboolean
is_valid (QsCsvRow *self, guint *column)
{
  for (guint i = 0; i < self->starts->len; i++)
    {
      gsize       length = 0;
      const char *text = qs_csv_row_get (self, i, &length);

      *column = i;
      if (!g_utf8_validate_len (text, length, NULL))
        return FALSE;
    }

  return TRUE;
}

gboolean
qs_csv_row_decode (QsCsvRow *self, const char *encoding, guint *column)
{
  g_autoptr (GString) text = NULL;
  g_autoptr (GArray) starts = NULL;

  if (is_utf8 (encoding))
    return is_valid (self, column);

  text = g_string_new (NULL);
  starts = g_array_new (FALSE, FALSE, sizeof (gsize));
  for (guint i = 0; i < self->starts->len; i++)
    {
      gsize            length = 0, converted = 0;
      const char      *field = qs_csv_row_get (self, i, &length);
      g_autofree char *utf8 =
          g_convert (field, (gssize) length, "UTF-8", encoding, NULL, &converted, NULL);

      *column = i;
      if (utf8 == NULL || !g_utf8_validate_len (utf8, converted, NULL))
        return FALSE;
      g_array_append_val (starts, text->len);
      g_string_append_len (text, utf8, (gssize) converted + 1);
    }

  g_string_free (self->text, TRUE);
  self->text = g_steal_pointer (&text);
  g_array_unref (self->starts);
  self->starts = g_steal_pointer (&starts);

  return TRUE;
}
