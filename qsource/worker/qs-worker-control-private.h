/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"
#include "qs-source-run-private.h"

G_BEGIN_DECLS

/*
 * The worker's end of the connection to its parent, in a thread of its own: it
 * answers, and can end this process, whatever the user's code does meanwhile.
 * There is one in a process, and it is never freed.
 */
typedef struct _QsWorkerControl QsWorkerControl;

/* Context: the main thread.   Locks: none. */
QsWorkerControl *qs_worker_control_new          (const char        *name,
                                                 gboolean           ignores_hang_up);

/* Starts to talk over @fd, which it takes; an error if that is no connection.
 * @source and its @run, both nullable, are what is stopped, and last for good.
 *
 * Context: the main thread.   Locks: none. */
gboolean         qs_worker_control_start        (QsWorkerControl   *self,
                                                 int                fd,
                                                 QsBaseSource      *source,
                                                 QsSourceRun       *run,
                                                 GError           **error);

/* Says Hello, and returns the parent's settings, a{sv}, transfer full.
 *
 * Context: the main thread.   Locks: none. */
GVariant        *qs_worker_control_hello        (QsWorkerControl   *self,
                                                 GCancellable      *cancellable,
                                                 GError           **error);

/* Reports to the parent what happens; that it has to stop is begun first, as if the parent
 * had asked for it. A QsSourceEventFunc.
 *
 * Context: any, after start().   Locks: none. */
gboolean         qs_worker_control_tell         (const QsSourceEvent *event,
                                                 gpointer             control);

/* Reports how the source ended (@error nullable, @detail nullable), limits the time
 * that is left, and returns the status to exit with.
 *
 * Context: as for finish().   Locks: none. */
int              qs_worker_control_end          (QsWorkerControl   *self,
                                                 const GError      *error,
                                                 const char        *detail);

/* The same, and exits:
 * as a program of its language does, within its shutdown-timeout.
 *
 * Context: the main thread, but where it says that nothing can be done.   Locks: none. */
void             qs_worker_control_finish       (QsWorkerControl   *self,
                                                 const GError      *error,
                                                 const char        *detail) G_GNUC_NORETURN;

G_END_DECLS
