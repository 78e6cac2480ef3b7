/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "qs-kafka-config-private.h"
#include "qs-pipeline-private.h"
#include "qs-producer.h"

G_BEGIN_DECLS

/*
 * The producer of dataframes. A full producer blocks, which the main context must not do,
 * so do not produce while there is no room.
 *
 * Context: the thread of the consume loop; references, has_room() and has_failed(): any.
 * Locks: none.
 */
typedef struct _QsDataframeProducer QsDataframeProducer;

/* Makes one for what @pipeline produces: *@self stays NULL if that is nothing. @group:
 * whose offsets are part of the transactions to which all belongs that is produced;
 * NULL: there are none. */
gboolean             qs_dataframe_producer_open             (QsDataframeProducer **self,
                                                             QsPipeline           *pipeline,
                                                             QsKafkaConfig        *config,
                                                             const char           *group,
                                                             GError              **error);

QsDataframeProducer *qs_dataframe_producer_ref              (QsDataframeProducer  *self);
void                 qs_dataframe_producer_unref            (QsDataframeProducer  *self);

gboolean             qs_dataframe_producer_is_transactional (QsDataframeProducer  *self);

/* Makes a transactional one ready for its first transaction, in a thread. */
void                 qs_dataframe_producer_fence            (QsDataframeProducer  *self,
                                                             GCancellable         *cancellable,
                                                             GAsyncReadyCallback   callback,
                                                             gpointer              user_data);
gboolean             qs_dataframe_producer_fence_finish     (GAsyncResult         *result,
                                                             GError              **error);

/* Not while another thread renews it. */
QsProducer          *qs_dataframe_producer_get_producer     (QsDataframeProducer  *self);

/* Whether a record may be produced without waiting. */
gboolean             qs_dataframe_producer_has_room         (QsDataframeProducer  *self);

/* Has @func called once there is room, or nothing to wait for. */
void                 qs_dataframe_producer_wait             (QsDataframeProducer  *self,
                                                             GFunc                 func,
                                                             gpointer              user_data);
gboolean             qs_dataframe_producer_is_waiting       (QsDataframeProducer  *self);
void                 qs_dataframe_producer_stop_waiting     (QsDataframeProducer  *self);

/* Whether a record could not be delivered: the next flush says why. */
gboolean             qs_dataframe_producer_has_failed       (QsDataframeProducer  *self);

/* Begins anew after a failure. All that was produced is dealt with: acknowledged,
 * given up, or aborted. Of a transactional one it blocks.
 *
 * Context: any, while nobody else produces with it. */
gboolean             qs_dataframe_producer_renew            (QsDataframeProducer  *self,
                                                             gint64                deadline,
                                                             GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsDataframeProducer, qs_dataframe_producer_unref)

G_END_DECLS
