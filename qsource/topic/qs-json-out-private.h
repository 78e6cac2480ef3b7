/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <math.h>
#include <string.h>

#include "qs-integer-private.h"
#include "qs-json-private.h"

G_BEGIN_DECLS

/*
 * The words of JSON as they are written, in line. No NUL stands behind what is
 * written until qs_json_out_end().
 *
 * Context: owner.   Locks: none.
 */

static inline void
qs_json_out_put (GString *out, const char *text, gsize length)
{
  if (G_UNLIKELY (out->allocated_len - out->len <= length))
    {
      gsize written = out->len;

      g_string_set_size (out, written + length);
      out->len = written;
    }

  memcpy (out->str + out->len, text, length);
  out->len += length;
}

static inline void
qs_json_out_put_c (GString *out, char c)
{
  qs_json_out_put (out, &c, 1);
}

static inline void
qs_json_out_end (GString *out)
{
  qs_json_out_put_c (out, '\0');
  out->len--;
}

static inline void
qs_json_out_put_boolean (GString *out, gboolean value)
{
  if (value)
    qs_json_out_put (out, "true", 4);
  else
    qs_json_out_put (out, "false", 5);
}

static inline void
qs_json_out_put_null (GString *out)
{
  qs_json_out_put (out, "null", 4);
}

static inline void
qs_json_out_put_integer (GString *out, QsInteger integer)
{
  char  digits[21];
  gsize first = sizeof digits;

  do
    digits[--first] = (char) ('0' + integer.magnitude % 10);
  while ((integer.magnitude /= 10) != 0);

  if (integer.is_negative)
    digits[--first] = '-';
  qs_json_out_put (out, digits + first, sizeof digits - first);
}

/* NaN and the infinities are null. */
static inline void
qs_json_out_put_double (GString *out, double number)
{
  char text[QS_JSON_DOUBLE_SIZE];

  if (isfinite (number))
    qs_json_out_put (out, text, qs_json_format_double (number, text));
  else
    qs_json_out_put_null (out);
}

/* Writes the escape of a character that needs one in a string, with its backslash. */
static inline void
qs_json_out_put_escape (GString *out, guchar c)
{
  /* The short escapes of control characters; 0 without one. */
  static const char letters[0x20] = {
    ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r',
  };
  static const char hex[] = "0123456789abcdef";

  if (c >= 0x20)
    {
      char text[2] = { '\\', (char) c };

      qs_json_out_put (out, text, sizeof text);
    }
  else if (letters[c] != 0)
    {
      char text[2] = { '\\', letters[c] };

      qs_json_out_put (out, text, sizeof text);
    }
  else
    {
      char text[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

      qs_json_out_put (out, text, sizeof text);
    }
}

static inline void
qs_json_out_put_string (GString *out, const char *text, gsize length)
{
  const char *end = text + length;

  qs_json_out_put_c (out, '"');
  while (text < end)
    {
      const char *run = text;

      while (text < end && (guchar) *text >= 0x20 && *text != '"' && *text != '\\')
        text++;
      qs_json_out_put (out, run, (gsize) (text - run));
      if (text < end)
        qs_json_out_put_escape (out, (guchar) *text++);
    }
  qs_json_out_put_c (out, '"');
}

G_END_DECLS
