/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-callback.h"

G_BEGIN_DECLS

/* The function @name of @type (see qs_callback_guard()) has returned nothing (NULL,
 * FALSE, 0). TRUE: it did not run at all, and can be called once more now. FALSE: it has
 * failed; then *@error is set, if it wasn't yet, to the error of qs_callback_fail().
 *
 * Context: the thread that called it.   Locks: none. */
gboolean qs_callback_was_lost   (GType        type,
                                 const char  *name,
                                 GError     **error);

/* To be called before a function that returns nothing by its nature, so that it isn't
 * lost.
 *
 * Context: the thread that will call it.   Locks: none. */
void     qs_callback_prepare    (GType        type,
                                 const char  *name);

/* Whether functions of @type, of a language, run in the main thread of the process only.
 *
 * Context: any.   Locks: none. */
gboolean qs_callback_has_thread (GType        type);

G_END_DECLS
