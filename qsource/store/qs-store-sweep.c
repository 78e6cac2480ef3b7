/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-sweep-private.h"

#include <glib/gstdio.h>

#include "qs-deadline-private.h"
#include "qs-log-private.h"
#include "qs-store-private.h"

/* A database has this file; what was removed has no more than its lock. */
#define DATABASE_FILE "CURRENT"

/* When one of its files was written last, in milliseconds since 1970; -1 = no store is
 * there. */
static gint64
find_last_write (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name = NULL;
  gboolean    is_database = FALSE;
  gint64      last = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      GStatBuf         info;

      is_database |= g_str_equal (name, DATABASE_FILE);
      if (g_lstat (file, &info) == 0)
        last = MAX (last, (gint64) info.st_mtime * 1000);
    }

  return is_database ? last : -1;
}

gboolean
qs_store_sweep (const char *path, gint64 age)
{
  gint64 last = find_last_write (path);
  g_autoptr (GError) error = NULL;

  if (last < 0 || g_get_real_time () / 1000 - last <= age)
    return FALSE;

  if (qs_store_remove (path, qs_deadline_after (0), NULL, &error))
    return TRUE;

  /* Somebody uses it. */
  if (!g_error_matches (error, QS_STATE_ERROR, QS_STATE_ERROR_LOCKED))
    qs_log_info (NULL, NULL, "Cannot remove an old store: %s", error->message);

  return FALSE;
}
