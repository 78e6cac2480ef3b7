/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-split-source.h"

G_BEGIN_DECLS

/* Checks whether @split is one of this worker's; fails if it is of no partition.
 *
 * Context: the thread of run().   Locks: none. */
gboolean qs_split_source_check_own (QsSplitSource  *self,
                                    const char     *split,
                                    gboolean       *is_own,
                                    GError        **error);

G_END_DECLS
