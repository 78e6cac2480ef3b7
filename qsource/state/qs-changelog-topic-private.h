/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-kafka-config-private.h"
#include "qs-state-settings-private.h"
#include "qs-topic.h"

G_BEGIN_DECLS

/* The settings of a changelog that matter. */
typedef struct
{
  gint64 retention;   /* ms for which tombstones are kept */
  gsize  max_size;    /* of a record, in bytes */
} QsChangelogLimits;

/* The topic of a changelog as we create it: as @settings (nullable) says, and where that
 * doesn't, on as many brokers as @data (nullable) is. transfer full
 *
 * Context: any.   Locks: none. */
QsTopic *qs_changelog_topic_new   (const char         *name,
                                   int                 n_partitions,
                                   QsStateSettings    *settings,
                                   QsTopic            *data);

/* Looks at the topic as it stands on the brokers: QS_STATE_ERROR_MISMATCH if it
 * isn't compacted, or has another number of partitions. An embedded broker has
 * no settings.
 *
 * Context: one thread; it blocks.   Locks: none. */
gboolean qs_changelog_topic_check (QsKafkaConfig      *config,
                                   const char         *name,
                                   int                 n_partitions,
                                   gboolean            is_embedded,
                                   QsChangelogLimits  *limits,
                                   GCancellable       *cancellable,
                                   GError            **error);

G_END_DECLS
