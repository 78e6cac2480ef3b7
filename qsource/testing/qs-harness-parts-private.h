/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-application.h"
#include "qs-base-source.h"
#include "qs-embedded-broker.h"
#include "qs-harness-reader-private.h"
#include "qs-harness-run-private.h"

G_BEGIN_DECLS

/* Seconds for what takes much less, such as to start a process. */
#define QS_HARNESS_PATIENCE 60

/* The private data of a harness, for methods in files of their own. */
struct _QsHarness
{
  GObject parent_instance;

  /* Set when it is made. Owned. */
  QsBaseSource *source;

  /* Owned. */
  QsApplication    *application;
  QsEmbeddedBroker *broker;      /* NULL: another one */
  char            **worker_argv; /* nullable */
  char            **source_argv; /* the source's own, without a kill point; nullable */
  char             *state_dir;   /* a directory of its own */
  char             *kill_point;  /* of the next worker; nullable */
  QsTopic          *topic;       /* NULL until the first start() */
  QsHarnessReader  *reader;      /* NULL until the first start() */
  QsHarnessRun     *run;         /* NULL until the first start() */
  GPtrArray        *records;     /* QsRecord: all that were read */
  guint             n_pulled;    /* of records */
  gboolean          is_watching; /* for interruptions */
};

/* Has a broker, the source's topic, and who reads it: once.
 *
 * Context: the harness's thread.   Locks: none. */
gboolean qs_harness_set_up (QsHarness  *self,
                            gint64      deadline,
                            GError    **error);

/* Starts the source as qs_harness_start() does, but doesn't wait for it.
 *
 * Context: the harness's thread.   Locks: none. */
gboolean qs_harness_begin  (QsHarness  *self,
                            GError    **error);

/* Ends the source's process if it runs, as if the harness were freed. The harness can be started
 * again.
 *
 * Context: the harness's thread.   Locks: none. */
void     qs_harness_end    (QsHarness  *self);

/* A harness for a second instance of the application, as on another machine: with the same source,
 * settings and broker, and a state directory of its own. It was not started. From now on, only it
 * reads the records, which both have. transfer full
 *
 * Context: the harness's thread.   Locks: none. */
QsHarness *qs_harness_make_twin (QsHarness *self,
                                 GError   **error);

/* Goes on with the run, and reads for a moment; @deadline is for the broker's answers. @is_over: the
 * source doesn't run, and all that it produced was read.
 *
 * Context: the harness's thread.   Locks: none. */
gboolean qs_harness_look   (QsHarness  *self,
                            gint64      deadline,
                            gboolean   *is_over,
                            GError    **error);

/* Has the source begin with an empty state when it starts again.
 *
 * Context: the harness's thread.   Locks: none. */
void     qs_harness_forget_state (QsHarness  *self);

/* A name that no other group has; transfer full.
 *
 * Context: any.   Locks: none. */
char    *qs_harness_make_group   (void);

G_END_DECLS
