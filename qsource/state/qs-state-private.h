/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-changes-private.h"
#include "qs-state.h"

G_BEGIN_DECLS

/*
 * Functions of the user's view of a state for its partition, not for users.
 *
 * Context: the thread that made it.   Locks: none.
 */

/* The view of @changes, which must live until invalidate(). It works in the
 * calling thread only. */
QsState *qs_state_new        (QsChanges     *changes);

/* Makes a view of the entries of @whole whose keys begin with @prefix, by the rest of these keys.
 * It ends with @whole. transfer full */
QsState *qs_state_new_part   (QsState       *whole,
                              const char    *prefix);

/* The changes are flushed or dropped: from now on each call fails. */
void     qs_state_invalidate (QsState       *self);

/*
 * The parts of all methods. Keys are UTF-8; each function checks whether the call is legal,
 * and its error names the entry.
 */

/* *@value is NULL if there is none, and valid until the next call. */
gboolean   qs_state_read         (QsState       *self,
                                  const guint8  *key,
                                  gsize          key_length,
                                  const guint8 **value,
                                  gsize         *value_length,
                                  GError       **error);

/* The same, of a value that JSON can return: *@value is transfer full. */
gboolean   qs_state_read_value   (QsState       *self,
                                  const char    *key,
                                  GVariant     **value,
                                  GError       **error);

/* @ttl: as for qs_state_set_with_ttl(). */
gboolean   qs_state_write        (QsState       *self,
                                  const guint8  *key,
                                  gsize          key_length,
                                  const guint8  *value,
                                  gsize          value_length,
                                  double         ttl,
                                  GError       **error);
gboolean   qs_state_drop         (QsState       *self,
                                  const guint8  *key,
                                  gsize          key_length,
                                  GError       **error);

/* The keys (GBytes) that begin with @prefix, sorted. transfer full */
GPtrArray *qs_state_list         (QsState       *self,
                                  const guint8  *prefix,
                                  gsize          prefix_length,
                                  GError       **error);

/* Says in front of @error what was attempted on the entry of the present call. */
void       qs_state_prefix_error (QsState       *self,
                                  GError       **error,
                                  const char    *doing);

G_END_DECLS
