/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The limits of a producing client's queue, set by the user or by default. */
typedef struct
{
  guint64 records;      /* that it holds */
  guint64 bytes;        /* that it holds */
  gsize   record_bytes; /* of the largest record */
  gint64  linger;       /* microseconds that a record may wait for more to come */
} QsQueueLimits;

/* Context: any.   Locks: none. */
struct rd_kafka_s;
void qs_queue_limits_read (QsQueueLimits     *self,
                           struct rd_kafka_s *client);

G_END_DECLS
