/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-produced-offsets-private.h"

#include <stdatomic.h>

void
qs_produced_offsets_note (QsProducedOffsets *self, gint64 offset)
{
  gint64 last = atomic_load (&self->last);
  gint64 first = atomic_load (&self->first);

  if (offset < 0)
    {
      atomic_store (&self->has_unknown, TRUE);
      return;
    }

  /* Two threads may serve reports at once. */
  while (offset > last && !atomic_compare_exchange_weak (&self->last, &last, offset))
    ;
  while (offset < first && !atomic_compare_exchange_weak (&self->first, &first, offset))
    ;
}
