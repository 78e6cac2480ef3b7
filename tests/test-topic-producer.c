/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-headers.h"
#include "qs-message.h"
#include "qs-producer-private.h"
#include "qs-topic.h"
#include "start-broker.h"

typedef struct
{
  QsEmbeddedBroker *broker;
  QsProducer       *producer;
  QsTopic          *topic;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  fixture->broker = start_broker ("numbers", 4);

  config = qs_kafka_config_new (qs_embedded_broker_get_address (fixture->broker));
  fixture->producer = qs_producer_new (config, "test", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  fixture->topic = qs_topic_new ("numbers");
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_assert_finalize_object (fixture->producer);
  g_assert_finalize_object (fixture->topic);
  g_assert_finalize_object (fixture->broker);
}

/* Produces @message and reads it back. */
static QsMessage *
deliver (Fixture *fixture, QsMessage *message)
{
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GError) error = NULL;

  qs_producer_produce (fixture->producer, fixture->topic, message, &error);
  g_assert_no_error (error);
  qs_producer_flush (fixture->producer, 20, &error);
  g_assert_no_error (error);

  messages = qs_embedded_broker_dup_messages (fixture->broker, "numbers", 10, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (messages->len, ==, 1);

  return g_object_ref (messages->pdata[0]);
}

static void
test_full (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GBytes) key = g_bytes_new ("k", 1);
  g_autoptr (GBytes) value = g_bytes_new ("v\0w", 3);
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (QsMessage) message = NULL;
  g_autoptr (QsMessage) got = NULL;

  g_test_summary ("A message arrives with all that it has, in the partition that it names");

  qs_headers_append (headers, "h", value);
  message = qs_message_new (key, value, headers, 1700, 3);
  got = deliver (fixture, message);

  g_assert_true (g_bytes_equal (qs_message_get_key (got), key));
  g_assert_true (g_bytes_equal (qs_message_get_value (got), value));
  g_assert_cmpuint (qs_headers_get_length (qs_message_get_headers (got)), ==, 1);
  g_assert_cmpint (qs_message_get_timestamp (got), ==, 1700);
  g_assert_cmpint (qs_message_get_partition (got), ==, 3);
}

static void
test_null (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsMessage) message = qs_message_new (NULL, NULL, NULL, 1700, 0);
  g_autoptr (QsMessage) got = deliver (fixture, message);

  g_test_summary ("Null stays null");

  g_assert_null (qs_message_get_key (got));
  g_assert_null (qs_message_get_value (got));
}

static void
test_empty (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (QsMessage) message = qs_message_new (empty, empty, NULL, 1700, 0);
  g_autoptr (QsMessage) got = deliver (fixture, message);

  g_test_summary ("Empty stays empty, and doesn't become a tombstone");

  g_assert_nonnull (qs_message_get_key (got));
  g_assert_cmpuint (g_bytes_get_size (qs_message_get_key (got)), ==, 0);
  g_assert_nonnull (qs_message_get_value (got));
  g_assert_cmpuint (g_bytes_get_size (qs_message_get_value (got)), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/topic-producer/full", Fixture, NULL, fixture_set_up, test_full, fixture_tear_down);
  g_test_add ("/topic-producer/null", Fixture, NULL, fixture_set_up, test_null, fixture_tear_down);
  g_test_add (
      "/topic-producer/empty", Fixture, NULL, fixture_set_up, test_empty, fixture_tear_down);

  return g_test_run ();
}
