/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-producer-wait-private.h"

#include "qs-crowd-private.h"

/* If no more records than these are in flight, they might linger. Many fill their batches
 * by themselves. */
#define MAX_PUSHED 10000

/* Microseconds from the first push to the second; then it doubles. */
#define PUSH_INTERVAL (50 * 1000)

void
qs_producer_wait_begin (QsProducerWait *self, QsProducerParts *parts)
{
  gint64 now = g_get_monotonic_time ();

  *self = (QsProducerWait){
    .parts = parts,
    .push_at = now,
    .push_interval = PUSH_INTERVAL,
    .push_end = now + qs_producer_client_get_limits (parts->client)->linger,
  };
  qs_producer_client_begin_wait (parts->client, &self->reports);
}

void
qs_producer_wait_end (QsProducerWait *self)
{
  qs_producer_client_end_wait (self->parts->client);
}

/* As long as a push lasts, librdkafka's threads spin. Many of them starve the brokers of
 * a small machine, and the threads that could end the push. */
static gboolean
is_worth_a_push (QsProducerParts *parts)
{
  return qs_ledger_get_n_in_flight (&parts->ledger) <= MAX_PUSHED &&
         (qs_producer_client_get_limits (parts->client)->linger > QS_SHORT_LINGER ||
          !qs_crowd_is_there ());
}

/* TRUE: it has, and has served reports meanwhile. */
static gboolean
push_if_needed (QsProducerWait *self)
{
  gint64 now = g_get_monotonic_time ();

  if (now < self->push_at || now > self->push_end)
    return FALSE;

  self->push_at = now + self->push_interval;
  self->push_interval *= 2;
  if (!is_worth_a_push (self->parts))
    return FALSE;

  qs_producer_client_push (self->parts->client);
  return TRUE;
}

void
qs_producer_wait_for_news (QsProducerWait *self, gint64 until)
{
  if (push_if_needed (self))
    return;

  if (self->push_at <= self->push_end)
    until = MIN (until, self->push_at);
  qs_producer_client_wait (self->parts->client, &self->reports, until);
}
