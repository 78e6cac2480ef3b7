/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The bytes of @bytes, NULL only if that is: empty is not null, which g_bytes_get_data()
 * alone does not distinguish.
 *
 * Context: any.   Locks: none. */
static inline const guint8 *
qs_bytes_get_data (GBytes *bytes, gsize *length)
{
  const guint8 *data = NULL;

  *length = 0;
  if (bytes == NULL)
    return NULL;

  data = g_bytes_get_data (bytes, length);

  return data != NULL ? data : (const guint8 *) "";
}

G_END_DECLS
