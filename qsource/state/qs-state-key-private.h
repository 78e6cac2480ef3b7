/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Keys of a state, and the JSON strings that stand for them in the store and in
 * the changelog, byte for byte as Quix Streams writes them. A key is any UTF-8,
 * NUL included; two keys never have the same bytes.
 *
 * Context: any.   Locks: none.
 */

/* Puts the bytes of @key in @out, in place of what that had. A key that isn't UTF-8
 * is QS_STATE_ERROR_INVALID_KEY. Without its last byte it is what the bytes of every
 * key begin with that begins with @key: each character is written by itself. */
gboolean qs_state_key_encode (GByteArray   *out,
                              const guint8 *key,
                              gsize         length,
                              GError      **error);

/* The key for which the bytes stand; NULL if they stand for none, being
 * another program's. transfer full */
GBytes  *qs_state_key_decode (const guint8 *data,
                              gsize         length);

G_END_DECLS
