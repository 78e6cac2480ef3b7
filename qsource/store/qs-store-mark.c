/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-mark-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "qs-log-private.h"

/* None of the names that RocksDB knows: it leaves this file alone. */
#define MARK "CORRUPT"

#define NO_REASON "it is marked as corrupt"

gboolean
qs_store_mark_set_at (int dir_fd, const char *reason)
{
  g_autofree char *line = g_strconcat (reason, "\n", NULL);
  int fd = openat (dir_fd, MARK, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

  if (fd < 0)
    return errno == EEXIST;

  /* On a full disk the reason is lost, but the mark counts without it. */
  (void) !write (fd, line, strlen (line));
  close (fd);

  return TRUE;
}

gboolean
qs_store_mark_clear_at (int dir_fd)
{
  return unlinkat (dir_fd, MARK, 0) == 0 || errno == ENOENT;
}

void
qs_store_mark_set (const char *path, const char *reason)
{
  int dir_fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (dir_fd < 0 || !qs_store_mark_set_at (dir_fd, reason))
    qs_log_warning (NULL,
                    NULL,
                    "Cannot mark the store '%s' as corrupt, so the next start might not notice: %s",
                    path,
                    g_strerror (errno));
  if (dir_fd >= 0)
    close (dir_fd);
}

char *
qs_store_mark_dup_harm (const char *path)
{
  g_autofree char *mark = g_build_filename (path, MARK, NULL);
  g_autofree char *current = g_build_filename (path, "CURRENT", NULL);
  g_autofree char *reason = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (g_file_test (mark, G_FILE_TEST_EXISTS))
    {
      if (!g_file_get_contents (mark, &reason, NULL, NULL) || *g_strchomp (reason) == '\0')
        return g_strdup (NO_REASON);

      return g_steal_pointer (&reason);
    }

  if (g_file_test (current, G_FILE_TEST_EXISTS))
    return NULL;

  /* Tables and write-ahead logs are made only after CURRENT was. */
  dir = g_dir_open (path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      if (g_str_has_suffix (name, ".sst") || g_str_has_suffix (name, ".log"))
        return g_strdup_printf ("the file CURRENT is missing beside %s", name);
    }

  return NULL;
}
