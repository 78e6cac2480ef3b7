/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

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
