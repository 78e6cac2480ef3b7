/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * The splits of a worker, and when they are to be listed next.
 *
 * Context: the thread of begin(), unless it says otherwise.   Locks: its own.
 */
typedef struct
{
  /* Monotonic, of the next list. */
  gint64 due;

  /* Guards what follows. */
  GMutex lock;

  /* Sorted; owned. */
  GPtrArray *splits;

  /* While it is in use: calls back when they are due. Owned; nullable. */
  GSource *timer;
  gboolean is_changed; /* somebody said so */
} QsSplitList;

/* Texts. transfer full */
GPtrArray *qs_split_list_new_splits (void);

void       qs_split_list_init      (QsSplitList *self);
void       qs_split_list_clear     (QsSplitList *self);

/* From now on @func is called by the thread-default main context when they are due. */
void       qs_split_list_begin     (QsSplitList *self,
                                    GSourceFunc  func,
                                    gpointer     user_data);
gboolean   qs_split_list_is_in_use (QsSplitList *self);
void       qs_split_list_end       (QsSplitList *self);

/* They are due in so many @seconds; -1 = never. */
void       qs_split_list_set_due   (QsSplitList *self,
                                    double       seconds);
gboolean   qs_split_list_is_due    (QsSplitList *self);

/* Takes @now, and returns what there was. transfer full */
GPtrArray *qs_split_list_replace   (QsSplitList *self,
                                    GPtrArray   *now);

/* They are due now. Context: any. */
void       qs_split_list_change    (QsSplitList *self);

/* transfer full. Context: any. */
char     **qs_split_list_dup       (QsSplitList *self);

G_END_DECLS
