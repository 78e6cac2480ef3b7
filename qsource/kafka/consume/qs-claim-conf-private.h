/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-kafka-config-private.h"

G_BEGIN_DECLS

struct rd_kafka_conf_s;

typedef struct
{
  QsKafkaConfig *config;
  const char    *group;
  const char    *topic;
  const char    *instance_id;         /* unique in the group, and the same after a restart */
  double         session_timeout;     /* seconds without a sign of life until it is over */
} QsClaimSettings;

/*
 * Makes the configuration of librdkafka for a claim, and describes its errors.
 *
 * Context: any.   Locks: none.
 */
struct rd_kafka_conf_s *qs_claim_conf_new       (const QsClaimSettings *settings,
                                                 GError               **error);

/* @code: librdkafka's; @reason: nullable. */
GError                 *qs_claim_conf_new_error (const QsClaimSettings *settings,
                                                 int                    code,
                                                 const char            *reason);

G_END_DECLS
