/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-schema-number-private.h"

#include <float.h>
#include <math.h>

#include "qs-integer-private.h"
#include "qs-serialization-error.h"

/* Whether @magnitude needs no more than @n_bits, but for zeros at its end. */
static gboolean
is_exact (guint64 magnitude, guint n_bits)
{
  return magnitude == 0 ||
         64 - (guint) __builtin_clzll (magnitude) - (guint) __builtin_ctzll (magnitude) <= n_bits;
}

gboolean
qs_schema_get_real (GVariant           *value,
                    gboolean            is_single,
                    double             *number,
                    const char         *want,
                    const QsSchemaPath *path,
                    GError            **error)
{
  QsInteger integer;

  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    {
      *number = g_variant_get_double (value);
      if (is_single && isfinite (*number) && !isfinite ((float) *number))
        return qs_schema_fail (path,
                               error,
                               QS_SERIALIZATION_ERROR_OUT_OF_RANGE,
                               "%.17g is out of the range of %s",
                               *number,
                               want);
      return TRUE;
    }

  if (value == NULL || !qs_integer_from_variant (value, &integer))
    return qs_schema_fail (path,
                           error,
                           QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE,
                           "expected %s, got %s",
                           want,
                           qs_schema_describe (value));
  if (!is_exact (integer.magnitude, is_single ? FLT_MANT_DIG : DBL_MANT_DIG))
    return qs_schema_fail (path,
                           error,
                           QS_SERIALIZATION_ERROR_OUT_OF_RANGE,
                           "%s cannot hold the integer %s%" G_GUINT64_FORMAT " exactly",
                           want,
                           integer.is_negative ? "-" : "",
                           integer.magnitude);
  *number = integer.is_negative ? -(double) integer.magnitude : (double) integer.magnitude;

  return TRUE;
}

void
qs_schema_append_long (GByteArray *out, gint64 number)
{
  guint64 rest = ((guint64) number << 1) ^ (guint64) (number >> 63);
  guint8  bytes[10];
  guint   n = 0;

  for (; rest >= 0x80; rest >>= 7)
    bytes[n++] = (guint8) (rest | 0x80);
  bytes[n++] = (guint8) rest;
  g_byte_array_append (out, bytes, n);
}
