/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-schema-path-private.h"

G_BEGIN_DECLS

/*
 * Numbers that a schema wants as floating point.
 *
 * Context: any.   Locks: none.
 */

/* A double, or an integer that the type holds exactly, as a double; @is_single: it must be
 * in the range of a float, to which it may be rounded. @value is nullable, and bare. @want
 * is the type, for errors. */
gboolean qs_schema_get_real (GVariant            *value,
                             gboolean             is_single,
                             double              *number,
                             const char          *want,
                             const QsSchemaPath  *path,
                             GError             **error);

G_END_DECLS
