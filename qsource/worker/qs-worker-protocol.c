/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-worker-protocol-private.h"

GVariant *
qs_worker_protocol_make_settings (const QsWorkerOrders *orders)
{
  GVariantDict settings;

  g_variant_dict_init (&settings, NULL);
  g_variant_dict_insert_value (
      &settings, QS_WORKER_SETTING_KAFKA, qs_kafka_config_to_variant (orders->config));
  if (orders->state != NULL)
    g_variant_dict_insert_value (
        &settings, QS_WORKER_SETTING_STATE, qs_state_settings_to_variant (orders->state));
  g_variant_dict_insert (
      &settings, QS_WORKER_SETTING_TOPIC, "s", qs_topic_get_name (orders->topic));
  if (orders->dead_letters != NULL)
    g_variant_dict_insert (
        &settings, QS_WORKER_SETTING_DEAD_LETTERS, "s", qs_topic_get_name (orders->dead_letters));
  g_variant_dict_insert (&settings, QS_WORKER_SETTING_STOP, "b", orders->stop);
  g_variant_dict_insert (&settings, QS_WORKER_SETTING_PAUSED, "b", orders->paused);

  return g_variant_dict_end (&settings);
}
