/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-schema-http-private.h"

#ifdef QS_HAVE_SOUP

#include <string.h>

#include "qs-cancel-watch-private.h"
#include "qs-gsource-private.h"
#include "qs-soup-private.h"

/* Makes the header for authentication; NULL: none. transfer full */
static char *
make_authorization (const QsSchemaHttpConfig *config)
{
  g_autofree char *pair = NULL;
  g_autofree char *code = NULL;

  if (config->token != NULL)
    return g_strconcat ("Bearer ", config->token, NULL);
  if (config->user == NULL)
    return NULL;

  pair = g_strconcat (config->user, ":", config->password != NULL ? config->password : "", NULL);
  code = g_base64_encode ((const guchar *) pair, strlen (pair));

  return g_strconcat ("Basic ", code, NULL);
}

/* libsoup sends it only after it was refused without, which some never do. */
static gboolean
add_authorization (SoupMessage *message, const QsSchemaHttpConfig *config, GError **error)
{
  g_autofree char *text = make_authorization (config);

  if (config->token != NULL && config->user != NULL)
    {
      g_set_error_literal (error,
                           G_IO_ERROR,
                           G_IO_ERROR_INVALID_ARGUMENT,
                           "it has both a user and a bearer token; set one of them");
      return FALSE;
    }
  if (text == NULL)
    return TRUE;

  /* A line break would begin another header. */
  if (strpbrk (text, "\r\n") != NULL)
    {
      g_set_error_literal (
          error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "its bearer token has a line break");
      return FALSE;
    }
  soup_message_headers_append (soup_message_get_request_headers (message), "Authorization", text);
  /* Otherwise the server of a redirection would learn it. */
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);

  return TRUE;
}

/* Sets the certificates to trust, and our own. */
static gboolean
set_certificates (SoupSession              *session,
                  SoupMessage              *message,
                  const QsSchemaHttpConfig *config,
                  GError                  **error)
{
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;

  if (config->ca_file != NULL)
    {
      database = g_tls_file_database_new (config->ca_file, error);
      if (database == NULL)
        return FALSE;
      soup_session_set_tls_database (session, database);
    }

  if (config->certificate_file == NULL)
    return TRUE;

  certificate =
      config->key_file != NULL
          ? g_tls_certificate_new_from_files (config->certificate_file, config->key_file, error)
          : g_tls_certificate_new_from_file (config->certificate_file, error);
  if (certificate == NULL)
    return FALSE;
  soup_message_set_tls_client_certificate (message, certificate);

  return TRUE;
}

typedef struct
{
  GMainContext *context;
  GCancellable *cancellable;
  GAsyncResult *result; /* owned; NULL: none yet */
} Question;

static void
answered_cb (GObject *session, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;

  question->result = g_object_ref (result);
}

static gboolean
end_question_cb (gpointer user_data)
{
  Question *question = user_data;

  g_cancellable_cancel (question->cancellable);

  return G_SOURCE_REMOVE;
}

/* Waits for the whole answer, not beyond the deadline, however slowly it comes. */
static GBytes *
send_and_wait (SoupSession *session, SoupMessage *message, gint64 deadline, GError **error)
{
  GCancellable *current = g_cancellable_get_current ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gint64   rest = MAX ((deadline - g_get_monotonic_time ()) / 1000, 1);
  Question question = { g_main_context_get_thread_default (), cancellable, NULL };
  GSource *timer =
      qs_gsource_new_timeout ((guint) MIN (rest, G_MAXINT), end_question_cb, &question);
  QsCancelWatch *watch = NULL;
  g_autoptr (GError) failure = NULL;
  GBytes *answer = NULL;

  /* libsoup isn't given @current: its streams are those of the thread that asks. */
  if (current != NULL)
    watch = qs_cancel_watch_new (current, end_question_cb, &question);
  soup_session_send_and_read_async (
      session, message, G_PRIORITY_DEFAULT, cancellable, answered_cb, &question);
  while (question.result == NULL)
    g_main_context_iteration (question.context, TRUE);
  g_clear_pointer (&watch, qs_cancel_watch_free);
  qs_gsource_clear (&timer);

  answer = soup_session_send_and_read_finish (session, question.result, &failure);
  g_object_unref (question.result);
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED) &&
      !g_cancellable_is_cancelled (current))
    g_set_error (error,
                 G_IO_ERROR,
                 G_IO_ERROR_TIMED_OUT,
                 "it did not answer within %.3g s",
                 (double) rest / 1000);
  else if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));

  return answer;
}

/* Not where it is a date. */
static gint64
get_retry_after (SoupMessage *message)
{
  const char *text =
      soup_message_headers_get_one (soup_message_get_response_headers (message), "Retry-After");
  gint64 seconds = -1;

  if (text != NULL && g_ascii_string_to_signed (text, 10, 0, G_MAXINT32, &seconds, NULL))
    return seconds;

  return -1;
}

static GBytes *
send_by (SoupSession              *session,
         const QsSchemaHttpConfig *config,
         const char               *method,
         const char               *url,
         const char               *body,
         QsSchemaHttpAnswer       *told,
         GError                  **error)
{
  g_autoptr (SoupMessage) message = soup_message_new (method, url);
  GBytes *answer = NULL;

  if (message == NULL)
    {
      g_set_error_literal (
          error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "it is not a valid address");
      return NULL;
    }

  if (!set_certificates (session, message, config, error) ||
      !add_authorization (message, config, error))
    return NULL;

  soup_message_headers_append (soup_message_get_request_headers (message),
                               "Accept",
                               "application/vnd.schemaregistry.v1+json, application/json");
  if (body != NULL)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));

      soup_message_set_request_body_from_bytes (
          message, "application/vnd.schemaregistry.v1+json", bytes);
    }

  answer = send_and_wait (session, message, config->deadline, error);
  if (answer != NULL)
    {
      told->status = soup_message_get_status (message);
      told->retry_after = get_retry_after (message);
    }

  return answer;
}

GBytes *
qs_schema_http_send (const QsSchemaHttpConfig *config,
                     const char               *method,
                     const char               *url,
                     const char               *body,
                     QsSchemaHttpAnswer       *told,
                     GError                  **error)
{
  /* One of each for each question: a session belongs to a context, and what is learned
   * from a registry is asked once. */
  g_autoptr (GMainContext) context = g_main_context_new ();
  SoupSession *session = NULL;
  GBytes      *answer = NULL;

  g_main_context_push_thread_default (context);
  session = soup_session_new ();
  answer = send_by (session, config, method, url, body, told, error);
  g_object_unref (session);
  while (g_main_context_iteration (context, FALSE))
    ;
  g_main_context_pop_thread_default (context);

  return answer;
}

#else

GBytes *
qs_schema_http_send (const QsSchemaHttpConfig *config,
                     const char               *method,
                     const char               *url,
                     const char               *body,
                     QsSchemaHttpAnswer       *told,
                     GError                  **error)
{
  g_set_error_literal (error,
                       G_IO_ERROR,
                       G_IO_ERROR_NOT_SUPPORTED,
                       "this QSource was built without libsoup; build it with -Dregistry=enabled");
  return NULL;
}

#endif
