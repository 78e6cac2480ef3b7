/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"
#include "qs-kafka-config-private.h"
#include "qs-source-run-private.h"
#include "qs-state-settings-private.h"

G_BEGIN_DECLS

/*
 * The worker's side: what qs_application_run() does in a process that a parent
 * started to run one source.
 *
 * Context: the main thread.   Locks: none.
 */

/* Whether this process is a worker; from the moment the library was loaded, and
 * for good. */
gboolean    qs_worker_child_is_active       (void);

/* Whether it is the application with this ordinal whose source is meant. */
gboolean    qs_worker_child_is_for          (guint         application);

const char *qs_worker_child_get_source_name (void);

/* Runs @source to its end with the settings that the parent sends, reports, and
 * exits, or returns for a language binding to do that. A NULL @source: main() added
 * none with that name; that is reported. */
void        qs_worker_child_run             (QsBaseSource *source,
                                             QsTopic      *topic);

/* With what a worker runs its source. Nothing is owned. */
typedef struct
{
  QsTopic         *topic;
  QsKafkaConfig   *config;
  QsStateSettings *state;     /* its guarantees, and where its state is; NULL: at least
                               * once, and no state */
  int              partition; /* which one of its state is its own */
} QsWorkerSetup;

/* Does the common work of worker processes and threads: makes the producer, configures the
 * source, calls start(), and reports how it ended. Called once for a @run, which is the
 * newest of @source. Being stopped is not an error. It waits for the records that the
 * source left in flight, without a limit of its own.
 *
 * Context: the thread that becomes start()'s.   Locks: none. */
gboolean    qs_worker_run_source            (QsBaseSource        *source,
                                             QsSourceRun         *run,
                                             const QsWorkerSetup *setup,
                                             GError             **error);

G_END_DECLS
