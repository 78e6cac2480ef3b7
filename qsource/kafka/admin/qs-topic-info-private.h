/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

#include "qs-rdkafka-private.h"

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy)

/*
 * A topic as it stands on the brokers.
 *
 * Context: any.   Locks: none.
 */
typedef struct
{
  int n_partitions;
  int replication_factor;
} QsTopicInfo;

/* How much of topic @name can be used, by @metadata: its partitions, and how many of them
 * have a leader. */
rd_kafka_resp_err_t  qs_topic_info_read      (QsTopicInfo                    *info,
                                              const struct rd_kafka_metadata *metadata,
                                              const char                     *name,
                                              int                            *n_led);

/* A topic that is to be created, see qs_admin_create_topic(). transfer full; NULL with
 * @error, which begins with @what: there can't be one like that. */
rd_kafka_NewTopic_t *qs_topic_info_new_topic (const char                     *name,
                                              int                             n_partitions,
                                              int                             replication_factor,
                                              GVariant                       *config,
                                              const char                     *what,
                                              GError                        **error);

G_END_DECLS
