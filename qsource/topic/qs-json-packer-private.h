/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The quick way of qs_json_read(): a JSON text becomes the serialized form of its
 * GVariant as it is read, one block for the whole.
 *
 * Context: any.   Locks: none.
 */

/* The value of a text that is an object or an array; NULL for all others, and for
 * whatever is wrong or unusual, which qs_json_read() finds out. transfer full */
GVariant *qs_json_pack (const guint8 *text,
                        gsize         length);

G_END_DECLS
