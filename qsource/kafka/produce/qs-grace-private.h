/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * The time that is left for what is in flight when a source is stopping: one deadline for
 * all producers and flushes of a run. It runs from the first moment at which somebody sees
 * that the source is stopping.
 *
 * Context: any.   Locks: none.
 */
typedef struct _QsGrace QsGrace;

/* @cancellable: cancelled when the source is stopping. @timeout: seconds, -1 = without end. */
QsGrace      *qs_grace_new             (GCancellable *cancellable,
                                        double        timeout);
QsGrace      *qs_grace_ref             (QsGrace      *self);
void          qs_grace_unref           (QsGrace      *self);

/* @self NULL: of a producer that belongs to no source, which is never stopping; so below. */
GCancellable *qs_grace_get_cancellable (QsGrace      *self);

/* Sets the seconds; before the source is started. */
void          qs_grace_set_timeout     (QsGrace      *self,
                                        double        timeout);

/* Whether the source is stopping. */
gboolean      qs_grace_has_begun       (QsGrace      *self);

/* @deadline, or when there is no time left, if that is sooner. */
gint64        qs_grace_cut_deadline    (QsGrace      *self,
                                        gint64        deadline);

/* The same for what can only be tidied up after that, for which half as much time is added: the
 * rest is for the process to end by itself. */
gint64        qs_grace_cut_tidying     (QsGrace      *self,
                                        gint64        deadline);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsGrace, qs_grace_unref)

G_END_DECLS
