/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-worker-spawn-private.h"

#include <sys/socket.h>
#include <unistd.h>

#include "qs-program-private.h"
#include "qs-worker-protocol-private.h"
#include "qs-worker-stdin-private.h"

/* Characters of a command line in an error. */
#define MAX_COMMAND 500

char **
qs_worker_spawn_dup_argv (QsWorker               *worker,
                          const QsWorkerSettings *settings,
                          guint                  *application,
                          GError                **error)
{
  char **argv = NULL;

  g_object_get (qs_worker_get_source (worker), "worker-argv", &argv, NULL);
  /* Another program, which has the source in its first application. */
  *application = argv != NULL ? 1 : settings->application;
  if (argv != NULL)
    return argv;

  return settings->worker_argv != NULL ? g_strdupv ((char **) settings->worker_argv)
                                       : qs_program_dup_argv (error);
}

GPid
qs_worker_spawn (char      **argv,
                 guint       application,
                 int         partition,
                 const char *name,
                 int         worker_fd,
                 gboolean    has_stdin,
                 GError    **error)
{
  const GSpawnFlags flags =
      G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN;
  g_autofree char *value = g_strdup_printf ("%u:%d:%s", application, partition, name);
  g_auto (GStrv) envp = g_environ_setenv (g_get_environ (), QS_WORKER_VARIABLE, value, TRUE);
  int      stdin_fd = has_stdin ? -1 : qs_worker_stdin_new_none ();
  int      target_fd = QS_WORKER_FD;
  GPid     pid = 0;
  gboolean ok = FALSE;

  /* They are for the service's main process. */
  envp = g_environ_unsetenv (envp, "NOTIFY_SOCKET");
  envp = g_environ_unsetenv (envp, "WATCHDOG_USEC");
  envp = g_environ_unsetenv (envp, "WATCHDOG_PID");

  /* Not GSubprocess: it forgets the pid of a process that has ended by the time
   * that one asks for it. */
  ok = g_spawn_async_with_pipes_and_fds (qs_program_get_cwd (),
                                         (const char *const *) argv,
                                         (const char *const *) envp,
                                         flags,
                                         NULL,
                                         NULL,
                                         stdin_fd,
                                         -1,
                                         -1,
                                         &worker_fd,
                                         &target_fd,
                                         1,
                                         &pid,
                                         NULL,
                                         NULL,
                                         NULL,
                                         error);
  if (stdin_fd >= 0)
    close (stdin_fd);

  return ok ? pid : 0;
}

char *
qs_worker_spawn_describe (char **argv)
{
  g_autofree char *joined = g_strjoinv (" ", argv);
  g_autofree char *valid = g_utf8_make_valid (joined, -1);
  g_autofree char *start = NULL;

  if (g_utf8_strlen (valid, -1) <= MAX_COMMAND)
    return g_steal_pointer (&valid);

  start = g_utf8_substring (valid, 0, MAX_COMMAND);

  return g_strconcat (start, "...", NULL);
}
