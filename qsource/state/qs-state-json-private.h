/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Limits the depth to which arrays and objects can be nested. */
#define QS_STATE_JSON_MAX_DEPTH 500

/*
 * Whether a JSON text holds a value that a state keeps: one that comes back equal
 * from whatever reads JSON as this library does. So it is JSON to the last byte,
 * UTF-8 without lone surrogates, its integers are within the range of an int64,
 * its other numbers are finite, and no name occurs twice in an object.
 *
 * Fails with QS_STATE_ERROR_UNSUPPORTED_TYPE, saying what it is, at which byte,
 * and what to use.
 *
 * Context: any.   Locks: none.
 */
gboolean qs_state_json_check (const guint8  *json,
                              gsize          length,
                              GError       **error);

G_END_DECLS
