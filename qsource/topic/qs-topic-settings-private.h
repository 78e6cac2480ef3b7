/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-admin-private.h"

G_BEGIN_DECLS

/* Reads the settings of a topic that is there, until @deadline: waits some seconds for a
 * broker that has not heard of it yet, as it was made just now. transfer full
 *
 * Context: any that may block.   Locks: none. */
GHashTable *qs_topic_settings_dup (QsAdmin       *admin,
                                    const char    *name,
                                    gint64         deadline,
                                    GCancellable  *cancellable,
                                    GError       **error);

G_END_DECLS
