/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-avro-schema-private.h"
#include "qs-schema-path-private.h"

G_BEGIN_DECLS

/*
 * GVariant to Avro's binary encoding and back.
 *
 * Context: any.   Locks: none.
 */

/* qs_schema_fail() for a value that isn't of @node's type. */
gboolean  qs_avro_fail_type     (const QsAvroNode  *node,
                                 GVariant          *value,
                                 const QsSchemaPath  *path,
                                 GError           **error);

/* Bytes with their length before them. */
void      qs_avro_append_bytes  (GByteArray        *out,
                                 gconstpointer      data,
                                 gsize              length);

/* Encodes a value that contains no other value; see qs_avro_encode(). */
gboolean  qs_avro_encode_simple (const QsAvroNode  *node,
                                 GVariant          *value,
                                 GByteArray        *out,
                                 const QsSchemaPath  *path,
                                 GError           **error);

/* Appends @value, which doesn't float, to @out. The error names the path; @out may then
 * hold a part. */
gboolean  qs_avro_encode (const QsAvroNode  *node,
                          GVariant          *value,
                          GByteArray        *out,
                          GError           **error);

/* Reads what @node says, all of [@data, @data + @length). transfer full */
GVariant *qs_avro_decode (const QsAvroNode  *node,
                          const guint8      *data,
                          gsize              length,
                          GError           **error);

G_END_DECLS
