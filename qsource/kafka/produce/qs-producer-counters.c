/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-producer-private.h"

#include "qs-producer-parts-private.h"

/*
 * Methods of QsProducer that count: they read its ledger.
 */

GVariant *
qs_producer_dup_stats (QsProducer *self)
{
  QsProducerClient *client = qs_producer_get_parts (self)->client;
  QsLedger         *ledger = &qs_producer_get_parts (self)->ledger;
  guint64           n_skipped = client != NULL ? qs_producer_client_get_n_skipped (client) : 0;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "n-produced", "t", qs_ledger_get_n_produced (ledger));
  g_variant_dict_insert (&dict, "n-in-flight", "t", qs_producer_get_n_in_flight (self));
  g_variant_dict_insert (&dict, "bytes-in-flight", "t", qs_ledger_get_bytes_in_flight (ledger));
  g_variant_dict_insert (&dict, "n-acknowledged", "t", qs_producer_get_n_acknowledged (self));
  g_variant_dict_insert (&dict, "n-failed", "t", qs_producer_get_n_failed (self));
  g_variant_dict_insert (&dict, "n-skipped", "t", n_skipped);
  g_variant_dict_insert (&dict, "n-dead-letters", "t", qs_ledger_get_n_dead_letters (ledger));
  g_variant_dict_insert (
      &dict, "bytes-acknowledged", "t", qs_producer_get_bytes_acknowledged (self));

  g_variant_dict_insert (&dict, "ack-seconds", "d", qs_ledger_get_ack_seconds (ledger));
  g_variant_dict_insert_value (&dict, "ack-buckets", qs_ledger_describe_latencies (ledger));

  return g_variant_dict_end (&dict);
}

/**
 * qs_producer_get_n_in_flight: (get-property n-in-flight)
 * @self: a producer
 *
 * Gets how many records wait to be acknowledged.
 *
 * Returns: the number of records
 */
guint64
qs_producer_get_n_in_flight (QsProducer *self)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), 0);

  return qs_ledger_get_n_waiting (&qs_producer_get_parts (self)->ledger);
}

/**
 * qs_producer_get_n_acknowledged: (get-property n-acknowledged)
 * @self: a producer
 *
 * Gets how many records were acknowledged.
 *
 * Returns: the number of records
 */
guint64
qs_producer_get_n_acknowledged (QsProducer *self)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), 0);

  return qs_ledger_get_n_acknowledged (&qs_producer_get_parts (self)->ledger);
}

/**
 * qs_producer_get_n_failed: (get-property n-failed)
 * @self: a producer
 *
 * Gets how many records could not be delivered.
 *
 * Returns: the number of records
 */
guint64
qs_producer_get_n_failed (QsProducer *self)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), 0);

  return qs_ledger_get_n_failed (&qs_producer_get_parts (self)->ledger);
}

/**
 * qs_producer_get_bytes_acknowledged: (get-property bytes-acknowledged)
 * @self: a producer
 *
 * Gets the total size of the keys and values of the acknowledged records, in bytes.
 *
 * Returns: the number of bytes
 */
guint64
qs_producer_get_bytes_acknowledged (QsProducer *self)
{
  g_return_val_if_fail (QS_IS_PRODUCER (self), 0);

  return qs_ledger_get_bytes_acknowledged (&qs_producer_get_parts (self)->ledger);
}
