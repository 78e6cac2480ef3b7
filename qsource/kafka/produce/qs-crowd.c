/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-crowd-private.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Threads that may want to run for each processor. */
#define MAX_WAITING 4

gboolean
qs_crowd_in_text (const char *text, guint n_processors)
{
  const char *field = text;

  for (guint i = 0; i < 3 && field != NULL; i++)
    {
      field = strchr (field, ' ');
      field = field != NULL ? field + 1 : NULL;
    }

  /* Of all threads, as in "0.20 0.18 0.12 3/800 11206". */
  return field != NULL && g_ascii_strtoull (field, NULL, 10) > (guint64) n_processors * MAX_WAITING;
}

gboolean
qs_crowd_is_there (void)
{
  char   text[128];
  int    fd = open ("/proc/loadavg", O_RDONLY | O_CLOEXEC);
  gssize length = fd >= 0 ? read (fd, text, sizeof text - 1) : -1;

  if (fd >= 0)
    close (fd);
  if (length <= 0)
    return FALSE;

  text[length] = '\0';

  return qs_crowd_in_text (text, g_get_num_processors ());
}
