/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-rdkafka-private.h"

#include "qs-received-private.h"

G_BEGIN_DECLS

/*
 * Whether each record is dealt with within max.poll.interval.ms, after which a group
 * takes its member for dead.
 *
 * Context: the consumer's thread.   Locks: none.
 */
typedef struct
{
  gint64 limit;       /* microseconds */
  gint64 began;       /* of the coarse clock, which is the cheapest */
  int    partition;   /* of the last record that took too long, and how often it has */
  gint64 offset;
  guint  n_times;
} QsPollWatch;

void     qs_poll_watch_init  (QsPollWatch       *self,
                              rd_kafka_t        *client);

/* A record is about to be dealt with. */
void     qs_poll_watch_begin (QsPollWatch       *self);

/* It was, which is warned of if it took too long. FALSE: it did so again and again, and
 * would for ever. */
gboolean qs_poll_watch_end   (QsPollWatch       *self,
                              const QsReceived  *record,
                              GError           **error);

G_END_DECLS
