/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>
#include "qs-rdkafka-private.h"

G_BEGIN_DECLS

/* So many messages, or bytes in them, are freed together. */
#define QS_MESSAGE_BIN_MESSAGES 1024
#define QS_MESSAGE_BIN_BYTES    (1024 * 1024)

/*
 * Messages that were read and dealt with. librdkafka allocates them in a thread of
 * its own; freed one by one, each makes that thread and the reader wait for each
 * other inside of malloc(), which takes a third of the time of both.
 *
 * All zero: an empty one. No message may outlive its client.
 *
 * Context: one thread at a time.   Locks: none.
 */
typedef struct
{
  rd_kafka_message_t *messages[QS_MESSAGE_BIN_MESSAGES];   /* owned */
  guint               n_messages;
  gsize               n_bytes;
} QsMessageBin;

/* Takes @message, and frees all when they are many. */
void qs_message_bin_add   (QsMessageBin       *self,
                           rd_kafka_message_t *message);

/* Frees all that are left. */
void qs_message_bin_empty (QsMessageBin       *self);

G_END_DECLS
