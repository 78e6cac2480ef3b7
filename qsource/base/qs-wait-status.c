/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-wait-status-private.h"

#include <sys/wait.h>

char *
qs_wait_status_describe (int wait_status)
{
  if (wait_status == -1)
    return g_strdup ("ended in an unknown way (this program ignores or handles SIGCHLD)");

  if (WIFSIGNALED (wait_status))
    return g_strdup_printf ("was ended by signal %d (%s)",
                            WTERMSIG (wait_status),
                            g_strsignal (WTERMSIG (wait_status)));

  return g_strdup_printf ("ended with status %d", WEXITSTATUS (wait_status));
}
