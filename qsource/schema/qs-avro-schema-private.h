/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-avro-node-private.h"

G_BEGIN_DECLS

/*
 * An Avro schema as a graph of nodes, with the defaults and logical types that its text
 * has. Never changes once it is parsed.
 *
 * Context: any.   Locks: none.
 */

typedef struct _QsAvroSchema QsAvroSchema;

/* Parses @text; @parts (char *; nullable) are the texts of which it uses types, those first
 * that others use. QS_SERIALIZATION_ERROR_SCHEMA says what of it is wrong. */
QsAvroSchema     *qs_avro_schema_new       (const char        *text,
                                            GPtrArray         *parts,
                                            GError           **error);
QsAvroSchema     *qs_avro_schema_ref       (QsAvroSchema      *self);
void              qs_avro_schema_unref     (QsAvroSchema      *self);
const QsAvroNode *qs_avro_schema_get_root  (QsAvroSchema      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsAvroSchema, qs_avro_schema_unref)

G_END_DECLS
