/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-grace-private.h"
#include "qs-run-counts-private.h"
#include "qs-message.h"
#include "qs-outgoing-private.h"
#include "qs-producer.h"
#include "qs-source-event-private.h"

G_BEGIN_DECLS

/*
 * One run of a source: all that ends with it and must not be met by the next one.
 * The source has the newest; whoever uses one in another thread than start()'s holds
 * a reference, and so finds an old run at its end, but never one that is gone.
 *
 * It doesn't know the source, which may be a script's object.
 */
typedef struct _QsSourceRun QsSourceRun;

typedef enum
{
  QS_SOURCE_RUN_NEW,        /* nothing is there yet */
  QS_SOURCE_RUN_CONFIGURED, /* it has a topic and a producer */
  QS_SOURCE_RUN_STARTED,    /* start() runs */
  QS_SOURCE_RUN_LEAVING,    /* start() runs, but run() is over */
  QS_SOURCE_RUN_ENDED,      /* start() has returned */
} QsSourceRunPhase;

/* @name: the source's, for errors. Takes @listener. */
QsSourceRun      *qs_source_run_new             (const char        *name,
                                                 QsSourceListener  *listener);

/* The run after @self of a source that is configured anew without that anybody else
 * takes it over: its cancellable and its listener stay. */
QsSourceRun      *qs_source_run_new_next        (QsSourceRun       *self);

QsSourceRun      *qs_source_run_ref             (QsSourceRun       *self);
void              qs_source_run_unref           (QsSourceRun       *self);

/* Context of all that follows, where nothing else is said: any.   Locks: none. */

QsSourceRunPhase  qs_source_run_get_phase       (QsSourceRun       *self);

/* Goes from @from to the later phase @to; FALSE if it isn't in @from. */
gboolean          qs_source_run_advance         (QsSourceRun       *self,
                                                 QsSourceRunPhase   from,
                                                 QsSourceRunPhase   to);

/* Ends the calling process at once if it isn't the one that has made the run: a child
 * that the user's code has forked has come back from it. None of this library's
 * threads is in there. */
void              qs_source_run_check_process   (QsSourceRun       *self);

/* start() has returned: nothing is produced any more. Where it has succeeded, it
 * waits for who is about to produce.
 *
 * Context: start()'s thread. */
void              qs_source_run_end             (QsSourceRun       *self,
                                                 gboolean           ok);

/* Gives it what it produces with, once.
 *
 * Context: the thread that will call start(), or before it exists. */
void              qs_source_run_configure       (QsSourceRun       *self,
                                                 QsTopic           *topic,
                                                 QsProducer        *producer);

/* NULL before; transfer none, as long as the run lives. */
QsTopic          *qs_source_run_get_topic       (QsSourceRun       *self);
QsProducer       *qs_source_run_get_producer    (QsSourceRun       *self);
GCancellable     *qs_source_run_get_cancellable (QsSourceRun       *self);

/* The time that its flushes have when it is stopping, together. */
QsGrace          *qs_source_run_get_grace       (QsSourceRun       *self);

gboolean          qs_source_run_is_stopping     (QsSourceRun       *self);

/* Cancels it, so that waits end. It may call handlers of the user's. */
void              qs_source_run_cancel          (QsSourceRun       *self);

/* Before it is cancelled: the stop vfunc is called soon. */
void              qs_source_run_expect_stop     (QsSourceRun       *self);

/* Whether the caller is the first one that asks, and so the one to call stop(), and
 * qs_source_run_note_stopped() after it. */
gboolean          qs_source_run_take_stop       (QsSourceRun       *self);
void              qs_source_run_note_stopped    (QsSourceRun       *self);

/* Whether stop() is called, or soon will be, and has not returned. */
gboolean          qs_source_run_is_stop_pending (QsSourceRun       *self);

/* Waits as long as that is so; FALSE if it still is at @deadline. */
gboolean          qs_source_run_wait_for_stop   (QsSourceRun       *self,
                                                 gint64             deadline);

/* Has it end as failed: no flush succeeds any more, the listener is called, waits end. The first
 * failure counts; of a run that has ended, none does. @detail: see
 * qs_base_source_get_error_detail(). FALSE if nobody has heard of it. */
gboolean          qs_source_run_fail            (QsSourceRun       *self,
                                                 const GError      *error,
                                                 const char        *detail);

/* Gets that failure and its detail, or NULL; transfer full. */
GError           *qs_source_run_dup_failure     (QsSourceRun       *self,
                                                 char             **detail);

/* Gets its listener; transfer none. */
QsSourceListener *qs_source_run_get_listener    (QsSourceRun       *self);

/* Has what is produced wait, or ends that; also before there is a producer. */
void              qs_source_run_set_paused      (QsSourceRun       *self,
                                                 gboolean           is_paused);

/* Gets the counts, an a{sv}, transfer full; NULL before there is a producer. */
GVariant         *qs_source_run_dup_stats       (QsSourceRun       *self);

/* Gets the counts in addition to those of its producer. transfer none */
QsRunCounts      *qs_source_run_get_counts      (QsSourceRun       *self);

/*
 * The way of every record to the producer, and the lock that keeps records out of a
 * flush.
 */

/* Whether another thread than run()'s flushes, too.
 *
 * Context: start()'s thread, before helpers of the user's can produce. */
void              qs_source_run_set_has_timer   (QsSourceRun       *self,
                                                 gboolean           has_timer);

/* Has produce() in other threads wait, as it must while a flush runs. FALSE: one
 * that had begun before wasn't done at @deadline, and no flush succeeds any more.
 *
 * Locks: held until unlock. */
gboolean          qs_source_run_lock            (QsSourceRun       *self,
                                                 gint64             deadline,
                                                 GError           **error);
void              qs_source_run_unlock          (QsSourceRun       *self);

/* Counts a flush that has succeeded or failed, and how long it took.
 *
 * Locks: that of flushes. */
void              qs_source_run_note_flush      (QsSourceRun       *self,
                                                 gboolean           ok);

/* Queues @record; see qs_producer_send(). Its topic is set here. @is_own: in start()'s thread. */
gboolean          qs_source_run_send            (QsSourceRun       *self,
                                                 QsOutgoing        *record,
                                                 gboolean           is_own,
                                                 GError           **error);

/* Deals with @message, which has a failure; see qs_producer_reject(). */
gboolean          qs_source_run_reject          (QsSourceRun       *self,
                                                 QsMessage         *message,
                                                 gboolean           is_own,
                                                 GError           **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsSourceRun, qs_source_run_unref)

G_END_DECLS
