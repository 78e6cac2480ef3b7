/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-producer-pace-private.h"

#include "qs-crowd-private.h"
#include "qs-deadline-private.h"
#include "qs-producer-wait-private.h"

/* So much may be in flight for each processor; the threads that want to run share it. */
#define RECORDS 160000
#define BYTES (16 * 1024 * 1024)

/* Each has this part, however many there are: smaller requests cost the brokers more than
 * they spare. */
#define MIN_SHARE 0.005

/* Microseconds. */
#define MAX_PAUSE G_USEC_PER_SEC

static gboolean
is_ahead (QsProducerParts *parts, double share)
{
  return (double) qs_ledger_get_n_in_flight (&parts->ledger) > share * RECORDS ||
         (double) qs_ledger_get_bytes_in_flight (&parts->ledger) > share * BYTES;
}

/* Only a source's run has a thread that may wait so long: a dataframe's is the application's.
 * Records that are to linger wait for their batches to be full. Where no broker answers, the
 * queue is for those that come meanwhile. */
static gboolean
is_paced (QsProducerParts *parts)
{
  return parts->grace != NULL &&
         parts->n_answered_at_pause != qs_ledger_get_n_answered (&parts->ledger) &&
         qs_producer_client_get_limits (parts->client)->linger <= QS_SHORT_LINGER &&
         is_ahead (parts, MIN_SHARE) && qs_crowd_is_there ();
}

static gboolean
may_wait (QsProducerParts *parts)
{
  return !qs_grace_has_begun (parts->grace) && qs_ledger_check_alive (&parts->ledger, NULL);
}

static void
pause_until (QsProducerParts *parts, double share, gint64 until)
{
  QsProducerWait wait;

  qs_producer_wait_begin (&wait, parts);
  while (is_ahead (parts, share) && may_wait (parts) && !qs_deadline_passed (until))
    qs_producer_wait_for_news (&wait, until);
  qs_producer_wait_end (&wait);
}

void
qs_producer_pace (QsProducerParts *parts)
{
  guint64 n_answered = 0;
  gint64  until = 0;

  if (!is_paced (parts))
    return;

  n_answered = qs_ledger_get_n_answered (&parts->ledger);
  until = g_get_monotonic_time () + MAX_PAUSE;
  pause_until (parts, MAX (qs_crowd_get_share (), MIN_SHARE), until);
  if (qs_deadline_passed (until) && n_answered == qs_ledger_get_n_answered (&parts->ledger))
    parts->n_answered_at_pause = n_answered;
}
