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
               "exactly-once, one begins with the first record, and the source's flush() "
               "commits it; a run() that fails has it aborted",
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
 * The transactions of a source are its own affair: for its producer this is always
 * [error@Qs.KafkaError.INVALID_STATE]. One begins with the first record, see
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
 * For the producer of a source this is always
 * [error@Qs.KafkaError.INVALID_STATE]: [method@Source.flush] does it.
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
 * For the producer of a source this is always
 * [error@Qs.KafkaError.INVALID_STATE]: a [vfunc@Source.run] that fails does it.
 *
 * Returns: true on success
 */
gboolean
qs_producer_abort (QsProducer *self, GError **error)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), FALSE);

  return refuse ("abort", error);
}
