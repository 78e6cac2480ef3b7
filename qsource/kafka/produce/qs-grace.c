/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-grace-private.h"

#include <stdatomic.h>

/* The factor at which what is left is no longer waited for. */
#define TIDYING 1.5

struct _QsGrace
{
  GCancellable  *cancellable; /* owned */
  _Atomic double timeout;     /* seconds, -1 = without end */
  _Atomic gint64 begun_at;    /* monotonic; 0 = not seen yet */
};

static void
clear_grace (gpointer data)
{
  QsGrace *self = data;

  g_clear_object (&self->cancellable);
}

QsGrace *
qs_grace_new (GCancellable *cancellable, double timeout)
{
  QsGrace *self = g_atomic_rc_box_new0 (QsGrace);

  self->cancellable = g_object_ref (cancellable);
  atomic_store (&self->timeout, timeout);

  return self;
}

QsGrace *
qs_grace_ref (QsGrace *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
qs_grace_unref (QsGrace *self)
{
  g_atomic_rc_box_release_full (self, clear_grace);
}

GCancellable *
qs_grace_get_cancellable (QsGrace *self)
{
  return self != NULL ? self->cancellable : NULL;
}

void
qs_grace_set_timeout (QsGrace *self, double timeout)
{
  atomic_store (&self->timeout, timeout);
}

gboolean
qs_grace_has_begun (QsGrace *self)
{
  gint64 expected = 0;

  if (self == NULL || !g_cancellable_is_cancelled (self->cancellable))
    return FALSE;

  atomic_compare_exchange_strong (&self->begun_at, &expected, g_get_monotonic_time ());

  return TRUE;
}

/* @deadline, or @factor of the time, if that is sooner. */
static gint64
cut (QsGrace *self, gint64 deadline, double factor)
{
  double timeout = self != NULL ? atomic_load (&self->timeout) : -1;

  if (!qs_grace_has_begun (self) || timeout < 0)
    return deadline;

  return MIN (deadline,
              atomic_load (&self->begun_at) + (gint64) (timeout * factor * G_USEC_PER_SEC));
}

gint64
qs_grace_cut_deadline (QsGrace *self, gint64 deadline)
{
  return cut (self, deadline, 1);
}

gint64
qs_grace_cut_tidying (QsGrace *self, gint64 deadline)
{
  return cut (self, deadline, TIDYING);
}
