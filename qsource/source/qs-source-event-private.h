/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * An event of a source: one type for it, from the source in its worker to the signals of
 * the application.
 */

typedef enum
{
  QS_SOURCE_EVENT_STARTED,        /* start() is about to be called: pid */
  QS_SOURCE_EVENT_CONNECTED,      /* its client is connected */
  QS_SOURCE_EVENT_CONNECT_FAILED, /* its client is not, whatever the handlers said: error */
  QS_SOURCE_EVENT_RECOVERING,     /* its state is being read back, each second: n_records, n_left
                                   * (0: that is over), rate */
  QS_SOURCE_EVENT_STOPPING,       /* it has begun to stop: error, if it can't go on */
  QS_SOURCE_EVENT_PAUSED,         /* what it produces waits, or does so no more: is_paused */
  QS_SOURCE_EVENT_STATS,          /* what is counted has changed: stats */
  QS_SOURCE_EVENT_FINISHED,       /* it has ended by itself or was stopped */
  QS_SOURCE_EVENT_FAILED,         /* it has failed: error, detail */
  QS_N_SOURCE_EVENTS
} QsSourceEventType;

/* Only what the type names is set. What is owned, only qs_source_event_copy() and
 * qs_source_event_new_from_variant() have to give back. */
typedef struct
{
  QsSourceEventType  type;
  int                pid;
  int                signal_number; /* of failed: somebody else's that ended it; 0: none */
  gboolean           is_paused;
  GError            *error;
  char              *detail;    /* nullable; a traceback or the like */
  gint64             n_records;
  gint64             n_left;
  double             rate;      /* records a second */
  GVariant          *stats;     /* a{sv}, see QsSourceStats; doesn't float */
} QsSourceEvent;

/* The one callback for it. Returns whether somebody deals with it.
 *
 * Context: as its caller says.   Locks: none. */
typedef gboolean (*QsSourceEventFunc) (const QsSourceEvent *event,
                                       gpointer             user_data);

/*
 * The listener of a run, referenced by all that might still report something, so it needs
 * no lock.
 */
typedef struct
{
  QsSourceEventFunc func;      /* nullable: nobody */
  gpointer          user_data;
  GDestroyNotify    destroy;   /* of the user data; nullable */
} QsSourceListener;

QsSourceListener *qs_source_listener_new        (QsSourceEventFunc    func,
                                                 gpointer             user_data,
                                                 GDestroyNotify       destroy);
void              qs_source_listener_unref      (QsSourceListener    *self);

/* FALSE if nobody deals with it.
 *
 * Context: any.   Locks: none. */
static inline gboolean
qs_source_listener_tell (QsSourceListener *self, const QsSourceEvent *event)
{
  return self->func != NULL && self->func (event, self->user_data);
}

QsSourceEvent   *qs_source_event_copy             (const QsSourceEvent *self);
void             qs_source_event_free             (QsSourceEvent       *self);

/* As an a{sv}, which can travel: texts are valid UTF-8, and cut if they are endless;
 * floating. */
GVariant        *qs_source_event_to_variant       (const QsSourceEvent *self);

/* NULL if @variant is no event that this version knows. */
QsSourceEvent   *qs_source_event_new_from_variant (GVariant            *variant);

/* A text that can travel: valid UTF-8 of at most 64 KiB, whatever @text
 * (nullable) is; transfer full. An endless one would close the connection.
 *
 * Context: any.   Locks: none. */
char            *qs_source_event_dup_text         (const char          *text);

/* The error that travelled as these three; transfer full.
 *
 * Context: any.   Locks: none. */
GError          *qs_source_event_new_error        (const char          *domain,
                                                   int                  code,
                                                   const char          *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsSourceEvent, qs_source_event_free)

G_END_DECLS
