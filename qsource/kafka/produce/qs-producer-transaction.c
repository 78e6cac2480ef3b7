/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-producer.h"

#include "qs-kafka-error.h"

/* All producers are a source's, whose flush() commits records and state together. */
static gboolean
refuse (const char *verb, GError **error)
{
  g_set_error (error,
               QS_KAFKA_ERROR,
               QS_KAFKA_ERROR_INVALID_STATE,
               "Cannot %s a transaction of a source's producer: if processing-guarantee is "
               "exactly-once, a transaction begins with the first record, and the source's flush() "
               "commits it; a run() that fails aborts it",
               verb);
  return FALSE;
}

/**
 * qs_producer_begin:
 * @self: a producer
 * @error: return location for an error
 *
 * Begins a transaction.
 *
 * The producer of a source always fails with [error@Qs.KafkaError.INVALID_STATE], because
 * the source begins a transaction with its first record, see
 * [property@Application:processing-guarantee].
 *
 * Returns: true on success
 */
gboolean
qs_producer_begin (QsProducer *self, GError **error)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), FALSE);

  return refuse ("begin", error);
}

/**
 * qs_producer_commit:
 * @self: a producer
 * @error: return location for an error
 *
 * Commits the transaction.
 *
 * The producer of a source always fails with [error@Qs.KafkaError.INVALID_STATE], because
 * [method@Source.flush] commits its transactions.
 *
 * Returns: true on success
 */
gboolean
qs_producer_commit (QsProducer *self, GError **error)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), FALSE);

  return refuse ("commit", error);
}

/**
 * qs_producer_abort:
 * @self: a producer
 * @error: return location for an error
 *
 * Aborts the transaction.
 *
 * The producer of a source always fails with [error@Qs.KafkaError.INVALID_STATE], because a
 * [vfunc@Source.run] that fails aborts its transaction.
 *
 * Returns: true on success
 */
gboolean
qs_producer_abort (QsProducer *self, GError **error)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), FALSE);

  return refuse ("abort", error);
}
