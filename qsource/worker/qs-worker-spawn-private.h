/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "qs-worker-private.h"

G_BEGIN_DECLS

/* The command that starts @worker: its source's, else its application's, else that of this
 * program. @application: which one of that program has the source, counted from 1. transfer full
 *
 * Context: any.   Locks: none. */
char           **qs_worker_spawn_dup_argv   (QsWorker               *worker,
                                             const QsWorkerSettings *settings,
                                             guint                  *application,
                                             GError                **error);

/* Starts @argv as the worker of source @name of application @application, in the
 * directory where this program was started, with this process's standard input or
 * one that is an error, and with @worker_fd. Returns its pid, or 0. It must be waited for.
 *
 * Context: any.   Locks: none. */
GPid             qs_worker_spawn            (char              **argv,
                                             guint               application,
                                             int                 partition,
                                             const char         *name,
                                             int                 worker_fd,
                                             gboolean            has_stdin,
                                             GError            **error);

/* @argv for people: a command line that holds a whole script is cut. transfer full
 *
 * Context: any.   Locks: none. */
char            *qs_worker_spawn_describe   (char              **argv);

G_END_DECLS
