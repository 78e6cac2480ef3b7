/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Names the value in which @where lies, as in "orders[3].amount"; NULL: the whole.
 * What stands from @start to @where must be the beginning of a JSON text. transfer full
 *
 * Context: any.   Locks: none. */
char *qs_json_path_find (const guint8 *start,
                         const guint8 *where);

G_END_DECLS
