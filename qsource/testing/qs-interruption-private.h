/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Cleans up when a program that has harnesses is interrupted by SIGINT, SIGTERM or SIGHUP: ends the
 * workers and removes the temporary directories. Then the signal takes its usual course, which is
 * the end of the program, or an exception in Python.
 *
 * A thread of its own does it, as the others may be waiting for a broker.
 *
 * Context: any.   Locks: none.
 */

/* From the first of these to the last of those, signals are caught. */
void qs_interruption_watch         (void);
void qs_interruption_unwatch       (void);

/* Between them a worker can be started: an interruption comes before or after that. They are not
 * nested, and short. */
void qs_interruption_begin_step    (void);
void qs_interruption_end_step      (void);

G_END_DECLS
