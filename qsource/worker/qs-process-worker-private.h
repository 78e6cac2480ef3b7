/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-kafka-config-private.h"
#include "qs-worker-private.h"

G_BEGIN_DECLS

#define QS_TYPE_PROCESS_WORKER (qs_process_worker_get_type ())

/* Runs a source in a new process of this same program (qs-program), or of the
 * command @argv (nullable), which produces to @topic, whatever name that has there. @application is the ordinal of its application in
 * the program, by which the new process knows which one is meant.
 * @startup_timeout: seconds until it must have reached run().
 * @has_stdin: whether it has this process's standard input; reading another one is an
 *   error.
 */
G_DECLARE_FINAL_TYPE (QsProcessWorker, qs_process_worker, QS, PROCESS_WORKER, QsWorker)

QsWorker *qs_process_worker_new (QsBaseSource       *source,
                                 QsTopic            *topic,
                                 QsKafkaConfig      *config,
                                 guint               application,
                                 const char * const *argv,
                                 double              startup_timeout,
                                 gboolean            has_stdin);

G_END_DECLS
