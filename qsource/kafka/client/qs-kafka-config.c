/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-kafka-config-private.h"

#include <string.h>

#include "qs-kafka-conf-private.h"
#include "qs-kafka-error.h"

/* Seconds: Kafka's own, where the brokers don't say. */
#define DEFAULT_ID_LIFETIME (7 * 24 * 3600.0)

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
  self->id_lifetime = DEFAULT_ID_LIFETIME;

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

gboolean
qs_kafka_config_is_embedded (const QsKafkaConfig *self)
{
  return self->broker != QS_BROKER_CLUSTER;
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
  g_variant_dict_insert (&dict, "broker", "i", (int) self->broker);
  add_map (&dict, "client-config", self->client_config);
  add_map (&dict, "producer-config", self->producer_config);
  add_map (&dict, "consumer-config", self->consumer_config);
  g_variant_dict_insert (&dict, "request-timeout", "d", self->request_timeout);
  g_variant_dict_insert (&dict, "topic-create-timeout", "d", self->topic_create_timeout);
  g_variant_dict_insert (
      &dict, "broker-availability-timeout", "d", self->broker_availability_timeout);
  g_variant_dict_insert (&dict, "transaction-timeout", "d", self->transaction_timeout);
  g_variant_dict_insert (&dict, "id-lifetime", "d", self->id_lifetime);
  g_variant_dict_insert (&dict, "max-batch-size", "i", self->max_batch_size);

  return g_variant_dict_end (&dict);
}

QsKafkaConfig *
qs_kafka_config_new_from_variant (GVariant *variant)
{
  g_autoptr (QsKafkaConfig) self = qs_kafka_config_new ("");
  const GVariantType *map_type = G_VARIANT_TYPE ("a{ss}");
  int                 broker = QS_BROKER_CLUSTER;

  g_clear_pointer (&self->bootstrap_servers, g_free);
  if (!g_variant_lookup (variant, "bootstrap-servers", "s", &self->bootstrap_servers))
    self->bootstrap_servers = g_strdup ("");
  g_variant_lookup (variant, "broker", "i", &broker);
  self->broker = (QsBrokerKind) broker;
  self->client_config = g_variant_lookup_value (variant, "client-config", map_type);
  self->producer_config = g_variant_lookup_value (variant, "producer-config", map_type);
  self->consumer_config = g_variant_lookup_value (variant, "consumer-config", map_type);
  g_variant_lookup (variant, "request-timeout", "d", &self->request_timeout);
  g_variant_lookup (variant, "topic-create-timeout", "d", &self->topic_create_timeout);
  g_variant_lookup (
      variant, "broker-availability-timeout", "d", &self->broker_availability_timeout);
  g_variant_lookup (variant, "transaction-timeout", "d", &self->transaction_timeout);
  g_variant_lookup (variant, "id-lifetime", "d", &self->id_lifetime);
  g_variant_lookup (variant, "max-batch-size", "i", &self->max_batch_size);

  return g_steal_pointer (&self);
}

static gboolean
is_empty (GVariant *config)
{
  return config == NULL || g_variant_n_children (config) == 0;
}

/* A client that knows no broker: made, it has read its keys and certificates. Without
 * settings of the user's there is nothing in which it could fail, and a start spares the
 * milliseconds that its threads take. */
static gboolean
check_role (QsKafkaConfig *self, QsKafkaRole role, GVariant *role_config, GError **error)
{
  rd_kafka_conf_t *conf = NULL;
  rd_kafka_t      *client = NULL;

  if (is_empty (self->client_config) && is_empty (role_config))
    return TRUE;

  conf = qs_kafka_conf_new (role, NULL, self->client_config, role_config, error);
  if (conf == NULL)
    return FALSE;

  client = qs_kafka_conf_create (conf, role, error);
  if (client == NULL)
    return FALSE;

  rd_kafka_destroy (client);
  return TRUE;
}

/* Why librdkafka would wait for ever for @server, or for another one; NULL if it
 * wouldn't. */
static const char *
find_fault (const char *server)
{
  static const char *const protocols[] = { "plaintext", "ssl", "sasl_plaintext", "sasl_ssl", NULL };
  const char              *host = strstr (server, "://");
  g_autofree char         *protocol = host != NULL ? g_ascii_strdown (server, host - server) : NULL;
  const char              *port = NULL;

  if (protocol != NULL && !g_strv_contains (protocols, protocol))
    return "Kafka has no such protocol";

  host = host != NULL ? host + strlen ("://") : server;
  port = strrchr (host, ':');
  /* The colons of an IPv6 address stand in brackets. */
  if (port != NULL && strchr (port, ']') == NULL &&
      !g_ascii_string_to_unsigned (port + 1, 10, 1, G_MAXUINT16, NULL, NULL))
    return "the port is not a number from 1 to 65535";

  return *host == '\0' ? "there is no host" : NULL;
}

static gboolean
check_servers (const char *servers, GError **error)
{
  g_auto (GStrv) all = g_strsplit (servers, ",", -1);
  const char *fault = "there is no host";

  for (guint i = 0; all[i] != NULL; i++)
    {
      if (*g_strstrip (all[i]) == '\0')
        continue;

      fault = find_fault (all[i]);
      if (fault != NULL)
        break;
    }

  if (fault == NULL)
    return TRUE;

  g_set_error (error,
               QS_KAFKA_ERROR,
               QS_KAFKA_ERROR_INVALID_CONFIG,
               "Cannot connect to Kafka: broker-address is '%s', but %s; "
               "set it to 'host:port', or to several of these with commas between them",
               servers,
               fault);
  return FALSE;
}

gboolean
qs_kafka_config_check (QsKafkaConfig *self, GError **error)
{
  if (!check_servers (self->bootstrap_servers != NULL ? self->bootstrap_servers : "", error))
    return FALSE;

  return check_role (self, QS_KAFKA_ROLE_PRODUCER, self->producer_config, error) &&
         check_role (self, QS_KAFKA_ROLE_CONSUMER, self->consumer_config, error);
}

void
qs_kafka_config_limit_batches (const QsKafkaConfig *config, rd_kafka_conf_t *conf)
{
  const char *chosen = NULL;
  char        size[32] = "";
  size_t      length = sizeof size;

  if (config->max_batch_size == 0 ||
      (config->producer_config != NULL &&
       g_variant_lookup (config->producer_config, "batch.size", "&s", &chosen)))
    return;

  rd_kafka_conf_get (conf, "batch.size", size, &length);
  if (g_ascii_strtoll (size, NULL, 10) <= config->max_batch_size)
    return;

  g_snprintf (size, sizeof size, "%d", config->max_batch_size);
  qs_kafka_conf_set_own (conf, "batch.size", size);
}

const char *
qs_kafka_config_get_version (void)
{
  return rd_kafka_version_str ();
}
