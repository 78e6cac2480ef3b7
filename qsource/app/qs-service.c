/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-service-private.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <unistd.h>

#include "qs-base-source.h"
#include "qs-enum-types.h"
#include "qs-gsource-private.h"
#include "qs-log-private.h"
#include "qs-source-stats.h"

/* How often, in seconds, the number of delivered records is reported, and the extension of the
 * start-up time, in microseconds, that is requested while a state is read back. */
#define TICK_INTERVAL 1
#define EXTENSION "EXTEND_TIMEOUT_USEC=30000000"

struct _QsService
{
  QsSourceList   *list;     /* not owned */
  GPtrArray      *sources;  /* QsBaseSource; owned */
  GSocket        *socket;   /* owned; NULL: no manager listens */
  GSocketAddress *address;  /* owned */
  GSource        *watchdog; /* owned; NULL: none is wanted */
  GSource        *ticker;   /* owned */
  char           *status;   /* as reported last; nullable */
  gboolean        is_in_place;
  gboolean        is_ready;   /* and that was reported */
  gboolean        has_failed; /* a source, so that the run ends */
  gboolean        is_stopping;
};

/* Sends lines, once they are one text. Nothing depends on it that it arrives. Returns
 * whether it was sent: a queue may be full. */
static gboolean
tell (QsService *self, const char *text)
{
  g_autoptr (GError) error = NULL;

  if (g_socket_send_to (self->socket, self->address, text, strlen (text), NULL, &error) >= 0)
    return TRUE;

  qs_log_debug (NULL, NULL, "Cannot report '%s' to the service manager: %s", text, error->message);
  return FALSE;
}

static gboolean
watchdog_cb (gpointer user_data)
{
  tell (user_data, "WATCHDOG=1");

  return G_SOURCE_CONTINUE;
}

static guint
count (QsService *self, QsSourceStatus status)
{
  guint n_sources = 0;

  for (guint i = 0; i < self->sources->len; i++)
    n_sources += qs_base_source_get_status (self->sources->pdata[i]) == status ? 1 : 0;

  return n_sources;
}

/* "12,345 records delivered", in any locale. */
static char *
describe_delivered (QsService *self)
{
  guint64          n_delivered = 0;
  g_autofree char *digits = NULL;
  g_autoptr (GString) text = NULL;

  for (guint i = 0; i < self->sources->len; i++)
    n_delivered +=
        qs_source_stats_get_n_acknowledged (qs_base_source_get_stats (self->sources->pdata[i]));

  digits = g_strdup_printf ("%" G_GUINT64_FORMAT, n_delivered);
  text = g_string_new (digits);
  for (gssize i = (gssize) text->len - 3; i > 0; i -= 3)
    g_string_insert_c (text, i, ',');
  g_string_append (text, n_delivered == 1 ? " record delivered" : " records delivered");

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* "Sources: 2 running, 1 recovering; 12,345 records delivered". */
static char *
describe (QsService *self)
{
  g_autoptr (GEnumClass) statuses = g_type_class_ref (QS_TYPE_SOURCE_STATUS);
  g_autoptr (GString) text = g_string_new ("Sources: ");
  g_autofree char *delivered = describe_delivered (self);
  const char      *separator = "";

  if (!self->is_in_place)
    return g_strdup ("Connecting");
  if (self->sources->len == 0)
    return g_strdup ("Reading");

  for (guint i = 0; i < statuses->n_values; i++)
    {
      guint n_sources = count (self, (QsSourceStatus) statuses->values[i].value);

      if (n_sources == 0)
        continue;
      g_string_append_printf (
          text, "%s%u %s", separator, n_sources, statuses->values[i].value_nick);
      separator = ", ";
    }
  g_string_append_printf (text, "; %s", delivered);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Reports @state, lines or nothing, and @status, unless it has not changed. */
static gboolean
tell_status (QsService *self, const char *state, const char *status)
{
  g_autofree char *text = NULL;

  if (*state == '\0' && g_strcmp0 (self->status, status) == 0)
    return TRUE;

  g_free (self->status);
  self->status = g_strdelimit (g_strdup (status), "\n", ' ');
  text = g_strconcat (state, "STATUS=", self->status, NULL);

  return tell (self, text);
}

static void
update (QsService *self)
{
  g_autofree char *status = describe (self);
  gboolean         becomes_ready = self->is_in_place && !self->is_ready && !self->has_failed &&
                           !self->is_stopping && qs_source_list_is_settled (self->list);

  /* The next tick repeats what could not be sent. */
  if (tell_status (self, becomes_ready ? "READY=1\n" : "", status) && becomes_ready)
    self->is_ready = TRUE;
}

static gboolean
tick_cb (gpointer user_data)
{
  QsService *self = user_data;

  update (self);
  if (!self->is_ready && count (self, QS_SOURCE_STATUS_RECOVERING) > 0)
    tell (self, EXTENSION);

  return G_SOURCE_CONTINUE;
}

static void
status_cb (QsService *self)
{
  update (self);
}

/* As NOTIFY_SOCKET has it: a path, or '@' and an abstract name. */
static void
open_socket (QsService *self, const char *name)
{
  g_autoptr (GError) error = NULL;

  if (*name == '@')
    self->address =
        g_unix_socket_address_new_with_type (name + 1, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  else if (*name == '/')
    self->address = g_unix_socket_address_new (name);
  else
    return;

  self->socket = g_socket_new (
      G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
  /* A manager that doesn't listen must not hold us up. */
  if (self->socket != NULL)
    g_socket_set_blocking (self->socket, FALSE);
  else
    qs_log_warning (NULL, NULL, "Cannot reach the service manager: %s", error->message);
}

/* The interval at which the manager expects a message, in microseconds; 0: none. */
static guint64
get_watchdog_interval (void)
{
  const char *interval = g_getenv ("WATCHDOG_USEC");
  const char *pid = g_getenv ("WATCHDOG_PID");

  if (interval == NULL || (pid != NULL && g_ascii_strtoull (pid, NULL, 10) != (guint64) getpid ()))
    return 0;

  return g_ascii_strtoull (interval, NULL, 10);
}

QsService *
qs_service_new (QsSourceList *list)
{
  QsService  *self = g_new0 (QsService, 1);
  const char *name = g_getenv ("NOTIFY_SOCKET");
  guint64     interval = get_watchdog_interval ();

  self->list = list;
  self->sources = qs_source_list_dup_sources (list);
  if (name != NULL)
    open_socket (self, name);
  if (self->socket == NULL)
    return self;

  for (guint i = 0; i < self->sources->len; i++)
    g_signal_connect_swapped (
        self->sources->pdata[i], "notify::status", G_CALLBACK (status_cb), self);
  self->ticker = qs_gsource_new_timeout (TICK_INTERVAL * 1000, tick_cb, self);
  if (interval > 0)
    self->watchdog =
        qs_gsource_new_timeout ((guint) CLAMP (interval / 2000, 1, G_MAXINT), watchdog_cb, self);
  update (self);

  return self;
}

void
qs_service_set_in_place (QsService *self)
{
  self->is_in_place = TRUE;
  if (self->socket != NULL)
    update (self);
}

void
qs_service_note_failure (QsService *self)
{
  self->has_failed = TRUE;
}

void
qs_service_stop (QsService *self)
{
  g_autofree char *status = NULL;

  if (self->socket == NULL || self->is_stopping)
    return;

  self->is_stopping = TRUE;
  status = describe (self);
  tell_status (self, "STOPPING=1\n", status);
}

void
qs_service_end (QsService *self, const GError *error)
{
  g_autofree char *status =
      error != NULL ? g_strconcat ("Failed: ", error->message, NULL) : g_strdup ("Ended");

  if (self->socket != NULL)
    {
      tell_status (self, self->is_stopping ? "" : "STOPPING=1\n", status);
      for (guint i = 0; i < self->sources->len; i++)
        g_signal_handlers_disconnect_by_data (self->sources->pdata[i], self);
    }
  qs_gsource_clear (&self->watchdog);
  qs_gsource_clear (&self->ticker);
  g_clear_object (&self->socket);
  g_clear_object (&self->address);
  g_ptr_array_unref (self->sources);
  g_free (self->status);
  g_free (self);
}
