/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Catches SIGINT, SIGTERM and SIGHUP for as long as it lives, and gives the signals
 * back the handlers that it found: GLib alone would leave them at the default,
 * and Python's Ctrl-C would kill from then on. A SIGHUP that is ignored, as under nohup, stays so.
 *
 * Context: one thread at a time.   Locks: none.
 */
typedef struct _QsSignalGuard QsSignalGuard;

/* Calls @callback on the thread-default main context for each signal. */
QsSignalGuard *qs_signal_guard_new  (GFunc          callback,
                                     gpointer       user_data);

void           qs_signal_guard_free (QsSignalGuard *self);

/* Has the signal of which a guard has learnt do what it would do without guards, as from now on.
 *
 * Context: any.   Locks: none. */
void           qs_signal_guard_pass_on (int signal_number);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsSignalGuard, qs_signal_guard_free)

G_END_DECLS
