/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"

G_BEGIN_DECLS

/*
 * The worker's side: what qs_application_run() does in a process that a parent
 * started to run one source.
 *
 * Context: the main thread.   Locks: none.
 */

/* Whether this process is a worker; from the moment the library was loaded, and
 * for good. */
gboolean    qs_worker_child_is_active       (void);

/* Whether it is the application with this ordinal whose source is meant. */
gboolean    qs_worker_child_is_for          (guint         application);

const char *qs_worker_child_get_source_name (void);

/* Runs @source to its end with the settings that the parent sends, reports, and
 * exits. A NULL @source: main() added none with that name; that is reported. */
void        qs_worker_child_run             (QsBaseSource *source,
                                             QsTopic      *topic) G_GNUC_NORETURN;

G_END_DECLS
