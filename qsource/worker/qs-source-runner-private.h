/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"
#include "qs-kafka-config-private.h"
#include "qs-source-run-private.h"
#include "qs-state-config-private.h"

G_BEGIN_DECLS

/*
 * What a worker process and a worker thread do alike: makes the producer, configures
 * the source, calls start(), waits for what is still in flight, and says how it
 * ended.
 */

/* With what a source is run. Nothing is owned. */
typedef struct
{
  QsTopic       *topic;
  QsKafkaConfig *config;
  QsStateConfig *state;     /* its guarantees, and where its state is; NULL: at least
                             * once, and no state */
  int            partition; /* which one of its state is its own */
} QsSourceRunner;

/* Runs the source to its end; called once for a @run, which is the newest of @source.
 * Being stopped is not an error. What the source left in flight is waited for,
 * without a limit of its own.
 *
 * Context: the thread that becomes start()'s.   Locks: none. */
gboolean qs_source_runner_run (QsBaseSource         *source,
                               QsSourceRun          *run,
                               const QsSourceRunner *self,
                               GError              **error);

G_END_DECLS
