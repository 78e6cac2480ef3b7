/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <librdkafka/rdkafka.h>

#include "qs-message.h"

G_BEGIN_DECLS

/* A copy of what librdkafka has read.
 *
 * Context: any.   Locks: none. */
QsMessage *qs_message_new_from_kafka (rd_kafka_message_t *message);

G_END_DECLS
