/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-kafka-config-private.h"
#include "qs-state-settings-private.h"
#include "qs-topic.h"

G_BEGIN_DECLS

/*
 * Constants that both ends of a worker's connection share, in addition to
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

/* The contents of the answer to a worker's Hello. Nothing is owned. */
typedef struct
{
  QsKafkaConfig   *config;
  QsStateSettings *state;        /* nullable */
  QsTopic         *topic;        /* both as this process has created and checked them */
  QsTopic         *dead_letters; /* nullable */
  gboolean         stop;
  gboolean         paused;
} QsWorkerOrders;

/* An a{sv}, with the keys above; floating.
 *
 * Context: any.   Locks: none. */
GVariant *qs_worker_protocol_make_settings (const QsWorkerOrders *orders);

G_END_DECLS
