/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * A command that runs, as a process group of its own.
 *
 * Context: the source's thread.   Locks: none.
 */
typedef struct
{
  GPid pid;
  int  output;   /* -1: closed, as errors */
  int  errors;
} QsCommandChild;

/* @is_logged: what it writes to stderr can be read. */
gboolean qs_command_child_spawn       (QsCommandChild  *self,
                                       char           **argv,
                                       gboolean         is_logged,
                                       GError         **error);

/* Waits until it has written something, which is appended to @output or @errors, until
 * @timeout (milliseconds; -1 = without end) is over, or @cancellable is cancelled. */
void     qs_command_child_wait        (QsCommandChild  *self,
                                       GCancellable    *cancellable,
                                       int              timeout,
                                       GByteArray      *output,
                                       GByteArray      *errors);

/* Appends what is left of stderr. */
void     qs_command_child_read_errors (QsCommandChild  *self,
                                       GByteArray      *errors);

/* Ends it and all that it has started, if it hasn't by itself (@is_over), by force after
 * @timeout seconds; its status. */
int      qs_command_child_reap        (QsCommandChild  *self,
                                       gboolean         is_over,
                                       double           timeout);

G_END_DECLS
