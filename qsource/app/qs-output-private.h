/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-kafka-config-private.h"
#include "qs-producer.h"

G_BEGIN_DECLS

/*
 * What dataframes produce with. A producer that is full blocks, which the main
 * context must not: so nobody may produce while there is no room.
 *
 * Context: the thread of the consume loop.   Locks: none.
 */
typedef struct _QsOutput QsOutput;

QsOutput   *qs_output_new          (QsKafkaConfig  *config,
                                    GError        **error);
void        qs_output_free         (QsOutput       *self);

QsProducer *qs_output_get_producer (QsOutput       *self);

/* Whether a record may be produced without waiting. */
gboolean    qs_output_has_room     (QsOutput       *self);

/* Whether a record could not be delivered: the next flush says why. */
gboolean    qs_output_has_failed   (QsOutput       *self);

/* Begins anew after a failure. All that was produced is dealt with: acknowledged,
 * or given up. */
gboolean    qs_output_renew        (QsOutput       *self,
                                    GError        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsOutput, qs_output_free)

G_END_DECLS
