/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-dir-private.h"

#include <glib/gstdio.h>

void
qs_state_dir_remove (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  const char *name = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    dir = g_dir_open (path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      qs_state_dir_remove (child);
    }

  g_remove (path);
}
