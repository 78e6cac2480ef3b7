/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-rdkafka-private.h"

#include "qs-kafka-error.h"

G_BEGIN_DECLS

/* Describes the error of @message, about reading as a member of @group.
 *
 * Context: any.   Locks: none. */
GError *qs_group_error_new (rd_kafka_message_t *message,
                            const char         *group);

/* Whether an error event ends all reading: NULL if it doesn't.
 *
 * Context: any.   Locks: none. */
GError *qs_group_error_new_fatal (rd_kafka_t          *client,
                                  rd_kafka_resp_err_t  code,
                                  const char          *reason);

G_END_DECLS
