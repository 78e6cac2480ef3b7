/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-producer-private.h"

#include "qs-deadline-private.h"
#include "qs-kafka-error.h"
#include "qs-producer-parts-private.h"
#include "qs-producer-wait-private.h"

/*
 * Methods of QsProducer that wait for what was sent.
 */

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

static gboolean
wait_until_acknowledged (QsProducerParts *parts,
                         gint64           deadline,
                         QsProducerWait  *wait,
                         GError         **error)
{
  gint64  started = g_get_monotonic_time ();
  guint64 n_in_flight;

  while ((n_in_flight = qs_ledger_get_n_in_flight (&parts->ledger)) > 0)
    {
      if (!check_waiting (parts, error))
        return FALSE;

      deadline = qs_grace_cut_deadline (parts->grace, deadline);
      if (qs_deadline_passed (deadline))
        {
          g_set_error (error,
                       QS_KAFKA_ERROR,
                       QS_KAFKA_ERROR_TIMED_OUT,
                       "Cannot flush: %" G_GUINT64_FORMAT
                       " records were not acknowledged within %.1f s",
                       n_in_flight,
                       (double) (g_get_monotonic_time () - started) / 1e6);
          return FALSE;
        }

      qs_producer_wait_for_news (wait, deadline);
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
 * @timeout: how long to wait, in seconds; -1 = without limit
 * @error: return location for an error
 *
 * Waits until all records are acknowledged; under exactly-once, commits them.
 *
 * It fails, and so does every later flush, if a record could not be delivered or was
 * refused when it was produced. It fails with [error@Qs.KafkaError.TIMED_OUT] if it takes
 * longer than @timeout, or longer than the remaining shutdown time of a source that is
 * stopping. It also fails when the producer cannot continue, because the brokers refuse it
 * or were away for longer than [property@Application:broker-availability-timeout]; only
 * that timeout limits a commit that has begun.
 *
 * Returns: true if all records were acknowledged
 */
gboolean
qs_producer_flush (QsProducer *self, double timeout, GError **error)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), FALSE);

  return qs_deadline_check (timeout, error) &&
         qs_producer_flush_until (self, qs_deadline_after (timeout), error);
}

gboolean
qs_producer_await_until (QsProducer *self, gint64 deadline, GError **error)
{
  QsProducerParts *parts = qs_producer_get_parts (self);
  g_autoptr (GError) failure = NULL;
  QsProducerWait wait;

  qs_producer_wait_begin (&wait, parts);
  if (!wait_until_acknowledged (parts, deadline, &wait, &failure))
    qs_ledger_poison (&parts->ledger, failure);
  qs_producer_wait_end (&wait);

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

  if (parts->client == NULL)
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
