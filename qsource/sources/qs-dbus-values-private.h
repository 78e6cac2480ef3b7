/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @value as JSON can have it; floating. Bytes are a text if they are UTF-8, else a list of
 * numbers; keys that aren't texts are printed; what is boxed is unboxed.
 *
 * Context: any.   Locks: none. */
GVariant *qs_dbus_value_to_json (GVariant *value);

G_END_DECLS
