/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-consumer.h"
#include "qs-enums.h"
#include "qs-kafka-config-private.h"

G_BEGIN_DECLS

/* @group, @reset, @alone: as for qs_group_consumer_new(). @commit_interval: seconds
 * between two commits of what is stored; -1: only commit() commits. */
QsConsumer *qs_consumer_new (QsKafkaConfig      *config,
                             const char         *group,
                             QsAutoOffsetReset   reset,
                             gboolean            alone,
                             double              commit_interval);

G_END_DECLS
