/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-producer-parts-private.h"

G_BEGIN_DECLS

/* Microseconds for which records may linger where many threads want to run. */
#define QS_SHORT_LINGER (20 * 1000)

/*
 * One wait of a thread for what a producer's client reports. Records that linger are pushed
 * out, for only a moment and ever more rarely.
 *
 * Context: one thread.   Locks: none.
 */
typedef struct
{
  QsProducerParts *parts; /* not owned */
  QsReportsWait    reports;

  /* Monotonic. After @push_end nothing of before lingers any more. */
  gint64 push_at;
  gint64 push_interval;
  gint64 push_end;
} QsProducerWait;

void qs_producer_wait_begin    (QsProducerWait  *self,
                                QsProducerParts *parts);
void qs_producer_wait_end      (QsProducerWait  *self);

/* Waits until @until (monotonic) at most; might return earlier. The caller looks before
 * whether there is what it waits for. */
void qs_producer_wait_for_news (QsProducerWait  *self,
                                gint64           until);

G_END_DECLS
