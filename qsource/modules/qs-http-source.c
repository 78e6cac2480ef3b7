/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-http-source-private.h"

/*
 * QsHttpSource: a source of what a web server has.
 *
 * With mode poll, it asks for a document again and again, and each of its items that is new
 * is a record; with lines, each line of an answer that doesn't end; with sse, each event of
 * a stream of server-sent events.
 *
 * Promise: exactly once where the server sends again what comes after a position: the entity
 * tag, a cursor, ids of items, or the id of the last event. These are kept in the state and
 * committed with the records. Lines have no position: at most once, with gaps logged.
 */

enum
{
  PROP_URL = 1,
  PROP_METHOD,
  PROP_HEADERS,
  PROP_MODE,
  PROP_INTERVAL,
  PROP_TIMEOUT,
  PROP_ITEMS,
  PROP_CURSOR,
  PROP_ID,
  PROP_COMMIT_INTERVAL,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsHttpSource, qs_http_source, QS_TYPE_STATEFUL_SOURCE)

static GType
mode_get_type (void)
{
  static const GEnumValue values[] = {
    { QS_HTTP_MODE_POLL, "QS_HTTP_MODE_POLL", "poll" },
    { QS_HTTP_MODE_LINES, "QS_HTTP_MODE_LINES", "lines" },
    { QS_HTTP_MODE_SSE, "QS_HTTP_MODE_SSE", "sse" },
    { 0, NULL, NULL },
  };
  static gsize once = 0;

  if (g_once_init_enter (&once))
    g_once_init_leave (&once, g_enum_register_static ("QsHttpMode", values));

  return (GType) once;
}

static gboolean
qs_http_source_setup (QsBaseSource *source, GError **error)
{
  if (QS_HTTP_SOURCE (source)->url == NULL)
    {
      g_set_error_literal (error,
                           QS_SOURCE_ERROR,
                           QS_SOURCE_ERROR_INVALID_PROPERTY,
                           "Cannot send a request without a URL: set the property url");
      return FALSE;
    }

  return QS_BASE_SOURCE_CLASS (qs_http_source_parent_class)->setup (source, error);
}

/* Returns the place of a string property; NULL for another one. */
static char **
get_string (QsHttpSource *self, guint prop_id)
{
  switch (prop_id)
    {
    case PROP_URL:
      return &self->url;
    case PROP_METHOD:
      return &self->method;
    case PROP_ITEMS:
      return &self->items;
    case PROP_CURSOR:
      return &self->cursor;
    case PROP_ID:
      return &self->id;
    default:
      return NULL;
    }
}

static double *
get_double (QsHttpSource *self, guint prop_id)
{
  switch (prop_id)
    {
    case PROP_INTERVAL:
      return &self->interval;
    case PROP_TIMEOUT:
      return &self->timeout;
    case PROP_COMMIT_INTERVAL:
      return &self->commit_interval;
    default:
      return NULL;
    }
}

static void
qs_http_source_finalize (GObject *object)
{
  QsHttpSource *self = QS_HTTP_SOURCE (object);

  for (guint i = 1; i < N_PROPS; i++)
    if (get_string (self, i) != NULL)
      g_free (*get_string (self, i));
  g_strfreev (self->headers);

  G_OBJECT_CLASS (qs_http_source_parent_class)->finalize (object);
}

static void
qs_http_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsHttpSource *self = QS_HTTP_SOURCE (object);

  if (get_string (self, prop_id) != NULL)
    g_value_set_string (value, *get_string (self, prop_id));
  else if (get_double (self, prop_id) != NULL)
    g_value_set_double (value, *get_double (self, prop_id));
  else if (prop_id == PROP_HEADERS)
    g_value_set_boxed (value, self->headers);
  else if (prop_id == PROP_MODE)
    g_value_set_enum (value, (int) self->mode);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
qs_http_source_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QsHttpSource *self = QS_HTTP_SOURCE (object);

  if (get_string (self, prop_id) != NULL)
    {
      g_free (*get_string (self, prop_id));
      *get_string (self, prop_id) = g_value_dup_string (value);
    }
  else if (get_double (self, prop_id) != NULL)
    *get_double (self, prop_id) = g_value_get_double (value);
  else if (prop_id == PROP_HEADERS)
    {
      g_strfreev (self->headers);
      self->headers = g_value_dup_boxed (value);
    }
  else if (prop_id == PROP_MODE)
    self->mode = (QsHttpMode) g_value_get_enum (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static GParamSpec *
make_string (const char *name, const char *blurb, const char *value)
{
  return g_param_spec_string (
      name, NULL, blurb, value, G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
}

static GParamSpec *
make_double (const char *name, const char *blurb, double minimum, double value)
{
  return g_param_spec_double (name,
                              NULL,
                              blurb,
                              minimum,
                              86400,
                              value,
                              G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
}

static void
make_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  props[PROP_URL] =
      make_string ("url", "URL of the requests; {cursor} in it is the last cursor", NULL);
  props[PROP_METHOD] = make_string ("method", "Method of the requests", "GET");
  props[PROP_HEADERS] = g_param_spec_boxed (
      "headers", NULL, "Headers of the requests, as NAME: VALUE", G_TYPE_STRV, flags);
  props[PROP_MODE] =
      g_param_spec_enum ("mode",
                         NULL,
                         "Form of the answers: a document at each request, lines, or events",
                         mode_get_type (),
                         QS_HTTP_MODE_POLL,
                         flags);
  props[PROP_INTERVAL] = make_double ("interval", "Seconds between two requests", 0, 10);
  props[PROP_TIMEOUT] =
      make_double ("timeout", "Seconds that a server can be silent; 0 = without limit", 0, 60);
  props[PROP_ITEMS] = make_string (
      "items", "JSON pointer to the list whose items are records; unset = the whole answer", NULL);
  props[PROP_CURSOR] =
      make_string ("cursor", "JSON pointer to the value of {cursor} in the next request", NULL);
  props[PROP_ID] =
      make_string ("id", "JSON pointer in an item to its identity, which is the key", NULL);
  props[PROP_COMMIT_INTERVAL] =
      make_double ("commit-interval", "Seconds between two commits of records and position", 0, 1);
}

static void
qs_http_source_class_init (QsHttpSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_http_source_finalize;
  object_class->get_property = qs_http_source_get_property;
  object_class->set_property = qs_http_source_set_property;
  QS_BASE_SOURCE_CLASS (klass)->setup = qs_http_source_setup;
  QS_SOURCE_CLASS (klass)->run = qs_http_source_run;

  qs_source_describe_type (G_TYPE_FROM_CLASS (klass),
                           "Documents, lines or events from a web server",
                           "exactly-once if the server sends again what follows a position",
                           "url=https://example.org/news.json items=/items id=/id");
  make_properties ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_http_source_init (QsHttpSource *self)
{
}
