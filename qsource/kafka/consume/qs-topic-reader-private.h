/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-types.h"

G_BEGIN_DECLS

/* Reads the first @n_max messages (0: all) of @topic that are there now, of all
 * its partitions, by their time; a partition's keep their order. Fails when a
 * partition that has messages gives none for 10 seconds. A new array of
 * QsMessage.
 *
 * Context: any; it blocks.   Locks: none. */
GPtrArray *qs_topic_reader_read (const char  *bootstrap_servers,
                                 const char  *topic,
                                 guint        n_max,
                                 GError     **error);

G_END_DECLS
