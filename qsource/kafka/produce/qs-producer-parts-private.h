/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-grace-private.h"
#include "qs-ledger-private.h"
#include "qs-producer-client-private.h"
#include "qs-transactor-private.h"

G_BEGIN_DECLS

/* The private data of a producer, for methods in files of their own in this folder. */
struct _QsProducerParts
{
  QsLedger          ledger;
  QsProducerClient *client;     /* owned; `NULL`: made by g_object_new() */
  QsTransactor     *transactor; /* owned; `NULL`: records are delivered one by one */
  QsGrace          *grace;      /* of the source's run; owned, nullable */
  gulong            grace_id;   /* of the handler that ends a wait when it begins */

  /* Of the last pause that didn't help; see qs-producer-pace.c. */
  _Atomic guint64 n_answered_at_pause; /* -1: there was none */
  _Atomic gint64  unpaced_until;       /* monotonic */
};

typedef struct _QsProducerParts QsProducerParts;

G_END_DECLS
