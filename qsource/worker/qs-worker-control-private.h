/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-source-runner-private.h"

G_BEGIN_DECLS

/*
 * The worker's end of the connection to its parent, in a thread of its own: it
 * answers, and can end this process, whatever the user's code does meanwhile.
 * There is one in a process, and it is never freed.
 */
typedef struct _QsWorkerControl QsWorkerControl;

/* Starts to talk over @fd, which it takes; NULL with an error if that is no
 * connection. @source, which @runner will run, is what is stopped; both nullable.
 *
 * Context: the main thread.   Locks: none. */
QsWorkerControl *qs_worker_control_start        (int                fd,
                                                 const char        *name,
                                                 QsBaseSource      *source,
                                                 QsSourceRunner    *runner,
                                                 GError           **error);

/* Says Hello, and returns the parent's settings, a{sv}, transfer full.
 *
 * Context: the main thread.   Locks: none. */
GVariant        *qs_worker_control_hello        (QsWorkerControl   *self,
                                                 GCancellable      *cancellable,
                                                 GError           **error);

/* Tells the parent one of the facts of org.qsource.Worker1.
 *
 * Context: any.   Locks: none. */
void             qs_worker_control_tell_started        (QsWorkerControl *self);
void             qs_worker_control_tell_connected      (QsWorkerControl *self);
void             qs_worker_control_tell_connect_failed (QsWorkerControl *self,
                                                        const GError    *error);

void             qs_worker_control_tell_recovering     (QsWorkerControl *self,
                                                        gint64           n_records,
                                                        gint64           n_left,
                                                        double           rate);

/* Begins to stop, as if the parent had asked for it. @reason (nullable): why, if
 * the source can't go on.
 *
 * Context: any.   Locks: none. */
void             qs_worker_control_stop         (QsWorkerControl   *self,
                                                 const char        *reason);

/* Reports how the source ended (@error nullable, @detail nullable) and exits:
 * stdio is flushed, nothing else runs.
 *
 * Context: any.   Locks: none. */
void             qs_worker_control_finish       (QsWorkerControl   *self,
                                                 const GError      *error,
                                                 const char        *detail) G_GNUC_NORETURN;

G_END_DECLS
