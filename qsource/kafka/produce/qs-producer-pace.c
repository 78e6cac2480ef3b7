/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-producer-pace-private.h"

#include "qs-crowd-private.h"
#include "qs-deadline-private.h"
#include "qs-producer-wait-private.h"

/* So much may be in flight for each processor; the threads that want to run share it. */
#define RECORDS 160000
#define BYTES (16 * 1024 * 1024)

/* The least for each, however many there are: smaller requests cost the brokers more than
 * they spare. */
#define MIN_SHARE 0.005

/* Microseconds of a pause, at most. */
#define MAX_PAUSE G_USEC_PER_SEC

/* Microseconds after a pause that long: some broker might be away, and those that answer for
 * other partitions don't show it. */
#define UNPACED_TIME (10 * G_USEC_PER_SEC)

static gboolean
is_ahead (QsProducerParts *parts, double share)
{
  return (double) qs_ledger_get_n_in_flight (&parts->ledger) > share * RECORDS ||
         (double) qs_ledger_get_bytes_in_flight (&parts->ledger) > share * BYTES;
}

/* Only a source's: a dataframe produces in the main loop of its application. Records that are to
 * linger wait for their batches to be full. */
static gboolean
is_paced (QsProducerParts *parts)
{
  return parts->grace != NULL &&
         qs_producer_client_get_limits (parts->client)->linger <= QS_SHORT_LINGER &&
         is_ahead (parts, MIN_SHARE) && qs_crowd_is_there ();
}

/* Where no broker answers, the queue is for the records that come meanwhile. */
static gboolean
was_in_vain (QsProducerParts *parts, gint64 now)
{
  return parts->n_answered_at_pause == qs_ledger_get_n_answered (&parts->ledger) ||
         now < parts->unpaced_until;
}

/* Not by the grace itself, which begins with the first that asks it. */
static gboolean
may_wait (QsProducerParts *parts)
{
  return !g_cancellable_is_cancelled (qs_grace_get_cancellable (parts->grace)) &&
         qs_ledger_check_alive (&parts->ledger, NULL);
}

/* FALSE: the time was over before. */
static gboolean
pause_until (QsProducerParts *parts, double share, gint64 until)
{
  QsProducerWait wait;

  qs_producer_wait_begin (&wait, parts);
  while (is_ahead (parts, share) && may_wait (parts) && !qs_deadline_passed (until))
    qs_producer_wait_for_news (&wait, until);
  qs_producer_wait_end (&wait);

  return !qs_deadline_passed (until);
}

void
qs_producer_pace (QsProducerParts *parts)
{
  guint64 n_answered = 0;
  gint64  now = 0;

  if (!is_paced (parts))
    return;

  now = g_get_monotonic_time ();
  n_answered = qs_ledger_get_n_answered (&parts->ledger);
  if (was_in_vain (parts, now) ||
      pause_until (parts, MAX (qs_crowd_get_share (), MIN_SHARE), now + MAX_PAUSE))
    return;

  parts->unpaced_until = now + MAX_PAUSE + UNPACED_TIME;
  if (n_answered == qs_ledger_get_n_answered (&parts->ledger))
    parts->n_answered_at_pause = n_answered;
}
