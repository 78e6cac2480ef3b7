/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-web.h"

#include <string.h>

#include "qsc-applications.h"

#define PAGE "/org/qsource/tool/page.html"

/* More are refused. */
#define MAX_CLIENTS 64

/* A request has to be this short, in bytes, and to be there this soon, in seconds. */
#define MAX_REQUEST 8192
#define REQUEST_TIMEOUT 10

#define HEAD                                                                                       \
  "HTTP/1.1 %s\r\nContent-Type: %s\r\nCache-Control: no-store\r\n"                                 \
  "X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; "               \
  "style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "                    \
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\nConnection: close\r\n"

#define TEXT "text/plain; charset=utf-8"

typedef enum
{
  READING,      /* its request */
  WANTS_STATUS, /* once */
  WATCHES,      /* gets events until it is closed */
  ANSWERED,     /* is closed when all is sent */
} Phase;

/* One connection. Who has begun something asynchronous holds a reference. */
typedef struct
{
  QscWeb            *web; /* not owned; NULL: it is closed */
  GSocketConnection *connection;
  GCancellable      *cancellable;
  GString           *request;
  char               buffer[1024];
  char              *sending; /* on its way; nullable */
  guint              timer;   /* until the request must be there; 0 = it is */
  Phase              phase;
  gboolean           has_head; /* of the answer */
} Client;

struct _QscWeb
{
  GSocketService *service;
  GPtrArray      *clients; /* Client; owned */
  char           *uri;
  char           *name;     /* nullable */
  guint           interval; /* milliseconds */
  guint           ticker;   /* 0 while nobody watches */
  guint           soon;     /* 0 unless the applications are to be asked at once */
  gboolean        is_local; /* only this machine can connect */
  gboolean        is_asking;
};

static void
client_clear (gpointer data)
{
  Client *self = data;

  g_object_unref (self->connection);
  g_object_unref (self->cancellable);
  g_string_free (self->request, TRUE);
  g_free (self->sending);
}

static void
client_unref (gpointer data)
{
  g_rc_box_release_full (data, client_clear);
}

static void
client_close (Client *self)
{
  QscWeb *web = self->web;

  if (web == NULL)
    return;

  self->web = NULL;
  if (self->timer != 0)
    g_source_remove (self->timer);
  self->timer = 0;
  g_cancellable_cancel (self->cancellable);
  g_io_stream_close (G_IO_STREAM (self->connection), NULL, NULL);
  g_ptr_array_remove_fast (web->clients, self);
}

static void
sent_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Client  *self = user_data;
  gboolean ok = g_output_stream_write_all_finish (G_OUTPUT_STREAM (object), result, NULL, NULL);

  g_clear_pointer (&self->sending, g_free);
  if (!ok || self->phase == ANSWERED)
    client_close (self);
  client_unref (self);
}

/* Takes @text. */
static void
client_send (Client *self, char *text)
{
  self->sending = text;
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (self->connection)),
                                   text,
                                   strlen (text),
                                   G_PRIORITY_DEFAULT,
                                   self->cancellable,
                                   sent_cb,
                                   g_rc_box_acquire (self));
}

static void
client_answer (Client *self, const char *status, const char *type, const char *body)
{
  gboolean has_body = !g_str_has_prefix (self->request->str, "HEAD ");

  self->phase = ANSWERED;
  client_send (self,
               g_strdup_printf (HEAD "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                                status,
                                type,
                                strlen (body),
                                has_body ? body : ""));
}

/* Describes the applications as JSON; transfer full. It serves clients meanwhile. */
static char *
describe (QscWeb *self)
{
  g_autoptr (GPtrArray) applications = qsc_applications_find (self->name, QSC_PATIENCE);
  g_autoptr (GVariant) all = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "host", "s", g_get_host_name ());
  g_variant_dict_insert_value (&dict, "applications", qsc_applications_to_json (applications));
  all = g_variant_ref_sink (g_variant_dict_end (&dict));

  return qs_json_to_string (all, NULL);
}

/* To all that wait for it; one that hasn't got the last event yet waits for the next one. */
static void
tell (QscWeb *self, const char *json)
{
  g_autoptr (GPtrArray) clients = g_ptr_array_new_with_free_func (client_unref);

  for (guint i = 0; i < self->clients->len; i++)
    g_ptr_array_add (clients, g_rc_box_acquire (self->clients->pdata[i]));

  for (guint i = 0; i < clients->len; i++)
    {
      Client *client = clients->pdata[i];

      if (client->phase == WANTS_STATUS)
        {
          client_answer (client, "200 OK", "application/json", json);
        }
      else if (client->phase == WATCHES && client->sending == NULL)
        {
          g_autofree char *head = g_strdup_printf (HEAD "\r\n", "200 OK", "text/event-stream");

          client_send (client,
                       g_strdup_printf (
                           "%sevent: machine\ndata: %s\n\n", client->has_head ? "" : head, json));
          client->has_head = TRUE;
        }
    }
}

static gboolean
is_watched (QscWeb *self)
{
  for (guint i = 0; i < self->clients->len; i++)
    if (((Client *) self->clients->pdata[i])->phase == WATCHES)
      return TRUE;

  return FALSE;
}

static void
ask (QscWeb *self)
{
  g_autofree char *json = NULL;

  if (self->is_asking)
    return;

  self->is_asking = TRUE;
  json = describe (self);
  self->is_asking = FALSE;
  tell (self, json);
}

static gboolean
tick_cb (gpointer user_data)
{
  QscWeb *self = user_data;

  if (!is_watched (self))
    {
      self->ticker = 0;
      return G_SOURCE_REMOVE;
    }
  ask (self);

  return G_SOURCE_CONTINUE;
}

static gboolean
soon_cb (gpointer user_data)
{
  QscWeb *self = user_data;

  self->soon = 0;
  ask (self);

  return G_SOURCE_REMOVE;
}

/* Has @client get what there is, once that is known. */
static void
client_wait (Client *self, Phase phase)
{
  QscWeb *web = self->web;

  self->phase = phase;
  if (phase == WATCHES && web->ticker == 0)
    web->ticker = g_timeout_add (web->interval, tick_cb, web);
  if (!web->is_asking && web->soon == 0)
    web->soon = g_idle_add (soon_cb, web);
}

/* A page of somebody else's must not read this one through a name that leads here. */
static gboolean
is_host_known (Client *self)
{
  g_autoptr (GRegex) regex = g_regex_new (
      "\r\nHost: *(localhost|127\\.[0-9.]+|\\[::1\\])(:[0-9]+)?\r\n", G_REGEX_CASELESS, 0, NULL);

  return !self->web->is_local || g_regex_match (regex, self->request->str, 0, NULL);
}

static void
client_serve (Client *self)
{
  g_auto (GStrv) words = g_strsplit (self->request->str, " ", 3);
  const char *path = words[1] != NULL ? words[1] : "";
  gboolean    is_head = g_str_equal (words[0], "HEAD");
  g_autoptr (GBytes) page = NULL;

  if (!is_head && !g_str_equal (words[0], "GET"))
    {
      client_answer (self, "405 Method Not Allowed", TEXT, "This address is read-only\n");
    }
  else if (!is_host_known (self))
    {
      client_answer (self, "403 Forbidden", TEXT, "Open it by its address\n");
    }
  else if (g_str_equal (path, "/"))
    {
      page = g_resources_lookup_data (PAGE, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
      client_answer (self, "200 OK", "text/html; charset=utf-8", g_bytes_get_data (page, NULL));
    }
  else if (g_str_equal (path, "/status"))
    {
      client_wait (self, WANTS_STATUS);
    }
  else if (g_str_equal (path, "/events") && is_head)
    {
      client_answer (self, "200 OK", "text/event-stream", "");
    }
  else if (g_str_equal (path, "/events"))
    {
      client_wait (self, WATCHES);
    }
  else
    {
      client_answer (self, "404 Not Found", TEXT, "There are /, /status and /events\n");
    }
}

static void client_read (Client *self);

static void
read_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Client *self = user_data;
  gssize  n = g_input_stream_read_finish (G_INPUT_STREAM (object), result, NULL);

  if (n > 0)
    g_string_append_len (self->request, self->buffer, n);

  if (n <= 0 || self->request->len > MAX_REQUEST)
    {
      client_close (self);
    }
  else if (strstr (self->request->str, "\r\n\r\n") != NULL)
    {
      g_source_remove (self->timer);
      self->timer = 0;
      client_serve (self);
    }
  else
    {
      client_read (self);
    }
  client_unref (self);
}

static void
client_read (Client *self)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (self->connection)),
                             self->buffer,
                             sizeof self->buffer,
                             G_PRIORITY_DEFAULT,
                             self->cancellable,
                             read_cb,
                             g_rc_box_acquire (self));
}

static gboolean
too_late_cb (gpointer user_data)
{
  Client *self = user_data;

  self->timer = 0;
  client_close (self);

  return G_SOURCE_REMOVE;
}

static gboolean
incoming_cb (GSocketService    *service,
             GSocketConnection *connection,
             GObject           *source,
             gpointer           user_data)
{
  QscWeb *web = user_data;
  Client *self = NULL;

  if (web->clients->len >= MAX_CLIENTS)
    return TRUE;

  self = g_rc_box_new0 (Client);
  self->web = web;
  self->connection = g_object_ref (connection);
  self->cancellable = g_cancellable_new ();
  self->request = g_string_new (NULL);
  self->timer = g_timeout_add_seconds (REQUEST_TIMEOUT, too_late_cb, self);
  g_ptr_array_add (web->clients, self);
  client_read (self);

  return TRUE;
}

/* The first address that @text, HOST:PORT, stands for; transfer full. */
static GSocketAddress *
find_address (const char *text, GError **error)
{
  const char *colon = strrchr (text, ':');
  g_autoptr (GSocketConnectable) host = NULL;
  g_autoptr (GSocketAddressEnumerator) addresses = NULL;

  if (colon == NULL || colon == text || colon[1] == '\0' ||
      (host = g_network_address_parse (text, 0, NULL)) == NULL)
    {
      g_set_error (error,
                   QSC_ERROR,
                   QSC_USAGE,
                   "'%s' is not a value of '--web': it is an address such as 127.0.0.1:9465",
                   text);
      return NULL;
    }

  addresses = g_socket_connectable_enumerate (host);
  return g_socket_address_enumerator_next (addresses, NULL, error);
}

static gboolean
listen (QscWeb *self, const char *address, GError **error)
{
  g_autoptr (GSocketAddress) wanted = find_address (address, error);
  g_autoptr (GSocketAddress) where = NULL;
  g_autofree char *text = NULL;

  if (wanted == NULL)
    return FALSE;
  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (self->service),
                                      wanted,
                                      G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_TCP,
                                      NULL,
                                      &where,
                                      error))
    return FALSE;

  text = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (where));
  self->uri = g_strdup_printf ("http://%s/", text);
  self->is_local = g_inet_address_get_is_loopback (
      g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (where)));

  return TRUE;
}

QscWeb *
qsc_web_new (const char *address, const char *name, double interval, GError **error)
{
  g_autoptr (QscWeb) self = g_new0 (QscWeb, 1);

  self->service = g_socket_service_new ();
  self->clients = g_ptr_array_new_with_free_func (client_unref);
  self->name = g_strdup (name);
  self->interval = (guint) (interval * 1000);
  if (!listen (self, address, error))
    {
      if (!g_error_matches (*error, QSC_ERROR, QSC_USAGE))
        {
          g_prefix_error (error, "Cannot listen at '%s': ", address);
          (*error)->domain = QSC_ERROR;
          (*error)->code = QSC_BROKER;
        }
      return NULL;
    }
  g_signal_connect (self->service, "incoming", G_CALLBACK (incoming_cb), self);

  return g_steal_pointer (&self);
}

const char *
qsc_web_get_uri (QscWeb *self)
{
  return self->uri;
}

void
qsc_web_free (QscWeb *self)
{
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  if (self->ticker != 0)
    g_source_remove (self->ticker);
  if (self->soon != 0)
    g_source_remove (self->soon);
  while (self->clients->len > 0)
    client_close (self->clients->pdata[0]);
  g_ptr_array_unref (self->clients);
  g_object_unref (self->service);
  g_free (self->uri);
  g_free (self->name);
  g_free (self);
}
