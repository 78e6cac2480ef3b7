/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-schema-path-private.h"

G_BEGIN_DECLS

/*
 * Numbers as schemas want them.
 *
 * Context: any.   Locks: none.
 */

/* A double, or an integer that the type holds exactly, as a double; @is_single: it must be
 * in the range of a float, to which it may be rounded. @value is nullable, and bare. @want
 * is the type, for errors. */
gboolean qs_schema_get_real (GVariant            *value,
                             gboolean             is_single,
                             double              *number,
                             const char          *want,
                             const QsSchemaPath  *path,
                             GError             **error);

/* In as many bytes as it needs, as Avro has it, and what precedes Protobuf. */
void     qs_schema_append_long (GByteArray  *out,
                                gint64       number);

G_END_DECLS
