/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"
#include "qs-outgoing-private.h"

G_BEGIN_DECLS

/*
 * The one way of every record of a QsSource to its producer, and the lock that
 * keeps records out of a flush.
 */
typedef struct _QsSourceOutput QsSourceOutput;

/* What becomes of records that can't be delivered. Set before the source is started,
 * then only read. */
typedef struct
{
  QsErrorHandling  errors;
  QsTopic         *dead_letter_topic; /* owned; nullable */
} QsRejectPolicy;

/* @source: whose it is; not referenced. */
QsSourceOutput *qs_source_output_new           (QsBaseSource    *source);
void            qs_source_output_free          (QsSourceOutput  *self);

/* Transfer none.
 *
 * Context: any.   Locks: none. */
QsRejectPolicy *qs_source_output_get_policy    (QsSourceOutput  *self);

/* Records that name no partition go to @partition; -1: by their key.
 *
 * Context: the thread of start(), before it.   Locks: none. */
void            qs_source_output_set_partition (QsSourceOutput  *self,
                                                int              partition);

/* Whether another thread than run()'s flushes, too.
 *
 * Context: the thread of start(), before run().   Locks: none. */
void            qs_source_output_set_has_timer (QsSourceOutput  *self,
                                                gboolean         has_timer);

/* Around all that start() does.
 *
 * Context: the thread of start().   Locks: none. */
void            qs_source_output_begin         (QsSourceOutput  *self);
void            qs_source_output_end           (QsSourceOutput  *self);

/* Whether start() runs in another thread than the calling one.
 *
 * Context: any.   Locks: none. */
gboolean        qs_source_output_is_foreign    (QsSourceOutput  *self);

/* Has produce() in other threads wait, as it must while a flush runs. FALSE: one
 * that had begun before wasn't done at @deadline, and no flush succeeds any more.
 *
 * Context: the thread of start(), or the timer's.   Locks: held until unlock. */
gboolean        qs_source_output_lock          (QsSourceOutput  *self,
                                                gint64           deadline,
                                                GError         **error);
void            qs_source_output_unlock        (QsSourceOutput  *self);

/* Counts a flush that has succeeded.
 *
 * Context: the thread of start(), or the timer's.   Locks: none. */
void            qs_source_output_note_flush    (QsSourceOutput  *self);

/* How many flushes have succeeded since start(), and when the last one did, in
 * milliseconds since 1970 UTC, 0 = none has.
 *
 * Context: any.   Locks: none. */
guint64         qs_source_output_get_n_flushes (QsSourceOutput  *self);
gint64          qs_source_output_get_last_flush_time (QsSourceOutput *self);

/* Queues @record; see qs_producer_send(). Its topic is set here, and its partition if
 * it names none.
 *
 * Context: any.   Locks: none. */
gboolean        qs_source_output_send          (QsSourceOutput  *self,
                                                QsOutgoing      *record,
                                                GError         **error);

/* Deals with @message, which has a failure; see qs_producer_reject().
 *
 * Context: any.   Locks: none. */
gboolean        qs_source_output_reject        (QsSourceOutput  *self,
                                                QsMessage       *message,
                                                GError         **error);

G_END_DECLS
