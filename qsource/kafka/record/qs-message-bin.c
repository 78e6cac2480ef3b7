/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-message-bin-private.h"

void
qs_message_bin_add (QsMessageBin *self, rd_kafka_message_t *message)
{
  self->messages[self->n_messages++] = message;
  self->n_bytes += message->len + message->key_len;

  if (self->n_messages == QS_MESSAGE_BIN_MESSAGES || self->n_bytes >= QS_MESSAGE_BIN_BYTES)
    qs_message_bin_empty (self);
}

void
qs_message_bin_empty (QsMessageBin *self)
{
  for (guint i = 0; i < self->n_messages; i++)
    rd_kafka_message_destroy (self->messages[i]);
  self->n_messages = 0;
  self->n_bytes = 0;
}
