/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-avro-decimal-private.h"

#include <string.h>

/* Multiplies the magnitude, the lowest byte first, and adds. */
static void
multiply_add (GByteArray *magnitude, guint factor, guint summand)
{
  guint carry = summand;

  for (guint i = 0; i < magnitude->len; i++)
    {
      carry += magnitude->data[i] * factor;
      magnitude->data[i] = (guint8) carry;
      carry >>= 8;
    }
  if (carry > 0)
    {
      guint8 byte = (guint8) carry;

      g_byte_array_append (magnitude, &byte, 1);
    }
}

/* In two's complement, the lowest byte first. */
static void
negate (GByteArray *bytes)
{
  guint carry = 1;

  for (guint i = 0; i < bytes->len; i++)
    {
      carry += (guint8) ~bytes->data[i];
      bytes->data[i] = (guint8) carry;
      carry >>= 8;
    }
}

static void
reverse (GByteArray *bytes)
{
  for (guint i = 0; i < bytes->len / 2; i++)
    {
      guint8 byte = bytes->data[i];

      bytes->data[i] = bytes->data[bytes->len - 1 - i];
      bytes->data[bytes->len - 1 - i] = byte;
    }
}

GByteArray *
qs_avro_decimal_parse (const char *text, guint precision, guint scale)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gboolean     is_negative = *text == '-';
  const char  *p = text + (*text == '-' || *text == '+');
  guint        n_digits = 0;
  guint        n_behind = 0;
  guint        n_counted = 0; /* but for zeros at the beginning */
  gboolean     is_behind = FALSE;
  const guint8 zero = 0;

  for (; *p != '\0'; p++)
    {
      if (*p == '.' && !is_behind)
        {
          is_behind = TRUE;
          continue;
        }
      if (!g_ascii_isdigit (*p) || (is_behind && n_behind == scale && *p != '0'))
        return NULL;
      n_digits++;
      if (is_behind && n_behind == scale)
        continue;
      n_behind += is_behind;
      n_counted += n_counted > 0 || *p != '0';
      multiply_add (bytes, 10, (guint) (*p - '0'));
    }
  if (n_digits == 0)
    return NULL;
  for (; n_behind < scale; n_behind++)
    {
      n_counted += n_counted > 0;
      multiply_add (bytes, 10, 0);
    }
  if (precision > 0 && n_counted > precision)
    return NULL;

  /* Room for the sign. */
  if (bytes->len == 0 || bytes->data[bytes->len - 1] >= 0x80)
    g_byte_array_append (bytes, &zero, 1);
  if (is_negative)
    negate (bytes);
  /* -128 fits into one byte. */
  if (is_negative && bytes->len > 1 && bytes->data[bytes->len - 1] == 0xff &&
      bytes->data[bytes->len - 2] >= 0x80)
    g_byte_array_set_size (bytes, bytes->len - 1);
  reverse (bytes);

  return g_steal_pointer (&bytes);
}

/* Divides the magnitude, the lowest byte first, by ten; returns the rest. */
static guint
divide (GByteArray *magnitude)
{
  guint rest = 0;

  for (guint i = magnitude->len; i > 0; i--)
    {
      guint part = rest << 8 | magnitude->data[i - 1];

      magnitude->data[i - 1] = (guint8) (part / 10);
      rest = part % 10;
    }
  while (magnitude->len > 0 && magnitude->data[magnitude->len - 1] == 0)
    g_byte_array_set_size (magnitude, magnitude->len - 1);

  return rest;
}

char *
qs_avro_decimal_format (const guint8 *data, gsize length, guint scale)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean is_negative = length > 0 && data[0] >= 0x80;

  g_byte_array_append (bytes, data, (guint) length);
  reverse (bytes);
  if (is_negative)
    negate (bytes);
  while (bytes->len > 0 && bytes->data[bytes->len - 1] == 0)
    g_byte_array_set_size (bytes, bytes->len - 1);

  /* The last digit first. */
  for (guint i = 0; bytes->len > 0 || i <= scale; i++)
    {
      if (i == scale && scale > 0)
        g_string_append_c (text, '.');
      g_string_append_c (text, (char) ('0' + divide (bytes)));
    }
  if (is_negative)
    g_string_append_c (text, '-');

  return g_strreverse (g_string_free (g_steal_pointer (&text), FALSE));
}
