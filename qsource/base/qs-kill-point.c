/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-kill-point-private.h"

#ifdef QS_KILL_POINTS

#include <signal.h>
#include <string.h>
#include <unistd.h>

static struct
{
  char  *name; /* NULL: none was asked for */
  guint  n_left;
  GMutex lock;
} point;

static void
read_environment (void)
{
  const char *value = g_getenv ("QSOURCE_KILL_POINT");
  const char *number = value != NULL ? strrchr (value, ':') : NULL;

  if (number == NULL)
    return;

  point.n_left = (guint) g_ascii_strtoull (number + 1, NULL, 10);
  point.name = g_strndup (value, (gsize) (number - value));
}

void
qs_kill_point_pass (const char *name)
{
  static gsize is_read = 0;

  if (g_once_init_enter (&is_read))
    {
      read_environment ();
      g_once_init_leave (&is_read, 1);
    }
  if (g_strcmp0 (point.name, name) != 0)
    return;

  g_mutex_lock (&point.lock);
  if (point.n_left > 0 && --point.n_left == 0)
    kill (getpid (), SIGKILL);
  g_mutex_unlock (&point.lock);
}

gboolean
qs_kill_point_errs (const char *mutant)
{
  return g_strcmp0 (g_getenv ("QSOURCE_MUTANT"), mutant) == 0;
}

#endif
