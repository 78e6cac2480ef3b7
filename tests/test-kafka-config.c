/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-kafka-conf-private.h"
#include "qs-kafka-config-private.h"
#include "qs-kafka-error.h"
#include "qs-kafka-secrets-private.h"

typedef struct
{
  const char *map;
  const char *key;
  const char *value;
  const char *told; /* what the error says besides map and key; `NULL`: no error */
} Case;

static const Case good[] = {
  { "client-config", "client.id", "me", NULL },
  { "client-config", "sasl.password", "secret", NULL },
  { "producer-config", "linger.ms", "50", NULL },
  { "producer-config", "compression.type", "lz4", NULL },
  { "producer-config", "partitioner", "consistent", NULL },
  { "producer-config", "queue.buffering.max.messages", "1000", NULL },
  { "producer-config", "batch.num.messages", "2", NULL },
  { "consumer-config", "fetch.wait.max.ms", "10", NULL },
};

static const Case bad[] = {
  { "client-config", "no.such.key", "1", "knows no such key" },
  { "client-config", "socket.timeout.ms", "soon", "'soon'" },
  { "producer-config", "compression.type", "rar", "'rar'" },
  { "producer-config", "fetch.min.bytes", "1", "it belongs in consumer-config" },
  { "client-config", "fetch.min.bytes", "1", "it belongs in consumer-config" },
  { "client-config", "linger.ms", "1", "it belongs in producer-config" },
  { "consumer-config", "linger.ms", "1", "it belongs in producer-config" },
  { "producer-config", "acks", "1", "all replicas" },
  { "producer-config", "request.required.acks", "1", "all replicas" },
  { "producer-config", "enable.idempotence", "false", "always on" },
  { "producer-config", "message.timeout.ms", "1000", "broker-availability-timeout" },
  { "producer-config", "delivery.timeout.ms", "1000", "broker-availability-timeout" },
  { "producer-config", "retries", "0", "broker-availability-timeout" },
  { "producer-config", "transactional.id", "mine", "topic" },
  { "producer-config", "transaction.timeout.ms", "1000", "transaction-timeout" },
  { "client-config", "bootstrap.servers", "other:9092", "broker-address" },
  { "client-config", "metadata.broker.list", "other:9092", "broker-address" },
  { "consumer-config", "isolation.level", "read_uncommitted", "guarantee" },
  { "consumer-config", "auto.offset.reset", "latest", "auto-offset-reset" },
  { "consumer-config", "group.id", "mine", "consumer-group" },
  { "client-config", "error_cb", "x", "call librdkafka themselves" },
  { "client-config", "opaque", "x", "call librdkafka themselves" },
  { "client-config", "ssl_key", "0123456789", "ssl.key.pem" },
  { "client-config", "test.mock.num.brokers", "3", "embedded" },
};

static QsKafkaConfig *
config_for_case (const Case *setting)
{
  QsKafkaConfig  *config = qs_kafka_config_new ("127.0.0.1:1");
  GVariantBuilder builder;
  GVariant       *map = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&builder, "{ss}", setting->key, setting->value);
  map = g_variant_ref_sink (g_variant_builder_end (&builder));

  if (g_str_equal (setting->map, "client-config"))
    config->client_config = map;
  else if (g_str_equal (setting->map, "producer-config"))
    config->producer_config = map;
  else
    config->consumer_config = map;

  return config;
}

static void
test_good (void)
{
  g_test_summary ("What the user may choose is accepted");

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (QsKafkaConfig) config = config_for_case (&good[i]);
      g_autoptr (GError) error = NULL;

      qs_kafka_config_check (config, &error);
      g_assert_no_error (error);
    }
}

static void
test_metrics (void)
{
  g_autoptr (rd_kafka_conf_t) conf =
      qs_kafka_conf_new (QS_KAFKA_ROLE_ADMIN, NULL, NULL, NULL, NULL);
  char   value[16] = "";
  size_t size = sizeof value;

  g_test_summary ("No client waits at its end for a last push of its metrics");

  if (rd_kafka_conf_get (conf, "enable.metrics.push", value, &size) == RD_KAFKA_CONF_OK)
    g_assert_cmpstr (value, ==, "false");
  else
    g_assert_cmphex (rd_kafka_version (), <, 0x02050000);
}

static void
test_bad (void)
{
  g_test_summary ("What is unknown, wrong, misplaced or undoes a promise is refused by name");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (QsKafkaConfig) config = config_for_case (&bad[i]);
      g_autoptr (GError) error = NULL;

      g_assert_false (qs_kafka_config_check (config, &error));
      g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, bad[i].map));
      g_assert_nonnull (strstr (error->message, bad[i].key));
      g_assert_nonnull (strstr (error->message, bad[i].told));
    }
}

static void
test_secret (void)
{
  const Case secrets[] = {
    { "client-config", "ssl.key.pem", "hunter2", NULL },
    { "client-config", "sasl.oauthbearer.client.secret", "hunter2", NULL },
    { "producer-config", "ssl.keystore.password.typo", "hunter2", NULL },
    { "producer-config", "ssl_key", "hunter2", NULL },
  };

  g_test_summary ("No error shows the value of a secret");

  for (guint i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_autoptr (QsKafkaConfig) config = config_for_case (&secrets[i]);
      g_autoptr (GError) error = NULL;

      if (!qs_kafka_config_check (config, &error))
        g_assert_null (strstr (error->message, "hunter2"));
    }
}

static void
test_conflict (void)
{
  const Case missing = { "client-config", "ssl.ca.location", "/nonexistent/ca.pem", NULL };
  g_autoptr (QsKafkaConfig) config = config_for_case (&missing);
  g_autoptr (QsKafkaConfig) nowhere = qs_kafka_config_new ("");
  g_autoptr (GError) error = NULL;
  GVariantBuilder builder;

  g_test_summary ("A certificate that isn't there and an empty address are told before connecting");

  g_clear_pointer (&config->client_config, g_variant_unref);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&builder, "{ss}", missing.key, missing.value);
  g_variant_builder_add (&builder, "{ss}", "security.protocol", "ssl");
  config->client_config = g_variant_ref_sink (g_variant_builder_end (&builder));

  g_assert_false (qs_kafka_config_check (config, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "ca.location"));
  g_assert_nonnull (strstr (error->message, "'/nonexistent/ca.pem': No such file"));
  g_clear_error (&error);

  g_assert_false (qs_kafka_config_check (nowhere, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "broker-address"));
}

static void
test_variant (void)
{
  const Case setting = { "producer-config", "linger.ms", "7", NULL };
  g_autoptr (QsKafkaConfig) config = config_for_case (&setting);
  g_autoptr (QsKafkaConfig) copy = NULL;
  g_autoptr (GVariant) variant = NULL;

  g_test_summary ("Settings come back from their variant as they were");

  config->request_timeout = 1.5;
  config->topic_create_timeout = 2.5;
  config->broker_availability_timeout = -1;
  config->max_batch_size = 12345;
  variant = g_variant_ref_sink (qs_kafka_config_to_variant (config));
  copy = qs_kafka_config_new_from_variant (variant);

  g_assert_cmpstr (copy->bootstrap_servers, ==, "127.0.0.1:1");
  g_assert_null (copy->client_config);
  g_assert_cmpvariant (copy->producer_config, config->producer_config);
  g_assert_null (copy->consumer_config);
  g_assert_cmpfloat (copy->request_timeout, ==, 1.5);
  g_assert_cmpfloat (copy->topic_create_timeout, ==, 2.5);
  g_assert_cmpfloat (copy->broker_availability_timeout, ==, -1);
  g_assert_cmpint (copy->max_batch_size, ==, 12345);
}

static void
test_servers (void)
{
  static const char *const good_servers[] = {
    "localhost", "localhost:9092",    "a:1,b:65535, c", "[::1]:9092",
    "[::1]",     "SASL_SSL://a:9093", "a:1,",
  };
  static const char *const bad_servers[] = {
    "",
    " ",
    ",",
    "localhost:",
    "localhost:0",
    "localhost:99999",
    "localhost:port",
    "a:1,b:65536",
    "http://localhost:9092",
    "ssl://",
    "[::1]:x",
  };

  g_test_summary ("A broker-address that can't be one is refused at once, and shown");

  for (guint i = 0; i < G_N_ELEMENTS (good_servers); i++)
    {
      g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (good_servers[i]);
      g_autoptr (GError) error = NULL;

      qs_kafka_config_check (config, &error);
      g_assert_no_error (error);
    }

  for (guint i = 0; i < G_N_ELEMENTS (bad_servers); i++)
    {
      g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (bad_servers[i]);
      g_autofree char *shown = g_strdup_printf ("broker-address is '%s'", bad_servers[i]);
      g_autoptr (GError) error = NULL;

      g_assert_false (qs_kafka_config_check (config, &error));
      g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
      g_assert_nonnull (strstr (error->message, shown));
    }
}

static void
test_secret_names (void)
{
  static const char *const secret[] = {
    "sasl.password",
    "ssl.key.pem",
    "ssl.certificate.pem",
    "sasl.oauthbearer.config",
    "sasl.oauthbearer.assertion.private.key.passphrase",
    "SSL.Key.Password",
    "some.api.key",
    "a.newer.access.token",
  };
  static const char *const open[] = {
    "ssl.key.location", "sasl.username", "sasl.oauthbearer.token.endpoint.url", "client.id"
  };

  g_test_summary ("What looks like a secret is one, also in a librdkafka newer than we know");

  for (guint i = 0; i < G_N_ELEMENTS (secret); i++)
    g_assert_true (qs_kafka_secrets_is_one (secret[i]));
  for (guint i = 0; i < G_N_ELEMENTS (open); i++)
    g_assert_false (qs_kafka_secrets_is_one (open[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/kafka-config/good", test_good);
  g_test_add_func ("/kafka-config/metrics", test_metrics);
  g_test_add_func ("/kafka-config/bad", test_bad);
  g_test_add_func ("/kafka-config/servers", test_servers);
  g_test_add_func ("/kafka-config/secret", test_secret);
  g_test_add_func ("/kafka-config/secret-names", test_secret_names);
  g_test_add_func ("/kafka-config/conflict", test_conflict);
  g_test_add_func ("/kafka-config/variant", test_variant);

  return g_test_run ();
}
