/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-grace-private.h"

#include <stdatomic.h>

void
qs_grace_init (QsGrace *self, GCancellable *cancellable, double timeout)
{
  g_set_object (&self->cancellable, cancellable);
  self->timeout = timeout;
}

void
qs_grace_clear (QsGrace *self)
{
  g_clear_object (&self->cancellable);
}

gboolean
qs_grace_has_begun (QsGrace *self)
{
  gint64 expected = 0;

  if (!g_cancellable_is_cancelled (self->cancellable))
    return FALSE;

  atomic_compare_exchange_strong (&self->begun_at, &expected, g_get_monotonic_time ());

  return TRUE;
}

gint64
qs_grace_cut_deadline (QsGrace *self, gint64 deadline)
{
  if (!qs_grace_has_begun (self) || self->timeout < 0)
    return deadline;

  return MIN (deadline, atomic_load (&self->begun_at) + (gint64) (self->timeout * G_USEC_PER_SEC));
}
