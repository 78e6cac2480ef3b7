/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-store-batch-private.h"

G_BEGIN_DECLS

/* Sorts @n_changes of them by the bytes of their keys; those of one key keep their
 * order, and have the same rank.
 *
 * Context: any.   Locks: none. */
void qs_store_sort (QsStoreChange *changes,
                    gsize          n_changes);

G_END_DECLS
