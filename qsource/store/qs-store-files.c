/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-files-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "qs-store-error-private.h"
#include "qs-store-mark-private.h"

/* A component for the group, the source and the partition: below the state
 * directory no link is ours. */
#define N_COMPONENTS 3

typedef DIR QsDir;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsDir, closedir)

/* A table on its way into the database; none of the names that RocksDB knows. */
#define INGEST "INGEST"

/* Matches the files of RocksDB: state and logs of its own, tables, write-ahead logs. */
static gboolean
is_database_file (const char *name)
{
  return g_regex_match_simple ("^(CURRENT|IDENTITY|" INGEST "|LOG|LOG\\.old\\.[0-9]+"
                               "|(MANIFEST|OPTIONS)-[0-9]+(\\.dbtmp)?"
                               "|[0-9]+\\.(sst|log|ldb|blob|dbtmp)(\\.trash)?)$",
                               name,
                               G_REGEX_DOLLAR_ENDONLY,
                               0);
}

gboolean
qs_store_files_open_dir (const char *path, int *fd, GError **error)
{
  g_autofree char *head = g_canonicalize_filename (path, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  int dir_fd;

  while (names->len < N_COMPONENTS && strcmp (head, "/") != 0)
    {
      g_autofree char *whole = g_steal_pointer (&head);

      g_ptr_array_insert (names, 0, g_path_get_basename (whole));
      head = g_path_get_dirname (whole);
    }

  dir_fd = open (head, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (guint i = 0; i < names->len && dir_fd >= 0; i++)
    {
      int parent_fd = dir_fd;
      int saved_errno;

      dir_fd = openat (parent_fd, names->pdata[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      saved_errno = errno;
      close (parent_fd);
      errno = saved_errno;
    }

  if (dir_fd < 0 && errno != ENOENT)
    return qs_store_error_set_errno (error, errno, "open (following no symbolic link)", path);

  *fd = dir_fd;

  return TRUE;
}

/* All names first: a directory that changes may be listed wrong. */
static GPtrArray *
list_database_files (int fd)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  /* Its own open file: the position is shared with a dup()'s. */
  int dir_fd = openat (fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_autoptr (QsDir) dir = dir_fd >= 0 ? fdopendir (dir_fd) : NULL;
  struct dirent *entry;

  if (dir == NULL)
    return NULL;

  while ((entry = readdir (dir)) != NULL)
    {
      if (is_database_file (entry->d_name))
        g_ptr_array_add (names, g_strdup (entry->d_name));
    }

  return g_steal_pointer (&names);
}

gboolean
qs_store_files_remove (const char *path, int fd, GError **error)
{
  g_autoptr (GPtrArray) names = list_database_files (fd);

  if (names == NULL)
    return qs_store_error_set_errno (error, errno, "list", path);

  if (names->len > 0 && !qs_store_mark_set_at (fd, "its removal was interrupted"))
    return qs_store_error_set_errno (error, errno, "remove", path);

  for (guint i = 0; i < names->len; i++)
    {
      /* Removes a link, never what it points to. */
      if (unlinkat (fd, names->pdata[i], 0) < 0 && errno != ENOENT)
        return qs_store_error_set_errno (error, errno, "remove", path);
    }

  if (!qs_store_mark_clear_at (fd))
    return qs_store_error_set_errno (error, errno, "remove", path);

  return TRUE;
}

char *
qs_store_files_build_ingest_path (const char *path)
{
  return g_build_filename (path, INGEST, NULL);
}
