/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-worker-private.h"

G_BEGIN_DECLS

#define QS_TYPE_PROCESS_WORKER (qs_process_worker_get_type ())

/* Runs a source in a new process of this same program (qs-program), or of another
 * command, which produces to @topic, whatever name that has there. Without its standard
 * input, reading that is an error. @settings must stay until it has ended.
 */
G_DECLARE_FINAL_TYPE (QsProcessWorker, qs_process_worker, QS, PROCESS_WORKER, QsWorker)

QsWorker *qs_process_worker_new (QsBaseSource           *source,
                                 QsTopic                *topic,
                                 const QsWorkerSettings *settings);

G_END_DECLS
