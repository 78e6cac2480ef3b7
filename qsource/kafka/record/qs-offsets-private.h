/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * An offset for each of some partitions.
 *
 * Context: one thread at a time.   Locks: none.
 */
typedef struct _QsOffsets QsOffsets;

typedef struct
{
  char   *topic;
  int     partition;
  gint64  offset;
} QsOffset;

QsOffsets *qs_offsets_new    (void);
QsOffsets *qs_offsets_copy   (QsOffsets        *self);
void       qs_offsets_free   (QsOffsets        *self);

void       qs_offsets_set    (QsOffsets        *self,
                              const char       *topic,
                              int               partition,
                              gint64            offset);

/* -1 if the partition isn't among them. */
gint64     qs_offsets_get    (QsOffsets        *self,
                              const char       *topic,
                              int               partition);

void       qs_offsets_remove (QsOffsets        *self,
                              const char       *topic,
                              int               partition);

/* Forgets all. */
void       qs_offsets_clear  (QsOffsets        *self);

guint      qs_offsets_count  (QsOffsets        *self);

/* Each of them, in no order; transfer container. */
GPtrArray *qs_offsets_list   (QsOffsets        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsOffsets, qs_offsets_free)

G_END_DECLS
