/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-consume-loop-private.h"
#include "qs-source-manager-private.h"

G_BEGIN_DECLS

/* How one run goes; filled in by the application. What it points to must stay
 * until the run is over. */
typedef struct
{
  QsWorkerSettings   workers;
  QsSourceManager   *manager;
  QsConsumeSettings  consume;
  QsPipeline        *pipeline;        /* the dataframes */
  QsConsumeLoop     *loop;            /* is used only if there are dataframes */
  gboolean           drain;
  gboolean           create_topics;
  double             timeout;         /* seconds from start to stop, -1 = without end */
} QsRunSettings;

/*
 * One run() of an application: brings the topics in place, begins to read what
 * dataframes want, runs the workers, and ends when both are done. Cancelling @stop, from any thread, stops it in
 * order at any moment; that alone is no error. SIGINT and SIGTERM do so too, and
 * a second one ends the workers at once.
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
