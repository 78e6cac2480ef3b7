/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "qs-program.h"

G_BEGIN_DECLS

/*
 * This program as it was started: command line, executable and directory,
 * recorded when the library is loaded, before main() can change them.
 *
 * Context: any.   Locks: none.
 */

/* The command that starts this program again, flags and arguments included;
 * transfer full. Fails where that can't be found out. */
char      **qs_program_dup_argv (GError **error);

const char *qs_program_get_cwd  (void);

/* Calls what qs_program_set_interrupt_func() was given. */
void        qs_program_interrupt (guint64 thread_id);

/* Whether a language binding ends this program when run() has returned; if so, @status
 * is kept for it. See qs_program_set_exit_deferred().
 *
 * Context: the thread of run(). */
gboolean    qs_program_defer_exit (int status);

/* Ends this program as one of its language ends; see qs_program_set_exit_func().
 *
 * Context: the thread of run(). */
void        qs_program_exit     (int status) G_GNUC_NORETURN;

G_END_DECLS
