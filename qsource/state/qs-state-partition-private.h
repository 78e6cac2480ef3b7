/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-grace-private.h"
#include "qs-kafka-config-private.h"
#include "qs-producer-private.h"
#include "qs-recovery-private.h"
#include "qs-state-settings-private.h"
#include "qs-state.h"

G_BEGIN_DECLS

/*
 * The state of one partition of a source: its store, its changelog and the
 * transaction that is open. Nobody else writes either of the two.
 *
 * Context: one thread, which QsState is bound to as well.   Locks: none; open and
 *   flush block.
 */
typedef struct _QsStatePartition QsStatePartition;

/* Identifies the state. Borrowed; only read by open(). */
typedef struct
{
  QsKafkaConfig   *kafka;
  QsStateSettings *state;
  const char      *source;         /* the source's name */
  const char      *store_name;
  int              partition;
  int              n_partitions;
  gint64           lock_deadline;  /* of waiting for another process */
  QsGrace         *grace;          /* of the source's run; nullable */
} QsStatePartitionSetup;

/* Locks the store, ends older writers, and reads back what the store misses.
 *
 * @data: the source's own producer. If it is transactional, its transactions are
 *   the state's, too. */
QsStatePartition *qs_state_partition_open      (const QsStatePartitionSetup *setup,
                                                QsProducer                  *data,
                                                QsRecoveryFunc               progress,
                                                gpointer                     user_data,
                                                GCancellable                *cancellable,
                                                GError                     **error);

/* See qs_store_get_size(). */
void              qs_state_partition_get_size (QsStatePartition *self,
                                               gint64           *n_entries,
                                               gint64           *n_bytes);

/* Writes the store out and lets go of it; nothing is committed. */
void              qs_state_partition_close     (QsStatePartition            *self);

/* The state, for changes until the next flush. transfer full */
QsState          *qs_state_partition_dup_state (QsStatePartition            *self,
                                                GError                     **error);

/* Waits until what was produced is acknowledged, then commits the changes:
 * in the changelog, then in the store. Once it has failed it fails for ever, and
 * the producer's flush, too. @deadline: of the acknowledgements. */
gboolean          qs_state_partition_flush     (QsStatePartition            *self,
                                                gint64                       deadline,
                                                GError                     **error);

/* Nothing is committed any more, because of @reason.
 *
 * Context: as all; nothing else is done with what was changed. */
void              qs_state_partition_poison    (QsStatePartition            *self,
                                                const GError                *reason);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsStatePartition, qs_state_partition_close)

G_END_DECLS
