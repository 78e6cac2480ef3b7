/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-guarantee-private.h"
#include "qs-kafka-config-private.h"
#include "qs-rows-private.h"

G_BEGIN_DECLS

/* How records are read and committed; filled in by the application before it begins, and
 * only read after that. */
typedef struct
{
  QsKafkaConfig     *config;            /* not owned */
  const char        *group;
  QsAutoOffsetReset  reset;
  guint64            max_results;       /* then it ends, 0 = without end */
  QsRows            *rows;              /* where what comes out is kept; not owned, nullable */
  double             idle_timeout;      /* seconds without a record until it ends, -1 = never */
  QsGuarantee        guarantee;         /* of exactly once: offsets are committed with what was
                                         * produced */
} QsConsumeSettings;

G_END_DECLS
