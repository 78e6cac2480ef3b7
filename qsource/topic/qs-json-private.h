/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * JSON (RFC 8259) to GVariant and back, byte for byte as orjson writes it.
 *
 * Context: any.   Locks: none.
 */

/* Limits the depth to which arrays and objects can be nested. An object costs three of the 128
 * levels of a GVariant (array, entry, variant), and GVariant silently replaces deeper values with
 * empty ones. */
#define QS_JSON_MAX_DEPTH 40

/* Large enough for what qs_json_format_double() writes, with its NUL. */
#define QS_JSON_DOUBLE_SIZE 32

/* Appends @value (not floating) to @out: no spaces, UTF-8 as it is, NaN and
 * the infinities as null. Fails on types that JSON has no word for, with
 * QS_SERIALIZATION_ERROR; @out may then hold a part. */
gboolean  qs_json_write         (GVariant      *value,
                                 GString       *out,
                                 GError       **error);

/* The same, value by value: the quicker way for what was just put together of other
 * GVariants and is written once, and the slower one for all else. */
gboolean  qs_json_write_tree    (GVariant      *value,
                                 GString       *out,
                                 GError       **error);

/* Reads one JSON text: integers as x (t, d where it is too small), other
 * numbers as d, strings as s, booleans as b, null as an mv of nothing, arrays
 * as av, objects as a{sv}. Of members of the same name the last one counts. The error,
 * QS_SERIALIZATION_ERROR_INVALID_DATA, gives the offset. transfer full */
GVariant *qs_json_read          (const guint8  *data,
                                 gsize          length,
                                 GError       **error);

/* The same, value by value: the slow way, which finds out what is wrong. */
GVariant *qs_json_read_tree     (const guint8  *data,
                                 gsize          length,
                                 GError       **error);

/* Writes the finite @value with the fewest digits that read back as the same
 * number, in any locale. Returns the length. */
gsize     qs_json_format_double (double         value,
                                 char           text[QS_JSON_DOUBLE_SIZE]);

G_END_DECLS
