/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-state.h"
#include "qs-transaction-private.h"

G_BEGIN_DECLS

/*
 * What the partition of a state may do to its user's view, and a user may not.
 *
 * Context: the thread that made it.   Locks: none.
 */

/* The view of @transaction, which must live until invalidate(). It works in the
 * calling thread only. */
QsState *qs_state_new        (QsTransaction *transaction);

/* The transaction has ended: from now on each call fails. */
void     qs_state_invalidate (QsState       *self);

G_END_DECLS
