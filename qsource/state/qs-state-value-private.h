/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Values and keys of a state, and the JSON that stands for them in the store
 * and in the changelog. What is written comes back equal, as JSON reads it;
 * what couldn't is refused.
 *
 * Context: any.   Locks: none.
 */

/* The bytes of @value (not floating). Fails with
 * QS_STATE_ERROR_UNSUPPORTED_TYPE, naming the type. transfer full */
GBytes   *qs_state_value_encode     (GVariant  *value,
                                     GError   **error);

/* The way back; QS_STATE_ERROR_WRONG_TYPE if @bytes are no JSON. Not floating. */
GVariant *qs_state_value_decode     (GBytes    *bytes,
                                     GError   **error);

/* The bytes of @key, which must be UTF-8, else QS_STATE_ERROR_INVALID_KEY. */
GBytes   *qs_state_key_encode       (const char *key,
                                     GError   **error);

/* Those with which the bytes of every key begin that begins with @prefix. */
GBytes   *qs_state_key_encode_prefix (const char *prefix,
                                      GError   **error);

/* The key for which the bytes stand; NULL if they stand for none, being
 * another program's. transfer full */
char     *qs_state_key_decode       (const guint8 *data,
                                     gsize         length);

G_END_DECLS
