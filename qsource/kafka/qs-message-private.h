/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-message.h"

G_BEGIN_DECLS

/* A message as it was read from @topic: all that a consumer knows of it.
 *
 * Context: any.   Locks: none. */
QsMessage *qs_message_new_received (GBytes     *key,
                                    GBytes     *value,
                                    QsHeaders  *headers,
                                    gint64      timestamp,
                                    const char *topic,
                                    int         partition,
                                    gint64      offset);

G_END_DECLS
