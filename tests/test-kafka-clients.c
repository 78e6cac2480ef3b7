/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-admin-private.h"
#include "qs-deadline-private.h"
#include "qs-kafka-error.h"
#include "qs-partition-reader-private.h"
#include "qs-producer-private.h"
#include "qs-test-kafka.h"
#include "qs-topic-settings-private.h"

#define N_RECORDS 20000

static QsAdmin *
connect_admin (const char *address)
{
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (address);
  g_autoptr (GError) error = NULL;
  QsAdmin *admin = qs_admin_new (config, &error);

  g_assert_no_error (error);
  qs_admin_connect (admin, NULL, &error);
  g_assert_no_error (error);

  return admin;
}

static void
test_create (void)
{
  const char      *address = qs_test_kafka_shared ();
  g_autofree char *name = NULL;
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GHashTable) read = NULL;
  g_autoptr (GError) error = NULL;
  QsTopicInfo info = { 0, 0 };
  gboolean    exists = TRUE;

  g_test_summary ("A topic is created with its settings, once, and not by looking for it");

  if (address == NULL)
    return;

  name = qs_test_kafka_unique_name ("create");
  admin = connect_admin (address);
  for (int i = 0; i < 2; i++)
    {
      qs_admin_lookup_topic (admin, name, G_MAXINT64, &exists, &info, NULL, &error);
      g_assert_no_error (error);
      g_assert_false (exists);
    }

  settings = g_variant_ref_sink (g_variant_new_parsed ("{'retention.ms': '1234567'}"));
  qs_admin_create_topic (admin, name, 3, -1, settings, NULL, &error);
  g_assert_no_error (error);
  qs_admin_lookup_topic (admin, name, G_MAXINT64, &exists, &info, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (exists);
  g_assert_cmpint (info.n_partitions, ==, 3);
  g_assert_cmpint (info.replication_factor, ==, 1);

  read = qs_admin_dup_topic_config (admin, name, G_MAXINT64, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_hash_table_lookup (read, "retention.ms"), ==, "1234567");

  g_assert_false (qs_admin_create_topic (admin, name, 3, -1, NULL, NULL, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TOPIC_EXISTS);
}

static void
test_refused (void)
{
  const char      *address = qs_test_kafka_shared ();
  g_autofree char *name = NULL;
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GHashTable) read = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What the broker refuses is an error with its reason");

  if (address == NULL)
    return;

  name = qs_test_kafka_unique_name ("refused");
  admin = connect_admin (address);

  g_assert_false (qs_admin_create_topic (admin, name, 1, 5, NULL, NULL, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
  g_test_message ("%s", error->message);
  g_clear_error (&error);

  settings = g_variant_ref_sink (g_variant_new_parsed ("{'no.such.key': '1'}"));
  g_assert_false (qs_admin_create_topic (admin, name, 1, 1, settings, NULL, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
  g_test_message ("%s", error->message);
  g_clear_error (&error);

  g_assert_false (qs_admin_create_topic (admin, "a name", 1, 1, NULL, NULL, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_TOPIC);
  g_test_message ("%s", error->message);
  g_clear_error (&error);

  read = qs_admin_dup_topic_config (admin, name, G_MAXINT64, NULL, &error);
  g_assert_null (read);
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC);
}

static void
test_unknown_settings (void)
{
  const char      *address = qs_test_kafka_shared ();
  g_autofree char *name = NULL;
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (GError) error = NULL;
  gint64 started = 0;

  g_test_summary ("A topic that no broker knows is waited for until the limit, and not beyond it");

  if (address == NULL)
    return;

  name = qs_test_kafka_unique_name ("unknown-settings");
  admin = connect_admin (address);
  started = g_get_monotonic_time ();
  g_assert_null (qs_topic_settings_dup (admin, name, qs_deadline_after (1), NULL, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC);
  g_assert_cmpint (g_get_monotonic_time () - started, >=, G_USEC_PER_SEC / 2);
  g_assert_cmpint (g_get_monotonic_time () - started, <, 9 * G_USEC_PER_SEC);
}

static gpointer
restart_broker (gpointer user_data)
{
  qs_test_kafka_kill (user_data);
  qs_test_kafka_start (user_data);

  return NULL;
}

/* Whether the only partition holds the numbers from 0 on, each once. */
static void
check_records (QsKafkaConfig *config, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsPartitionReader) consumer = qs_partition_reader_new (config, &error);
  gint64 low = -1;
  gint64 high = -1;

  g_assert_no_error (error);
  qs_partition_reader_get_watermarks (consumer, name, 0, G_MAXINT64, &low, &high, &error);
  g_assert_no_error (error);
  g_assert_cmpint (low, ==, 0);
  g_assert_cmpint (high, ==, N_RECORDS);
  qs_partition_reader_assign (consumer, name, 0, low, &error);
  g_assert_no_error (error);

  for (int i = 0; i < N_RECORDS; i++)
    {
      g_autoptr (QsMessage) message = qs_partition_reader_poll (consumer, 20000, &error);
      int number = -1;

      g_assert_no_error (error);
      g_assert_nonnull (message);
      memcpy (&number, g_bytes_get_data (qs_message_get_value (message), NULL), sizeof number);
      g_assert_cmpint (number, ==, i);
    }
}

static void
test_outage (void)
{
  g_autoptr (QsTestKafka) kafka = qs_test_kafka_new ();
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (QsProducer) producer = NULL;
  g_autoptr (GError) error = NULL;
  QsProducerTopic *topic = NULL;
  GThread         *thread = NULL;

  g_test_summary ("A broker that is killed and comes back costs time: each record is there once");

  if (kafka == NULL)
    return;

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  config = qs_kafka_config_new (qs_test_kafka_get_address (kafka));
  admin = connect_admin (config->bootstrap_servers);
  qs_admin_create_topic (admin, "outage", 1, -1, NULL, NULL, &error);
  g_assert_no_error (error);
  producer = qs_producer_new (config, "source", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  topic = qs_producer_open_topic (producer, "outage", &error);
  g_assert_no_error (error);

  for (int i = 0; i < N_RECORDS; i++)
    {
      const QsOutgoing record = {
        .topic = topic, .value = (const guint8 *) &i, .value_length = sizeof i, .partition = -1
      };

      qs_producer_send (producer, &record, &error);
      g_assert_no_error (error);
      if (i == N_RECORDS / 2)
        thread = g_thread_new ("restart", restart_broker, kafka);
      if (i % 100 == 0)
        g_usleep (10000); /* Sleeps: the restart comes in the midst of the records. */
    }
  qs_producer_flush (producer, 60, &error);
  g_assert_no_error (error);
  g_thread_join (thread);

  g_assert_cmpuint (qs_producer_get_n_acknowledged (producer), ==, N_RECORDS);
  check_records (config, "outage");
}

/* Deletes the topic of a producer that skips bad records, and produces on. */
static void
test_deleted (gconstpointer user_data)
{
  const char      *id = user_data;
  const char      *address = qs_test_kafka_shared ();
  g_autofree char *name = NULL;
  g_autofree char *own_id = NULL;
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (QsProducer) producer = NULL;
  g_autoptr (GVariant) stats = NULL;
  g_autoptr (GError) error = NULL;
  QsOutgoing record = { .value = (const guint8 *) "x", .value_length = 1, .partition = -1 };
  guint64    n_skipped = G_MAXUINT64;

  g_test_summary ("A topic that is deleted is no bad record: nothing is skipped, and flush fails");

  if (address == NULL)
    return;

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  name = qs_test_kafka_unique_name ("deleted");
  own_id = id != NULL ? g_strconcat (name, id, NULL) : NULL;
  config = qs_kafka_config_new (address);
  admin = connect_admin (address);
  qs_admin_create_topic (admin, name, 1, -1, NULL, NULL, &error);
  g_assert_no_error (error);
  producer = qs_producer_new_transactional (config, "source", own_id, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  qs_producer_set_error_handling (producer, QS_ERROR_HANDLING_SKIP, NULL, &error);
  g_assert_no_error (error);
  record.topic = qs_producer_open_topic (producer, name, &error);
  qs_producer_send (producer, &record, &error);
  g_assert_no_error (error);
  qs_producer_flush (producer, 30, &error);
  g_assert_no_error (error);

  qs_admin_delete_topic (admin, name, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 5; i++)
    qs_producer_send (producer, &record, NULL);
  g_assert_false (qs_producer_flush (producer, 40, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC);
  g_assert_nonnull (strstr (error->message, "the topic is gone"));
  stats = g_variant_ref_sink (qs_producer_dup_stats (producer));
  g_assert_true (g_variant_lookup (stats, "n-skipped", "t", &n_skipped));
  g_assert_cmpuint (n_skipped, ==, 0);
}

static void
test_made_anew (void)
{
  const char      *address = qs_test_kafka_shared ();
  g_autofree char *name = NULL;
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (QsProducer) producer = NULL;
  g_autoptr (GError) error = NULL;
  QsOutgoing record = { .value = (const guint8 *) "x", .value_length = 1, .partition = -1 };

  g_test_summary ("Records meet a topic that was made anew, or the error says so");

  if (address == NULL)
    return;

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  name = qs_test_kafka_unique_name ("anew");
  config = qs_kafka_config_new (address);
  admin = connect_admin (address);
  qs_admin_create_topic (admin, name, 2, -1, NULL, NULL, &error);
  g_assert_no_error (error);
  producer = qs_producer_new_transactional (config, "source", NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  record.topic = qs_producer_open_topic (producer, name, &error);
  qs_producer_send (producer, &record, &error);
  g_assert_no_error (error);
  g_assert_true (qs_producer_flush (producer, 30, &error));

  qs_admin_delete_topic (admin, name, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 5; i++)
    qs_producer_send (producer, &record, NULL);
  qs_admin_create_topic (admin, name, 2, -1, NULL, NULL, &error);
  g_assert_no_error (error);

  if (qs_producer_flush (producer, 40, &error))
    return;

  g_test_message ("%s", error->message);
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC);
  g_assert_nonnull (strstr (error->message, "the topic "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/kafka-clients/create", test_create);
  g_test_add_func ("/kafka-clients/refused", test_refused);
  g_test_add_func ("/kafka-clients/unknown-settings", test_unknown_settings);
  g_test_add_data_func ("/kafka-clients/deleted/at-least-once", NULL, test_deleted);
  g_test_add_data_func ("/kafka-clients/deleted/exactly-once", "-id", test_deleted);
  g_test_add_func ("/kafka-clients/made-anew", test_made_anew);
  g_test_add_func ("/kafka-clients/outage", test_outage);

  return g_test_run ();
}
