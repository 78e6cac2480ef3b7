/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-monitor-events-private.h"

#ifdef QS_HAVE_SOUP

#include <string.h>

#include "qs-application-parts-private.h"
#include "qs-base-source.h"
#include "qs-gsource-private.h"
#include "qs-json.h"

#define INTERVAL_MS 1000

/* More are refused: each of them costs a connection. */
#define MAX_WATCHERS 64

typedef struct
{
  QsMonitorEvents   *events;  /* not owned */
  SoupServerMessage *message; /* owned */
  gboolean           is_busy; /* the last event is still on its way */
} Watcher;

struct _QsMonitorEvents
{
  QsApplication *application; /* not owned */
  GPtrArray     *sources;     /* QsBaseSource; owned */
  GPtrArray     *watchers;    /* Watcher; owned */
  GSource       *ticker;      /* owned; NULL while nobody watches */
  GSource       *soon;        /* owned; NULL unless something has changed */
};

char *
qs_monitor_events_describe (QsApplication *application)
{
  g_autoptr (GVariant) status = qs_application_dup_status (application);

  return qs_json_to_string (status, NULL);
}

static void
watcher_free (gpointer data)
{
  Watcher *self = data;

  g_signal_handlers_disconnect_by_data (self->message, self);
  g_object_unref (self->message);
  g_free (self);
}

static void
send_text (Watcher *watcher, const char *text)
{
  SoupMessageBody *body = soup_server_message_get_response_body (watcher->message);

  watcher->is_busy = TRUE;
  soup_message_body_append (body, SOUP_MEMORY_COPY, text, strlen (text));
  soup_server_message_unpause (watcher->message);
}

static char *
make_event (QsMonitorEvents *self)
{
  g_autofree char *json = qs_monitor_events_describe (self->application);

  return g_strconcat ("event: status\ndata: ", json, "\n\n", NULL);
}

/* To all that have got the one before. */
static void
send_all (QsMonitorEvents *self)
{
  g_autofree char *event = make_event (self);

  for (guint i = 0; i < self->watchers->len; i++)
    {
      Watcher *watcher = g_ptr_array_index (self->watchers, i);

      if (!watcher->is_busy)
        send_text (watcher, event);
    }
}

static gboolean
tick_cb (gpointer user_data)
{
  send_all (user_data);

  return G_SOURCE_CONTINUE;
}

static gboolean
soon_cb (gpointer user_data)
{
  QsMonitorEvents *self = user_data;

  qs_gsource_clear (&self->soon);
  send_all (self);

  return G_SOURCE_REMOVE;
}

/* Changes at the same time are sent once. */
static void
status_cb (QsMonitorEvents *self)
{
  if (self->watchers->len > 0 && self->soon == NULL)
    self->soon = qs_gsource_new_timeout (50, soon_cb, self);
}

static void
wrote_chunk_cb (Watcher *watcher)
{
  watcher->is_busy = FALSE;
}

/* Of one client both may come, the end of the message and that of the connection. */
static void
gone_cb (Watcher *watcher)
{
  QsMonitorEvents *self = watcher->events;

  g_ptr_array_remove_fast (self->watchers, watcher);
  if (self->watchers->len == 0)
    qs_gsource_clear (&self->ticker);
}

QsMonitorEvents *
qs_monitor_events_new (QsApplication *application)
{
  QsMonitorEvents *self = g_new0 (QsMonitorEvents, 1);

  self->application = application;
  self->watchers = g_ptr_array_new_with_free_func (watcher_free);
  self->sources = qs_source_list_dup_sources (qs_application_get_private (application)->sources);
  for (guint i = 0; i < self->sources->len; i++)
    g_signal_connect_swapped (
        self->sources->pdata[i], "notify::status", G_CALLBACK (status_cb), self);

  return self;
}

void
qs_monitor_events_free (QsMonitorEvents *self)
{
  for (guint i = 0; i < self->sources->len; i++)
    g_signal_handlers_disconnect_by_data (self->sources->pdata[i], self);
  qs_gsource_clear (&self->ticker);
  qs_gsource_clear (&self->soon);
  g_ptr_array_unref (self->watchers);
  g_ptr_array_unref (self->sources);
  g_free (self);
}

void
qs_monitor_events_add (QsMonitorEvents *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autofree char    *event = NULL;
  Watcher            *watcher = NULL;

  if (self->watchers->len >= MAX_WATCHERS)
    {
      soup_server_message_set_status (message, SOUP_STATUS_SERVICE_UNAVAILABLE, NULL);
      return;
    }

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_headers_set_content_type (headers, "text/event-stream", NULL);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);

  watcher = g_new0 (Watcher, 1);
  watcher->events = self;
  watcher->message = g_object_ref (message);
  g_signal_connect_swapped (message, "wrote-chunk", G_CALLBACK (wrote_chunk_cb), watcher);
  g_signal_connect_swapped (message, "finished", G_CALLBACK (gone_cb), watcher);
  g_signal_connect_swapped (message, "disconnected", G_CALLBACK (gone_cb), watcher);
  g_ptr_array_add (self->watchers, watcher);

  event = make_event (self);
  send_text (watcher, event);
  if (self->ticker == NULL)
    self->ticker = qs_gsource_new_timeout (INTERVAL_MS, tick_cb, self);
}

#endif
