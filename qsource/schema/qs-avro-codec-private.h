/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-avro-schema-private.h"

G_BEGIN_DECLS

/*
 * GVariant to Avro's binary encoding and back.
 *
 * Context: any.   Locks: none.
 */

/* Where in a record something is, for errors; on the stack of who is there. */
typedef struct _QsAvroPath QsAvroPath;
struct _QsAvroPath
{
  const QsAvroPath *parent;
  const char       *name;   /* NULL: an item */
  gsize             index;
};

/* How deep records, arrays, maps and unions may lie in each other. */
#define QS_AVRO_MAX_DEPTH 64

/* As in "orders[3].amount: want long, got string"; always FALSE. */
gboolean  qs_avro_fail   (const QsAvroPath  *path,
                          GError           **error,
                          int                code,
                          const char        *format,
                          ...) G_GNUC_PRINTF (4, 5);

/* What people call the type of @value. */
const char *qs_avro_describe    (GVariant          *value);

/* The same, of a value that isn't of @node's type. */
gboolean  qs_avro_fail_type     (const QsAvroNode  *node,
                                 GVariant          *value,
                                 const QsAvroPath  *path,
                                 GError           **error);

/* A number, and bytes with their length before them. */
void      qs_avro_append_long   (GByteArray        *out,
                                 gint64             number);
void      qs_avro_append_bytes  (GByteArray        *out,
                                 gconstpointer      data,
                                 gsize              length);

/* What holds no other value; see qs_avro_encode(). */
gboolean  qs_avro_encode_simple (const QsAvroNode  *node,
                                 GVariant          *value,
                                 GByteArray        *out,
                                 const QsAvroPath  *path,
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
