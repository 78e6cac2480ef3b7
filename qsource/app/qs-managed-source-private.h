/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-topic.h"
#include "qs-worker-private.h"

G_BEGIN_DECLS

/*
 * One source of an application and, while it runs, the workers of its partitions:
 * restarts those that failed, emits the application's signals, and reports when one has
 * failed for good.
 *
 * Context: the thread of start()'s caller; its thread-default main context calls
 * back.   Locks: none.
 */
typedef struct _QsManagedSource QsManagedSource;

/* A worker has ended, or none could be started: see is_running() and take_failure(). */
typedef void (*QsManagedSourceFunc) (gpointer user_data);

/* @application, which isn't owned, has the signals, and is kept alive while handlers run. */
QsManagedSource *qs_managed_source_new        (QsBaseSource            *source,
                                               QsTopic                 *topic,
                                               GObject                 *application);
void             qs_managed_source_free       (QsManagedSource         *self);

QsBaseSource    *qs_managed_source_get_source (QsManagedSource         *self);
QsTopic         *qs_managed_source_get_topic  (QsManagedSource         *self);

/* Whether a worker of it is left, or one is due, or may be, as partitions come. */
gboolean         qs_managed_source_is_running (QsManagedSource         *self);

/* Whether it is in place, but none of its partitions is here now. */
gboolean         qs_managed_source_is_waiting (QsManagedSource         *self);

/* Adds what only a run knows of it to @dict, an a{sv}. */
void             qs_managed_source_describe   (QsManagedSource         *self,
                                               GVariantBuilder         *dict);

/* Whether it was asked to stop in this run, and not to start again since. */
gboolean         qs_managed_source_is_stopping (QsManagedSource         *self);

/* Starts a worker for each partition that is to run here. @settings must stay until none is left, and
 * @func is called until detach(). */
void             qs_managed_source_start      (QsManagedSource         *self,
                                               const QsWorkerSettings  *settings,
                                               QsManagedSourceFunc      func,
                                               gpointer                 user_data);
void             qs_managed_source_detach     (QsManagedSource         *self);

/* Why it has failed for good, for people, if no handler has dealt with that, and it
 * wasn't taken before; else NULL. transfer full. @is_fenced: another instance has taken
 * over, so that it isn't missing. */
char            *qs_managed_source_take_failure (QsManagedSource       *self,
                                                 gboolean              *is_fenced);

/* Has what its workers produce wait, or ends that; also for those that are started
 * later in this run. */
void             qs_managed_source_set_paused (QsManagedSource         *self,
                                               gboolean                 is_paused);

/* Stops its workers, and starts them again when they have ended; those that have
 * ended are started at once. In a run that goes on. */
void             qs_managed_source_restart    (QsManagedSource         *self);

/* Asks its workers to stop, or ends them by force; none is started again. */
void             qs_managed_source_stop       (QsManagedSource         *self);
void             qs_managed_source_kill       (QsManagedSource         *self);

G_END_DECLS
