/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"
#include "qs-source-stats-private.h"

G_BEGIN_DECLS

/*
 * The words for the end of a source.
 *
 * Context: the application's thread.   Locks: none.
 */

/* Why a worker of @source has failed, without what the line that it goes into says
 * before: the source, and its @pid (0 = doesn't say). transfer full */
char *qs_ending_dup_cause   (QsBaseSource         *source,
                             int                   pid,
                             const GError         *error);

/* The lines about a failed source for run()'s error. @partition: -1 = it has only one;
 * @pid: 0 = none was started. transfer full */
char *qs_ending_dup_failure (QsBaseSource         *source,
                             int                   partition,
                             int                   pid,
                             const GError         *error);

/* Summarizes its counts: "10 records (230 bytes) acknowledged, 0 failed". transfer full */
char *qs_ending_dup_counts  (const QsSourceCounts *counts);

G_END_DECLS
