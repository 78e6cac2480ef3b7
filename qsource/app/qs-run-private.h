/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-consume-loop-private.h"
#include "qs-source-list-private.h"

G_BEGIN_DECLS

/* How a run goes: what the settings of its application were when it began, checked, and
 * what of the application takes part in it. */
typedef struct
{
  /* Owned with all that they point to. */
  QsWorkerSettings   workers;
  QsConsumeSettings  consume;
  gboolean           drain;
  gboolean           create_topics;
  double             timeout;         /* seconds from start to stop, -1 = without end */

  /* The application's. */
  QsSourceList      *sources;
  QsPipeline        *pipeline;        /* the dataframes */
  QsConsumeLoop     *loop;            /* is used only if there are dataframes */
} QsRunSettings;

void     qs_run_settings_free (QsRunSettings        *self);

/* Each topic once: as a source, a to_topic() or a dataframe has it, in this order; transfer
 * full. */
GPtrArray *qs_run_settings_dup_topics (const QsRunSettings  *self,
                                       GError              **error);

/*
 * One run() of an application: brings the topics in place, begins to read what
 * dataframes want, runs the sources side by side, and ends when both are done, or what
 * went wrong ends them.
 *
 * Context: the thread of the caller.   Locks: none.
 */
typedef struct _QsRun QsRun;

/* Takes @settings. */
QsRun   *qs_run_new           (QsRunSettings        *settings);
void     qs_run_free          (QsRun                *self);

/* Cancelling @stop, from any thread, stops it in order at any moment; that alone is no
 * error. SIGINT, SIGTERM and SIGHUP do so too, and a second one ends the workers at once.
 * @self must stay until the thread-default main context calls @callback. */
void     qs_run_start         (QsRun                *self,
                               GCancellable         *stop,
                               GAsyncReadyCallback   callback,
                               gpointer              user_data);

gboolean qs_run_finish        (GAsyncResult         *result,
                               GError              **error);

/* Whether sources can be paused, restarted and stopped; if not, @why (a static text). */
gboolean qs_run_has_sources   (QsRun                *self,
                               const char          **why);

/* To be called after that: ends the run if none is left. */
void     qs_run_check_sources (QsRun                *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsRunSettings, qs_run_settings_free)

G_END_DECLS
