/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

#include "qs-schema-registry.h"

G_BEGIN_DECLS

#define QS_TYPE_JSON_SCHEMA_SERIALIZER (qs_json_schema_serializer_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsJsonSchemaSerializer, qs_json_schema_serializer, QS, JSON_SCHEMA_SERIALIZER, GObject)

QS_AVAILABLE_IN_ALL
QsJsonSchemaSerializer *qs_json_schema_serializer_new (const char        *schema,
                                          QsSchemaRegistry  *registry) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
