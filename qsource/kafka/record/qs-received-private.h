/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-message.h"

G_BEGIN_DECLS

struct rd_kafka_message_s;

/*
 * A message that a consumer has just read: there are many of them per second, and few are
 * used completely, so nothing is copied before it is needed. It is valid during the call
 * that passes it on.
 *
 * Context: any.   Locks: none.
 */
typedef struct
{
  GRefString                *topic;       /* not owned */
  int                        partition;
  gint64                     offset;
  gint64                     timestamp;   /* ms since 1970 UTC; -1 = unknown */
  struct rd_kafka_message_s *message;     /* not owned */
} QsReceived;

void       qs_received_init        (QsReceived                *self,
                                    struct rd_kafka_message_s *message,
                                    GRefString                *topic);

/* Not copied; NULL for a null key or value. */
const guint8 *qs_received_peek_key   (const QsReceived         *self,
                                      gsize                    *length);
const guint8 *qs_received_peek_value (const QsReceived         *self,
                                      gsize                    *length);

/* Copies; NULL for a null key or value, and where there are no headers. */
GBytes    *qs_received_dup_key     (const QsReceived          *self);
GBytes    *qs_received_dup_value   (const QsReceived          *self);
QsHeaders *qs_received_dup_headers (const QsReceived          *self);

/* Whether its headers can be represented; the error says where the message is. */
gboolean   qs_received_check       (const QsReceived          *self,
                                    GError                   **error);

/* All of it as a message. */
QsMessage *qs_received_new_message (const QsReceived          *self);

G_END_DECLS
