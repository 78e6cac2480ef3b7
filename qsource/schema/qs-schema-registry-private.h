/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-schema-registry.h"
#include "qs-schema-text-private.h"

G_BEGIN_DECLS

/*
 * Requests of serializers to a registry. Answers are cached for its life time, failures are
 * not. All block, until the deadline at most, and give up with G_IO_ERROR_CANCELLED when
 * the calling thread's current cancellable is cancelled.
 *
 * Context: any.   Locks: none.
 */

typedef struct
{
  const char         *subject;
  const char         *type;         /* "AVRO", "PROTOBUF" or "JSON" */
  const QsSchemaText *text;
  GVariant           *references;   /* a(ssi); nullable */
  gboolean            may_register;
  gboolean            normalizes;
} QsSchemaRequest;

/* When a question that begins now must be answered, by the monotonic clock. */
gint64        qs_schema_registry_get_deadline (QsSchemaRegistry       *self);

/* The id of a schema; -1 with @error set. */
gint64        qs_schema_registry_find_id      (QsSchemaRegistry       *self,
                                               const QsSchemaRequest  *request,
                                               gint64                  deadline,
                                               GError                **error);

/* The newest schema of a subject; transfer full. */
gint64        qs_schema_registry_find_latest  (QsSchemaRegistry       *self,
                                               const char             *subject,
                                               gint64                  deadline,
                                               QsSchemaText          **text,
                                               GError                **error);

/* The text of the schema @id, with all that it refers to; transfer full. */
QsSchemaText *qs_schema_registry_dup_text     (QsSchemaRegistry       *self,
                                               gint64                  id,
                                               gint64                  deadline,
                                               GError                **error);

/* @text with all that @references (a(ssi); nullable) name; @what is what is to be done.
 * transfer full */
QsSchemaText *qs_schema_registry_complete     (QsSchemaRegistry       *self,
                                               const char             *text,
                                               GVariant               *references,
                                               const char             *what,
                                               gint64                  deadline,
                                               GError                **error);

G_END_DECLS
