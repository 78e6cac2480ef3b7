/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-file-limit-private.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "qs-application-error.h"

/* Estimates with room to spare: what a process opens that runs one source with a state,
 * and what the application has for each worker. A worker fails at 24 and works at 80. */
#define FILES_PER_PROCESS 48
#define FILES_PER_SOURCE 24
#define FILES_PER_WORKER 3
#define FILES_PER_STANDBY 32

/* A limit of so many files is always enough. */
#define MANY_FILES 4096

static guint
count_open_files (guint limit)
{
  guint n_files = 0;

  for (guint i = 0; i < limit; i++)
    n_files += fcntl ((int) i, F_GETFD) >= 0;

  return n_files;
}

gboolean
qs_file_limit_check (guint n_sources, gboolean in_threads, guint n_standby, GError **error)
{
  guint         n_needed = FILES_PER_PROCESS;
  guint         n_open = 0;
  struct rlimit limit;

  n_needed += n_sources * (in_threads ? FILES_PER_SOURCE : FILES_PER_WORKER);
  n_needed += n_standby * FILES_PER_STANDBY;
  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= MANY_FILES + n_needed)
    return TRUE;

  n_open = count_open_files ((guint) limit.rlim_cur);
  if (n_open + n_needed <= limit.rlim_cur)
    return TRUE;

  g_set_error (error,
               QS_APPLICATION_ERROR,
               QS_APPLICATION_ERROR_FAILED,
               "Cannot run: this process can have %u open files (RLIMIT_NOFILE), of which %u are "
               "open, and a run of %u sources needs %u more; raise the limit of file descriptors "
               "to at least %u ('ulimit -n', LimitNOFILE= in a systemd unit)",
               (guint) limit.rlim_cur,
               n_open,
               n_sources,
               n_needed,
               n_open + n_needed);
  return FALSE;
}
