/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Errors that contain the path to the faulty place in a record.
 *
 * Context: any.   Locks: none.
 */

/* The path to a place in a record; on the stack of its users. */
typedef struct _QsSchemaPath QsSchemaPath;
struct _QsSchemaPath
{
  const QsSchemaPath *parent;
  const char         *name;   /* NULL: an item */
  gsize               index;
};

/* Limits the depth to which records, arrays, maps and unions can be nested. */
#define QS_SCHEMA_MAX_DEPTH 64

/* As in "orders[3].amount: expected long, got string"; always FALSE. */
gboolean    qs_schema_fail     (const QsSchemaPath  *path,
                                GError             **error,
                                int                  code,
                                const char          *format,
                                ...) G_GNUC_PRINTF (4, 5);

/* Gets the name of the type of @value for people. */
const char *qs_schema_describe (GVariant            *value);

G_END_DECLS
