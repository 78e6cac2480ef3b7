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
  QS_AVRO_MISMATCH, /* only in a resolution: what can't be read as the reader wants it */
} QsAvroType;

typedef enum
{
  QS_AVRO_PLAIN,
  QS_AVRO_DECIMAL,
  QS_AVRO_DATE,
  QS_AVRO_TIMESTAMP_MILLIS,
  QS_AVRO_TIMESTAMP_MICROS,
} QsAvroLogical;

/* Only in a resolution: as what a number, bytes or a string is handed over. */
typedef enum
{
  QS_AVRO_AS_WRITTEN,
  QS_AVRO_AS_REAL,
  QS_AVRO_AS_BYTES,
  QS_AVRO_AS_STRING,
} QsAvroPromotion;

typedef struct _QsAvroNode QsAvroNode;

/* Of a record's field. */
typedef struct
{
  char       *name;
  QsAvroNode *type;
  GVariant   *fallback; /* the text's default, as a value to encode; NULL: none */
  GPtrArray  *aliases;  /* char *; NULL: none */

  /* Only in a resolution. */
  GBytes     *encoded;    /* what stands for a field that isn't written; NULL: it is */
  gboolean    is_skipped; /* it is written, and nobody wants it */
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
  GPtrArray    *aliases; /* char *, of a named type; NULL: none */
  char         *fallback; /* the symbol that stands for unknown ones, of an enum; NULL: none */

  /* Only in a resolution, where symbols are those to read by those that were written, NULL
   * where there is none. */
  QsAvroPromotion   promotion;
  const QsAvroNode *written; /* the writer's type, of an enum */
  const char       *reason;  /* of a mismatch; owned by the resolution */
};

void        qs_avro_node_free     (QsAvroNode        *self);

/* The name of the type for people; in full with its parts, transfer full; and the name of the
 * kind of type in schemas. */
const char *qs_avro_node_describe (const QsAvroNode  *self);
char       *qs_avro_node_describe_full (const QsAvroNode *self);
const char *qs_avro_type_get_name (QsAvroType         type);

G_END_DECLS
