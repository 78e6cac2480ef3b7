/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-schema-ask-private.h"
#include "qs-schema-text-private.h"

G_BEGIN_DECLS

/*
 * The references of a schema in a registry, as a(ssi): each has the name of the reference,
 * the subject, and the version (-1: the newest).
 *
 * Context: any.   Locks: none.
 */

/* Those of an answer. transfer full */
GVariant     *qs_schema_references_read      (GVariant             *json);

/* As a question has them. Floating. */
GVariant     *qs_schema_references_to_json   (GVariant             *references);

/* Makes the path of a version of a subject; -1: the newest. transfer full */
char         *qs_schema_references_make_path (const char           *subject,
                                              int                   version);

/* @text with all that @references (nullable) name; @what is what is to be done. transfer
 * full */
QsSchemaText *qs_schema_references_complete  (const QsSchemaAsked  *asked,
                                              const char           *text,
                                              GVariant             *references,
                                              const char           *what,
                                              gint64                deadline,
                                              GError              **error);

G_END_DECLS
