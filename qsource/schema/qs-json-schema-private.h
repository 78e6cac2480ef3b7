/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A JSON Schema (drafts 4 to 7). Never changes once it is parsed; built without valijson,
 * it checks nothing, and says so.
 *
 * Context: any.   Locks: that of what checks.
 */

typedef struct _QsJsonSchema QsJsonSchema;

/* QS_SERIALIZATION_ERROR_SCHEMA says what of @text is wrong. @names and @parts (char *;
 * nullable): the addresses to which it refers, and the schemas that are there. */
QsJsonSchema *qs_json_schema_new       (const char    *text,
                                        GPtrArray     *names,
                                        GPtrArray     *parts,
                                        GError       **error);
QsJsonSchema *qs_json_schema_ref       (QsJsonSchema  *self);
void          qs_json_schema_unref     (QsJsonSchema  *self);

/* Gets its title; nullable. */
const char   *qs_json_schema_get_title (QsJsonSchema  *self);

/* Whether @text, which is JSON, is as the schema says; else QS_SERIALIZATION_ERROR with
 * @code and the path. */
gboolean      qs_json_schema_check     (QsJsonSchema  *self,
                                        const char    *text,
                                        gsize          length,
                                        int            code,
                                        GError       **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsJsonSchema, qs_json_schema_unref)

G_END_DECLS
