/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "qs-run-settings-private.h"

G_BEGIN_DECLS

/*
 * One run() of an application: brings the topics in place, begins to read what
 * dataframes want, runs the workers, and ends when both are done. Cancelling @stop,
 * from any thread, stops it in order at any moment; that alone is no error. SIGINT,
 * SIGTERM and SIGHUP do so too, and a second one ends the workers at once.
 * @settings must stay until the run is over.
 *
 * Context: the thread of the caller, whose thread-default main context calls
 * @callback.   Locks: none.
 */
void     qs_run_async  (const QsRunSettings  *settings,
                        GCancellable         *stop,
                        GAsyncReadyCallback   callback,
                        gpointer              user_data);

gboolean qs_run_finish (GAsyncResult         *result,
                        GError              **error);

G_END_DECLS
