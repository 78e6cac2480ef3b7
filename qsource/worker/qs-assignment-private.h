/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"

G_BEGIN_DECLS

/*
 * Which partitions of a source run here. All of them, as long as nobody shares
 * them out among several machines; but nothing else may assume that.
 *
 * Context: the thread that watches the source.   Locks: none.
 */
typedef struct _QsAssignment QsAssignment;

QsAssignment *qs_assignment_new            (QsBaseSource  *source);
void          qs_assignment_free           (QsAssignment  *self);

/* Valid as long as @self is. A source without a state has the one partition 0. */
const int    *qs_assignment_get_partitions (QsAssignment  *self,
                                            guint         *n_partitions);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsAssignment, qs_assignment_free)

G_END_DECLS
