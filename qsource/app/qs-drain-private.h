/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-group-consumer-private.h"

G_BEGIN_DECLS

/*
 * How far partitions were read, and whether that is to their ends.
 *
 * Context: one thread at a time.   Locks: none.
 */
typedef struct _QsDrain QsDrain;

QsDrain  *qs_drain_new      (void);
void      qs_drain_free     (QsDrain          *self);

/* All before @offset is read. */
void      qs_drain_note     (QsDrain          *self,
                             const char       *topic,
                             int               partition,
                             gint64            offset);

/* Takes the ends of all partitions that are read; NULL: they aren't known. */
void      qs_drain_set_ends (QsDrain          *self,
                             QsOffsets        *ends);

/* Whether all that is read here, which began at @assignment, is read to the ends
 * that were set last. */
gboolean  qs_drain_is_done  (QsDrain          *self,
                             QsOffsets        *assignment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsDrain, qs_drain_free)

G_END_DECLS
