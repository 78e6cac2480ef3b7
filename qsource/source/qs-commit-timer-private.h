/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Commits what a source without a state has produced, every some seconds, in a
 * thread of its own: the source's author may produce once and sleep.
 *
 * Context: the thread of start().   Locks: none.
 */
typedef struct _QsCommitTimer QsCommitTimer;

/* Context: the timer's thread. */
typedef void (*QsCommitFunc) (gpointer user_data);

/* @interval: seconds, more than 0. */
QsCommitTimer *qs_commit_timer_new  (double         interval,
                                     QsCommitFunc   commit,
                                     gpointer       user_data);

/* Waits for a commit that runs; none follows. */
void           qs_commit_timer_free (QsCommitTimer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsCommitTimer, qs_commit_timer_free)

G_END_DECLS
