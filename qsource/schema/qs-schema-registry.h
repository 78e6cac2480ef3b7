/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_SCHEMA_REGISTRY (qs_schema_registry_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsSchemaRegistry, qs_schema_registry, QS, SCHEMA_REGISTRY, GObject)

QS_AVAILABLE_IN_ALL
QsSchemaRegistry *qs_schema_registry_new                  (const char        *url) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
const char       *qs_schema_registry_get_url              (QsSchemaRegistry  *self);
QS_AVAILABLE_IN_ALL
const char       *qs_schema_registry_get_user             (QsSchemaRegistry  *self);
QS_AVAILABLE_IN_ALL
const char       *qs_schema_registry_get_ca_file          (QsSchemaRegistry  *self);
QS_AVAILABLE_IN_ALL
const char       *qs_schema_registry_get_certificate_file (QsSchemaRegistry  *self);
QS_AVAILABLE_IN_ALL
const char       *qs_schema_registry_get_key_file         (QsSchemaRegistry  *self);
QS_AVAILABLE_IN_ALL
double            qs_schema_registry_get_timeout          (QsSchemaRegistry  *self);

G_END_DECLS
