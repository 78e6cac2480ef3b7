/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"
#include "qs-kafka-config-private.h"
#include "qs-state-config-private.h"

G_BEGIN_DECLS

/*
 * One run of a source where it really runs: what a worker process and a worker
 * thread do alike. It makes the producer, configures the source, calls start(),
 * waits for what is still in flight, and says how it ended.
 *
 * It never refs, unrefs, notifies or emits on the source in any thread but the
 * one that made it or calls run(): the source may be a script's object.
 */
typedef struct _QsSourceRunner QsSourceRunner;

/* What a runner tells. All but producer_failed come in run()'s thread. */
typedef struct
{
  /* start() is about to be called. */
  void (*started)         (gpointer      user_data);
  void (*connected)       (gpointer      user_data);
  void (*connect_failed)  (const GError *error,
                           gpointer      user_data);
  /* The source must stop, as nothing can be delivered any more.
   * Context: a thread of the producer. */
  void (*producer_failed) (const GError *error,
                           gpointer      user_data);
  /* The source's state is being read back, see QsSourceObserver. */
  void (*recovering)      (gint64        n_records,
                           gint64        n_left,
                           double        rate,
                           gpointer      user_data);
} QsSourceRunnerEvents;

/* Makes @source ready for a new run. The caller keeps @source and @topic alive;
 * they, @events and @user_data are used until qs_source_runner_detach(), which
 * must come before the last reference goes.
 *
 * Context: the owner.   Locks: none. */
QsSourceRunner *qs_source_runner_new       (QsBaseSource                *source,
                                            QsTopic                     *topic,
                                            const QsSourceRunnerEvents  *events,
                                            gpointer                     user_data);
QsSourceRunner *qs_source_runner_ref       (QsSourceRunner              *self);
void            qs_source_runner_unref     (QsSourceRunner              *self);

/* Says with which guarantees the source runs, where its state is, and which
 * @partition of that is its own. Without it: at least once, and no state.
 *
 * Context: the owner, before run().   Locks: none. */
void            qs_source_runner_set_state (QsSourceRunner              *self,
                                            QsStateConfig               *state,
                                            int                          partition);

/* Has the source produce to @topic, which the caller keeps alive, and to no other.
 *
 * Context: the owner, before run().   Locks: none. */
void            qs_source_runner_set_topic (QsSourceRunner              *self,
                                            QsTopic                     *topic);

/* Runs the source to its end; called once. Being stopped is not an error. What
 * the source left in flight is waited for, without a limit of its own.
 *
 * Context: the thread that becomes start()'s.   Locks: none. */
gboolean        qs_source_runner_run       (QsSourceRunner              *self,
                                            QsKafkaConfig               *config,
                                            GError                     **error);

/* Cancels the source's cancellable, so that waits end. It does not call the
 * source's stop(), but may call handlers of the user's.
 *
 * Context: any.   Locks: none. */
void            qs_source_runner_cancel    (QsSourceRunner              *self);

/* Has what the source produces wait, or ends that; at any moment.
 *
 * Context: any.   Locks: takes the runner's. */
void            qs_source_runner_set_paused (QsSourceRunner             *self,
                                             gboolean                    is_paused);

/* The producer's counters, a{sv}, transfer full; NULL before it is made.
 *
 * Context: any.   Locks: takes the runner's. */
GVariant       *qs_source_runner_dup_stats (QsSourceRunner              *self);

/* No event comes after this returned, and only unref() may follow.
 *
 * Context: the owner, not in an event.   Locks: takes the runner's. */
void            qs_source_runner_detach    (QsSourceRunner              *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsSourceRunner, qs_source_runner_unref)

G_END_DECLS
