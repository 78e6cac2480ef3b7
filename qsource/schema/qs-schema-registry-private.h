/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-schema-registry.h"

G_BEGIN_DECLS

/*
 * What serializers ask a registry. Answers are kept for as long as it lives, failures
 * aren't. All block, for the registry's timeout at most.
 *
 * Context: any.   Locks: none.
 */

typedef struct
{
  const char *subject;
  const char *type;       /* "AVRO", "PROTOBUF" or "JSON" */
  const char *text;
  gboolean    may_register;
  gboolean    normalizes;
} QsSchemaRequest;

/* The id of a schema; -1 with @error set. */
gint64   qs_schema_registry_find_id    (QsSchemaRegistry       *self,
                                        const QsSchemaRequest  *request,
                                        GError                **error);

/* The newest schema of a subject; transfer full. */
gint64   qs_schema_registry_find_latest (QsSchemaRegistry      *self,
                                         const char            *subject,
                                         char                 **text,
                                         GError               **error);

/* The text of the schema @id; transfer full. */
char    *qs_schema_registry_find_text  (QsSchemaRegistry       *self,
                                        gint64                  id,
                                        GError                **error);

G_END_DECLS
