/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-kafka-config-private.h"
#include "qs-state-settings-private.h"

G_BEGIN_DECLS

/* Empties the states of @sources (QsBaseSource; those without a state are passed
 * over): removes their stores, and makes their changelogs anew, with the same
 * number of replicas, if they are there. Fails if a store is in use.
 *
 * Context: any; it blocks.   Locks: none. */
gboolean qs_state_cleaner_run   (GPtrArray       *sources,
                                 QsKafkaConfig   *kafka,
                                 QsStateSettings *state,
                                 GError         **error);

/* The same for one source that needn't be there. */
gboolean qs_state_cleaner_clear (const char      *name,
                                 const char      *store_name,
                                 int              n_partitions,
                                 QsKafkaConfig   *kafka,
                                 QsStateSettings *state,
                                 GError         **error);

G_END_DECLS
