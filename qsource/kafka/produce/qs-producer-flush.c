/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-producer-private.h"

#include "qs-deadline-private.h"
#include "qs-kafka-error.h"
#include "qs-producer-parts-private.h"

/*
 * Methods of QsProducer that wait for what was sent.
 */

/* For how long a flush pushes, in microseconds. */
#define PUSH_TIME (100 * 1000)

/* Whether waiting makes sense. A transaction that has lost a record is only aborted,
 * and librdkafka tries those behind the lost one until it is too old. */
static gboolean
check_waiting (QsProducerParts *parts, GError **error)
{
  GError *poison = NULL;

  if (!qs_ledger_check_alive (&parts->ledger, error))
    return FALSE;
  if (parts->transactor != NULL)
    poison = qs_ledger_dup_error (&parts->ledger, FALSE);
  if (poison == NULL)
    return TRUE;

  g_propagate_error (error, poison);
  return FALSE;
}

/* Waits for acknowledgements, but not for long. Where little is left, that little might
 * linger, and is pushed out; but only at first, and not where much is left, which fills
 * its batches anyway: a push has librdkafka's threads spin, and many of them starve the
 * brokers of a small machine. */
static void
wait_for_some (QsProducerParts *parts, gint64 started, gint64 deadline, guint64 n_in_flight)
{
  if (n_in_flight > QS_PRODUCER_MAX_PUSHED || g_get_monotonic_time () - started > PUSH_TIME)
    {
      qs_delivery_serve (parts->delivery, qs_deadline_slice (deadline, QS_PRODUCER_WAIT_SLICE));
      return;
    }

  qs_delivery_push (parts->delivery, qs_deadline_slice (deadline, QS_PRODUCER_WAIT_SLICE));
  /* Waits where nothing is queued but a record of another thread is about to be. */
  qs_delivery_serve (parts->delivery, 1);
}

static gboolean
wait_until_acknowledged (QsProducerParts *parts, gint64 deadline, GError **error)
{
  gint64  started = g_get_monotonic_time ();
  guint64 n_in_flight;

  while ((n_in_flight = qs_ledger_get_n_in_flight (&parts->ledger)) > 0)
    {
      if (!check_waiting (parts, error))
        return FALSE;

      deadline = qs_grace_cut_deadline (&parts->grace, deadline);
      if (qs_deadline_passed (deadline))
        {
          g_set_error (error,
                       QS_KAFKA_ERROR,
                       QS_KAFKA_ERROR_TIMED_OUT,
                       "Cannot flush: %" G_GUINT64_FORMAT
                       " records were not acknowledged within %.1f s",
                       n_in_flight,
                       (g_get_monotonic_time () - started) / 1e6);
          return FALSE;
        }

      wait_for_some (parts, started, deadline, n_in_flight);
    }

  return TRUE;
}

static gboolean
commit (QsProducerParts *parts, GError **error)
{
  return parts->transactor == NULL || qs_transactor_commit (parts->transactor, error);
}

/**
 * qs_producer_flush:
 * @self: a producer
 * @timeout: seconds, or -1 to wait without end
 * @error: return location for an error
 *
 * Waits until all records were acknowledged; under exactly-once, commits them.
 *
 * It fails, now and every time after, if one of them could not be delivered or
 * was refused when it was produced, and with `QS_KAFKA_ERROR_TIMED_OUT` if it
 * takes longer than @timeout, or than what a source has left when it is stopping.
 * The wait ends, too, when the producer can't go on: the brokers refuse it, or
 * were away for longer than [property@Application:broker-availability-timeout],
 * which is all that bounds a commit that has begun.
 *
 * Returns: true if all records were acknowledged
 */
gboolean
qs_producer_flush (QsProducer *self, double timeout, GError **error)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), FALSE);

  return qs_producer_flush_until (self, qs_deadline_after (timeout), error);
}

gboolean
qs_producer_await_until (QsProducer *self, gint64 deadline, GError **error)
{
  QsProducerParts *parts = qs_producer_get_parts (self);
  g_autoptr (GError) failure = NULL;

  if (!wait_until_acknowledged (parts, deadline, &failure))
    qs_ledger_poison (&parts->ledger, failure);

  g_clear_error (&failure);
  failure = qs_ledger_dup_error (&parts->ledger, TRUE);
  if (failure == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

gboolean
qs_producer_flush_until (QsProducer *self, gint64 deadline, GError **error)
{
  QsProducerParts *parts = qs_producer_get_parts (self);
  g_autoptr (GError) failure = NULL;

  if (parts->delivery == NULL)
    {
      g_set_error_literal (error,
                           QS_KAFKA_ERROR,
                           QS_KAFKA_ERROR_INVALID_STATE,
                           "Cannot flush: this producer belongs to no source");
      return FALSE;
    }

  if (!qs_producer_await_until (self, deadline, error))
    return FALSE;

  if (commit (parts, &failure))
    return TRUE;

  qs_ledger_poison (&parts->ledger, failure);
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}
