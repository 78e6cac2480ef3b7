/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-queue-limits-private.h"

#include "qs-rdkafka-private.h"

static double
read_number (rd_kafka_t *client, const char *key)
{
  char   text[32] = "";
  size_t size = sizeof text;

  rd_kafka_conf_get (rd_kafka_conf (client), key, text, &size);

  return g_ascii_strtod (text, NULL);
}

void
qs_queue_limits_read (QsQueueLimits *self, rd_kafka_t *client)
{
  self->records = (guint64) read_number (client, "queue.buffering.max.messages");
  self->bytes = (guint64) read_number (client, "queue.buffering.max.kbytes") * 1024;
  self->record_bytes = (gsize) read_number (client, "message.max.bytes");
  self->linger = (gint64) (1000 * read_number (client, "linger.ms"));
}
