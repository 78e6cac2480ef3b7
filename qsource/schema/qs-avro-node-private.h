/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A type of an Avro schema: a node of a graph that never changes once it is parsed.
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
  GVariant   *fallback; /* the text's default, as a value to encode; NULL: none */
} QsAvroField;

struct _QsAvroNode
{
  QsAvroType    type;
  QsAvroLogical logical;
  char         *name;    /* the full one, of a named type; else NULL */
  gsize         size;    /* of a fixed */
  guint         precision; /* digits of a decimal at most; 0: any number */
  guint         scale;   /* of a decimal */
  GArray       *fields;  /* QsAvroField, of a record */
  GHashTable   *places;  /* of names of fields or symbols, counted from 1 */
  GPtrArray    *symbols; /* char *, of an enum */
  GPtrArray    *types;   /* QsAvroNode, not owned: branches, or the items */
};

void        qs_avro_node_free     (QsAvroNode        *self);

/* What people call the type, and what the kind of type is called in schemas. */
const char *qs_avro_node_describe (const QsAvroNode  *self);
const char *qs_avro_type_get_name (QsAvroType         type);

G_END_DECLS
