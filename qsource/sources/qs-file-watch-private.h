/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Directories whose changes the kernel reports. GFileMonitor isn't used: it holds changes
 * back.
 *
 * Context: the thread of run().   Locks: none.
 */
typedef struct _QsFileWatch QsFileWatch;

typedef void (*QsFileModifiedFunc) (const char *path, gpointer user_data);

/* NULL if the kernel has no room for one: then everything has to be polled. */
QsFileWatch *qs_file_watch_new    (void);
void         qs_file_watch_free   (QsFileWatch         *self);

/* To poll for input; -1 if @self is NULL. */
int          qs_file_watch_get_fd (QsFileWatch         *self);

/* Whether changes in @directory will be reported; not where it is on another machine. To add it
 * again is no error. */
gboolean     qs_file_watch_add    (QsFileWatch         *self,
                                   const char          *directory);

/* Calls @func for each file that was written to. Whether names have changed, so that
 * it must be looked which files there are. */
gboolean     qs_file_watch_read   (QsFileWatch         *self,
                                   QsFileModifiedFunc   func,
                                   gpointer             user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsFileWatch, qs_file_watch_free)

G_END_DECLS
