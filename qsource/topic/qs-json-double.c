/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-json-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

/*
 * The shortest decimal that reads back as the same double and, of several of
 * that length, the nearest one; laid out as Ryu's pretty printer does, which
 * is what orjson prints.
 */

/* More digits than this are never needed, and fewer than DBL_DIG are lossless
 * the other way round. */
#define MAX_DIGITS 17

/* digits × 10^exponent */
typedef struct
{
  guint64 digits;
  int     exponent;
} Decimal;

/* Most numbers that people write have few digits. If digits / 10^n, both
 * exact, gives the number and there are at most DBL_DIG digits, then no other
 * decimal of that length does. */
static gboolean
find_short (double value, Decimal *decimal)
{
  static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8 };

  /* If doubles are computed with more bits, the division proves nothing. */
  if (FLT_EVAL_METHOD != 0)
    return FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (powers); i++)
    {
      double  scaled = value * powers[i];
      guint64 digits;

      if (!(scaled < 1e15 - 1))
        return FALSE;

      digits = (guint64) (scaled + 0.5);
      if ((double) digits / powers[i] == value)
        {
          *decimal = (Decimal){ digits, -(int) i };
          return TRUE;
        }
    }

  return FALSE;
}

static gboolean
reads_back (Decimal decimal, double value)
{
  char text[QS_JSON_DOUBLE_SIZE];

  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT "e%d", decimal.digits, decimal.exponent);

  return g_ascii_strtod (text, NULL) == value;
}

/* The nearest decimal of @n_digits digits. */
static Decimal
round_to (double value, int n_digits)
{
  char        format[8];
  char        text[QS_JSON_DOUBLE_SIZE];
  Decimal     decimal = { 0 };
  const char *p;

  g_snprintf (format, sizeof format, "%%.%de", n_digits - 1);
  g_ascii_formatd (text, sizeof text, format, value);

  for (p = text; *p != 'e'; p++)
    if (*p != '.')
      decimal.digits = decimal.digits * 10 + (guint64) (*p - '0');
  decimal.exponent = (int) g_ascii_strtoll (p + 1, NULL, 10) - (n_digits - 1);

  return decimal;
}

static Decimal
find_shortest (double value)
{
  int exponent;
  /* Below a power of two the doubles lie closer than above it, so that the
   * nearest decimal can miss where the one above it hits. */
  gboolean is_power_of_two = frexp (value, &exponent) == 0.5;

  /* Subnormal numbers have less than DBL_DIG digits of precision. */
  for (int n_digits = value < DBL_MIN ? 1 : DBL_DIG; n_digits < MAX_DIGITS; n_digits++)
    {
      Decimal decimal = round_to (value, n_digits);

      if (reads_back (decimal, value))
        return decimal;

      decimal.digits++;
      if (is_power_of_two && reads_back (decimal, value))
        return decimal;
    }

  return round_to (value, MAX_DIGITS);
}

static char *
append (char *out, const char *text, int length)
{
  return (char *) memcpy (out, text, (gsize) length) + length;
}

static char *
append_zeros (char *out, int n)
{
  return (char *) memset (out, '0', (gsize) MAX (n, 0)) + MAX (n, 0);
}

/* Writes @n digits whose decimal point stands behind the first @point. */
static char *
lay_out (char *out, const char *digits, int n, int point)
{
  if (point > 0 && point <= 16)
    {
      out = append (out, digits, MIN (n, point));
      out = append_zeros (out, point - n);
      *out++ = '.';
      return n > point ? append (out, digits + point, n - point) : append_zeros (out, 1);
    }

  if (point > -5 && point <= 0)
    {
      out = append (out, "0.", 2);
      out = append_zeros (out, -point);
      return append (out, digits, n);
    }

  *out++ = digits[0];
  if (n > 1)
    {
      *out++ = '.';
      out = append (out, digits + 1, n - 1);
    }

  return out + g_snprintf (out, 6, "e%d", point - 1);
}

gsize
qs_json_format_double (double value, char text[QS_JSON_DOUBLE_SIZE])
{
  Decimal decimal;
  char    digits[24];
  char   *out = text;
  int     first = sizeof digits;

  g_assert (isfinite (value));

  if (signbit (value))
    *out++ = '-';
  value = fabs (value);

  if (value == 0)
    decimal = (Decimal){ 0 };
  else if (!find_short (value, &decimal))
    decimal = find_shortest (value);

  while (decimal.digits >= 10 && decimal.digits % 10 == 0)
    {
      decimal.digits /= 10;
      decimal.exponent++;
    }
  do
    digits[--first] = (char) ('0' + decimal.digits % 10);
  while ((decimal.digits /= 10) != 0);

  out = lay_out (out,
                 digits + first,
                 (int) sizeof digits - first,
                 (int) sizeof digits - first + decimal.exponent);
  *out = '\0';

  return (gsize) (out - text);
}
