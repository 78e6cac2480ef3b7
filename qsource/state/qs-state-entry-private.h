/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-store-private.h"

G_BEGIN_DECLS

/*
 * How a state's entries stand in a store: each with the time at which it
 * expires, and an index of these times.
 *
 *   space DATA     key → 'p' value, or 'x' expires (8 bytes) value
 *   space EXPIRY   expires (8 bytes) key → nothing
 *
 * Numbers are big-endian, so that they are sorted. The index may have more than
 * there is: an entry that was written again leaves its old line there.
 *
 * Context: the store's owner.   Locks: none.
 */

/* The bytes of an index line before its key. */
#define QS_STATE_ENTRY_TIME_LENGTH 8

/* Puts an entry in @batch; @expires: ms, 0 = never. */
void     qs_state_entry_put      (QsStoreBatch  *batch,
                                  const guint8  *key,
                                  gsize          key_length,
                                  const guint8  *value,
                                  gsize          value_length,
                                  gint64         expires);

/* Takes apart what stands in DATA under a key; *@value points into it. Fails
 * with QS_STATE_ERROR_MALFORMED. */
gboolean qs_state_entry_parse    (const guint8  *data,
                                  gsize          length,
                                  const guint8 **value,
                                  gsize         *value_length,
                                  gint64        *expires,
                                  GError       **error);

/* The time of an index line; FALSE if it can't be one. */
gboolean qs_state_entry_get_time (const guint8  *line,
                                  gsize          length,
                                  gint64        *expires);

G_END_DECLS
