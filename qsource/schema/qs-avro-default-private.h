/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-avro-node-private.h"

G_BEGIN_DECLS

/*
 * The defaults that stand in a schema.
 *
 * Context: any.   Locks: none.
 */

/* Replaces a NUL, which a string in a GVariant cannot contain, in parsed text. */
#define QS_AVRO_NUL 0xfdd0

/* The text of a schema with its NULs, which defaults of bytes have, as QS_AVRO_NUL;
 * transfer full. */
char     *qs_avro_hide_nul    (const char        *text);

/* The default @json of the type @node as a value to encode: JSON has bytes as a text, and
 * a union's default is one of its first branch. What doesn't fit stays as it is. transfer
 * full, not floating */
GVariant *qs_avro_default_new (const QsAvroNode  *node,
                               GVariant          *json);

G_END_DECLS
