/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-kafka-config-private.h"
#include "qs-state-snapshot.h"

G_BEGIN_DECLS

/*
 * Reads a state from where it is kept, without touching it: what a store has, also
 * while a worker has it open, and what a changelog had at some time.
 *
 * Context: any; they block.   Locks: none.
 */

/* Reads the store in @path. If a part cannot be read, it returns the rest, with a warning.
 * transfer full */
QsStateSnapshot *qs_state_snapshot_read_store     (const char       *path,
                                                   GError          **error);

/* @done of @total records, at most, are read. */
typedef void (*QsStateSnapshotProgress) (guint64  done,
                                         guint64  total,
                                         gpointer user_data);

/* Reads the changelog before @offset (-1 = now), and up to @time (ms, -1 = now): all or nothing
 * of a flush. @progress (nullable) is called now and then. transfer full */
QsStateSnapshot *qs_state_snapshot_read_changelog (QsKafkaConfig    *kafka,
                                                   const char       *topic,
                                                   int               partition,
                                                   gint64            offset,
                                                   gint64            time,
                                                   QsStateSnapshotProgress progress,
                                                   gpointer          user_data,
                                                   GError          **error);

G_END_DECLS
