/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-worker-spawn-private.h"

#include <errno.h>
#include <gio/gunixconnection.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qs-program-private.h"
#include "qs-worker-protocol-private.h"
#include "qs-worker-stdin-private.h"

/* Characters of a command line in an error. */
#define MAX_COMMAND 500

GSocket *
qs_worker_spawn_socket (int *worker_fd, GError **error)
{
  const int yes = 1;
  GSocket  *socket = NULL;
  int       fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0 ||
      setsockopt (fds[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) != 0)
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

  *worker_fd = fds[1];

  return socket;
}

GDBusConnection *
qs_worker_spawn_accept (GSocket *socket, QsProcess *peer, GError **error)
{
  g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);
  g_autoptr (GCredentials) credentials = NULL;

  credentials = g_unix_connection_receive_credentials (G_UNIX_CONNECTION (stream), NULL, error);
  if (credentials == NULL)
    return NULL;

  /* Of another PID namespace: not to be seen, and not to be killed. */
  qs_process_open (peer, MAX (g_credentials_get_unix_pid (credentials, NULL), 0));
  if (!g_socket_set_option (socket, SOL_SOCKET, SO_PASSCRED, 0, error))
    return NULL;

  /* Without authentication: nobody but the two of us has an end of it. So it
   * doesn't wait for the worker either. */
  return g_dbus_connection_new_sync (G_IO_STREAM (stream),
                                     NULL,
                                     G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                     NULL,
                                     NULL,
                                     error);
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
