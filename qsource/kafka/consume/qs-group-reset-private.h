/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-rdkafka-private.h"

#include <gio/gio.h>

#include "qs-enums.h"
#include "qs-offsets-private.h"

G_BEGIN_DECLS

/* Finds the place where a partition is to be read on whose next record, as @message
 * says, is not there, and goes there; in a thread. @owner owns @client; the partition is
 * to be paused until @callback is called.
 *
 * Context: a main context's thread.   Locks: none. */
void     qs_group_reset_begin  (GObject             *owner,
                                rd_kafka_t          *client,
                                QsAutoOffsetReset    reset,
                                rd_kafka_message_t  *message,
                                gint64               deadline,
                                GAsyncReadyCallback  callback);

/* @starts: where the reading of each partition began, to be changed. */
gboolean qs_group_reset_finish (GAsyncResult        *result,
                                QsOffsets           *starts,
                                gboolean             alone,
                                GError             **error);

G_END_DECLS
