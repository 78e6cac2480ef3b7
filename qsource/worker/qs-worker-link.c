/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-worker-link-private.h"

#include <errno.h>
#include <gio/gunixconnection.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qs-gsource-private.h"
#include "qs-worker-protocol-private.h"

/* Its end of the connection. *@worker_fd is the other one, to be closed by the caller.
 * transfer full */
static GSocket *
make_socket (int *worker_fd, GError **error)
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

/* Reads who is at the other end, which there must be something to read for, and makes
 * the connection, which delays messages until begin() is called. transfer full */
static GDBusConnection *
make_connection (GSocket *socket, QsProcess *peer, GError **error)
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

static gboolean
export_objects (QsWorkerLink               *self,
                const QsWorkerLinkHandlers *handlers,
                gpointer                    user_data,
                GError                    **error)
{
  self->parent = qs_ipc_parent_skeleton_new ();
  if (!g_dbus_interface_skeleton_export (
          G_DBUS_INTERFACE_SKELETON (self->parent), self->connection, QS_WORKER_PATH, error))
    return FALSE;

  self->peer = qs_ipc_peer_proxy_new_sync (self->connection,
                                           G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES,
                                           NULL,
                                           QS_WORKER_PATH,
                                           NULL,
                                           error);
  if (self->peer == NULL)
    return FALSE;

  g_signal_connect (self->connection, "closed", handlers->closed, user_data);
  g_signal_connect (self->parent, "handle-hello", handlers->hello, user_data);
  g_signal_connect (self->parent, "handle-result", handlers->result, user_data);
  g_signal_connect (self->peer, "event", handlers->event, user_data);

  return TRUE;
}

gboolean
qs_worker_link_listen (QsWorkerLink     *self,
                       GMainContext     *context,
                       GSocketSourceFunc greeting,
                       gpointer          user_data,
                       int              *worker_fd,
                       GError          **error)
{
  self->socket = make_socket (worker_fd, error);
  if (self->socket == NULL)
    return FALSE;

  self->greeting = g_socket_create_source (self->socket, G_IO_IN | G_IO_HUP | G_IO_ERR, NULL);
  g_source_set_callback (self->greeting, G_SOURCE_FUNC (greeting), user_data, NULL);
  g_source_attach (self->greeting, context);

  return TRUE;
}

gboolean
qs_worker_link_accept (QsWorkerLink               *self,
                       const QsWorkerLinkHandlers *handlers,
                       gpointer                    user_data,
                       GError                    **error)
{
  self->connection = make_connection (self->socket, &self->process, error);
  if (self->connection == NULL || !export_objects (self, handlers, user_data, error))
    return FALSE;

  self->phase = QS_WORKER_LINK_OPEN;
  qs_gsource_clear (&self->greeting);
  g_clear_object (&self->socket);
  g_dbus_connection_start_message_processing (self->connection);

  return TRUE;
}

void
qs_worker_link_close (QsWorkerLink *self, gpointer user_data)
{
  self->phase = QS_WORKER_LINK_CLOSED;
  qs_gsource_clear (&self->greeting);

  if (self->connection != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->connection, user_data);
      g_dbus_connection_close (self->connection, NULL, NULL, NULL);
    }
  if (self->peer != NULL)
    g_signal_handlers_disconnect_by_data (self->peer, user_data);
  if (self->parent != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->parent, user_data);
      g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->parent));
    }

  g_clear_object (&self->peer);
  g_clear_object (&self->parent);
  g_clear_object (&self->connection);
  g_clear_object (&self->socket);
}

void
qs_worker_link_clear (QsWorkerLink *self)
{
  qs_process_clear (&self->process);
}
