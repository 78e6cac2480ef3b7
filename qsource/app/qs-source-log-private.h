/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"
#include "qs-source-event-private.h"
#include "qs-source-stats-private.h"
#include "qs-topic.h"

G_BEGIN_DECLS

/*
 * Writes the log lines about a running source. @partition: -1 if its state has but one.
 *
 * Context: the application's thread.   Locks: none.
 */

void  qs_source_log_start            (QsBaseSource        *source,
                                      QsTopic             *topic,
                                      int                  partition,
                                      int                  pid);

/* @event: QS_SOURCE_EVENT_RECOVERING. */
void  qs_source_log_recovery         (QsBaseSource        *source,
                                      const QsSourceEvent *event);

/* Its last line. */
void  qs_source_log_end              (QsBaseSource         *source,
                                      QsTopic              *topic,
                                      gboolean              has_failed,
                                      const QsSourceCounts *counts);

G_END_DECLS
