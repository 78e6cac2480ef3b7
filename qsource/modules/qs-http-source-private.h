/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <libsoup/soup.h>
#include <qsource/qsource.h>

G_BEGIN_DECLS

#define QS_TYPE_HTTP_SOURCE (qs_http_source_get_type ())

G_DECLARE_FINAL_TYPE (QsHttpSource, qs_http_source, QS, HTTP_SOURCE, QsStatefulSource)

/* How far a server was read, as the state keeps it. */
typedef struct
{
  char  *etag;
  char  *modified; /* Last-Modified, as the server writes it */
  char  *cursor;   /* what {cursor} in the URL is */
  char  *event_id; /* of the last event that has one */
  char **ids;      /* of the items of the last answer */
} QsHttpPosition;

typedef enum
{
  QS_HTTP_MODE_POLL,
  QS_HTTP_MODE_LINES,
  QS_HTTP_MODE_SSE,
} QsHttpMode;

struct _QsHttpSource
{
  QsStatefulSource parent_instance;

  /* Set before the source is started, then only read. Owned. */
  char  *url;
  char  *method;
  char **headers;
  char  *items;
  char  *cursor;
  char  *id;
  QsHttpMode mode;
  double interval;
  double timeout;
  double commit_interval;

  /* Of run(). Owned. */
  SoupSession   *session;
  QsHttpPosition position;
  double         backoff;
  gint64         committed_at; /* monotonic */
  gboolean       is_dirty;
};

gboolean  qs_http_source_run        (QsSource        *source,
                                     GError         **error);

void      qs_http_position_clear    (QsHttpPosition  *self);
void      qs_http_position_load     (QsHttpPosition  *self,
                                     GVariant        *value);
/* Floating. */
GVariant *qs_http_position_save     (const QsHttpPosition *self);

/* Gets the value at the JSON pointer @pointer; transfer full, NULL if there is none. */
GVariant *qs_http_pointer_lookup    (GVariant        *json,
                                     const char      *pointer);

/* Seconds that the server asks to wait, -1 if it doesn't. */
double    qs_http_get_retry_after   (SoupMessage     *message);

/* An event of a stream, as text/event-stream has it, made line by line. */
typedef struct
{
  GString *data;
  char    *type;
  char    *id;    /* the last one, also of earlier events */
  double   retry; /* seconds; -1 = the server didn't say */
} QsHttpEvent;

void      qs_http_event_clear       (QsHttpEvent     *self);

/* Takes a line; whether an event is complete: then it is to be reset. */
gboolean  qs_http_event_take        (QsHttpEvent     *self,
                                     const char      *line);
void      qs_http_event_reset       (QsHttpEvent     *self);

G_END_DECLS
