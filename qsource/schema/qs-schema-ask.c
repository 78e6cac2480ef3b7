/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-schema-ask-private.h"

#include <string.h>

#include "qs-json.h"
#include "qs-schema-address-private.h"
#include "qs-serialization-error.h"

/* Microseconds before a question is asked again; doubled each time, up to the second. */
#define FIRST_PAUSE 200000
#define LAST_PAUSE 5000000

typedef struct
{
  const QsSchemaAsked *asked;
  const char          *path;
  const char          *body; /* nullable */
  const char          *what;
  gint64               deadline;

  gboolean is_final;    /* it is of no use to ask again */
  gint64   retry_after; /* seconds until the registry accepts another request; -1: unknown */
} Question;

/* Gets the registry's message from the answer to a refused request. */
static char *
dup_message (GBytes *answer)
{
  g_autoptr (GVariant) json = qs_json_from_bytes (answer, NULL);
  const char *message = NULL;
  gint64      code = 0;

  if (json == NULL || !g_variant_is_of_type (json, G_VARIANT_TYPE_VARDICT) ||
      !g_variant_lookup (json, "message", "&s", &message))
    return g_strdup ("it gives no reason");
  if (!g_variant_lookup (json, "error_code", "x", &code))
    return g_strdup (message);

  return g_strdup_printf ("%s (code %" G_GINT64_FORMAT ")", message, code);
}

static void
set_unanswered (Question *self, const char *shown, const GError *failure, GError **error)
{
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      self->is_final = TRUE;
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_CANCELLED,
                   "Cannot %s: it was cancelled during the request to the schema registry at '%s'",
                   self->what,
                   shown);
      return;
    }

  self->is_final = g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED) ||
                   g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT) ||
                   failure->domain == G_FILE_ERROR || failure->domain == G_TLS_ERROR;
  g_set_error (error,
               QS_SERIALIZATION_ERROR,
               QS_SERIALIZATION_ERROR_REGISTRY,
               "Cannot %s: the schema registry at '%s' cannot be reached: %s",
               self->what,
               shown,
               failure->message);
}

/* @n_left: so many addresses share the time that is left. */
static GBytes *
ask_address (Question *self, const char *base, guint n_left, GError **error)
{
  const QsSchemaAsked *asked = self->asked;
  gint64               now = g_get_monotonic_time ();
  QsSchemaHttpConfig   config = {
      asked->user,
      asked->password,
      asked->token,
      asked->ca_file,
      asked->certificate_file,
      asked->key_file,
      now + (self->deadline - now) / n_left,
  };
  QsSchemaHttpAnswer answer = { 0 };
  g_autofree char   *user = NULL;
  g_autofree char   *password = NULL;
  g_autofree char   *shown = qs_schema_address_strip_user (base, &user, &password);
  g_autofree char   *address = qs_schema_address_join (shown, self->path);
  g_autofree char   *message = NULL;
  g_autoptr (GError) failure = NULL;
  g_autoptr (GBytes) body = NULL;

  if (user != NULL && config.user == NULL)
    {
      config.user = user;
      config.password = password;
    }

  body = qs_schema_http_send (
      &config, self->body != NULL ? "POST" : "GET", address, self->body, &answer, &failure);
  if (body == NULL)
    {
      set_unanswered (self, shown, failure, error);
      return NULL;
    }
  if (answer.status >= 200 && answer.status < 300)
    return g_steal_pointer (&body);

  message = dup_message (body);
  self->is_final = answer.status != 429 && answer.status < 500;
  self->retry_after = MAX (self->retry_after, answer.retry_after);
  g_set_error (error,
               QS_SERIALIZATION_ERROR,
               QS_SERIALIZATION_ERROR_REGISTRY,
               "Cannot %s: the schema registry at '%s' answers %u: %s",
               self->what,
               shown,
               answer.status,
               message);

  return NULL;
}

/* Asks each address once. NULL: none answers as it should. */
static GBytes *
ask_once (Question *self, GError **error)
{
  const char *url = self->asked->url != NULL ? self->asked->url : "";
  g_auto (GStrv) bases = g_strsplit (url, ",", -1);
  GBytes *answer = NULL;

  self->retry_after = -1;
  self->is_final = FALSE;
  if (bases[0] == NULL)
    {
      self->is_final = TRUE;
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_REGISTRY,
                   "Cannot %s: the schema registry has no address; set its 'url'",
                   self->what);
    }
  for (guint i = 0; answer == NULL && !self->is_final && bases[i] != NULL; i++)
    {
      g_clear_error (error);
      answer = ask_address (self, g_strstrip (bases[i]), g_strv_length (bases + i), error);
    }

  return answer;
}

/* FALSE: it was cancelled. */
static gboolean
wait_until (gint64 moment)
{
  GCancellable *cancellable = g_cancellable_get_current ();
  GPollFD       fd = { 0 };
  gboolean      has_fd = g_cancellable_make_pollfd (cancellable, &fd);
  gint64        rest = 0;

  while (!g_cancellable_is_cancelled (cancellable) && (rest = moment - g_get_monotonic_time ()) > 0)
    g_poll (&fd, has_fd ? 1 : 0, (gint) MIN (rest / 1000 + 1, G_MAXINT));
  if (has_fd)
    g_cancellable_release_fd (cancellable);

  return !g_cancellable_is_cancelled (cancellable);
}

/* Whether to ask again after @failure, which is set. Waits until then. */
static gboolean
wait_for_turn (Question *self, gint64 pause, GError **failure)
{
  gint64 now = g_get_monotonic_time ();
  gint64 asked_for = MIN (self->retry_after, G_MAXINT32) * G_USEC_PER_SEC;

  if (self->is_final)
    return FALSE;
  if (now + MAX (pause, asked_for) >= self->deadline)
    {
      if (asked_for > pause)
        {
          g_autofree char *before = g_strdup ((*failure)->message);

          g_clear_error (failure);
          g_set_error (failure,
                       QS_SERIALIZATION_ERROR,
                       QS_SERIALIZATION_ERROR_REGISTRY,
                       "%s; it asks to repeat the request in %" G_GINT64_FORMAT
                       " s, which is after the registry's timeout",
                       before,
                       self->retry_after);
        }
      return FALSE;
    }
  if (wait_until (now + MAX (pause, asked_for)))
    return TRUE;

  g_clear_error (failure);
  g_set_error (failure,
               G_IO_ERROR,
               G_IO_ERROR_CANCELLED,
               "Cannot %s: it was cancelled before the request to the schema registry was repeated",
               self->what);
  return FALSE;
}

GVariant *
qs_schema_ask (const QsSchemaAsked *asked,
               const char          *path,
               const char          *body,
               const char          *what,
               gint64               deadline,
               GError             **error)
{
  Question question = { asked, path, body, what, deadline, FALSE, -1 };
  gint64   pause = FIRST_PAUSE;
  g_autoptr (GError) failure = NULL;
  g_autoptr (GBytes) answer = ask_once (&question, &failure);
  g_autoptr (GVariant) json = NULL;

  while (answer == NULL && wait_for_turn (&question, pause, &failure))
    {
      pause = MIN (2 * pause, LAST_PAUSE);
      g_clear_error (&failure);
      answer = ask_once (&question, &failure);
    }
  if (answer == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }

  json = qs_json_from_bytes (answer, &failure);
  if (json != NULL && g_variant_is_of_type (json, G_VARIANT_TYPE_VARDICT))
    return g_steal_pointer (&json);

  g_set_error (error,
               QS_SERIALIZATION_ERROR,
               QS_SERIALIZATION_ERROR_REGISTRY,
               "Cannot %s: the schema registry's answer is not an object: %s",
               what,
               failure != NULL ? failure->message : "it is something else");
  return NULL;
}

gboolean
qs_schema_fail_answer (GError **error, const char *what, const char *missing)
{
  g_set_error (error,
               QS_SERIALIZATION_ERROR,
               QS_SERIALIZATION_ERROR_REGISTRY,
               "Cannot %s: the schema registry's answer has no %s",
               what,
               missing);

  return FALSE;
}
