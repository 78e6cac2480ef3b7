/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The hash by which Kafka's own clients choose the partition of a key.
 *
 * Context: any.   Locks: none. */
guint32 qs_murmur2               (const guint8 *data,
                                  gsize         length);

/* The partition, below @n_partitions, that they choose for @text. */
int     qs_murmur2_get_partition (const char   *text,
                                  int           n_partitions);

G_END_DECLS
