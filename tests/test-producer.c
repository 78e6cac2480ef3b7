/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qs-headers.h"
#include "qs-kafka-error.h"
#include "qs-message.h"
#include "send-text.h"
#include "start-broker.h"
#include "wait-for.h"

#define TOPIC "topic"
#define DEAD_LETTERS "dead-letters"

/* Of Kafka's protocol. */
#define API_PRODUCE 0
#define NOT_LEADER 6
#define REQUEST_TIMED_OUT 7
#define MESSAGE_TOO_LARGE 10
#define TOPIC_UNAUTHORIZED 29
#define OUT_OF_ORDER_SEQUENCE 45

typedef struct
{
  QsEmbeddedBroker *broker;
  GCancellable     *cancellable;
  QsGrace          *grace;
  QsKafkaConfig    *config;
  QsProducer       *producer;
  QsProducerTopic  *topic;
  GMutex            lock;
  GError           *failure; /* what the producer said when it failed */
  guint             n_failures;
} Fixture;

static void
failed_cb (const GError *error, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_mutex_lock (&fixture->lock);
  g_clear_error (&fixture->failure);
  fixture->failure = g_error_copy (error);
  fixture->n_failures++;
  g_mutex_unlock (&fixture->lock);
}

/* Makes the producer, with one setting more than usual if @key isn't NULL. */
static void
open_producer (Fixture *fixture, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  GVariantBuilder builder;

  g_clear_pointer (&fixture->config->producer_config, g_variant_unref);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  if (key != NULL)
    g_variant_builder_add (&builder, "{ss}", key, value);
  fixture->config->producer_config = g_variant_ref_sink (g_variant_builder_end (&builder));

  fixture->producer =
      qs_producer_new (fixture->config, "source", fixture->grace, failed_cb, fixture, &error);
  g_assert_no_error (error);
  fixture->topic = qs_producer_open_topic (fixture->producer, TOPIC, &error);
  g_assert_no_error (error);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  /* The warnings of an outage are what is tested here. */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);

  g_mutex_init (&fixture->lock);
  fixture->cancellable = g_cancellable_new ();
  fixture->grace = qs_grace_new (fixture->cancellable, 0.5);
  fixture->broker = start_broker (TOPIC, 2);
  fixture->config = qs_kafka_config_new (qs_embedded_broker_get_address (fixture->broker));
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_assert_finalize_object (fixture->producer);
  g_assert_finalize_object (fixture->broker);
  qs_grace_unref (fixture->grace);
  g_assert_finalize_object (fixture->cancellable);
  qs_kafka_config_unref (fixture->config);
  g_clear_error (&fixture->failure);
  g_mutex_clear (&fixture->lock);
}

/* Sends a record to partition 0. */
static gboolean
send (Fixture *fixture, const char *key, const char *value, GError **error)
{
  return send_text (fixture->producer, fixture->topic, 0, key, value, NULL, error);
}

static void
send_well (Fixture *fixture, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;

  send (fixture, key, value, &error);
  g_assert_no_error (error);
}

static void
flush_well (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  qs_producer_flush (fixture->producer, 20, &error);
  g_assert_no_error (error);
}

static void
push_error (Fixture *fixture, int code)
{
  qs_embedded_broker_push_error (fixture->broker, API_PRODUCE, &code, 1);
}

static guint
count_failures (Fixture *fixture)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&fixture->lock);

  return fixture->n_failures;
}

static gboolean
bytes_equal (GBytes *bytes, const char *text)
{
  g_autoptr (GBytes) expected = text != NULL ? g_bytes_new (text, strlen (text)) : NULL;

  return bytes != NULL && expected != NULL ? g_bytes_equal (bytes, expected) : bytes == expected;
}

static void
test_content (Fixture *fixture, gconstpointer user_data)
{
  const char *pairs[][2] = { { "key", "value" }, { NULL, NULL }, { "", "" }, { NULL, "v" } };
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Keys and values arrive in order, null and empty ones as such");

  open_producer (fixture, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    send_well (fixture, pairs[i][0], pairs[i][1]);
  flush_well (fixture);

  messages = qs_embedded_broker_dup_messages (fixture->broker, TOPIC, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (messages->len, ==, G_N_ELEMENTS (pairs));
  for (guint i = 0; i < messages->len; i++)
    {
      QsMessage *message = g_ptr_array_index (messages, i);

      g_assert_true (bytes_equal (qs_message_get_key (message), pairs[i][0]));
      g_assert_true (bytes_equal (qs_message_get_value (message), pairs[i][1]));
      g_assert_cmpint (qs_message_get_offset (message), ==, i);
      g_assert_cmpstr (qs_message_get_topic (message), ==, TOPIC);
    }

  g_assert_cmpuint (qs_producer_get_n_acknowledged (fixture->producer), ==, 4);
  g_assert_cmpuint (qs_producer_get_bytes_acknowledged (fixture->producer), ==, 9);
  g_assert_cmpuint (qs_producer_get_n_in_flight (fixture->producer), ==, 0);
  g_assert_cmpuint (qs_producer_get_n_failed (fixture->producer), ==, 0);
}

static void
test_headers (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (GBytes) one = g_bytes_new_static ("1", 1);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GError) error = NULL;
  QsHeaders *read = NULL;
  QsOutgoing record = {
    .value = (const guint8 *) "",
    .headers = headers,
    .timestamp = 1234567890123,
    .partition = 1,
  };

  g_test_summary ("Headers, timestamp and partition arrive as they were given");

  qs_headers_append (headers, "a", one);
  qs_headers_append (headers, "a", empty);
  qs_headers_append (headers, "b", NULL);
  open_producer (fixture, NULL, NULL);
  record.topic = fixture->topic;
  g_assert_true (qs_producer_send (fixture->producer, &record, &error));
  flush_well (fixture);

  messages = qs_embedded_broker_dup_messages (fixture->broker, TOPIC, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (messages->len, ==, 1);
  g_assert_cmpint (qs_message_get_timestamp (messages->pdata[0]), ==, 1234567890123);
  g_assert_cmpint (qs_message_get_partition (messages->pdata[0]), ==, 1);
  g_assert_true (bytes_equal (qs_message_get_value (messages->pdata[0]), ""));

  read = qs_message_get_headers (messages->pdata[0]);
  g_assert_cmpuint (qs_headers_get_length (read), ==, 3);
  g_assert_cmpstr (qs_headers_get_name (read, 0), ==, "a");
  g_assert_true (bytes_equal (qs_headers_get_value (read, 0), "1"));
  g_assert_cmpstr (qs_headers_get_name (read, 1), ==, "a");
  g_assert_true (bytes_equal (qs_headers_get_value (read, 1), ""));
  g_assert_cmpstr (qs_headers_get_name (read, 2), ==, "b");
  g_assert_true (bytes_equal (qs_headers_get_value (read, 2), NULL));
}

static void
test_retried (Fixture *fixture, gconstpointer user_data)
{
  const int codes[] = { NOT_LEADER, REQUEST_TIMED_OUT, NOT_LEADER };

  g_test_summary ("Errors that pass cost time, no record");

  open_producer (fixture, NULL, NULL);
  qs_embedded_broker_push_error (fixture->broker, API_PRODUCE, codes, G_N_ELEMENTS (codes));
  for (int i = 0; i < 10; i++)
    send_well (fixture, "key", "value");
  flush_well (fixture);

  g_assert_cmpuint (qs_producer_get_n_acknowledged (fixture->producer), ==, 10);
}

static void
test_lost (Fixture *fixture, gconstpointer user_data)
{
  const int code = GPOINTER_TO_INT (user_data);
  const int expected =
      code == TOPIC_UNAUTHORIZED ? QS_KAFKA_ERROR_NOT_AUTHORIZED : QS_KAFKA_ERROR_MESSAGE_TOO_LARGE;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A lost record is told once by the next send and by every flush");

  open_producer (fixture, NULL, NULL);
  push_error (fixture, code);
  send_well (fixture, "k\xc3\xa9y", "value");
  WAIT_FOR (qs_producer_get_n_failed (fixture->producer) > 0);

  g_assert_false (send (fixture, "key", "value", &error));
  g_assert_error (error, QS_KAFKA_ERROR, (int) expected);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "'" TOPIC "', partition 0, key 'k\\xc3\\xa9y'"));

  /* A topic that refused a record refuses the next at once, for a second. */
  if (code != TOPIC_UNAUTHORIZED)
    send_well (fixture, "key", "value");
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GError) again = NULL;

      g_assert_false (qs_producer_flush (fixture->producer, 10, &again));
      g_assert_cmpstr (again->message, ==, error->message);
    }
  g_assert_cmpuint (qs_producer_get_n_in_flight (fixture->producer), ==, 0);
}

static void
test_refused (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *large = g_strnfill (2000, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) again = NULL;

  g_test_summary ("A record that is too large fails at once, and every flush after it");

  open_producer (fixture, "message.max.bytes", "1000");
  g_assert_false (send (fixture, "key", large, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_MESSAGE_TOO_LARGE);
  g_assert_nonnull (strstr (error->message, "'" TOPIC "'"));
  g_assert_cmpuint (qs_producer_get_n_in_flight (fixture->producer), ==, 0);

  send_well (fixture, "key", "small");
  g_assert_false (qs_producer_flush (fixture->producer, 10, &again));
  g_assert_cmpstr (again->message, ==, error->message);
  g_assert_cmpuint (qs_producer_get_n_acknowledged (fixture->producer), ==, 1);
}

static gpointer
bring_up_soon (gpointer user_data)
{
  /* Sleeps: so that the other thread most likely waits by then; it must do either way. */
  g_usleep (300 * 1000);
  qs_embedded_broker_broker_up (user_data, -1);

  return NULL;
}

static void
test_full (Fixture *fixture, gconstpointer user_data)
{
  GThread *thread = NULL;
  gint64   started;

  g_test_summary ("A full queue makes the sender wait until there is room; no record is lost");

  open_producer (fixture, "queue.buffering.max.messages", "10");
  qs_embedded_broker_broker_down (fixture->broker, -1);
  started = g_get_monotonic_time ();
  thread = g_thread_new ("up", bring_up_soon, fixture->broker);
  for (int i = 0; i < 11; i++)
    send_well (fixture, "key", "value");
  g_assert_cmpint (g_get_monotonic_time () - started, >, 200 * 1000);
  flush_well (fixture);

  g_assert_cmpuint (qs_producer_get_n_acknowledged (fixture->producer), ==, 11);
  g_thread_join (thread);
}

/* Sends records of @size bytes without their key until the queue is filling, and
 * returns how many. */
static guint
fill (Fixture *fixture, gsize size)
{
  g_autofree char *value = g_strnfill (size, 'x');
  guint            n_records = 0;

  for (; !qs_producer_is_filling (fixture->producer) && n_records < 100; n_records++)
    send_well (fixture, "key", value);

  return n_records;
}

static void
test_filling (Fixture *fixture, gconstpointer user_data)
{
  gboolean by_bytes = GPOINTER_TO_INT (user_data);

  g_test_summary ("A queue is filling when a fifth of its records or bytes wait, and then no more");

  open_producer (fixture,
                 by_bytes ? "queue.buffering.max.kbytes" : "queue.buffering.max.messages",
                 by_bytes ? "500" : "50");
  qs_embedded_broker_broker_down (fixture->broker, -1);
  g_assert_cmpuint (fill (fixture, by_bytes ? 10240 - 3 : 10), ==, 10);
  qs_embedded_broker_broker_up (fixture->broker, -1);
  flush_well (fixture);
  g_assert_false (qs_producer_is_filling (fixture->producer));
}

static gpointer
cancel_soon (gpointer user_data)
{
  /* Sleeps: so that the other thread most likely waits by then; it must end either way. */
  g_usleep (200 * 1000);
  g_cancellable_cancel (user_data);

  return NULL;
}

static void
test_cancelled (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) again = NULL;
  GThread *thread = NULL;
  gint64   started;

  g_test_summary ("Stopping ends a wait for room, and leaves a flush only so much time");

  open_producer (fixture, "queue.buffering.max.messages", "10");
  qs_embedded_broker_broker_down (fixture->broker, -1);
  for (int i = 0; i < 10; i++)
    send_well (fixture, "key", "value");

  thread = g_thread_new ("cancel", cancel_soon, fixture->cancellable);
  g_assert_false (send (fixture, "key", "value", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);

  started = g_get_monotonic_time ();
  g_assert_false (qs_producer_flush (fixture->producer, -1, &again));
  g_assert_error (again, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - started, <, 5 * G_USEC_PER_SEC);
  g_assert_cmpuint (qs_producer_get_n_in_flight (fixture->producer), ==, 10);
}

static void
test_dead_letters_full (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsMessage) rejected = qs_message_new_rejected (NULL, NULL, NULL, 0, "no good");
  g_autoptr (GVariant) stats = NULL;
  g_autoptr (GError) error = NULL;
  GThread *thread = NULL;
  guint64  n_dead_letters = 0;

  g_test_summary ("Dead letters wait for room as records do, and none is lost");

  open_producer (fixture, "queue.buffering.max.messages", "10");
  qs_embedded_broker_create_topic (fixture->broker, DEAD_LETTERS, 1, &error);
  g_assert_no_error (error);
  qs_producer_set_error_handling (
      fixture->producer, QS_ERROR_HANDLING_DEAD_LETTER, DEAD_LETTERS, &error);
  g_assert_no_error (error);
  qs_embedded_broker_broker_down (fixture->broker, -1);
  for (int i = 0; i < 10; i++)
    send_well (fixture, "key", "value");

  /* The first one is kept here, and the next one waits until that is queued. */
  g_assert_true (qs_producer_reject (fixture->producer, fixture->topic, rejected, &error));
  thread = g_thread_new ("cancel", cancel_soon, fixture->cancellable);
  g_assert_false (qs_producer_reject (fixture->producer, fixture->topic, rejected, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);

  qs_embedded_broker_broker_up (fixture->broker, -1);
  WAIT_FOR (qs_producer_get_n_in_flight (fixture->producer) == 0);
  g_assert_cmpuint (qs_producer_get_n_acknowledged (fixture->producer), ==, 10);
  stats = g_variant_ref_sink (qs_producer_dup_stats (fixture->producer));
  g_assert_true (g_variant_lookup (stats, "n-dead-letters", "t", &n_dead_letters));
  g_assert_cmpuint (n_dead_letters, ==, 1);
}

static void
test_negative_timestamp (Fixture *fixture, gconstpointer user_data)
{
  QsOutgoing record = {
    .value = (const guint8 *) "x", .value_length = 1, .timestamp = -5, .partition = 0
  };
  g_autoptr (GError) error = NULL;

  g_test_summary ("A negative timestamp is refused, by its value and its unit");

  open_producer (fixture, NULL, NULL);
  record.topic = fixture->topic;
  g_assert_false (qs_producer_send (fixture->producer, &record, &error));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "timestamp -5 "));
  g_assert_nonnull (strstr (error->message, "milliseconds since 1970"));
  g_clear_error (&error);
  g_assert_false (qs_producer_flush (fixture->producer, 10, &error));
}

static void
test_negative_partition (Fixture *fixture, gconstpointer user_data)
{
  QsOutgoing record = { .value = (const guint8 *) "x", .value_length = 1, .partition = -2 };
  g_autoptr (GError) error = NULL;

  g_test_summary ("A partition below -1 is an error, and nothing is committed after it");

  open_producer (fixture, NULL, NULL);
  record.topic = fixture->topic;
  g_assert_false (qs_producer_send (fixture->producer, &record, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_REJECTED);
  g_assert_nonnull (strstr (error->message, "partition -2 "));
  g_clear_error (&error);
  g_assert_false (qs_producer_flush (fixture->producer, 10, &error));
}

static void
test_small_queue (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *size = g_strdup_printf ("%d", GPOINTER_TO_INT (user_data));

  g_test_summary ("A queue of a few records works, however long they may linger");

  open_producer (fixture, "queue.buffering.max.messages", size);
  for (guint i = 0; i < 20; i++)
    send_well (fixture, "key", "value");
  flush_well (fixture);
  g_assert_cmpuint (qs_producer_get_n_acknowledged (fixture->producer), ==, 20);
}

static void
test_linger (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A flush doesn't wait for more records to come, however long they may");

  open_producer (fixture, "linger.ms", "900000");
  for (guint i = 0; i < 3; i++)
    {
      send_well (fixture, "key", "value");
      flush_well (fixture);
    }
  g_assert_cmpuint (qs_producer_get_n_acknowledged (fixture->producer), ==, 3);
}

static void
test_no_such_partition (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GVariant) stats = NULL;
  g_autoptr (GError) error = NULL;
  guint64 n_skipped = 0;

  g_test_summary ("A partition that the topic doesn't have is the record's fault: it is skipped");

  open_producer (fixture, NULL, NULL);
  qs_producer_set_error_handling (fixture->producer, QS_ERROR_HANDLING_SKIP, NULL, &error);
  g_assert_no_error (error);
  send_text (fixture->producer, fixture->topic, 7, NULL, "x", NULL, &error);
  g_assert_no_error (error);
  flush_well (fixture);
  stats = g_variant_ref_sink (qs_producer_dup_stats (fixture->producer));
  g_assert_true (g_variant_lookup (stats, "n-skipped", "t", &n_skipped));
  g_assert_cmpuint (n_skipped, ==, 1);
}

static void
test_stopping (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A source that is stopping may send as long as there is room");

  open_producer (fixture, NULL, NULL);
  g_cancellable_cancel (fixture->cancellable);
  send_well (fixture, "key", "value");
  flush_well (fixture);
}

/* Seconds that a flush takes that fails because the source is stopping. */
static double
flush_late (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  gint64 started = g_get_monotonic_time ();

  g_assert_false (qs_producer_flush (fixture->producer, -1, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT);

  return (double) (g_get_monotonic_time () - started) / G_USEC_PER_SEC;
}

static void
test_one_grace (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsProducer) other = NULL;

  g_test_summary ("All producers of a run have one deadline when it is stopping");

  qs_grace_set_timeout (fixture->grace, 2);
  qs_embedded_broker_broker_down (fixture->broker, -1);
  open_producer (fixture, NULL, NULL);
  send_well (fixture, "key", "value");
  other = g_steal_pointer (&fixture->producer);
  open_producer (fixture, NULL, NULL);
  send_well (fixture, "key", "value");
  g_cancellable_cancel (fixture->cancellable);

  g_assert_cmpfloat (flush_late (fixture), >=, 1.9);
  g_assert_finalize_object (fixture->producer);
  fixture->producer = g_steal_pointer (&other);
  g_assert_cmpfloat (flush_late (fixture), <, 1.9);
}

static void
test_flush_timeout (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A flush that takes too long says how many records were left");

  open_producer (fixture, NULL, NULL);
  qs_embedded_broker_broker_down (fixture->broker, -1);
  for (int i = 0; i < 3; i++)
    send_well (fixture, "key", "value");

  g_assert_false (qs_producer_flush (fixture->producer, 0.2, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "3 records"));
}

static void
test_outage (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) again = NULL;

  g_test_summary ("Brokers away for too long end everything, with address and cause, told once");

  fixture->config->broker_availability_timeout = 0.3;
  open_producer (fixture, "queue.buffering.max.messages", "10");
  qs_embedded_broker_broker_down (fixture->broker, -1);

  /* The last one waits for room until the producer gives up. */
  for (int i = 0; i < 10; i++)
    send_well (fixture, "key", "value");
  g_assert_false (send (fixture, "key", "value", &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "127.0.0.1:"));
  g_assert_nonnull (strstr (error->message, "broker-availability-timeout"));

  WAIT_FOR (count_failures (fixture) > 0);
  g_assert_cmpuint (count_failures (fixture), ==, 1);
  g_assert_false (qs_producer_flush (fixture->producer, -1, &again));
  g_assert_error (again, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE);
  g_clear_error (&again);
  g_assert_false (send (fixture, "key", "value", &again));
  g_assert_error (again, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE);
}

static void
test_fatal (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("An error that ends the idempotent producer is told once and fails all");

  open_producer (fixture, NULL, NULL);
  send_well (fixture, "key", "value");
  flush_well (fixture);
  push_error (fixture, OUT_OF_ORDER_SEQUENCE);
  send_well (fixture, "key", "value");
  WAIT_FOR (count_failures (fixture) > 0);

  g_assert_cmpuint (count_failures (fixture), ==, 1);
  g_assert_false (qs_producer_flush (fixture->producer, 10, &error));
  g_test_message ("%s", error->message);
  g_assert_false (send (fixture, "key", "value", NULL));
  g_assert_false (send (fixture, "key", "value", NULL));
}

static void
test_idle (Fixture *fixture, gconstpointer user_data)
{

  g_test_summary ("Reports of delivery are served although nobody sends or flushes");

  open_producer (fixture, NULL, NULL);
  send_well (fixture, "key", "value");
  WAIT_FOR (qs_producer_get_n_in_flight (fixture->producer) == 0);

  g_assert_cmpuint (qs_producer_get_n_acknowledged (fixture->producer), ==, 1);
}

static gpointer
send_many (gpointer user_data)
{
  for (int i = 0; i < 20000; i++)
    send_well (user_data, "key", "value");

  return NULL;
}

static void
test_threads (Fixture *fixture, gconstpointer user_data)
{
  GThread *threads[4];

  g_test_summary ("Several threads send through a small queue; every record is counted");

  open_producer (fixture, "queue.buffering.max.messages", "500");
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("send", send_many, fixture);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  flush_well (fixture);

  g_assert_cmpuint (qs_producer_get_n_acknowledged (fixture->producer), ==, 80000);
  g_assert_cmpuint (qs_producer_get_bytes_acknowledged (fixture->producer), ==, 640000);
  g_assert_cmpuint (qs_producer_get_n_failed (fixture->producer), ==, 0);
}

static void
test_unconfigured (void)
{
  g_autoptr (QsProducer) producer = g_object_new (QS_TYPE_PRODUCER, NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A producer that belongs to no source can do nothing");

  g_assert_false (qs_producer_flush (producer, 1, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_STATE);
  g_assert_cmpuint (qs_producer_get_n_in_flight (producer), ==, 0);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer), int data)
{
  g_test_add (path, Fixture, GINT_TO_POINTER (data), fixture_set_up, test, fixture_tear_down);
}

static void
test_transaction (Fixture *fixture, gconstpointer user_data)
{
  typedef gboolean (*Call) (QsProducer * self, GError * *error);

  static const Call calls[] = { qs_producer_begin, qs_producer_commit, qs_producer_abort };

  g_test_summary ("The transactions of a source's producer are not for others, who are told so");

  open_producer (fixture, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (calls[i](fixture->producer, &error));
      g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_STATE);
      g_assert_nonnull (strstr (error->message, "flush()"));
    }
}

/* It would take five seconds more, after which a worker is ended by force. */
static void
test_stopping_abort (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  QsProducer *producer = qs_producer_new_transactional (
      fixture->config, "source", "id", fixture->grace, failed_cb, fixture, &error);
  QsProducerTopic *topic = qs_producer_open_topic (producer, TOPIC, &error);
  gint64           started = 0;

  g_test_summary ("A source that is stopping does not wait long for a broker that hangs to abort");

  g_assert_true (send_text (producer, topic, 0, NULL, "1", NULL, &error));
  g_assert_true (qs_producer_flush (producer, 20, &error));
  g_assert_true (send_text (producer, topic, 0, NULL, "2", NULL, &error));
  qs_embedded_broker_set_rtt (fixture->broker, 1, 60);
  g_cancellable_cancel (fixture->cancellable);
  started = g_get_monotonic_time ();
  g_assert_false (qs_producer_flush (producer, -1, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT);
  g_assert_finalize_object (producer);
  g_assert_cmpint (g_get_monotonic_time () - started, <, 4 * G_USEC_PER_SEC);

  open_producer (fixture, NULL, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("/producer/content", test_content, 0);
  add ("/producer/headers", test_headers, 0);
  add ("/producer/retried", test_retried, 0);
  add ("/producer/lost/too-large", test_lost, MESSAGE_TOO_LARGE);
  add ("/producer/lost/not-authorized", test_lost, TOPIC_UNAUTHORIZED);
  add ("/producer/refused", test_refused, 0);
  add ("/producer/full", test_full, 0);
  add ("/producer/filling/records", test_filling, FALSE);
  add ("/producer/filling/bytes", test_filling, TRUE);
  add ("/producer/cancelled", test_cancelled, 0);
  add ("/producer/dead-letters-full", test_dead_letters_full, 0);
  add ("/producer/no-such-partition", test_no_such_partition, 0);
  add ("/producer/negative-timestamp", test_negative_timestamp, 0);
  add ("/producer/negative-partition", test_negative_partition, 0);
  add ("/producer/linger", test_linger, 0);
  add ("/producer/small-queue/1", test_small_queue, 1);
  add ("/producer/small-queue/4", test_small_queue, 4);
  add ("/producer/stopping", test_stopping, 0);
  add ("/producer/one-grace", test_one_grace, 0);
  add ("/producer/flush-timeout", test_flush_timeout, 0);
  add ("/producer/outage", test_outage, 0);
  add ("/producer/fatal", test_fatal, 0);
  add ("/producer/idle", test_idle, 0);
  add ("/producer/threads", test_threads, 0);
  add ("/producer/transaction", test_transaction, 0);
  add ("/producer/stopping-abort", test_stopping_abort, 0);
  g_test_add_func ("/producer/unconfigured", test_unconfigured);

  return g_test_run ();
}
