/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-rejoin-private.h"

#include "qs-deadline-private.h"
#include "qs-kafka-error.h"

/* Seconds after which a group that should have changed is no longer waited for. */
#define REJOIN_TIME 60.0

void
qs_rejoin_begin (QsRejoin *self, gboolean lost)
{
  atomic_store (&self->until, qs_deadline_after (REJOIN_TIME));
  atomic_store (&self->n_awaited, lost ? 1 : 2);
}

void
qs_rejoin_note_assigned (QsRejoin *self)
{
  if (atomic_load (&self->n_awaited) > 0)
    atomic_fetch_sub (&self->n_awaited, 1);
}

void
qs_rejoin_note_revoked (QsRejoin *self)
{
  atomic_store (&self->n_awaited, 0);
}

gboolean
qs_rejoin_is_under_way (QsRejoin *self)
{
  return atomic_load (&self->n_awaited) > 0 && !qs_deadline_passed (atomic_load (&self->until));
}

gboolean
qs_rejoin_check_commit (QsRejoin *self, GError **error)
{
  if (!qs_rejoin_is_under_way (self))
    return TRUE;

  g_set_error_literal (error,
                       QS_KAFKA_ERROR,
                       QS_KAFKA_ERROR_INVALID_STATE,
                       "Cannot commit offsets while this member joins its group again");
  return FALSE;
}
