/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * What both ends of a worker's connection must agree on, beside
 * org.qsource.Worker1.xml.
 */

/* In a worker's environment: ORDINAL:PARTITION:NAME, which application of the
 * program, which partition of a source's state, and which source. More parts may
 * come in between; the name is the last. */
#define QS_WORKER_VARIABLE "QSOURCE_WORKER"

/* The worker's end of the socketpair. */
#define QS_WORKER_FD 3

#define QS_WORKER_PATH "/org/qsource/Worker"

/* The status of a worker that didn't end in time and ended itself. */
#define QS_WORKER_EXIT_WATCHDOG 70

#define QS_WORKER_SETTING_KAFKA "kafka"
#define QS_WORKER_SETTING_STATE "state"
#define QS_WORKER_SETTING_STOP  "stop"
#define QS_WORKER_SETTING_PAUSED "paused"
#define QS_WORKER_SETTING_TOPIC "topic"
#define QS_WORKER_SETTING_DEAD_LETTERS "dead-letters"

G_END_DECLS
