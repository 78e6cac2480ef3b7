/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-claim-private.h"
#include "qs-enums.h"

G_BEGIN_DECLS

/* How the partitions of sources are shared with other instances. Whoever has it owns what
 * it points to. */
typedef struct
{
  QsAssignment   mode;
  const char    *instance_id;       /* NULL = made of the host's name and the state directory */
  double         session_timeout;   /* seconds */
  gboolean       leave_on_stop;
  int            standby_replicas;  /* instances that keep a partition warm, -1 = all */
  QsClaimThread *thread;            /* while a run in which they are shared runs; else NULL */
} QsShareSettings;

G_END_DECLS
