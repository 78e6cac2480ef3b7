/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-message.h"

G_BEGIN_DECLS

/* A message as it was read from @topic: all that a consumer knows of it.
 *
 * Context: any.   Locks: none. */
QsMessage *qs_message_new_received (GBytes     *key,
                                    GBytes     *value,
                                    QsHeaders  *headers,
                                    gint64      timestamp,
                                    const char *topic,
                                    int         partition,
                                    gint64      offset);

/* The parts of a message that are produced. */
typedef struct
{
  GBytes    *key;       /* nullable */
  GBytes    *value;     /* nullable */
  QsHeaders *headers;   /* nullable */
  gint64     timestamp; /* milliseconds since 1970 UTC; 0 = now */
  int        partition; /* -1 = by key */
} QsMessageContent;

/* All of it at once, as the getters would check the instance for each part; FALSE: it
 * has a failure, and must not be produced as it is. transfer none
 *
 * Context: any.   Locks: none. */
gboolean   qs_message_read            (QsMessage        *self,
                                       QsMessageContent *content);

/* Whether a record that is to be produced may have it.
 *
 * Context: any.   Locks: none. */
gboolean   qs_message_check_timestamp (gint64    timestamp,
                                       GError  **error);
gboolean   qs_message_check_partition (int       partition,
                                       GError  **error);

/* Before the names of the headers that say why a record is a dead letter. */
#define QS_MESSAGE_ERROR_HEADER_PREFIX "__qsource.errors."

/* A message of what could not become one, because of @failure; @stage is a word
 * for what was being done, static.
 *
 * Context: any.   Locks: none. */
QsMessage    *qs_message_new_failed     (GBytes       *key,
                                         GBytes       *value,
                                         QsHeaders    *headers,
                                         gint64        timestamp,
                                         const char   *stage,
                                         const GError *failure);

/* Why it could not; NULL for all others. transfer none
 *
 * Context: any.   Locks: none. */
const GError *qs_message_get_failure    (QsMessage    *self);
const char   *qs_message_get_stage      (QsMessage    *self);

G_END_DECLS
