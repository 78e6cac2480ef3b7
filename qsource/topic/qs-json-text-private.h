/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * JSON as text that someone else has written, without a GVariant: what a GVariant
 * can't hold, as a NUL in a string, stays as it is.
 *
 * Context: any.   Locks: none.
 */

/* Limits the depth to which arrays and objects can be nested in a text. */
#define QS_JSON_MAX_TEXT_DEPTH 1024

/* Whether the bytes are one JSON text (RFC 8259) of Unicode characters: half of a
 * surrogate pair isn't one. Numbers may be larger than any type. */
gboolean  qs_json_text_check          (const guint8  *text,
                                       gsize          length,
                                       GError       **error);

/* Of a text that is a string: the bytes that it stands for, NUL included; else NULL,
 * without an error if it is something else. transfer full */
GBytes   *qs_json_text_decode_string  (const guint8  *text,
                                       gsize          length,
                                       GError       **error);

G_END_DECLS
