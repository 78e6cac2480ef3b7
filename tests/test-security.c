/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "security-fixture.h"

#include "qs-admin-private.h"
#include "qs-partition-reader-private.h"
#include "qs-producer-private.h"

#include <librdkafka/rdkafka.h>

static const Behaviour own_behaviours[] = {
  { "ten", run_ten },
  { NULL },
};

typedef struct
{
  const char *name;
  const char *listener;
  const char *config;
  const char *text; /* of the error */
} Case;

static const Case good[] = {
  { "tls", "TLS", WITH_TLS },
  { "mtls",
    "MTLS",
    WITH_TLS " ssl.certificate.location=DIR/client.pem ssl.key.location=DIR/client.key" },
  { "sasl-tls", "SASL_TLS", WITH_SASL_TLS AS_ADMIN },
  { "scram-256",
    "OLD_SCRAM",
    "security.protocol=sasl_plaintext sasl.mechanism=SCRAM-SHA-256 " AS_ADMIN },
  { "scram-512",
    "OLD_SCRAM",
    "security.protocol=sasl_plaintext sasl.mechanism=SCRAM-SHA-512 " AS_ADMIN },
  { "oauth",
    "OAUTH",
    "security.protocol=sasl_plaintext sasl.mechanism=OAUTHBEARER "
    "enable.sasl.oauthbearer.unsecure.jwt=true sasl.oauthbearer.config=principal=admin" },
};

static const Case bad[] = {
  { "password", "SASL_TLS", WITH_SASL_TLS WRONGLY, "sasl.password" },
  { "scram-password",
    "OLD_SCRAM",
    "security.protocol=sasl_plaintext sasl.mechanism=SCRAM-SHA-256 " WRONGLY,
    "sasl.password" },
  { "mechanism",
    "SASL",
    "security.protocol=sasl_plaintext sasl.mechanism=SCRAM-SHA-256 " AS_ADMIN,
    "set sasl.mechanism" },
  { "unknown-ca",
    "TLS",
    "security.protocol=ssl ssl.ca.location=DIR/other-ca.pem",
    "ssl.ca.location" },
  { "no-ca", "TLS", "security.protocol=ssl", "ssl.ca.location" },
  { "no-certificate", "MTLS", WITH_TLS, "ssl.certificate.location" },
  { "token",
    "OAUTH",
    "security.protocol=sasl_plaintext sasl.mechanism=OAUTHBEARER "
    "enable.sasl.oauthbearer.unsecure.jwt=true sasl.oauthbearer.config=nonsense",
    "sasl.oauthbearer" },
};

/* A broker that speaks another protocol ends the connection, as does a load balancer
 * whose broker is still starting: nobody can know which it is before time is up. */
static const Case other_protocol[] = {
  { "plaintext-to-tls", "TLS", "client.id=me", "security.protocol" },
  { "tls-to-plaintext", "PLAINTEXT", WITH_TLS, "security.protocol" },
  { "plaintext-to-sasl", "SASL", "client.id=me", "security.protocol" },
  { "sasl-to-plaintext", "PLAINTEXT", WITH_SASL AS_ADMIN, "security.protocol" },
};

static gboolean
count_cb (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  int *n_records = user_data;

  (*n_records)++;
  return TRUE;
}

static void
test_good (gconstpointer data)
{
  const Case *one = data;
  g_auto (Fixture) fixture = { 0 };
  g_autoptr (QsSerializer) serializer = qs_serializer_for_name ("bytes", NULL);
  g_autoptr (QsDataframe) dataframe = NULL;
  int n_records = 0;

  g_test_summary ("With the right credentials all clients work: of the parent and of the worker");

  if (!need_secure_kafka ())
    return;

  secure_fixture_init (&fixture, one->listener, one->config, "ten");
  qs_topic_set_value_serializer (fixture.topic, serializer);
  dataframe = qs_application_dataframe (fixture.app, fixture.topic, NULL, NULL);
  qs_dataframe_sink (dataframe, count_cb, &n_records, NULL);
  g_object_set (fixture.app,
                "drain",
                TRUE,
                "processing-guarantee",
                QS_PROCESSING_GUARANTEE_EXACTLY_ONCE,
                "consumer-group",
                fixture.name,
                NULL);
  run_well (&fixture);
  g_assert_cmpint (n_records, ==, 10);
}

static void
assert_refused (const GError *error, const char *text)
{
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_AUTHENTICATION);
  assert_contains (error->message, text);
  assert_contains (error->message, "client-config");
}

static void
test_bad (gconstpointer data)
{
  const Case *one = data;
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("What will never work fails although there is no time-out, says what to do, and "
                  "starts nothing");

  if (!need_secure_kafka ())
    return;

  secure_fixture_init (&fixture, one->listener, one->config, "ten");
  g_assert_false (run (&fixture));
  assert_refused (fixture.error, one->text);
  g_assert_cmpint (fixture.pid, ==, 0);
}

static void
test_other_protocol (gconstpointer data)
{
  const Case *one = data;
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("A broker that ends each connection is waited for, request-timeout long, before "
                  "another protocol is suspected");

  if (!need_secure_kafka ())
    return;

  secure_fixture_init (&fixture, one->listener, one->config, "ten");
  g_object_set (fixture.app, "request-timeout", 2.0, NULL);
  g_assert_false (run (&fixture));
  assert_refused (fixture.error, one->text);
  g_assert_cmpint (fixture.pid, ==, 0);
}

static void
test_host_name (void)
{
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *address = NULL;

  g_test_summary ("A certificate that is for another host is refused");

  if (!need_secure_kafka ())
    return;

  secure_fixture_init (&fixture, "TLS", WITH_TLS, "ten");
  address = dup_other_address ("TLS");
  g_object_set (fixture.app, "broker-address", address, NULL);
  g_assert_false (run (&fixture));
  assert_refused (fixture.error, "be for the host");
}

static void
test_new_scram (void)
{
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("Where SCRAM is refused because librdkafka is too old, the error says so");

  if (!need_secure_kafka ())
    return;

  secure_fixture_init (&fixture,
                       "SCRAM",
                       "security.protocol=sasl_plaintext sasl.mechanism=SCRAM-SHA-256 " AS_ADMIN,
                       "ten");
  if (rd_kafka_version () >= 0x020601ff)
    {
      run_well (&fixture);
      return;
    }
  g_assert_false (run (&fixture));
  assert_refused (fixture.error, "librdkafka before 2.6.1");
}

static void
test_no_tokens (void)
{
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("OAUTHBEARER without a way to get tokens is refused before anything is tried");

  if (!need_secure_kafka ())
    return;

  secure_fixture_init (
      &fixture, "OAUTH", "security.protocol=sasl_plaintext sasl.mechanism=OAUTHBEARER", "ten");
  g_assert_false (run (&fixture));
  g_assert_error (fixture.error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
  assert_contains (fixture.error->message, "sasl.oauthbearer.method");
}

static void
test_worker (gconstpointer guarantee)
{
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("A producer that is refused in the worker ends it at once");

  if (!need_secure_kafka ())
    return;

  secure_fixture_init (&fixture, "SASL_TLS", WITH_SASL_TLS AS_ADMIN, "ten");
  g_object_set (fixture.app,
                "producer-config",
                parse_config ("sasl.password=hunter1"),
                "processing-guarantee",
                GPOINTER_TO_INT (guarantee),
                NULL);
  g_assert_false (run (&fixture));
  assert_failed (&fixture, QS_KAFKA_ERROR, QS_KAFKA_ERROR_AUTHENTICATION, "sasl.password");
  g_assert_cmpint (fixture.pid, !=, 0);
}

static void
test_reader (void)
{
  g_auto (Fixture) fixture = { 0 };
  g_autoptr (QsDataframe) dataframe = NULL;

  g_test_summary ("A dataframe's consumer that is refused ends the run at once");

  if (!need_secure_kafka ())
    return;

  secure_fixture_init (&fixture, "SASL", WITH_SASL AS_ADMIN, "ten");
  dataframe = qs_application_dataframe (fixture.app, fixture.topic, NULL, NULL);
  g_object_set (fixture.app, "consumer-config", parse_config ("sasl.password=hunter1"), NULL);
  g_assert_false (run (&fixture));
  assert_refused (fixture.error, "sasl.password");
}

static void
test_consumer (void)
{
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (QsPartitionReader) consumer = NULL;
  g_autoptr (GError) error = NULL;
  gint64 low = 0;
  gint64 high = 0;

  g_test_summary ("A changelog's consumer that is refused fails at once");

  if (!need_secure_kafka ())
    return;

  config = make_config ("SASL", WITH_SASL WRONGLY);
  consumer = qs_partition_reader_new_bulk (config, TRUE, &error);
  g_assert_no_error (error);
  g_assert_false (
      qs_partition_reader_get_watermarks (consumer, "topic", 0, G_MAXINT64, &low, &high, &error));
  assert_refused (error, "sasl.password");
}

static void
test_fence (void)
{
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (QsProducer) producer = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A transactional producer that is refused does not wait for its first "
                  "transaction");

  if (!need_secure_kafka ())
    return;

  config = make_config ("SASL", WITH_SASL WRONGLY);
  producer = qs_producer_new_transactional (config, "name", "id", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (qs_producer_fence (producer, G_MAXINT64, NULL, &error));
  assert_refused (error, "sasl.password");
}

static void
add_cases (const char *prefix, const Case *cases, guint n_cases, GTestDataFunc func)
{
  for (guint i = 0; i < n_cases; i++)
    {
      g_autofree char *path = g_strconcat (prefix, cases[i].name, NULL);

      g_test_add_data_func (path, cases + i, func);
    }
}

static void
add_tests (void)
{
  add_cases ("/security/good/", good, G_N_ELEMENTS (good), test_good);
  add_cases ("/security/bad/", bad, G_N_ELEMENTS (bad), test_bad);
  add_cases ("/security/other-protocol/",
             other_protocol,
             G_N_ELEMENTS (other_protocol),
             test_other_protocol);
  g_test_add_func ("/security/bad/host-name", test_host_name);
  g_test_add_func ("/security/bad/new-scram", test_new_scram);
  g_test_add_func ("/security/bad/no-tokens", test_no_tokens);
  g_test_add_data_func ("/security/worker/at-least-once",
                        GINT_TO_POINTER (QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE),
                        test_worker);
  g_test_add_data_func ("/security/worker/exactly-once",
                        GINT_TO_POINTER (QS_PROCESSING_GUARANTEE_EXACTLY_ONCE),
                        test_worker);
  g_test_add_func ("/security/reader", test_reader);
  g_test_add_func ("/security/consumer", test_consumer);
  g_test_add_func ("/security/fence", test_fence);
}

int
main (int argc, char **argv)
{
  return main_of_test (argc, argv, own_behaviours, add_tests);
}
