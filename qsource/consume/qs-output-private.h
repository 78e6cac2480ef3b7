/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "qs-kafka-config-private.h"
#include "qs-pipeline-private.h"
#include "qs-producer.h"

G_BEGIN_DECLS

/*
 * What dataframes produce with. A producer that is full blocks, which the main
 * context must not: so nobody may produce while there is no room.
 *
 * Context: the thread of the consume loop; references: any.   Locks: none.
 */
typedef struct _QsOutput QsOutput;

/* @group: whose offsets are part of the transactions to which all belongs that is
 * produced; NULL: there are none. */
QsOutput   *qs_output_new          (QsKafkaConfig  *config,
                                    const char     *group,
                                    GError        **error);

/* The same for what @pipeline produces: *@output stays NULL if that is nothing. */
gboolean    qs_output_open         (QsOutput      **output,
                                    QsPipeline     *pipeline,
                                    QsKafkaConfig  *config,
                                    const char     *group,
                                    GError        **error);

QsOutput   *qs_output_ref          (QsOutput       *self);
void        qs_output_unref        (QsOutput       *self);

gboolean    qs_output_is_transactional (QsOutput   *self);

/* Makes a transactional one ready for its first transaction, in a thread. */
void        qs_output_fence        (QsOutput             *self,
                                    GCancellable         *cancellable,
                                    GAsyncReadyCallback   callback,
                                    gpointer              user_data);
gboolean    qs_output_fence_finish (GAsyncResult         *result,
                                    GError              **error);

QsProducer *qs_output_get_producer (QsOutput       *self);

/* Whether a record may be produced without waiting. */
gboolean    qs_output_has_room     (QsOutput       *self);

/* Has @func called once there is room, or nothing to wait for. */
void        qs_output_wait         (QsOutput       *self,
                                    GFunc           func,
                                    gpointer        user_data);
gboolean    qs_output_is_waiting   (QsOutput       *self);
void        qs_output_stop_waiting (QsOutput       *self);

/* Whether a record could not be delivered: the next flush says why. */
gboolean    qs_output_has_failed   (QsOutput       *self);

/* Begins anew after a failure. All that was produced is dealt with: acknowledged,
 * given up, or aborted. Of a transactional one it blocks.
 *
 * Context: any, while nobody else uses it. */
gboolean    qs_output_renew        (QsOutput       *self,
                                    GError        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsOutput, qs_output_unref)

G_END_DECLS
