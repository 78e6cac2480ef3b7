/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-kafka-error.h"
#include "send-text.h"
#include "slowness.h"
#include "start-broker.h"
#include "wait-for.h"

/* Asking for the offsets of a partition, whatever becomes of the broker meanwhile. */

#define TOPIC "topic"
#define N_RECORDS 3

/* Kafka's. */
#define API_LIST_OFFSETS 2
#define NOT_LEADER 6
#define STORAGE_ERROR 56
#define OFFSET_NOT_AVAILABLE 78

/* Seconds: the limit of a question, and what is far beyond it. */
#define LIMIT 1.0
#define TOO_LONG (5.0 * slowness ())

typedef struct
{
  QsEmbeddedBroker *broker;
  QsKafkaConfig    *config;
  QsProducer       *producer;
  GThread          *thread; /* of take_down_later(); nullable */
} Fixture;

static void
failed_cb (const GError *error, gpointer user_data)
{
  g_error ("The producer has failed: %s", error->message);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  QsProducerTopic *topic = NULL;

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);

  fixture->broker = start_broker (TOPIC, 1);
  fixture->config = qs_kafka_config_new (qs_embedded_broker_get_address (fixture->broker));
  fixture->producer = qs_producer_new (fixture->config, "source", NULL, failed_cb, NULL, &error);
  g_assert_no_error (error);
  topic = qs_producer_open_topic (fixture->producer, TOPIC, &error);
  for (guint i = 0; i < N_RECORDS; i++)
    g_assert_true (send_text (fixture->producer, topic, 0, NULL, "value", NULL, &error));
  g_assert_true (qs_producer_flush (fixture->producer, 20, &error));
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_assert_finalize_object (fixture->producer);
  g_assert_finalize_object (fixture->broker);
  qs_kafka_config_unref (fixture->config);
}

static gboolean
ask (Fixture *fixture, double limit, gint64 *low, gint64 *high, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + (gint64) (limit * G_USEC_PER_SEC);

  return qs_producer_get_watermarks (fixture->producer, TOPIC, 0, deadline, low, high, error);
}

static void
assert_answered (Fixture *fixture)
{
  gint64 low = -1;
  gint64 high = -1;
  g_autoptr (GError) error = NULL;

  ask (fixture, 30, &low, &high, &error);
  g_assert_no_error (error);
  g_assert_cmpint (low, ==, 0);
  g_assert_cmpint (high, ==, N_RECORDS);
}

static void
test_answered (Fixture *fixture, gconstpointer user_data)
{
  gint64 high = -1;

  g_test_summary ("The offsets of both ends are those of the records, together and alone");

  assert_answered (fixture);
  g_assert_true (ask (fixture, 30, NULL, &high, NULL));
  g_assert_cmpint (high, ==, N_RECORDS);
}

static void
test_passing (Fixture *fixture, gconstpointer user_data)
{
  static const int codes[] = { NOT_LEADER, STORAGE_ERROR, OFFSET_NOT_AVAILABLE, NOT_LEADER };

  g_test_summary ("A question is asked again while the partition has no leader that can answer");

  qs_embedded_broker_push_error (fixture->broker, API_LIST_OFFSETS, codes, G_N_ELEMENTS (codes));
  assert_answered (fixture);
}

static void
take_down (Fixture *fixture)
{
  qs_embedded_broker_broker_down (fixture->broker, -1);
}

static void
slow_down (Fixture *fixture)
{
  qs_embedded_broker_set_rtt (fixture->broker, -1, 3600);
}

static gpointer
take_down_later (gpointer fixture)
{
  g_usleep (300 * 1000); /* Sleeps: the question is on its way. */
  take_down (fixture);

  return NULL;
}

static void
take_down_meanwhile (Fixture *fixture)
{
  slow_down (fixture);
  fixture->thread = g_thread_new ("take-down", take_down_later, fixture);
}

static void
test_limit (Fixture *fixture, gconstpointer user_data)
{
  void (*break_broker) (Fixture *) = user_data;
  gint64 started = 0;
  gint64 low = -1;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A question ends at its limit, and is answered when the broker is back");

  break_broker (fixture);
  started = g_get_monotonic_time ();
  g_assert_false (ask (fixture, LIMIT, &low, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_cmpfloat ((double) (g_get_monotonic_time () - started) / G_USEC_PER_SEC, <, TOO_LONG);
  /* Not after it was put up again. */
  g_clear_pointer (&fixture->thread, g_thread_join);

  qs_embedded_broker_set_rtt (fixture->broker, -1, 0);
  qs_embedded_broker_broker_up (fixture->broker, -1);
  assert_answered (fixture);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer), void (*data) (Fixture *))
{
  g_test_add (path, Fixture, (gpointer) data, fixture_set_up, test, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("/kafka-offsets/answered", test_answered, NULL);
  add ("/kafka-offsets/passing", test_passing, NULL);
  add ("/kafka-offsets/limit/down", test_limit, take_down);
  add ("/kafka-offsets/limit/hangs", test_limit, slow_down);
  add ("/kafka-offsets/limit/down-meanwhile", test_limit, take_down_meanwhile);

  return g_test_run ();
}
