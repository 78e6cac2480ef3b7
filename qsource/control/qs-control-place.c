/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-control-place-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The part of an application's name that goes into the file's name. */
#define NAME_LENGTH 40

#define SUFFIX ".control"

static void
add (GPtrArray *directories, char *directory)
{
  if (directory != NULL &&
      !g_ptr_array_find_with_equal_func (directories, directory, g_str_equal, NULL))
    g_ptr_array_add (directories, directory);
  else
    g_free (directory);
}

/* A directory made by logind, or by an administrator: absolute, or nothing. */
static char *
dup_runtime_directory (void)
{
  const char *directory = g_getenv ("XDG_RUNTIME_DIR");

  return directory != NULL && g_path_is_absolute (directory)
             ? g_build_filename (directory, "qsource", NULL)
             : NULL;
}

static char *
dup_user_directory (void)
{
  g_autofree char *directory = g_strdup_printf ("/run/user/%u", (guint) geteuid ());

  return g_file_test (directory, G_FILE_TEST_IS_DIR) ? g_build_filename (directory, "qsource", NULL)
                                                     : NULL;
}

char **
qs_control_place_list_directories (void)
{
  g_autoptr (GPtrArray) directories = g_ptr_array_new_with_free_func (g_free);
  const char *own = g_getenv ("QSOURCE_RUNTIME_DIR");

  /* Use only that one. */
  if (own != NULL && g_path_is_absolute (own))
    {
      add (directories, g_strdup (own));
      g_ptr_array_add (directories, NULL);
      return (char **) g_ptr_array_free (g_steal_pointer (&directories), FALSE);
    }

  /* By preference. */
  add (directories, dup_runtime_directory ());
  add (directories, g_strdup ("/run/qsource"));
  add (directories, dup_user_directory ());
  add (directories, g_strdup_printf ("/tmp/qsource-%u", (guint) geteuid ()));
  g_ptr_array_add (directories, NULL);

  return (char **) g_ptr_array_free (g_steal_pointer (&directories), FALSE);
}

/* Whether it is a directory in which only we, or root, may write. */
static gboolean
prepare_directory (const char *directory)
{
  struct stat info;

  if (mkdir (directory, 0700) != 0 && errno != EEXIST)
    return FALSE;

  return lstat (directory, &info) == 0 && S_ISDIR (info.st_mode) &&
         (info.st_mode & (S_IWGRP | S_IWOTH)) == 0 && info.st_uid == geteuid () &&
         access (directory, W_OK | X_OK) == 0;
}

char *
qs_control_place_make_path (const char *name, guint ordinal, GError **error)
{
  g_auto (GStrv) directories = qs_control_place_list_directories ();
  g_autofree char *start = g_strndup (name, NAME_LENGTH);
  g_autofree char *file = NULL;

  g_strcanon (start, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-", '_');
  file = g_strdup_printf ("%s-%d-%u" SUFFIX, start, (int) getpid (), ordinal);

  for (char **directory = directories; *directory != NULL; directory++)
    {
      g_autofree char *path = g_build_filename (*directory, file, NULL);

      if (strlen (path) < sizeof ((struct sockaddr_un *) NULL)->sun_path &&
          prepare_directory (*directory))
        return g_steal_pointer (&path);
    }

  g_set_error_literal (error,
                       G_IO_ERROR,
                       G_IO_ERROR_NOT_FOUND,
                       "there is no directory for it: neither $QSOURCE_RUNTIME_DIR, nor "
                       "$XDG_RUNTIME_DIR, nor /run/qsource, nor one in /tmp can be written");
  return NULL;
}

gboolean
qs_control_place_is_left (const char *file_name)
{
  g_auto (GStrv) parts = NULL;
  g_autofree char *stem = NULL;
  guint            n = 0;
  int              pid = 0;

  if (!g_str_has_suffix (file_name, SUFFIX))
    return FALSE;

  stem = g_strndup (file_name, strlen (file_name) - strlen (SUFFIX));
  parts = g_strsplit (stem, "-", -1);
  n = g_strv_length (parts);
  pid = n >= 3 ? atoi (parts[n - 2]) : 0;

  return pid > 0 && kill (pid, 0) != 0 && errno == ESRCH;
}
