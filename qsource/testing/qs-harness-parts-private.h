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

/* What a harness is made of, for those of its methods that have a file of their own. */
struct _QsHarness
{
  GObject parent_instance;

  /* Set when it is made. Owned. */
  QsBaseSource *source;

  /* Owned. */
  QsApplication    *application;
  QsEmbeddedBroker *broker;      /* NULL: another one */
  char            **worker_argv; /* nullable */
  char             *state_dir;   /* a directory of its own */
  char             *kill_point;  /* of the next worker; nullable */
  QsTopic          *topic;       /* NULL until the first start() */
  QsHarnessReader  *reader;      /* NULL until the first start() */
  QsHarnessRun     *run;         /* NULL until the first start() */
  GPtrArray        *records;     /* QsRecord: all that were read */
  guint             n_pulled;    /* of records */
};

/* Has a broker, the source's topic, and who reads it: once.
 *
 * Context: the harness's thread.   Locks: none. */
gboolean qs_harness_set_up (QsHarness  *self,
                            gint64      deadline,
                            GError    **error);

G_END_DECLS
