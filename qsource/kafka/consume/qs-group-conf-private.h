/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>
#include "qs-rdkafka-private.h"

#include "qs-enums.h"
#include "qs-kafka-config-private.h"

G_BEGIN_DECLS

/* The settings of a member of @group; @alone as for qs_group_consumer_new().
 *
 * Context: any.   Locks: none. */
rd_kafka_conf_t *qs_group_conf_new (const QsKafkaConfig *config,
                                    const char          *group,
                                    gboolean             alone,
                                    GError             **error);

G_END_DECLS
