/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-idle-watch-private.h"

#include "qs-gsource-private.h"
#include "qs-log-private.h"

static gboolean
timer_cb (gpointer user_data)
{
  QsIdleWatch *self = user_data;
  gint64       now = g_get_monotonic_time ();

  if (self->n_seen != self->n_noted || !self->is_idle (self->user_data))
    {
      self->n_seen = self->n_noted;
      self->seen_at = now;
    }
  if ((double) (now - self->seen_at) < self->timeout * G_USEC_PER_SEC)
    return G_SOURCE_CONTINUE;

  qs_log_message (NULL, NULL, "Stopping after %g s without a record (idle-timeout)", self->timeout);
  self->ended (self->user_data);

  return G_SOURCE_CONTINUE;
}

void
qs_idle_watch_begin (QsIdleWatch *self,
                     double       timeout,
                     gboolean (*is_idle) (gpointer data),
                     void (*ended) (gpointer data),
                     gpointer user_data)
{
  if (timeout < 0 || self->timer != NULL)
    return;

  self->timeout = timeout;
  self->is_idle = is_idle;
  self->ended = ended;
  self->user_data = user_data;
  self->n_seen = self->n_noted;
  self->seen_at = g_get_monotonic_time ();
  self->timer = qs_gsource_new_timeout ((guint) CLAMP (timeout * 100, 5, 500), timer_cb, self);
}

void
qs_idle_watch_end (QsIdleWatch *self)
{
  qs_gsource_clear (&self->timer);
}
