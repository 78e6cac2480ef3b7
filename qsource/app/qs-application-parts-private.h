/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-consume-loop-private.h"
#include "qs-attendant-private.h"
#include "qs-embedded-broker.h"
#include "qs-overview-private.h"
#include "qs-run-private.h"
#include "qs-settings-private.h"

G_BEGIN_DECLS

/* What an application is made of, for those of its methods that have a file of their
 * own. */
typedef struct
{
  /* Which application of this program it is, from 1 on: how a worker knows it. */
  guint ordinal;

  QsSettings settings;

  /* Owned. The broker is there from the first run() on an embedded one. */
  QsSourceList     *sources;
  QsEmbeddedBroker *embedded_broker;
  QsPipeline       *pipeline;
  QsConsumeLoop    *loop;
  QsRows           *rows; /* of the last run; NULL unless it collected them */
  QsOverview       *overview;

  /* Owned; NULL while none goes. */
  QsRun *run;

  /* Who attends it. Owned; NULL while none runs. */
  QsAttendance *attendance;

  /* Of the cancellable that run() was given; 0 = none. */
  gulong cancelled_handler;

  /* What sources keep as long as an embedded broker lives: the path of a directory
   * of its own. Owned; nullable. */
  char *embedded_state_dir;

  /* Guards stop. */
  GMutex stop_lock;

  /* What stop() cancels. Owned; NULL while none runs. */
  GCancellable *stop;
} QsApplicationPrivate;

QsApplicationPrivate *qs_application_get_private (QsApplication *self);

/* How many partitions may have to be kept warm here. */
guint qs_application_count_standby (QsApplication *self);

G_END_DECLS
