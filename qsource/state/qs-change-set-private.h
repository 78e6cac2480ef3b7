/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The changes of a transaction, of each key the last one, found by their keys. A
 * change costs a table's place and its bytes, and no allocation of its own.
 *
 * Context: the transaction's.   Locks: none.
 */
typedef struct _QsChangeSet QsChangeSet;

/* One change. The pointers are valid until the next change. */
typedef struct
{
  const guint8 *key;
  gsize         key_length;
  const guint8 *value;          /* NULL: the entry is removed */
  gsize         value_length;
  gint64        expires;        /* ms, 0 = never */
} QsChange;

QsChangeSet    *qs_change_set_new        (void);
void            qs_change_set_free       (QsChangeSet   *self);

/* In the order in which their keys were first set. */
guint           qs_change_set_get_length (QsChangeSet   *self);
const QsChange *qs_change_set_get        (QsChangeSet   *self,
                                          guint          index);

/* The change of @key; NULL: there is none. */
const QsChange *qs_change_set_lookup     (QsChangeSet   *self,
                                          const guint8  *key,
                                          gsize          key_length);

/* Sets what is to be of @key; @value NULL: it is removed. */
void            qs_change_set_set        (QsChangeSet   *self,
                                          const guint8  *key,
                                          gsize          key_length,
                                          const guint8  *value,
                                          gsize          value_length,
                                          gint64         expires);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsChangeSet, qs_change_set_free)

G_END_DECLS
