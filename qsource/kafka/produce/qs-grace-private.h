/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * The time that is left when a source is stopping. It runs from the first moment at
 * which somebody sees that.
 *
 * Context: any.   Locks: none.
 */
typedef struct
{
  GCancellable  *cancellable;   /* cancelled when it is stopping; owned, nullable */
  double         timeout;       /* seconds, -1 = without end */
  _Atomic gint64 begun_at;      /* monotonic; 0 = not seen yet */
} QsGrace;

void     qs_grace_init         (QsGrace      *self,
                                GCancellable *cancellable,
                                double        timeout);
void     qs_grace_clear        (QsGrace      *self);

/* Whether the source is stopping. */
gboolean qs_grace_has_begun    (QsGrace      *self);

/* @deadline, or when there is no time left, if that is sooner. */
gint64   qs_grace_cut_deadline (QsGrace      *self,
                                gint64        deadline);

G_END_DECLS
