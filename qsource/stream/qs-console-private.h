/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * The standard output of the process, for all dataframes: text is written behind
 * their back, so that an output that nobody reads holds up nobody, and a failure is
 * kept until somebody asks.
 *
 * Context: any; one thread writes.   Locks: its own.
 */

/* Appends @text to what waits to be written. */
void      qs_console_append     (const char  *text,
                                 gsize        length);

/* Begins to write what waits. */
void      qs_console_flush      (void);

/* Whether so much waits that no more should be appended. */
gboolean  qs_console_is_full    (void);

/* Whether nothing waits any more. */
gboolean  qs_console_is_written (void);

/* FALSE: the output has failed, and what waited is lost. */
gboolean  qs_console_check      (GError     **error);

/* Forgets a failure, once it is known that what is lost comes again. */
void      qs_console_recover    (void);

G_END_DECLS
