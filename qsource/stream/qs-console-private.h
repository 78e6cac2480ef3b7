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

/* FALSE: the output has failed, and what waited is lost. */
gboolean  qs_console_check      (GError     **error);

/* The same, before offsets are committed: *@is_written says whether nothing waits any
 * more, and a failure is forgotten, as what is lost comes again. */
gboolean  qs_console_settle     (gboolean    *is_written,
                                 GError     **error);

G_END_DECLS
