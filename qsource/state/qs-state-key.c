/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-key-private.h"

#include <string.h>

#include "qs-state-error.h"

/* Of a control character: \u0000. */
#define LONGEST_ESCAPE 6

static const char hex_digits[] = "0123456789abcdef";

/* The character after the backslash of each control character, or 0 if it has no short form. */
static const char letters[0x20] = {
  ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r',
};

static gboolean
needs_escape (guint8 c)
{
  return c < 0x20 || c == '"' || c == '\\';
}

static void
append_escape (GByteArray *out, guint8 c)
{
  guint8 text[LONGEST_ESCAPE] = { '\\', 'u', '0', '0' };

  if (c >= 0x20)
    text[1] = c;
  else if (letters[c] != 0)
    text[1] = (guint8) letters[c];
  else
    {
      text[4] = (guint8) hex_digits[c >> 4];
      text[5] = (guint8) hex_digits[c & 0xf];
    }

  g_byte_array_append (out, text, text[4] != 0 ? LONGEST_ESCAPE : 2);
}

/* A key that has something to be escaped at @plain, and nothing before. */
static void
append_escaped (GByteArray *out, const guint8 *key, gsize length, gsize plain)
{
  g_byte_array_set_size (out, 0);
  g_byte_array_append (out, (const guint8 *) "\"", 1);
  g_byte_array_append (out, key, (guint) plain);
  for (gsize i = plain; i < length; i++)
    {
      if (needs_escape (key[i]))
        append_escape (out, key[i]);
      else
        g_byte_array_append (out, &key[i], 1);
    }
  g_byte_array_append (out, (const guint8 *) "\"", 1);
}

/* g_utf8_validate_len() takes NUL for the end of all text. */
static gboolean
is_utf8 (const guint8 *text, gsize length)
{
  const guint8 *end = text + length;

  while (text < end)
    {
      const guint8 *nul = memchr (text, 0, (gsize) (end - text));
      const guint8 *stop = nul != NULL ? nul : end;

      if (!g_utf8_validate_len ((const char *) text, (gsize) (stop - text), NULL))
        return FALSE;
      text = stop + 1;
    }

  return TRUE;
}

gboolean
qs_state_key_encode (GByteArray *out, const guint8 *key, gsize length, GError **error)
{
  gsize  plain = 0;
  guint8 all = 0;

  if (length > G_MAXUINT / LONGEST_ESCAPE - 2)
    {
      g_set_error (error,
                   QS_STATE_ERROR,
                   QS_STATE_ERROR_TOO_LARGE,
                   "Cannot use a key of %" G_GSIZE_FORMAT " bytes",
                   length);
      return FALSE;
    }

  g_byte_array_set_size (out, (guint) length + 2);
  out->data[0] = '"';
  for (; plain < length && !needs_escape (key[plain]); plain++)
    {
      out->data[plain + 1] = key[plain];
      all |= key[plain];
    }
  out->data[plain + 1] = '"';

  if ((plain < length || all >= 0x80) && !is_utf8 (key, length))
    {
      g_set_error_literal (
          error, QS_STATE_ERROR, QS_STATE_ERROR_INVALID_KEY, "Cannot use a key that is not UTF-8");
      return FALSE;
    }
  if (plain < length)
    append_escaped (out, key, length, plain);

  return TRUE;
}

/* The character of the escape that begins at @data; its length in *@used, or 0. Only
 * what we write: the same string in other letters is another key, which nobody can
 * name. */
static guint8
read_escape (const guint8 *data, gsize length, gsize *used)
{
  const char *digit = NULL;

  *used = 0;
  if (length < 2)
    return 0;

  if (data[1] != 'u')
    {
      const char *letter = memchr (letters, data[1], sizeof letters);

      *used = data[1] == '"' || data[1] == '\\' || (letter != NULL && data[1] != 0) ? 2 : 0;
      return letter != NULL ? (guint8) (letter - letters) : data[1];
    }

  if (length < LONGEST_ESCAPE || data[2] != '0' || data[3] != '0' ||
      (data[4] != '0' && data[4] != '1') || data[5] == 0)
    return 0;
  digit = strchr (hex_digits, data[5]);
  if (digit == NULL)
    return 0;

  /* One with a short form is written so. */
  *used = letters[(data[4] - '0') * 16 + (digit - hex_digits)] == 0 ? LONGEST_ESCAPE : 0;

  return (guint8) ((data[4] - '0') * 16 + (digit - hex_digits));
}

GBytes *
qs_state_key_decode (const guint8 *data, gsize length)
{
  g_autoptr (GByteArray) key = NULL;
  gsize used = 0;

  if (length < 2 || data[0] != '"' || data[length - 1] != '"')
    return NULL;

  key = g_byte_array_sized_new ((guint) length);
  for (gsize i = 1; i < length - 1; i += used)
    {
      guint8 c = data[i];

      used = 1;
      if (c == '\\')
        c = read_escape (data + i, length - 1 - i, &used);
      else if (needs_escape (c))
        return NULL;
      if (used == 0)
        return NULL;
      g_byte_array_append (key, &c, 1);
    }

  if (!is_utf8 (key->data, key->len))
    return NULL;

  return g_byte_array_free_to_bytes (g_steal_pointer (&key));
}
