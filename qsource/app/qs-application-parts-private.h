/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-consume-loop-private.h"
#include "qs-attendant-private.h"
#include "qs-embedded-broker.h"
#include "qs-overview-private.h"
#include "qs-run-private.h"
#include "qs-settings-private.h"

G_BEGIN_DECLS

/* The private data of an application, for methods in files of their own. */
typedef struct
{
  /* The number of the application in this program, from 1 up, by which a worker finds it. */
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

  /* Its attendants. Owned; NULL outside a run. */
  QsAttendance *attendance;

  /* Of the cancellable that run() was given; 0 = none. */
  gulong cancelled_handler;

  /* The path of the state directory that lives as long as an embedded broker. Owned; nullable. */
  char *embedded_state_dir;

  /* Guards stop. */
  GMutex stop_lock;

  /* Cancelled by stop(). Owned; NULL outside a run. */
  GCancellable *stop;
} QsApplicationPrivate;

QsApplicationPrivate *qs_application_get_private (QsApplication *self);

/* How many partitions may have to be kept warm here. */
guint qs_application_count_standby (QsApplication *self);

G_END_DECLS
