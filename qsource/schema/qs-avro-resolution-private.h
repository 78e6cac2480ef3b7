/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-avro-schema-private.h"

G_BEGIN_DECLS

/*
 * How what was written by one schema is read as another one wants it: Avro's schema
 * resolution, worked out once for two schemas. Never changes once it is made.
 *
 * Context: any.   Locks: none.
 */

typedef struct _QsAvroResolution QsAvroResolution;

/* A mismatch is not an error here, but one of the values that have it. Keeps both schemas. */
QsAvroResolution *qs_avro_resolution_new      (QsAvroSchema      *written,
                                               QsAvroSchema      *wanted);
void              qs_avro_resolution_free     (QsAvroResolution  *self);

/* Gets the schema for qs_avro_decode(); not for writing. */
const QsAvroNode *qs_avro_resolution_get_root (QsAvroResolution  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsAvroResolution, qs_avro_resolution_free)

G_END_DECLS
