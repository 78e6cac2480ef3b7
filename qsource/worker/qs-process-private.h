/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A process, by a descriptor: its number can't be taken by another one meanwhile. It must
 * not move in memory while it is open.
 *
 * Context: one thread at a time.   Locks: none.
 */
typedef struct
{
  int pid;     /* 0: none */
  int pidfd;   /* -1: the system has none */
} QsProcess;

#define QS_PROCESS_INIT ((QsProcess){ 0, -1 })

/* @wait_status: of waitpid(); -1: somebody else has waited for it. */
typedef gboolean (*QsProcessExitedFunc) (int      wait_status,
                                         gpointer user_data);

void     qs_process_open  (QsProcess           *self,
                           int                  pid);
void     qs_process_clear (QsProcess           *self);

/* Ends it at once; does nothing where there is none (any more). */
void     qs_process_kill  (const QsProcess     *self);

/* Ends all that are open, and waits until they have exited; their watches still report it.
 *
 * Context: any. */
void     qs_process_kill_all (void);

/* Waits for the exit of a child, though this program ignores SIGCHLD. transfer full */
GSource *qs_process_watch (const QsProcess     *self,
                           GMainContext        *context,
                           QsProcessExitedFunc  func,
                           gpointer             user_data);

G_END_DECLS
