/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-source-list-private.h"

G_BEGIN_DECLS

/*
 * Keeps the status of each source of an application: besides its counters the process, the
 * rate, and its last errors. It keeps no timer: it only notes what workers report.
 *
 * Context: the application's thread.   Locks: none.
 */
typedef struct _QsOverview QsOverview;

/* @application, which isn't owned, has the signals. */
QsOverview *qs_overview_new      (QsSourceList        *sources,
                                  GObject             *application);
void        qs_overview_free     (QsOverview          *self);

/* A new run begins: forgets the last one. */
void        qs_overview_begin    (QsOverview          *self);
void        qs_overview_end      (QsOverview          *self);

/* When the run began, in milliseconds since 1970; 0 = none did. */
gint64      qs_overview_get_started (QsOverview       *self);

/* "running", or what else is worth to know first of all sources together. */
const char *qs_overview_get_status  (QsOverview       *self);

/* How often @source failed or could not connect in this run. */
guint64     qs_overview_get_n_errors (QsOverview      *self,
                                      QsBaseSource    *source);

/* One source as an a{sv}, or all of them as an aa{sv}; floating. */
GVariant   *qs_overview_describe_source  (QsOverview   *self,
                                          QsBaseSource *source);
GVariant   *qs_overview_describe_sources (QsOverview   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsOverview, qs_overview_free)

G_END_DECLS
