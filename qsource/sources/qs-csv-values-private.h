/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-csv-private.h"

G_BEGIN_DECLS

/*
 * Converts the fields of a row, which are UTF-8, to values.
 *
 * Context: any.   Locks: none.
 */

/* A field as a value: with @infer, an empty one is null, and numbers, true and false are
 * what they are, unless they were in quotes. Floating. */
GVariant *qs_csv_value_new       (QsCsvRow           *row,
                                  guint               column,
                                  gboolean            infer);

/* A row as an object: a{sv}, floating. A column that is missing is null, one without a name
 * has its number, from 1 on. */
GVariant *qs_csv_row_to_object   (QsCsvRow           *row,
                                  const char *const  *columns,
                                  gboolean            infer);

/* Milliseconds since 1970 of @text, by strptime()'s @format; without one it is a number of
 * seconds or of milliseconds, or ISO 8601, in UTC unless it says otherwise. */
gboolean  qs_csv_parse_time      (const char         *text,
                                  const char         *format,
                                  gint64             *time);

G_END_DECLS
