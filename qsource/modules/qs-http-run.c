/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-http-source-private.h"

#include <string.h>

/* How a QsHttpSource runs. */

#define POSITION_KEY "http:position"
#define MAX_BACKOFF 60.0

static const char *
get_name (QsHttpSource *self)
{
  return qs_base_source_get_name (QS_BASE_SOURCE (self));
}

static gboolean
is_running (QsHttpSource *self)
{
  return qs_source_get_running (QS_SOURCE (self));
}

static gboolean
load (QsHttpSource *self, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) local_error = NULL;

  if (state == NULL)
    return FALSE;

  value = qs_state_get (state, POSITION_KEY, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (value != NULL)
    qs_http_position_load (&self->position, value);

  return TRUE;
}

static gboolean
commit (QsHttpSource *self, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);

  if (state == NULL)
    return FALSE;

  self->is_dirty = FALSE;
  self->committed_at = g_get_monotonic_time ();

  return qs_state_set (state, POSITION_KEY, qs_http_position_save (&self->position), error) &&
         qs_source_flush (QS_SOURCE (self), -1, error);
}

static gboolean
produce (QsHttpSource *self, const char *key, GVariant *value, GError **error)
{
  g_autoptr (QsMessage) message = qs_source_serialize (
      QS_SOURCE (self), key != NULL ? g_variant_new_string (key) : NULL, value, NULL, 0, error);

  self->is_dirty = TRUE;
  return message != NULL && qs_source_produce (QS_SOURCE (self), message, error);
}

/* Transfer full; NULL with an error if the URL is none. */
static SoupMessage *
make_request (QsHttpSource *self, GError **error)
{
  const char      *cursor = self->position.cursor != NULL ? self->position.cursor : "";
  g_autofree char *escaped = g_uri_escape_string (cursor, NULL, TRUE);
  g_auto (GStrv) parts = g_strsplit (self->url, "{cursor}", -1);
  g_autofree char    *url = g_strjoinv (escaped, parts);
  SoupMessage        *message = soup_message_new (self->method, url);
  SoupMessageHeaders *headers = NULL;

  if (message == NULL)
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_INVALID_PROPERTY,
                   "Cannot use '%s' as url: it is not an http or https URL",
                   url);
      return NULL;
    }

  headers = soup_message_get_request_headers (message);
  for (guint i = 0; self->headers != NULL && self->headers[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (self->headers[i], ":", 2);

      if (pair[0] != NULL && pair[1] != NULL)
        soup_message_headers_append (headers, g_strstrip (pair[0]), g_strstrip (pair[1]));
    }
  if (self->mode == QS_HTTP_MODE_SSE)
    soup_message_headers_replace (headers, "Accept", "text/event-stream");
  if (self->mode == QS_HTTP_MODE_SSE && self->position.event_id != NULL)
    soup_message_headers_replace (headers, "Last-Event-ID", self->position.event_id);
  if (self->mode == QS_HTTP_MODE_POLL && self->position.etag != NULL)
    soup_message_headers_replace (headers, "If-None-Match", self->position.etag);
  if (self->mode == QS_HTTP_MODE_POLL && self->position.modified != NULL)
    soup_message_headers_replace (headers, "If-Modified-Since", self->position.modified);

  return message;
}

/* Schedules another try after a failure that might end later. */
static void
wait_after (QsHttpSource *self, double asked, const char *why)
{
  double seconds = asked >= 0 ? asked : self->backoff;

  g_message ("[%s] %s; trying again in %g s", get_name (self), why, seconds);
  self->backoff = MIN (self->backoff * 2, MAX_BACKOFF);
  qs_base_source_wait (QS_BASE_SOURCE (self), seconds);
}

/* Sends a request. NULL without an error: there is nothing now, and it has waited. */
static GInputStream *
send_request (QsHttpSource *self, SoupMessage *message, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  GCancellable *cancellable = qs_base_source_get_cancellable (QS_BASE_SOURCE (self));
  g_autoptr (GInputStream) stream =
      soup_session_send (self->session, message, cancellable, &local_error);
  guint            status = soup_message_get_status (message);
  g_autofree char *why = NULL;

  if (g_cancellable_is_cancelled (cancellable))
    return NULL;
  if (stream == NULL)
    {
      why = g_strdup_printf ("Cannot get '%s': %s", self->url, local_error->message);
      wait_after (self, -1, why);
      return NULL;
    }
  if (SOUP_STATUS_IS_SUCCESSFUL (status) || status == SOUP_STATUS_NOT_MODIFIED)
    {
      self->backoff = MAX (self->interval, 0.5);
      return g_steal_pointer (&stream);
    }

  why = g_strdup_printf ("Cannot get '%s': the server answers %u %s",
                         self->url,
                         status,
                         soup_message_get_reason_phrase (message));
  if (status >= 500 || status == SOUP_STATUS_REQUEST_TIMEOUT || status == 429)
    wait_after (self, qs_http_get_retry_after (message), why);
  else
    g_set_error_literal (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED, why);

  return NULL;
}

/* As a text, for a key or a cursor; transfer full. */
static char *
to_text (GVariant *value)
{
  if (value == NULL || g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE))
    return NULL;

  return g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) ? g_variant_dup_string (value, NULL)
                                                             : qs_json_to_string (value, NULL);
}

static gboolean
produce_item (QsHttpSource *self, GVariant *item, GStrvBuilder *ids, GError **error)
{
  g_autoptr (GVariant) id = self->id != NULL ? qs_http_pointer_lookup (item, self->id) : NULL;
  g_autofree char *text = to_text (id);

  if (text != NULL)
    g_strv_builder_add (ids, text);
  if (text != NULL && self->position.ids != NULL &&
      g_strv_contains ((const char *const *) self->position.ids, text))
    return TRUE;

  return produce (self, text, g_variant_ref (item), error);
}

/* The items of an answer, those that were in the last one left out. */
static gboolean
produce_items (QsHttpSource *self, GVariant *answer, GError **error)
{
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();
  g_autoptr (GVariant) found =
      self->items != NULL ? qs_http_pointer_lookup (answer, self->items) : g_variant_ref (answer);
  g_autoptr (GVariant) cursor =
      self->cursor != NULL ? qs_http_pointer_lookup (answer, self->cursor) : NULL;

  if (found == NULL)
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_FAILED,
                   "The answer of '%s' has nothing at '%s', the property items",
                   self->url,
                   self->items);
      return FALSE;
    }

  if (self->items == NULL || !g_variant_is_of_type (found, G_VARIANT_TYPE_ARRAY) ||
      g_variant_is_of_type (found, G_VARIANT_TYPE_VARDICT))
    {
      if (!produce_item (self, found, ids, error))
        return FALSE;
    }
  else
    {
      for (gsize i = 0; i < g_variant_n_children (found); i++)
        {
          g_autoptr (GVariant) child = g_variant_get_child_value (found, i);
          g_autoptr (GVariant) item = g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT)
                                          ? g_variant_get_variant (child)
                                          : g_variant_ref (child);

          if (!produce_item (self, item, ids, error))
            return FALSE;
        }
    }

  if (self->id != NULL)
    {
      g_strfreev (self->position.ids);
      self->position.ids = g_strv_builder_end (ids);
    }
  if (cursor != NULL)
    {
      g_free (self->position.cursor);
      self->position.cursor = to_text (cursor);
    }

  return TRUE;
}

static void
take_header (SoupMessage *message, const char *name, char **to)
{
  const char *text =
      soup_message_headers_get_one (soup_message_get_response_headers (message), name);

  g_free (*to);
  *to = g_strdup (text);
}

/* Reads all of an answer. NULL: it broke off. */
static GBytes *
read_all (QsHttpSource *self, GInputStream *stream)
{
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GError) error = NULL;

  if (g_output_stream_splice (memory,
                              stream,
                              G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
                              qs_base_source_get_cancellable (QS_BASE_SOURCE (self)),
                              &error) >= 0)
    return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));

  if (is_running (self))
    wait_after (self, -1, error->message);
  return NULL;
}

static gboolean
poll_once (QsHttpSource *self, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (SoupMessage) message = make_request (self, error);
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) answer = NULL;

  if (message == NULL)
    return FALSE;

  stream = send_request (self, message, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (stream == NULL)
    return TRUE;

  if (soup_message_get_status (message) != SOUP_STATUS_NOT_MODIFIED)
    {
      bytes = read_all (self, stream);
      if (bytes == NULL)
        return TRUE;
      answer = qs_json_from_bytes (bytes, error);
      if (answer == NULL)
        {
          g_prefix_error (error, "Cannot use the answer of '%s': ", self->url);
          return FALSE;
        }
      g_variant_ref_sink (answer);
      if (!produce_items (self, answer, error))
        return FALSE;
      take_header (message, "ETag", &self->position.etag);
      take_header (message, "Last-Modified", &self->position.modified);
      if (!commit (self, error))
        return FALSE;
    }

  qs_base_source_wait (QS_BASE_SOURCE (self), self->interval);
  return TRUE;
}

static gboolean
take_line (QsHttpSource *self, QsHttpEvent *event, const char *line, gsize length, GError **error)
{
  GVariantDict dict;

  if (self->mode == QS_HTTP_MODE_LINES)
    {
      g_autofree char *text = g_utf8_make_valid (line, (gssize) length);

      return produce (self, NULL, g_variant_new_string (text), error);
    }

  if (!qs_http_event_take (event, line))
    return TRUE;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "event", "s", event->type != NULL ? event->type : "message");
  g_variant_dict_insert (&dict, "data", "s", event->data->str);
  if (event->id != NULL)
    g_variant_dict_insert (&dict, "id", "s", event->id);
  if (!produce (self, event->id, g_variant_dict_end (&dict), error))
    return FALSE;

  g_free (self->position.event_id);
  self->position.event_id = g_strdup (event->id);
  qs_http_event_reset (event);
  return TRUE;
}

/* Whether what was produced is to be committed: nothing waits to be read, or it is time. */
static gboolean
is_commit_due (QsHttpSource *self, GDataInputStream *lines)
{
  gint64 interval = (gint64) (self->commit_interval * G_USEC_PER_SEC);

  return self->is_dirty &&
         (g_buffered_input_stream_get_available (G_BUFFERED_INPUT_STREAM (lines)) == 0 ||
          g_get_monotonic_time () >= self->committed_at + interval);
}

/* Reads a stream until it ends, or the server is silent for too long. */
static gboolean
read_lines (QsHttpSource *self, GInputStream *stream, QsHttpEvent *event, GError **error)
{
  GCancellable *cancellable = qs_base_source_get_cancellable (QS_BASE_SOURCE (self));
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (stream);
  g_autoptr (GError) local_error = NULL;

  g_data_input_stream_set_newline_type (lines, G_DATA_STREAM_NEWLINE_TYPE_ANY);
  while (is_running (self))
    {
      gsize            length = 0;
      g_autofree char *line =
          g_data_input_stream_read_line (lines, &length, cancellable, &local_error);

      if (line == NULL)
        break;
      if (!take_line (self, event, line, length, error))
        return FALSE;
      if (is_commit_due (self, lines) && !commit (self, error))
        return FALSE;
    }

  if (self->is_dirty && !commit (self, error))
    return FALSE;
  if (local_error != NULL && is_running (self))
    g_message ("[%s] The stream broke off: %s", get_name (self), local_error->message);

  return TRUE;
}

static gboolean
stream_once (QsHttpSource *self, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (SoupMessage) message = make_request (self, error);
  g_autoptr (GInputStream) stream = NULL;
  QsHttpEvent event = { .data = NULL, .retry = -1 };
  gboolean    ok = FALSE;

  if (message == NULL)
    return FALSE;

  stream = send_request (self, message, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (stream == NULL)
    return TRUE;

  event.data = g_string_new (NULL);
  event.id = g_strdup (self->position.event_id);
  ok = read_lines (self, stream, &event, error);
  if (ok && is_running (self))
    {
      if (self->mode == QS_HTTP_MODE_LINES)
        g_warning ("[%s] '%s' ended; data that it sends before the next request is lost",
                   get_name (self),
                   self->url);
      qs_base_source_wait (QS_BASE_SOURCE (self), event.retry >= 0 ? event.retry : self->interval);
    }
  qs_http_event_clear (&event);

  return ok;
}

gboolean
qs_http_source_run (QsSource *source, GError **error)
{
  QsHttpSource *self = QS_HTTP_SOURCE (source);
  gboolean      ok = load (self, error);

  self->session = soup_session_new_with_options (
      "timeout", (guint) self->timeout, "user-agent", "qsource", NULL);
  self->backoff = MAX (self->interval, 0.5);
  self->committed_at = g_get_monotonic_time ();
  while (ok && is_running (self))
    ok = self->mode == QS_HTTP_MODE_POLL ? poll_once (self, error) : stream_once (self, error);

  qs_http_position_clear (&self->position);
  g_clear_object (&self->session);

  return ok;
}
