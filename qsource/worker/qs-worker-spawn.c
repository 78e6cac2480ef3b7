/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-worker-spawn-private.h"

#include <errno.h>
#include <gio/gunixconnection.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qs-program-private.h"
#include "qs-worker-protocol-private.h"

/* Characters of a command line in an error. */
#define MAX_COMMAND 500

GDBusConnection *
qs_worker_spawn_connection (int *worker_fd, GError **error)
{
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) stream = NULL;
  GDBusConnection *connection = NULL;
  int              fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    {
      int code = errno;

      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
      return NULL;
    }

  socket = g_socket_new_from_fd (fds[0], error);
  if (socket == NULL)
    {
      close (fds[0]);
      close (fds[1]);
      return NULL;
    }

  /* Without authentication: nobody but the two of us has an end of it. So it
   * doesn't wait for the worker either. */
  stream = g_socket_connection_factory_create_connection (socket);
  connection = g_dbus_connection_new_sync (G_IO_STREAM (stream),
                                           NULL,
                                           G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                           NULL,
                                           NULL,
                                           error);
  if (connection == NULL)
    close (fds[1]);
  else
    *worker_fd = fds[1];

  return connection;
}

GPid
qs_worker_spawn (char      **argv,
                 guint       application,
                 int         partition,
                 const char *name,
                 int         worker_fd,
                 GError    **error)
{
  const GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH;
  g_autofree char  *value = g_strdup_printf ("%u:%d:%s", application, partition, name);
  g_auto (GStrv) envp = g_environ_setenv (g_get_environ (), QS_WORKER_VARIABLE, value, TRUE);
  int  target_fd = QS_WORKER_FD;
  GPid pid = 0;

  /* They are for the service's main process. */
  envp = g_environ_unsetenv (envp, "NOTIFY_SOCKET");
  envp = g_environ_unsetenv (envp, "WATCHDOG_USEC");
  envp = g_environ_unsetenv (envp, "WATCHDOG_PID");

  /* Not GSubprocess: it forgets the pid of a process that has ended by the time
   * that one asks for it. */
  if (!g_spawn_async_with_pipes_and_fds (qs_program_get_cwd (),
                                         (const char *const *) argv,
                                         (const char *const *) envp,
                                         flags,
                                         NULL,
                                         NULL,
                                         -1,
                                         -1,
                                         -1,
                                         &worker_fd,
                                         &target_fd,
                                         1,
                                         &pid,
                                         NULL,
                                         NULL,
                                         NULL,
                                         error))
    return 0;

  return pid;
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
