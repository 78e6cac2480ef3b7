/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-event-private.h"

#include "qs-source-error.h"

#define MAX_TEXT (64 * 1024)

/* As they travel. */
static const char *const names[QS_N_SOURCE_EVENTS] = {
  [QS_SOURCE_EVENT_STARTED] = "started",
  [QS_SOURCE_EVENT_CONNECTED] = "connected",
  [QS_SOURCE_EVENT_CONNECT_FAILED] = "connect-failed",
  [QS_SOURCE_EVENT_RECOVERING] = "recovering",
  [QS_SOURCE_EVENT_STOPPING] = "stopping",
  [QS_SOURCE_EVENT_PAUSED] = "paused",
  [QS_SOURCE_EVENT_STATS] = "stats",
  [QS_SOURCE_EVENT_FINISHED] = "finished",
  [QS_SOURCE_EVENT_FAILED] = "failed",
};

/* The last length of at most @length at which no character of @text is cut. */
static gsize
find_boundary (const char *text, gsize length)
{
  gsize end = length;

  while (end > 0 && length - end < 4 && ((guchar) text[end] & 0xc0) == 0x80)
    end--;

  /* Not UTF-8 at all: one place is as good as another. */
  return length - end < 4 ? end : length;
}

char *
qs_source_event_dup_text (const char *text)
{
  g_autofree char *valid = NULL;
  g_autofree char *note = NULL;
  gsize            length = text != NULL ? strlen (text) : 0;
  gsize            taken = length <= MAX_TEXT ? length : find_boundary (text, MAX_TEXT);

  valid = g_utf8_make_valid (text != NULL ? text : "", (gssize) taken);
  if (taken == length && strlen (valid) <= MAX_TEXT)
    return g_steal_pointer (&valid);

  /* Making it valid can have made it longer again: a bad byte takes three. */
  note = g_strdup_printf (" [... cut, it had %" G_GSIZE_FORMAT " bytes]", length);
  taken = MIN (strlen (valid), MAX_TEXT - strlen (note));
  valid[find_boundary (valid, taken)] = '\0';

  return g_strconcat (valid, note, NULL);
}

GError *
qs_source_event_new_error (const char *domain, int code, const char *message)
{
  /* Its domain may be one that only the worker has loaded. */
  GQuark quark = *domain != '\0' ? g_quark_from_string (domain) : QS_SOURCE_ERROR;

  return g_error_new_literal (quark, code, message);
}

QsSourceListener *
qs_source_listener_new (QsSourceEventFunc func, gpointer user_data, GDestroyNotify destroy)
{
  QsSourceListener *self = g_atomic_rc_box_new0 (QsSourceListener);

  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;

  return self;
}

static void
listener_clear (gpointer data)
{
  QsSourceListener *self = data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
}

void
qs_source_listener_unref (QsSourceListener *self)
{
  g_atomic_rc_box_release_full (self, listener_clear);
}

QsSourceEvent *
qs_source_event_copy (const QsSourceEvent *self)
{
  QsSourceEvent *copy = g_memdup2 (self, sizeof *self);

  if (self->error != NULL)
    copy->error = g_error_copy (self->error);
  copy->detail = g_strdup (self->detail);
  if (self->stats != NULL)
    copy->stats = g_variant_ref (self->stats);

  return copy;
}

void
qs_source_event_free (QsSourceEvent *self)
{
  g_clear_error (&self->error);
  g_free (self->detail);
  g_clear_pointer (&self->stats, g_variant_unref);
  g_free (self);
}

static void
insert_text (GVariantDict *dict, const char *key, const char *text)
{
  g_variant_dict_insert_value (
      dict, key, g_variant_new_take_string (qs_source_event_dup_text (text)));
}

GVariant *
qs_source_event_to_variant (const QsSourceEvent *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "type", "s", names[self->type]);
  if (self->pid != 0)
    g_variant_dict_insert (&dict, "pid", "i", self->pid);
  if (self->signal_number != 0)
    g_variant_dict_insert (&dict, "signal", "i", self->signal_number);
  if (self->is_paused)
    g_variant_dict_insert (&dict, "paused", "b", TRUE);
  if (self->type == QS_SOURCE_EVENT_RECOVERING)
    g_variant_dict_insert (&dict, "recovery", "(xxd)", self->n_records, self->n_left, self->rate);
  if (self->stats != NULL)
    g_variant_dict_insert_value (&dict, "stats", self->stats);
  if (self->detail != NULL)
    insert_text (&dict, "detail", self->detail);
  if (self->error != NULL)
    {
      insert_text (&dict, "domain", g_quark_to_string (self->error->domain));
      g_variant_dict_insert (&dict, "code", "i", self->error->code);
      insert_text (&dict, "message", self->error->message);
    }

  return g_variant_dict_end (&dict);
}

/* Whether it has all the fields that its receivers rely on. */
static gboolean
is_complete (const QsSourceEvent *self)
{
  switch (self->type)
    {
    case QS_SOURCE_EVENT_STATS:
      return self->stats != NULL;

    case QS_SOURCE_EVENT_CONNECT_FAILED:
    case QS_SOURCE_EVENT_FAILED:
      return self->error != NULL;

    case QS_SOURCE_EVENT_STARTED:
    case QS_SOURCE_EVENT_CONNECTED:
    case QS_SOURCE_EVENT_RECOVERING:
    case QS_SOURCE_EVENT_STOPPING:
    case QS_SOURCE_EVENT_PAUSED:
    case QS_SOURCE_EVENT_FINISHED:
    case QS_N_SOURCE_EVENTS:
    default:
      return TRUE;
    }
}

QsSourceEvent *
qs_source_event_new_from_variant (GVariant *variant)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (variant);
  QsSourceEvent event = { 0 };
  const char   *type = NULL;
  const char   *domain = "";
  const char   *message = NULL;
  int           code = 0;

  g_variant_dict_lookup (&dict, "type", "&s", &type);
  while (event.type < QS_N_SOURCE_EVENTS && g_strcmp0 (names[event.type], type) != 0)
    event.type++;
  if (event.type == QS_N_SOURCE_EVENTS)
    return NULL;

  g_variant_dict_lookup (&dict, "pid", "i", &event.pid);
  g_variant_dict_lookup (&dict, "signal", "i", &event.signal_number);
  g_variant_dict_lookup (&dict, "paused", "b", &event.is_paused);
  g_variant_dict_lookup (&dict, "recovery", "(xxd)", &event.n_records, &event.n_left, &event.rate);
  g_variant_dict_lookup (&dict, "detail", "s", &event.detail);
  event.stats = g_variant_dict_lookup_value (&dict, "stats", G_VARIANT_TYPE_VARDICT);
  g_variant_dict_lookup (&dict, "domain", "&s", &domain);
  g_variant_dict_lookup (&dict, "code", "i", &code);
  if (g_variant_dict_lookup (&dict, "message", "&s", &message))
    event.error = qs_source_event_new_error (domain, code, message);

  if (!is_complete (&event))
    {
      g_clear_error (&event.error);
      g_free (event.detail);
      g_clear_pointer (&event.stats, g_variant_unref);
      return NULL;
    }

  return g_memdup2 (&event, sizeof event);
}
