/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * An Avro schema as a graph of nodes, with the defaults and logical types that its text
 * has. Never changes once it is parsed.
 *
 * Context: any.   Locks: none.
 */

typedef enum
{
  QS_AVRO_NULL,
  QS_AVRO_BOOLEAN,
  QS_AVRO_INT,
  QS_AVRO_LONG,
  QS_AVRO_FLOAT,
  QS_AVRO_DOUBLE,
  QS_AVRO_BYTES,
  QS_AVRO_STRING,
  QS_AVRO_N_PRIMITIVES,
  QS_AVRO_RECORD = QS_AVRO_N_PRIMITIVES,
  QS_AVRO_ENUM,
  QS_AVRO_ARRAY,
  QS_AVRO_MAP,
  QS_AVRO_FIXED,
  QS_AVRO_UNION,
} QsAvroType;

typedef enum
{
  QS_AVRO_PLAIN,
  QS_AVRO_DECIMAL,
  QS_AVRO_DATE,
  QS_AVRO_TIMESTAMP_MILLIS,
  QS_AVRO_TIMESTAMP_MICROS,
} QsAvroLogical;

typedef struct _QsAvroNode QsAvroNode;

/* Of a record's field. */
typedef struct
{
  char       *name;
  QsAvroNode *type;
  GVariant   *fallback; /* what the text gives as default; NULL: none */
} QsAvroField;

struct _QsAvroNode
{
  QsAvroType    type;
  QsAvroLogical logical;
  char         *name;    /* the full one, of a named type; else NULL */
  gsize         size;    /* of a fixed */
  guint         scale;   /* of a decimal */
  GArray       *fields;  /* QsAvroField, of a record */
  GHashTable   *places;  /* of names of fields or symbols, counted from 1 */
  GPtrArray    *symbols; /* char *, of an enum */
  GPtrArray    *types;   /* QsAvroNode, not owned: branches, or the items */
};

typedef struct _QsAvroSchema QsAvroSchema;

/* Parses @text; QS_SERIALIZATION_ERROR_INVALID_DATA says what of it is wrong. */
QsAvroSchema     *qs_avro_schema_new       (const char        *text,
                                            GError           **error);
QsAvroSchema     *qs_avro_schema_ref       (QsAvroSchema      *self);
void              qs_avro_schema_unref     (QsAvroSchema      *self);
const QsAvroNode *qs_avro_schema_get_root  (QsAvroSchema      *self);
const char       *qs_avro_schema_get_text  (QsAvroSchema      *self);

/* What people call the type. */
const char       *qs_avro_node_describe    (const QsAvroNode  *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsAvroSchema, qs_avro_schema_unref)

G_END_DECLS
