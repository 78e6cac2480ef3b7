/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>

#include "qsc.h"

typedef struct
{
  GMainLoop *loop;
  int        signal_number;
} Broker;

static gboolean
interrupt_cb (gpointer user_data)
{
  Broker *self = user_data;

  self->signal_number = SIGINT;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
terminate_cb (gpointer user_data)
{
  Broker *self = user_data;

  self->signal_number = SIGTERM;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

/* Both ends of a connection that is passed on. */
typedef struct
{
  GIOStream *client;
  GIOStream *broker;
} Tunnel;

static void
spliced_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Tunnel *self = user_data;

  g_io_stream_splice_finish (result, NULL);
  g_object_unref (self->client);
  g_object_unref (self->broker);
  g_free (self);
}

static void
connected_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Tunnel *self = user_data;

  self->broker =
      G_IO_STREAM (g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (object), result, NULL));
  if (self->broker != NULL)
    {
      g_io_stream_splice_async (self->client,
                                self->broker,
                                G_IO_STREAM_SPLICE_CLOSE_STREAM1 | G_IO_STREAM_SPLICE_CLOSE_STREAM2,
                                G_PRIORITY_DEFAULT,
                                NULL,
                                spliced_cb,
                                self);
      return;
    }

  g_object_unref (self->client);
  g_free (self);
}

static gboolean
incoming_cb (GSocketService    *service,
             GSocketConnection *connection,
             GObject           *source,
             const char        *address)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  Tunnel *tunnel = g_new0 (Tunnel, 1);

  tunnel->client = g_object_ref (G_IO_STREAM (connection));
  g_socket_client_connect_to_host_async (client, address, 0, NULL, connected_cb, tunnel);

  return TRUE;
}

/* librdkafka's mock cluster chooses its own port. A client only asks the one that it is given
 * where the brokers are, so that port needs no more than to lead there. */
static GSocketService *
listen_at (const char *port, const char *address, GError **error)
{
  g_autoptr (GSocketService) service = g_socket_service_new ();
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) where = NULL;
  guint64 number = 0;

  if (!g_ascii_string_to_unsigned (port, 10, 1, G_MAXUINT16, &number, NULL))
    {
      g_set_error (error,
                   QSC_ERROR,
                   QSC_USAGE,
                   "'%s' is not a value of '--port': it is an integer from 1 to 65535",
                   port);
      return NULL;
    }

  where = g_inet_socket_address_new (loopback, (guint16) number);
  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (service),
                                      where,
                                      G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_TCP,
                                      NULL,
                                      NULL,
                                      error))
    {
      g_prefix_error (error, "Cannot listen at port %s: ", port);
      (*error)->domain = QSC_ERROR;
      (*error)->code = QSC_BROKER;
      return NULL;
    }
  g_signal_connect_data (service,
                         "incoming",
                         G_CALLBACK (incoming_cb),
                         g_strdup (address),
                         (GClosureNotify) (void (*) (void)) g_free,
                         0);

  return g_steal_pointer (&service);
}

int
qsc_verb_broker (QscCall *call)
{
  g_autoptr (QsEmbeddedBroker) broker = qs_embedded_broker_new (1);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GSocketService) service = NULL;
  g_autoptr (GError) error = NULL;
  const char *port = qsc_call_get (call, "port");
  Broker      self = { .loop = loop };

  if (call->words[0] != NULL)
    return qsc_fail (QSC_USAGE, "'broker' takes no word, but '%s' was given", call->words[0]);
  if (!qs_embedded_broker_start (broker, &error))
    return qsc_fail_error (error);
  if (port != NULL)
    {
      service = listen_at (port, qs_embedded_broker_get_address (broker), &error);
      if (service == NULL)
        return qsc_fail_error (error);
    }

  g_unix_signal_add (SIGINT, interrupt_cb, &self);
  g_unix_signal_add (SIGTERM, terminate_cb, &self);
  if (port != NULL)
    g_print ("127.0.0.1:%s\n", port);
  else
    g_print ("%s\n", qs_embedded_broker_get_address (broker));
  qsc_flush_output ();
  g_printerr ("A broker in memory; Ctrl-C ends it and deletes its records\n");
  g_main_loop_run (loop);

  return 128 + self.signal_number;
}
