/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Suggests the name that was probably meant by a misspelt one.
 *
 * Context: any.   Locks: none.
 */

/* The one of @names (terminated by NULL) that is like @name, or NULL if none is;
 * transfer none. */
const char *qs_nearest      (const char        *name,
                             const char *const *names);

/* "; did you mean 'NEAREST'?", or "" if none is like it; transfer full. */
char       *qs_nearest_hint (const char        *name,
                             const char *const *names);

G_END_DECLS
