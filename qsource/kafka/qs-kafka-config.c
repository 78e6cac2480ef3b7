/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-kafka-config-private.h"

#include "qs-kafka-conf-private.h"
#include "qs-kafka-error.h"

static void
clear_config (gpointer data)
{
  QsKafkaConfig *self = data;

  g_free (self->bootstrap_servers);
  g_clear_pointer (&self->client_config, g_variant_unref);
  g_clear_pointer (&self->producer_config, g_variant_unref);
  g_clear_pointer (&self->consumer_config, g_variant_unref);
}

QsKafkaConfig *
qs_kafka_config_new (const char *bootstrap_servers)
{
  QsKafkaConfig *self = g_atomic_rc_box_new0 (QsKafkaConfig);

  self->bootstrap_servers = g_strdup (bootstrap_servers);
  self->request_timeout = 30;
  self->topic_create_timeout = 60;
  self->broker_availability_timeout = 120;
  self->transaction_timeout = 60;

  return self;
}

QsKafkaConfig *
qs_kafka_config_ref (QsKafkaConfig *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
qs_kafka_config_unref (QsKafkaConfig *self)
{
  g_atomic_rc_box_release_full (self, clear_config);
}

static void
add_map (GVariantDict *dict, const char *name, GVariant *map)
{
  if (map != NULL)
    g_variant_dict_insert_value (dict, name, map);
}

GVariant *
qs_kafka_config_to_variant (QsKafkaConfig *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "bootstrap-servers", "s", self->bootstrap_servers);
  add_map (&dict, "client-config", self->client_config);
  add_map (&dict, "producer-config", self->producer_config);
  add_map (&dict, "consumer-config", self->consumer_config);
  g_variant_dict_insert (&dict, "request-timeout", "d", self->request_timeout);
  g_variant_dict_insert (&dict, "topic-create-timeout", "d", self->topic_create_timeout);
  g_variant_dict_insert (
      &dict, "broker-availability-timeout", "d", self->broker_availability_timeout);
  g_variant_dict_insert (&dict, "transaction-timeout", "d", self->transaction_timeout);

  return g_variant_dict_end (&dict);
}

QsKafkaConfig *
qs_kafka_config_new_from_variant (GVariant *variant)
{
  g_autoptr (QsKafkaConfig) self = qs_kafka_config_new ("");
  const GVariantType *map_type = G_VARIANT_TYPE ("a{ss}");

  g_clear_pointer (&self->bootstrap_servers, g_free);
  if (!g_variant_lookup (variant, "bootstrap-servers", "s", &self->bootstrap_servers))
    self->bootstrap_servers = g_strdup ("");
  self->client_config = g_variant_lookup_value (variant, "client-config", map_type);
  self->producer_config = g_variant_lookup_value (variant, "producer-config", map_type);
  self->consumer_config = g_variant_lookup_value (variant, "consumer-config", map_type);
  g_variant_lookup (variant, "request-timeout", "d", &self->request_timeout);
  g_variant_lookup (variant, "topic-create-timeout", "d", &self->topic_create_timeout);
  g_variant_lookup (
      variant, "broker-availability-timeout", "d", &self->broker_availability_timeout);
  g_variant_lookup (variant, "transaction-timeout", "d", &self->transaction_timeout);

  return g_steal_pointer (&self);
}

/* A client that knows no broker: made, it has read its keys and certificates. */
static gboolean
check_role (QsKafkaConfig *self, QsKafkaRole role, GVariant *role_config, GError **error)
{
  rd_kafka_conf_t *conf = NULL;
  rd_kafka_t      *client = NULL;

  conf = qs_kafka_conf_new (role, NULL, self->client_config, role_config, error);
  if (conf == NULL)
    return FALSE;

  client = qs_kafka_conf_create (conf, role, error);
  if (client == NULL)
    return FALSE;

  rd_kafka_destroy (client);
  return TRUE;
}

gboolean
qs_kafka_config_check (QsKafkaConfig *self, GError **error)
{
  if (self->bootstrap_servers == NULL || *self->bootstrap_servers == '\0')
    {
      g_set_error_literal (error,
                           QS_KAFKA_ERROR,
                           QS_KAFKA_ERROR_INVALID_CONFIG,
                           "Cannot connect to Kafka: broker-address is empty; "
                           "set it to 'host:port'");
      return FALSE;
    }

  return check_role (self, QS_KAFKA_ROLE_PRODUCER, self->producer_config, error) &&
         check_role (self, QS_KAFKA_ROLE_CONSUMER, self->consumer_config, error);
}
