/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Looks whether records come: an idle-timeout.
 *
 * Context: one thread; its thread-default main context calls back.   Locks: none.
 */
typedef struct
{
  double    timeout;                    /* seconds */
  gboolean  (*is_idle) (gpointer data); /* FALSE: it counts as if a record had come */
  void      (*ended)   (gpointer data); /* none has for so long, which was logged */
  gpointer  user_data;

  GSource  *timer;   /* owned; NULL unless it looks */
  guint64   n_noted; /* so far, and when the timer saw the last one */
  guint64   n_seen;
  gint64    seen_at; /* monotonic */
} QsIdleWatch;

/* Begins to look, unless it does already or @timeout is -1 = without end. */
void qs_idle_watch_begin (QsIdleWatch *self,
                          double       timeout,
                          gboolean   (*is_idle) (gpointer data),
                          void       (*ended)   (gpointer data),
                          gpointer     user_data);

/* A record has come. */
static inline void
qs_idle_watch_note (QsIdleWatch *self)
{
  self->n_noted++;
}

/* It looks no more. May be called again. */
void qs_idle_watch_end   (QsIdleWatch *self);

G_END_DECLS
