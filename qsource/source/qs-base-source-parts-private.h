/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-source-run-private.h"
#include "qs-source-stats.h"

G_BEGIN_DECLS

/* The private data of a source, for methods in files of their own. */
typedef struct
{
  /* Set at construction, then only read. Owned. */
  char *name;

  /* Seconds. Set before the source is started, then only read. */
  double shutdown_timeout;

  /* Set before the source is started, then only read. Owned; nullable. */
  char **worker_argv;

  int status; /* atomic: QsSourceStatus */

  /* start()'s while it runs, as get_thread() returns it. Atomic. */
  gconstpointer thread;

  /* The newest. Changed in the thread of start() only, so that this one needs neither
   * the lock nor a reference. Owned. */
  GMutex       lock;
  QsSourceRun *run;
  char        *error_detail; /* owned; nullable */

  /* Of the thread that watches. Owned. */
  QsSourceStats *stats;

  /* How it failed, if it did. Only the thread that watches. Owned. */
  GError *error;
} QsBaseSourcePrivate;

QsBaseSourcePrivate *qs_base_source_get_private    (QsBaseSource *self);

/* Takes @run, which is the newest from now on.
 *
 * Context: start()'s thread, or before it exists.   Locks: none. */
void                 qs_base_source_set_run        (QsBaseSource *self,
                                                    QsSourceRun  *run);

/* Whether the calling thread is start()'s from now on, or nobody is. */
void                 qs_base_source_set_own_thread (QsBaseSource *self,
                                                    gboolean      is_own);

G_END_DECLS
