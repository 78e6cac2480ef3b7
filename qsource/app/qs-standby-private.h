/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-stateful-source.h"
#include "qs-worker-private.h"

G_BEGIN_DECLS

/*
 * The warm stores of the partitions of one source that run elsewhere: those that this
 * instance is to keep follow their changelogs, in a thread of their own, one after the
 * other. What is kept is chosen anew when partitions move, and every minute.
 *
 * Context: the thread that made it, whose thread-default main context calls the
 * listener.   Locks: none.
 */
typedef struct _QsStandby QsStandby;

typedef struct
{
  /* Its store is closed: a worker may have it now; see take(). */
  void (*let_go)  (int       partition,
                   gpointer  user_data);

  /* The results of count() and describe() have changed. */
  void (*changed) (gpointer  user_data);
} QsStandbyListener;

/* @settings and @listener must stay. @group: in which the partitions are divided. */
QsStandby *qs_standby_new      (QsStatefulSource        *source,
                                const QsWorkerSettings  *settings,
                                const char              *group,
                                const char              *instance_id,
                                const QsStandbyListener *listener,
                                gpointer                 user_data);

/* Closes all; waits for that, for some seconds if the brokers don't answer. */
void       qs_standby_free     (QsStandby               *self);

/* Has it end soon, so that free() needn't wait. */
void       qs_standby_stop     (QsStandby               *self);

/* @partition is to run here. TRUE: its store is free; else let_go() is called when it is. */
gboolean   qs_standby_take     (QsStandby               *self,
                                int                      partition);

/* It doesn't run here any more. */
void       qs_standby_give     (QsStandby               *self,
                                int                      partition);

/* How many partitions stand by here, having been in step once, and how many offsets all
 * that are kept are behind. */
void       qs_standby_count    (QsStandby               *self,
                                guint64                 *n_partitions,
                                guint64                 *lag);

/* Adds `standby` to @dict, an a{sv}. */
void       qs_standby_describe (QsStandby               *self,
                                GVariantBuilder         *dict);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsStandby, qs_standby_free)

G_END_DECLS
