/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Keeps the partitions of a source that run here, since when, and the latest moves.
 *
 * Context: one thread.   Locks: none.
 */
typedef struct
{
  GArray *here; /* Move, the last one of each partition that is here; owned */
  GArray *last; /* Move, the newest at the end; owned */
} QsMoves;

typedef enum
{
  QS_MOVE_ASSIGNED,
  QS_MOVE_GIVEN, /* to another instance, in order */
  QS_MOVE_LOST,  /* another instance might have run it already */
} QsMove;

void     qs_moves_init     (QsMoves         *self);
void     qs_moves_clear    (QsMoves         *self);

/* @time: in milliseconds since 1970. */
void     qs_moves_add      (QsMoves         *self,
                            int              partition,
                            QsMove           move,
                            gint64           time);

/* None runs here any more, for the run has ended. */
void     qs_moves_end      (QsMoves         *self);

/* Adds `partitions` and `moves` to @dict, an a{sv}, if there are any. */
void     qs_moves_describe (QsMoves         *self,
                            GVariantBuilder *dict);

G_END_DECLS
