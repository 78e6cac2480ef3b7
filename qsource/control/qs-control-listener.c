/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The control socket of an application while it runs, and its name on a bus: an attendant.
 * That there is none is no error: the run needs it for nothing.
 */

#include <errno.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qs-application-error.h"
#include "qs-attendant-private.h"
#include "qs-control-object-private.h"
#include "qs-control-place-private.h"
#include "qs-gsource-private.h"
#include "qs-log-private.h"

#define BACKLOG 16

/* More are refused: each of them costs memory. */
#define MAX_CONNECTIONS 32

typedef struct
{
  QsControlObject   *object;      /* owned */
  char              *path;        /* owned; NULL: there is no socket */
  GSocket           *socket;      /* owned; nullable */
  GSource           *source;      /* owned; nullable */
  GPtrArray         *connections; /* GDBusConnection; owned */
  GDBusAuthObserver *observer;    /* owned */
  GCancellable      *ending;      /* owned */
  guint              bus_name;    /* 0: none is wanted */
} Listener;

static guint n_listeners;

static gboolean
allow_mechanism_cb (GDBusAuthObserver *observer, const char *mechanism, gpointer user_data)
{
  return g_str_equal (mechanism, "EXTERNAL");
}

/* The kernel says who it is: the same user, or root. */
static gboolean
authorize_cb (GDBusAuthObserver *observer,
              GIOStream         *stream,
              GCredentials      *credentials,
              gpointer           user_data)
{
  uid_t uid = credentials != NULL ? g_credentials_get_unix_user (credentials, NULL) : (uid_t) -1;

  return uid != (uid_t) -1 && (uid == geteuid () || uid == 0);
}

static void
closed_cb (GDBusConnection *connection, gboolean vanished, GError *error, Listener *self)
{
  g_signal_handlers_disconnect_by_data (connection, self);
  g_dbus_interface_skeleton_unexport_from_connection (qs_control_object_get_skeleton (self->object),
                                                      connection);
  g_ptr_array_remove_fast (self->connections, connection);
}

static void
connected_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_dbus_connection_new_finish (result, &error);
  Listener *self = user_data;

  if (connection == NULL)
    {
      /* Then there is no listener any more. */
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        qs_log_debug (
            NULL, NULL, "Cannot accept a connection to the control socket: %s", error->message);
      return;
    }

  g_dbus_connection_set_exit_on_close (connection, FALSE);
  if (!g_dbus_interface_skeleton_export (
          qs_control_object_get_skeleton (self->object), connection, QS_CONTROL_PATH, &error))
    {
      qs_log_debug (NULL, NULL, "Cannot serve a connection: %s", error->message);
      return;
    }
  g_signal_connect (connection, "closed", G_CALLBACK (closed_cb), self);
  g_ptr_array_add (self->connections, g_object_ref (connection));
  g_dbus_connection_start_message_processing (connection);
  if (g_dbus_connection_is_closed (connection))
    closed_cb (connection, FALSE, NULL, self);
}

static gboolean
accept_cb (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Listener *self = user_data;
  g_autoptr (GSocket) accepted = g_socket_accept (socket, NULL, NULL);
  g_autoptr (GSocketConnection) stream = NULL;
  g_autofree char *guid = NULL;

  if (accepted == NULL || self->connections->len >= MAX_CONNECTIONS)
    return G_SOURCE_CONTINUE;

  stream = g_socket_connection_factory_create_connection (accepted);
  guid = g_dbus_generate_guid ();
  g_dbus_connection_new (G_IO_STREAM (stream),
                         guid,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                             G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         self->observer,
                         self->ending,
                         connected_cb,
                         self);

  return G_SOURCE_CONTINUE;
}

/* Nobody can connect before its mode is what it should be. */
static gboolean
open_socket (Listener *self, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->path);
  g_autoptr (GSocket) socket =
      g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);

  if (socket == NULL)
    return FALSE;

  g_unlink (self->path);
  g_socket_set_blocking (socket, FALSE);
  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, address, FALSE, error))
    return FALSE;
  if (g_chmod (self->path, 0600) != 0)
    {
      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
      return FALSE;
    }
  if (!g_socket_listen (socket, error))
    return FALSE;

  self->socket = g_steal_pointer (&socket);
  self->source = g_socket_create_source (self->socket, G_IO_IN, NULL);
  g_source_set_callback (self->source, G_SOURCE_FUNC (accept_cb), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());

  return TRUE;
}

static void
lost_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  qs_log_warning (NULL,
                  NULL,
                  connection != NULL
                      ? "Cannot acquire the bus-name '%s': another program has it, or the bus does "
                        "not permit it"
                      : "Cannot acquire the bus-name '%s': the bus cannot be reached",
                  name);
}

static void
bus_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Listener *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_dbus_interface_skeleton_export (
          qs_control_object_get_skeleton (self->object), connection, QS_CONTROL_PATH, &error))
    qs_log_warning (NULL, NULL, "Cannot publish the application on the bus: %s", error->message);
}

/* @name: see QsApplication:bus-name. */
static gboolean
own_name (Listener *self, const char *name, GError **error)
{
  GBusType bus = G_BUS_TYPE_SESSION;

  if (g_str_has_prefix (name, "system:"))
    bus = G_BUS_TYPE_SYSTEM;
  if (g_str_has_prefix (name, "system:") || g_str_has_prefix (name, "session:"))
    name = strchr (name, ':') + 1;

  if (!g_dbus_is_name (name) || g_dbus_is_unique_name (name))
    {
      g_set_error (error,
                   QS_APPLICATION_ERROR,
                   QS_APPLICATION_ERROR_NOT_CONFIGURED,
                   "Cannot run with the bus-name '%s': it must be like 'org.example.Gateway', or "
                   "'system:org.example.Gateway' for the system bus",
                   name);
      return FALSE;
    }

  self->bus_name = g_bus_own_name (
      bus, name, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, bus_cb, NULL, lost_cb, self, NULL);

  return TRUE;
}

static void
end (gpointer attendant)
{
  Listener *self = attendant;

  g_cancellable_cancel (self->ending);
  if (self->bus_name != 0)
    g_bus_unown_name (self->bus_name);
  qs_gsource_clear (&self->source);
  if (self->socket != NULL)
    g_unlink (self->path);
  g_clear_object (&self->socket);
  for (guint i = 0; i < self->connections->len; i++)
    {
      GDBusConnection *connection = g_ptr_array_index (self->connections, i);

      g_signal_handlers_disconnect_by_data (connection, self);
      /* An answer may still be on its way. */
      g_dbus_connection_flush (connection, NULL, NULL, NULL);
    }
  qs_control_object_free (self->object);
  for (guint i = 0; i < self->connections->len; i++)
    g_dbus_connection_close (g_ptr_array_index (self->connections, i), NULL, NULL, NULL);
  g_ptr_array_unref (self->connections);
  g_object_unref (self->observer);
  g_object_unref (self->ending);
  g_free (self->path);
  g_free (self);
}

static gpointer
begin (QsApplication *application, GError **error)
{
  Listener        *self = g_new0 (Listener, 1);
  g_autofree char *bus_name = NULL;
  g_autoptr (GError) local_error = NULL;

  self->object = qs_control_object_new (application);
  self->connections = g_ptr_array_new_with_free_func (g_object_unref);
  self->ending = g_cancellable_new ();
  self->observer = g_dbus_auth_observer_new ();
  g_signal_connect (self->observer, "allow-mechanism", G_CALLBACK (allow_mechanism_cb), NULL);
  g_signal_connect (
      self->observer, "authorize-authenticated-peer", G_CALLBACK (authorize_cb), NULL);

  g_object_get (application, "bus-name", &bus_name, NULL);
  if (bus_name != NULL && !own_name (self, bus_name, error))
    {
      end (self);
      return NULL;
    }

  self->path = qs_control_place_make_path (
      qs_application_get_consumer_group (application), ++n_listeners, &local_error);
  if (self->path == NULL || !open_socket (self, &local_error))
    qs_log_message (
        NULL, NULL, "'qsource status' cannot see this application: %s", local_error->message);

  return self;
}

static const QsAttendantFuncs funcs = { begin, end };

__attribute__ ((constructor)) static void
register_attendant (void)
{
  qs_attendant_register (&funcs);
}
