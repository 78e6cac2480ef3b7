/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-integer-private.h"

static QsInteger
from_signed (gint64 number)
{
  /* Negated as unsigned: the smallest number has no positive twin. */
  return (QsInteger){ number < 0, number < 0 ? -(guint64) number : (guint64) number };
}

static QsInteger
from_unsigned (guint64 number)
{
  return (QsInteger){ FALSE, number };
}

gboolean
qs_integer_from_variant (GVariant *value, QsInteger *integer)
{
  switch (g_variant_get_type_string (value)[0])
    {
    case 'y':
      *integer = from_unsigned (g_variant_get_byte (value));
      return TRUE;

    case 'n':
      *integer = from_signed (g_variant_get_int16 (value));
      return TRUE;

    case 'q':
      *integer = from_unsigned (g_variant_get_uint16 (value));
      return TRUE;

    case 'i':
      *integer = from_signed (g_variant_get_int32 (value));
      return TRUE;

    case 'u':
      *integer = from_unsigned (g_variant_get_uint32 (value));
      return TRUE;

    case 'x':
      *integer = from_signed (g_variant_get_int64 (value));
      return TRUE;

    case 't':
      *integer = from_unsigned (g_variant_get_uint64 (value));
      return TRUE;

    default:
      return FALSE;
    }
}
