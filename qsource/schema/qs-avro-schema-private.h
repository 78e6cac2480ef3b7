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

/* Parses @text; QS_SERIALIZATION_ERROR_INVALID_DATA says what of it is wrong. */
QsAvroSchema     *qs_avro_schema_new       (const char        *text,
                                            GError           **error);
QsAvroSchema     *qs_avro_schema_ref       (QsAvroSchema      *self);
void              qs_avro_schema_unref     (QsAvroSchema      *self);
const QsAvroNode *qs_avro_schema_get_root  (QsAvroSchema      *self);
const char       *qs_avro_schema_get_text  (QsAvroSchema      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsAvroSchema, qs_avro_schema_unref)

G_END_DECLS
