/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-source-run-private.h"
#include "qs-source.h"

G_BEGIN_DECLS

/*
 * Functions of a source for QsStatefulSource and the worker, not for users.
 */

/* Has what is produced in transactions be committed this often while run() runs,
 * in seconds, too; -1: only by flush().
 *
 * Context: the thread of start(), before it.   Locks: none. */
void            qs_source_set_commit_interval (QsSource *self,
                                               double    seconds);

/* How long a flush may take that nobody gave a time-out for, in seconds: without end, but when the
 * source is stopping, what is left for all flushes.
 *
 * Context: the thread of start().   Locks: none. */
double          qs_source_get_flush_timeout   (QsSourceRun *run);

/* Commits what was produced; @run: a QsSourceRun. Nothing of the source's user is touched.
 *
 * Context: the commit timer's thread.   Locks: none. */
void            qs_source_commit_cb           (gpointer  run);

/* Whether the calling thread may flush now.
 *
 * Context: any.   Locks: none. */
gboolean        qs_source_check_can_flush     (QsBaseSource *self,
                                               GError      **error);

/* The run() of a class that has none: serves the thread's main context until the source
 * is stopped.
 *
 * Context: the thread of start().   Locks: none. */
gboolean        qs_source_run_default         (QsSource *self,
                                               GError  **error);

/* Queues @record in the newest run; see qs_source_run_send().
 *
 * Context: any.   Locks: none. */
gboolean        qs_source_send                (QsSource   *self,
                                               QsOutgoing *record,
                                               GError    **error);

/* Deals with @message, which has a failure; see qs_source_run_reject().
 *
 * Context: any.   Locks: none. */
gboolean        qs_source_reject              (QsSource   *self,
                                               QsMessage  *message,
                                               GError    **error);

/* Gets the topic of its dead letters when it produces to @topic; NULL if it has none.
 * transfer full
 *
 * Context: the thread of start(), or any before it.   Locks: none. */
QsTopic        *qs_source_dup_dead_letter_topic (QsSource *self,
                                                 QsTopic  *topic);

G_END_DECLS
