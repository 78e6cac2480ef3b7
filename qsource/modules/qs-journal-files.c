/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-journal-entry-private.h"

/* One that is open can be incomplete, and is all right; one that can't be opened alone isn't
 * opened with the others either. */
static void
check_file (const char *path, const char *name)
{
  const char *paths[] = { path, NULL };
  sd_journal *journal = NULL;
  int         code = sd_journal_open_files (&journal, paths, 0);

  if (code < 0)
    g_warning ("[%s] The journal file '%s' cannot be read, and its entries are missing: %s",
               name,
               path,
               g_strerror (-code));
  sd_journal_close (journal);
}

static void
check_folder (const char *folder, const char *name, guint depth)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  const char *child = NULL;

  if (dir == NULL && g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_ACCES))
    g_warning ("[%s] '%s' cannot be read, and its entries are missing: a member of the group "
               "systemd-journal can read it",
               name,
               folder);

  while (dir != NULL && (child = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, child, NULL);

      if (g_str_has_suffix (child, ".journal") || g_str_has_suffix (child, ".journal~"))
        check_file (path, name);
      else if (depth > 0 && g_file_test (path, G_FILE_TEST_IS_DIR))
        check_folder (path, name, depth - 1);
    }
}

void
qs_journal_files_check (const char *directory, const char *name)
{
  if (directory != NULL)
    {
      check_folder (directory, name, 1);
      return;
    }

  check_folder ("/run/log/journal", name, 1);
  check_folder ("/var/log/journal", name, 1);
}
