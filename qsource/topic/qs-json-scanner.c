/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-json-scanner-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "qs-json-path-private.h"
#include "qs-serialization-error.h"

gboolean
qs_json_scanner_fail_at (QsJsonScanner *self,
                         const guint8  *where,
                         GError       **error,
                         const char    *format,
                         ...)
{
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;
  va_list          args;

  if (error == NULL)
    return FALSE;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  path = qs_json_path_find (self->start, where);
  g_set_error (error,
               QS_SERIALIZATION_ERROR,
               QS_SERIALIZATION_ERROR_INVALID_DATA,
               "Invalid JSON at byte %" G_GSIZE_FORMAT ": %s%s%s%s",
               (gsize) (where - self->start),
               text,
               path != NULL ? " (in " : "",
               path != NULL ? path : "",
               path != NULL ? ")" : "");

  return FALSE;
}

gboolean
qs_json_scanner_fail_expected (QsJsonScanner *self, const char *expected, GError **error)
{
  if (self->pos == self->end)
    return qs_json_scanner_fail_at (self, self->pos, error, "expected %s, found the end", expected);

  if (g_ascii_isgraph (*self->pos))
    return qs_json_scanner_fail_at (
        self, self->pos, error, "expected %s, found '%c'", expected, *self->pos);

  return qs_json_scanner_fail_at (
      self, self->pos, error, "expected %s, found byte 0x%02x", expected, *self->pos);
}

static gboolean
at_digit (QsJsonScanner *self)
{
  return self->pos < self->end && g_ascii_isdigit (*self->pos);
}

gboolean
qs_json_scanner_skip (QsJsonScanner *self, char c)
{
  if (self->pos == self->end || *self->pos != (guint8) c)
    return FALSE;

  self->pos++;
  return TRUE;
}

guint8
qs_json_scanner_skip_space (QsJsonScanner *self)
{
  while (self->pos < self->end &&
         (*self->pos == ' ' || *self->pos == '\n' || *self->pos == '\r' || *self->pos == '\t'))
    self->pos++;

  return self->pos < self->end ? *self->pos : 0;
}

/* -------- numbers -------- */

typedef struct
{
  const guint8 *start;
  guint64       digits; /* all of them, without the point */
  gboolean      is_negative;
  gboolean      is_long; /* digits overflowed */
  gboolean      is_integer;
  int           exponent; /* what digits is to be multiplied with, as a power of ten */
} Number;

/* Returns how many there were, at most so many that an exponent can be added. */
static int
read_digits (QsJsonScanner *self, Number *number)
{
  const guint8 *first = self->pos;

  for (; at_digit (self); self->pos++)
    if (!number->is_long &&
        (!g_uint64_checked_mul (&number->digits, number->digits, 10) ||
         !g_uint64_checked_add (&number->digits, number->digits, (guint64) (*self->pos - '0'))))
      number->is_long = TRUE;

  return (int) MIN (self->pos - first, G_MAXINT / 2);
}

static gboolean
read_exponent (QsJsonScanner *self, Number *number, GError **error)
{
  /* Far beyond any double, and far from overflowing. */
  const int max = 1000000;
  gboolean  is_negative = FALSE;
  int       exponent = 0;

  if (!qs_json_scanner_skip (self, '+'))
    is_negative = qs_json_scanner_skip (self, '-');

  if (!at_digit (self))
    return qs_json_scanner_fail_expected (self, "a digit", error);
  for (; at_digit (self); self->pos++)
    exponent = MIN (exponent * 10 + (*self->pos - '0'), max);

  number->exponent += is_negative ? -exponent : exponent;
  return TRUE;
}

static gboolean
scan_number (QsJsonScanner *self, Number *number, GError **error)
{
  *number = (Number){ .start = self->pos, .is_integer = TRUE };
  number->is_negative = qs_json_scanner_skip (self, '-');

  if (!at_digit (self))
    return qs_json_scanner_fail_expected (self, "a digit", error);
  /* After a leading zero no digit may follow; whoever reads on meets it. */
  if (!qs_json_scanner_skip (self, '0'))
    read_digits (self, number);

  if (qs_json_scanner_skip (self, '.'))
    {
      number->is_integer = FALSE;
      if (!at_digit (self))
        return qs_json_scanner_fail_expected (self, "a digit", error);
      number->exponent = -read_digits (self, number);
    }

  if (qs_json_scanner_skip (self, 'e') || qs_json_scanner_skip (self, 'E'))
    {
      number->is_integer = FALSE;
      return read_exponent (self, number, error);
    }

  return TRUE;
}

static double
number_to_double (QsJsonScanner *self, const Number *number)
{
  static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
  g_autofree char    *text = NULL;

  /* Both are exact, so that one rounding is all: the common case, and quick. */
  if (FLT_EVAL_METHOD == 0 && !number->is_long && number->digits <= G_GUINT64_CONSTANT (1) << 53 &&
      ABS (number->exponent) < (int) G_N_ELEMENTS (powers))
    {
      double value = (double) number->digits;

      value = number->exponent < 0 ? value / powers[-number->exponent]
                                   : value * powers[number->exponent];
      return number->is_negative ? -value : value;
    }

  text = g_strndup ((const char *) number->start, (gsize) (self->pos - number->start));
  return g_ascii_strtod (text, NULL);
}

gboolean
qs_json_scanner_scan_number (QsJsonScanner *self, QsJsonNumber *result, GError **error)
{
  const guint64 min_magnitude = G_GUINT64_CONSTANT (1) << 63;
  Number        number;

  if (!scan_number (self, &number, error))
    return FALSE;

  if (number.is_integer && !number.is_long &&
      (!number.is_negative || number.digits <= min_magnitude))
    {
      result->type = number.is_negative || number.digits <= G_MAXINT64 ? 'x' : 't';
      result->value.t = number.is_negative ? -number.digits : number.digits;
      return TRUE;
    }

  result->type = 'd';
  result->value.d = number_to_double (self, &number);
  if (!isfinite (result->value.d))
    return qs_json_scanner_fail_at (
        self, number.start, error, "the number is too large for a double");

  return TRUE;
}

gboolean
qs_json_scanner_skip_number (QsJsonScanner *self, GError **error)
{
  Number number;

  return scan_number (self, &number, error);
}

/* -------- strings -------- */

/* The four digits of a \u escape, or -1. */
static int
read_hex (const guint8 *p, const guint8 *end)
{
  int code = 0;

  if (end - p < 4)
    return -1;
  for (int i = 0; i < 4; i++)
    {
      if (!g_ascii_isxdigit (p[i]))
        return -1;
      code = code << 4 | g_ascii_xdigit_value ((char) p[i]);
    }

  return code;
}

/* Decodes what follows "\u" at *@in to *@out; moves both. */
static gboolean
decode_unicode (QsJsonScanner *self,
                const guint8 **in,
                const guint8  *end,
                gboolean       takes_nul,
                char         **out,
                GError       **error)
{
  const guint8 *escape = *in - 2;
  int           code = read_hex (*in, end);

  if (code < 0)
    return qs_json_scanner_fail_at (
        self, escape, error, "a \\u escape needs four hexadecimal digits");
  if (code == 0 && !takes_nul)
    return qs_json_scanner_fail_at (
        self,
        escape,
        error,
        "a string with a NUL character, which a GVariant cannot hold; use the text as bytes");

  *in += 4;
  if (code >= 0xd800 && code < 0xe000)
    {
      int low = code < 0xdc00 && end - *in >= 6 && (*in)[0] == '\\' && (*in)[1] == 'u'
                    ? read_hex (*in + 2, end)
                    : -1;

      if (low < 0xdc00 || low >= 0xe000)
        return qs_json_scanner_fail_at (self, escape, error, "half of a surrogate pair");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      *in += 6;
    }

  *out += g_unichar_to_utf8 ((gunichar) code, *out);
  return TRUE;
}

gboolean
qs_json_scanner_decode (QsJsonScanner      *self,
                        const QsJsonString *string,
                        gboolean            takes_nul,
                        char               *out,
                        gsize              *length,
                        GError            **error)
{
  static const char escapes[] = "\"\\/bfnrt";
  static const char meanings[] = "\"\\/\b\f\n\r\t";
  const guint8     *in = string->text;
  const guint8     *end = in + string->length;
  const char       *start = out;

  while (in < end)
    {
      const char *escape;

      if (*in != '\\')
        {
          *out++ = (char) *in++;
          continue;
        }

      /* The closing quote is not part of it, so that something follows. */
      in += 2;
      if (in[-1] == 'u')
        {
          if (!decode_unicode (self, &in, end, takes_nul, &out, error))
            return FALSE;
          continue;
        }

      escape = memchr (escapes, in[-1], sizeof escapes - 1);
      if (escape == NULL)
        return qs_json_scanner_fail_at (self, in - 2, error, "unknown escape");
      *out++ = meanings[escape - escapes];
    }

  *out = '\0';
  *length = (gsize) (out - start);
  return TRUE;
}

gboolean
qs_json_scanner_scan_string (QsJsonScanner *self, QsJsonString *string, GError **error)
{
  const char *bad;
  guint8      seen = 0;

  string->has_escapes = FALSE;
  string->text = ++self->pos;
  for (; self->pos < self->end && *self->pos != '"'; self->pos++)
    {
      seen |= *self->pos;
      if (*self->pos < 0x20)
        return qs_json_scanner_fail_expected (
            self, "a character of a string (controls need escapes)", error);
      if (*self->pos == '\\')
        {
          string->has_escapes = TRUE;
          if (++self->pos == self->end)
            break;
        }
    }

  if (self->pos == self->end)
    return qs_json_scanner_fail_expected (self, "'\"'", error);

  string->length = (gsize) (self->pos - string->text);
  if (seen >= 0x80 && !g_utf8_validate_len ((const char *) string->text, string->length, &bad))
    return qs_json_scanner_fail_at (self, (const guint8 *) bad, error, "invalid UTF-8");

  self->pos++;
  return TRUE;
}
