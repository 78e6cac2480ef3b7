/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stdatomic.h>

#include <glib.h>

G_BEGIN_DECLS

/*
 * Whether a member of a cooperative group has given partitions away and isn't yet
 * a member of the group as it is after that. All zero: it hasn't.
 *
 * Context: the consumer's thread; is_under_way(): any.   Locks: none.
 */
typedef struct
{
  _Atomic guint  n_awaited; /* assignments, until it is */
  _Atomic gint64 until;     /* that is believed; monotonic */
} QsRejoin;

/* It gives partitions away now. Unless they are lost, it gets the rest assigned, joins again, and
 * gets another assignment. */
void     qs_rejoin_begin         (QsRejoin *self,
                                  gboolean  lost);

/* It got an assignment. */
void     qs_rejoin_note_assigned (QsRejoin *self);

/* It is about to give partitions away, so the group has changed. */
void     qs_rejoin_note_revoked  (QsRejoin *self);

gboolean qs_rejoin_is_under_way  (QsRejoin *self);

/* FALSE with @error while that is so: a commit would wait for the other members, too,
 * and then be one of a generation that is over; for which librdkafka takes all
 * partitions for lost, so that what was read of them since the last commit is read
 * again. */
gboolean qs_rejoin_check_commit  (QsRejoin *self,
                                  GError  **error);

G_END_DECLS
