/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An integer of any of GVariant's types, as sign and absolute value: no type
 * of C holds all of them. */
typedef struct
{
  gboolean is_negative;
  guint64  magnitude;
} QsInteger;

/* Fills in @integer, or returns FALSE if @value is of no integer type.
 *
 * Context: any.   Locks: none. */
gboolean qs_integer_from_variant (GVariant  *value,
                                  QsInteger *integer);

G_END_DECLS
