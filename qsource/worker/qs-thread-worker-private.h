/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-worker-private.h"

G_BEGIN_DECLS

#define QS_TYPE_THREAD_WORKER (qs_thread_worker_get_type ())

/* Runs a source in a thread of this process: no forced end. */
G_DECLARE_FINAL_TYPE (QsThreadWorker, qs_thread_worker, QS, THREAD_WORKER, QsWorker)

QsWorker *qs_thread_worker_new (QsBaseSource           *source,
                                QsTopic                *topic,
                                const QsWorkerSettings *settings);

G_END_DECLS
