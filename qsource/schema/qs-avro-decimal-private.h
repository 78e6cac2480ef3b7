/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Decimals as Avro has them: an integer in two's complement, the highest byte first, that
 * is divided by ten so often as its scale says.
 *
 * Context: any.   Locks: none.
 */

/* The bytes of a text as "-12.50"; NULL: it is no decimal, has more digits behind the
 * point than @scale, or more than @precision of them (0: any number). transfer full */
GByteArray *qs_avro_decimal_parse  (const char    *text,
                                    guint          precision,
                                    guint          scale);

/* The text of bytes. transfer full */
char       *qs_avro_decimal_format (const guint8  *data,
                                    gsize          length,
                                    guint          scale);

G_END_DECLS
