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
