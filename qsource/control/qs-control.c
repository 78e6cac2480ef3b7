/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-control.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qs-control-place-private.h"

/* Anybody can make a directory in /tmp. */
static gboolean
is_trusted (const char *directory)
{
  struct stat info;

  return lstat (directory, &info) == 0 && S_ISDIR (info.st_mode) &&
         (info.st_uid == geteuid () || info.st_uid == 0 || geteuid () == 0);
}

static void
add_sockets (GPtrArray *paths, const char *directory)
{
  g_autoptr (GDir) dir = is_trusted (directory) ? g_dir_open (directory, 0, NULL) : NULL;
  const char *name = NULL;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);

      if (qs_control_place_is_left (name))
        g_unlink (path);
      else if (g_str_has_suffix (name, ".control"))
        g_ptr_array_add (paths, g_steal_pointer (&path));
    }
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

/**
 * qs_control_list_sockets:
 *
 * Lists the control sockets of the applications on this machine that this user may control.
 *
 * Each application has a control socket during run(). It offers the D-Bus interface
 * `org.qsource.Application1`, peer to peer; its description is installed as
 * `share/dbus-1/interfaces/org.qsource.Application1.xml`. The function removes the sockets
 * of processes that no longer exist. An application in the list might have ended by the
 * time its socket is used.
 *
 * Returns: (transfer full) (array zero-terminated=1): the paths, sorted
 *
 * Since: 1.0
 */
char **
qs_control_list_sockets (void)
{
  g_auto (GStrv) directories = qs_control_place_list_directories ();
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (char **directory = directories; *directory != NULL; directory++)
    add_sockets (paths, *directory);
  g_ptr_array_sort (paths, compare_paths);
  g_ptr_array_add (paths, NULL);

  return (char **) g_ptr_array_free (g_steal_pointer (&paths), FALSE);
}
