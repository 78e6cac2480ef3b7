/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-callback.h"

G_BEGIN_DECLS

/* A callback or virtual function has returned nothing (NULL, FALSE, 0). TRUE: it
 * did not run at all, and can be called once more now. FALSE: it has failed; then
 * *@error is set, if it wasn't yet, to what it told by qs_callback_fail().
 *
 * Context: the thread that called it.   Locks: none. */
gboolean qs_callback_was_lost (GError **error);

G_END_DECLS
