/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Values of a state, and the JSON that stands for them in the store and in the
 * changelog. What is written comes back equal, as JSON reads it;
 * what couldn't is refused.
 *
 * Context: any.   Locks: none.
 */

/* The bytes of @value (not floating). Fails with
 * QS_STATE_ERROR_UNSUPPORTED_TYPE, naming the type. transfer full */
GBytes   *qs_state_value_encode     (GVariant      *value,
                                     GError       **error);

/* The way back; QS_STATE_ERROR_WRONG_TYPE if it is no JSON. Not floating. */
GVariant *qs_state_value_decode     (const guint8  *data,
                                     gsize          length,
                                     GError       **error);

G_END_DECLS
