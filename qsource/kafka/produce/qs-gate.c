/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-gate-private.h"

/* Microseconds after which who waits looks whether it is cancelled. */
#define SLICE 50000

void
qs_gate_init (QsGate *self)
{
  self->is_closed = FALSE;
  g_mutex_init (&self->lock);
  g_cond_init (&self->opened);
}

void
qs_gate_clear (QsGate *self)
{
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->opened);
}

void
qs_gate_set_closed (QsGate *self, gboolean is_closed)
{
  g_mutex_lock (&self->lock);
  g_atomic_int_set (&self->is_closed, is_closed);
  g_cond_broadcast (&self->opened);
  g_mutex_unlock (&self->lock);
}

void
qs_gate_pass (QsGate *self, GCancellable *cancellable)
{
  if (G_LIKELY (!g_atomic_int_get (&self->is_closed)))
    return;

  g_mutex_lock (&self->lock);
  while (g_atomic_int_get (&self->is_closed) && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait_until (&self->opened, &self->lock, g_get_monotonic_time () + SLICE);
  g_mutex_unlock (&self->lock);
}
