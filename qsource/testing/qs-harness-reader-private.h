/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-topic.h"

G_BEGIN_DECLS

/*
 * Reads all partitions of a source's topic, without a group. Nothing waits longer than
 * until @deadline, but for a second to find the topic.
 *
 * Context: one thread.   Locks: none.
 */
typedef struct _QsHarnessReader QsHarnessReader;

/* Only committed records are read. */
QsHarnessReader *qs_harness_reader_new  (const char       *address,
                                         QsTopic          *topic);
void             qs_harness_reader_free (QsHarnessReader  *self);

/* Leaves out what the topic has already, if it is there. */
gboolean         qs_harness_reader_skip (QsHarnessReader  *self,
                                         gint64            deadline,
                                         GError          **error);

/* Adds to @records (QsRecord) what comes within a moment; a topic that isn't there yet has
 * nothing. */
gboolean         qs_harness_reader_read (QsHarnessReader  *self,
                                         gint64            deadline,
                                         GPtrArray        *records,
                                         GError          **error);

/* Whether all has been read that the topic has now. */
gboolean         qs_harness_reader_check_end (QsHarnessReader  *self,
                                              gint64            deadline,
                                              gboolean         *is_at_end,
                                              GError          **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsHarnessReader, qs_harness_reader_free)

G_END_DECLS
