/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-monitor-server-private.h"

#include "qs-application-error.h"

#ifdef QS_HAVE_SOUP

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "qs-log-private.h"
#include "qs-metrics-private.h"
#include "qs-monitor-events-private.h"

#define TEXT_FORMAT "text/plain; version=0.0.4; charset=utf-8"
#define OPEN_FORMAT "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define PAGE "/org/qsource/monitor/page.html"

struct _QsMonitorServer
{
  QsApplication   *application; /* not owned */
  SoupServer      *server;      /* owned */
  QsMonitorEvents *events;      /* owned */
  char            *path;        /* of a Unix socket; nullable */
};

static void
respond (SoupServerMessage *message, guint status, const char *type, const char *text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_COPY, text, strlen (text));
}

static void
serve_metrics (QsMonitorServer *self, SoupServerMessage *message)
{
  const char *accept =
      soup_message_headers_get_list (soup_server_message_get_request_headers (message), "Accept");
  gboolean is_open = accept != NULL && strstr (accept, "application/openmetrics-text") != NULL;
  char    *text = qs_metrics_to_text (self->application, is_open);

  /* Of many sources, half a megabyte: too much to be copied. */
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (
      message, is_open ? OPEN_FORMAT : TEXT_FORMAT, SOUP_MEMORY_TAKE, text, strlen (text));
}

static void
serve_health (QsMonitorServer *self, SoupServerMessage *message)
{
  respond (message, SOUP_STATUS_OK, "text/plain; charset=utf-8", "ok\n");
}

/* Ready is who runs, or has ended in order; a pause is what somebody wanted. */
static void
serve_readiness (QsMonitorServer *self, SoupServerMessage *message)
{
  const char *const ready[] = { "running", "paused", "finished", NULL };
  g_autoptr (GVariant) status = qs_application_dup_status (self->application);
  g_autoptr (GVariant) sources =
      g_variant_lookup_value (status, "sources", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (sources); i++)
    {
      g_autoptr (GVariant) source = g_variant_get_child_value (sources, i);
      const char *name = NULL, *word = NULL;

      if (g_variant_lookup (source, "status", "&s", &word) && !g_strv_contains (ready, word) &&
          g_variant_lookup (source, "name", "&s", &name))
        g_string_append_printf (text, "%s is %s\n", name, word);
    }

  if (text->len == 0)
    respond (message, SOUP_STATUS_OK, "text/plain; charset=utf-8", "ready\n");
  else
    respond (message, SOUP_STATUS_SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", text->str);
}

static void
serve_status (QsMonitorServer *self, SoupServerMessage *message)
{
  g_autofree char *json = qs_monitor_events_describe (self->application);

  respond (message, SOUP_STATUS_OK, "application/json", json);
}

static void
serve_events (QsMonitorServer *self, SoupServerMessage *message)
{
  /* A client that asks for the head alone would wait for the end. */
  if (g_str_equal (soup_server_message_get_method (message), "HEAD"))
    respond (message, SOUP_STATUS_OK, "text/event-stream", "");
  else
    qs_monitor_events_add (self->events, message);
}

static void
serve_page (QsMonitorServer *self, SoupServerMessage *message)
{
  g_autoptr (GBytes) page = g_resources_lookup_data (PAGE, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_message_headers_replace (headers,
                                "Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; "
                                "script-src 'unsafe-inline'; connect-src 'self'; "
                                "frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
  respond (message, SOUP_STATUS_OK, "text/html; charset=utf-8", g_bytes_get_data (page, NULL));
}

static const struct
{
  const char *path;
  void (*serve) (QsMonitorServer *self, SoupServerMessage *message);
} pages[] = {
  { "/", serve_page },          { "/metrics", serve_metrics },
  { "/healthz", serve_health }, { "/readyz", serve_readiness },
  { "/status", serve_status },  { "/events", serve_events },
};

static void
request_cb (SoupServer        *server,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           user_data)
{
  QsMonitorServer    *self = user_data;
  const char         *method = soup_server_message_get_method (message);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  if (!g_str_equal (method, "GET") && !g_str_equal (method, "HEAD"))
    {
      soup_message_headers_replace (headers, "Allow", "GET, HEAD");
      respond (message,
               SOUP_STATUS_METHOD_NOT_ALLOWED,
               "text/plain; charset=utf-8",
               "This address is read-only; use the command 'qsource' to change something\n");
      return;
    }

  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    if (g_str_equal (path, pages[i].path))
      {
        pages[i].serve (self, message);
        return;
      }

  respond (message,
           SOUP_STATUS_NOT_FOUND,
           "text/plain; charset=utf-8",
           "There are /, /metrics, /healthz, /readyz, /status and /events\n");
}

/* Removes a socket of an earlier run, but nothing else. */
static void
remove_old_socket (const char *path)
{
  struct stat info;

  if (lstat (path, &info) == 0 && S_ISSOCK (info.st_mode))
    g_unlink (path);
}

/* An address to listen at; transfer full. */
static GSocketAddress *
parse_address (const char *text, GError **error)
{
  g_autoptr (GSocketConnectable) host = NULL;
  g_autoptr (GSocketAddressEnumerator) addresses = NULL;
  const char *colon = strrchr (text, ':');

  if (g_str_has_prefix (text, "unix:") && text[strlen ("unix:")] != '\0')
    return g_unix_socket_address_new (text + strlen ("unix:"));

  if (colon == NULL || colon[1] == '\0' || colon == text)
    {
      g_set_error_literal (error,
                           QS_APPLICATION_ERROR,
                           QS_APPLICATION_ERROR_NOT_CONFIGURED,
                           "it must be like '127.0.0.1:9464' or 'unix:/run/gateway.socket'");
      return NULL;
    }

  host = g_network_address_parse (text, 0, error);
  if (host == NULL)
    return NULL;
  addresses = g_socket_connectable_enumerate (host);

  return g_socket_address_enumerator_next (addresses, NULL, error);
}

static void
log_place (QsMonitorServer *self, const char *address)
{
  GSList *uris = self->path == NULL ? soup_server_get_uris (self->server) : NULL;

  if (uris != NULL)
    {
      g_autofree char *text = g_uri_to_string (uris->data);

      qs_log_message (NULL, NULL, "Can be watched at %s", text);
    }
  else
    {
      qs_log_message (NULL, NULL, "Can be watched at %s", address);
    }
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

QsMonitorServer *
qs_monitor_server_new (QsApplication *application, const char *address, GError **error)
{
  g_autoptr (QsMonitorServer) self = g_new0 (QsMonitorServer, 1);
  g_autoptr (GSocketAddress) where = NULL;

  self->application = application;
  self->server = soup_server_new ("server-header", "QSource", NULL);
  self->events = qs_monitor_events_new (application);
  soup_server_add_handler (self->server, NULL, request_cb, self, NULL);

  where = parse_address (address, error);
  if (where == NULL)
    {
      g_prefix_error (error, "Cannot serve monitor-address '%s': ", address);
      return NULL;
    }
  if (G_IS_UNIX_SOCKET_ADDRESS (where))
    {
      self->path = g_strdup (g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (where)));
      remove_old_socket (self->path);
    }
  if (!soup_server_listen (self->server, where, 0, error))
    {
      g_clear_pointer (&self->path, g_free);
      g_prefix_error (error, "Cannot serve monitor-address '%s': ", address);
      return NULL;
    }
  log_place (self, address);

  return g_steal_pointer (&self);
}

void
qs_monitor_server_free (QsMonitorServer *self)
{
  qs_monitor_events_free (self->events);
  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  if (self->path != NULL)
    g_unlink (self->path);
  g_free (self->path);
  g_free (self);
}

#else

QsMonitorServer *
qs_monitor_server_new (QsApplication *application, const char *address, GError **error)
{
  g_set_error (error,
               QS_APPLICATION_ERROR,
               QS_APPLICATION_ERROR_NOT_CONFIGURED,
               "Cannot serve monitor-address '%s': this library was built without libsoup 3",
               address);
  return NULL;
}

void
qs_monitor_server_free (QsMonitorServer *self)
{
}

#endif
