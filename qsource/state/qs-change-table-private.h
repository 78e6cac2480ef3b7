/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The last change of each key, found by it. A change costs a table's place and its
 * bytes, and no allocation of its own.
 *
 * Context: the owner's.   Locks: none.
 */
typedef struct _QsChangeTable QsChangeTable;

/* One change. The pointers are valid until the next change. */
typedef struct
{
  const guint8 *key;
  gsize         key_length;
  const guint8 *value;          /* NULL: the entry is removed */
  gsize         value_length;
  gint64        expires;        /* ms, 0 = never */
} QsChange;

QsChangeTable  *qs_change_table_new        (void);
void            qs_change_table_free       (QsChangeTable *self);

/* In the order in which their keys were first set. */
guint           qs_change_table_get_length (QsChangeTable *self);
const QsChange *qs_change_table_get        (QsChangeTable *self,
                                            guint          index);

/* The change of @key; NULL: there is none. */
const QsChange *qs_change_table_lookup     (QsChangeTable *self,
                                            const guint8  *key,
                                            gsize          key_length);

/* Sets what is to be of @key; @value NULL: it is removed. */
void            qs_change_table_set        (QsChangeTable *self,
                                            const guint8  *key,
                                            gsize          key_length,
                                            const guint8  *value,
                                            gsize          value_length,
                                            gint64         expires);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsChangeTable, qs_change_table_free)

G_END_DECLS
