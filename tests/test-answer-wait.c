/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <time.h>

#include "qs-answer-wait-private.h"
#include "qs-kafka-error.h"
#include "qs-message.h"
#include "qs-producer-private.h"
#include "qs-topic.h"
#include "slowness.h"
#include "start-broker.h"

/* Seconds that an answer takes, microseconds from one record to the next, and records. */
#define ROUND_TRIP 0.05
#define INTERVAL 5000
#define N_RECORDS 300

/* Of the second and a half that it takes to produce them: 0.02 where librdkafka's thread
 * sleeps, up to 1 where it polls without a pause, and 0.1 where others do so. */
#define MAX_PROCESSOR_SECONDS (0.06 * slowness ())

static void
test_due (void)
{
  static const struct
  {
    guint    n_unanswered;
    guint    n_partitions;
    guint64  n_in_flight;
    gboolean is_due;
  } rows[] = {
    { 1, 1, 1, FALSE }, /* what comes next may still be sent */
    { 1, 1, 2, FALSE },     { 1, 1, 3, TRUE },
    { 2, 1, 50000, TRUE },  /* an answer to one of them is enough to go on */
    { 1, 0, 50000, TRUE },  /* of a topic that isn't known yet */
    { 1, 4, 50000, FALSE }, /* other partitions may have something to send */
    { 3, 4, 50000, FALSE }, { 4, 4, 50000, TRUE },
  };

  g_test_summary ("A thread waits for an answer where no partition can send more before it");

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("row %u", i);
      g_assert_cmpint (
          qs_answer_wait_is_due (rows[i].n_unanswered, rows[i].n_partitions, rows[i].n_in_flight),
          ==,
          rows[i].is_due);
    }
}

static double
get_processor_seconds (void)
{
  struct timespec time;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time);

  return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

/* It takes a second and a half. */
static void
produce_slowly (QsProducer *producer, QsTopic *topic)
{
  g_autoptr (GBytes) value = g_bytes_new_static ("value", 5);
  g_autoptr (QsMessage) message = qs_message_new (NULL, value, NULL, 0, -1);

  for (guint i = 0; i < N_RECORDS; i++)
    {
      g_autoptr (GError) error = NULL;

      qs_producer_produce (producer, topic, message, &error);
      g_assert_no_error (error);
      g_usleep (INTERVAL); /* Sleeps: it is the rate that matters. */
    }
}

/* It is little in so many of so many tries. One may be unlucky: while other programs keep the
 * thread that produces from running, librdkafka's thread polls until the next record is there. */
#define N_LITTLE 2
#define N_TRIES 4

static void
assert_sleeps (double (*measure) (void))
{
  guint n_little = 0;

  for (guint i = 0; i < N_TRIES && n_little < N_LITTLE; i++)
    {
      double seconds = measure ();

      g_test_message ("%.3f s of processor time", seconds);
      n_little += seconds < MAX_PROCESSOR_SECONDS;
    }
  g_assert_cmpuint (n_little, ==, N_LITTLE);
}

static double
measure_distant (void)
{
  g_autoptr (QsEmbeddedBroker) broker = start_broker ("numbers", 1);
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (qs_embedded_broker_get_address (broker));
  g_autoptr (QsTopic) topic = qs_topic_new ("numbers");
  g_autoptr (QsProducer) producer = NULL;
  g_autoptr (GError) error = NULL;
  double seconds;

  producer = qs_producer_new (config, "test", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  qs_embedded_broker_set_rtt (broker, 1, ROUND_TRIP);

  seconds = -get_processor_seconds ();
  produce_slowly (producer, topic);
  seconds += get_processor_seconds ();

  qs_producer_flush (producer, 20, &error);
  g_assert_no_error (error);

  return seconds;
}

static void
test_distant (void)
{
  g_test_summary ("Some records a second to a broker far away take next to no processor time");

  assert_sleeps (measure_distant);
}

/* A producer that has delivered a record; transfer full. */
static QsProducer *
open_producer (QsKafkaConfig *config, QsTopic *topic, QsMessage *message)
{
  g_autoptr (GError) error = NULL;
  QsProducer *producer = qs_producer_new (config, "test", NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  qs_producer_produce (producer, topic, message, &error);
  g_assert_no_error (error);
  qs_producer_flush (producer, 20, &error);
  g_assert_no_error (error);

  return producer;
}

static gpointer
ask_main (gpointer producer)
{
  g_autoptr (QsTopic) topic = qs_topic_new ("others");
  g_autoptr (GBytes) value = g_bytes_new_static ("value", 5);
  g_autoptr (QsMessage) message = qs_message_new (NULL, value, NULL, 0, -1);
  g_autoptr (GError) error = NULL;

  qs_producer_produce (producer, topic, message, &error);
  g_assert_no_error (error);

  return NULL;
}

/* Seconds of an answer, and from one question to the next. */
#define SLOW_ROUND_TRIP 1.0
#define QUESTION_INTERVAL 0.45

static double
measure_other_answer (void)
{
  g_autoptr (QsEmbeddedBroker) broker = start_broker ("numbers", 1);
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (qs_embedded_broker_get_address (broker));
  g_autoptr (QsTopic) topic = qs_topic_new ("numbers");
  g_autoptr (GBytes) value = g_bytes_new_static ("value", 5);
  g_autoptr (QsMessage) message = qs_message_new (NULL, value, NULL, 0, -1);
  g_autoptr (QsProducer) producer = NULL;
  g_autoptr (GError) error = NULL;
  GThread *asking;
  double   before;

  qs_embedded_broker_create_topic (broker, "others", 1, &error);
  g_assert_no_error (error);
  producer = open_producer (config, topic, message);

  /* The thread asks where the other topic is, and is answered first. */
  qs_embedded_broker_set_rtt (broker, 1, SLOW_ROUND_TRIP);
  before = get_processor_seconds ();
  asking = g_thread_new ("ask", ask_main, producer);
  g_usleep ((gulong) (QUESTION_INTERVAL * G_USEC_PER_SEC)); /* Sleeps: the order of both. */
  produce_slowly (producer, topic);
  g_thread_join (asking);
  qs_producer_flush (producer, 20, &error);
  g_assert_no_error (error);

  return get_processor_seconds () - before;
}

static void
test_other_answer (void)
{
  g_test_summary ("An answer to another question does not end the wait for one to a record");

  assert_sleeps (measure_other_answer);
}

/* It would take a minute if the thread that waits weren't called. */
static void
test_end (void)
{
  g_autoptr (QsEmbeddedBroker) broker = start_broker ("numbers", 1);
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (qs_embedded_broker_get_address (broker));
  g_autoptr (QsTopic) topic = qs_topic_new ("numbers");
  g_autoptr (GBytes) value = g_bytes_new_static ("value", 5);
  g_autoptr (QsMessage) message = qs_message_new (NULL, value, NULL, 0, -1);
  g_autoptr (QsProducer) producer = NULL;
  g_autoptr (GError) error = NULL;
  gint64 begun;

  g_test_summary ("A client ends at once while its thread waits for an answer");

  producer = open_producer (config, topic, message);

  qs_embedded_broker_set_rtt (broker, 1, 60);
  for (guint i = 0; i < 10; i++)
    qs_producer_produce (producer, topic, message, NULL);
  g_assert_false (qs_producer_flush (producer, 0.3, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT);

  begun = g_get_monotonic_time ();
  g_clear_object (&producer);
  g_assert_cmpfloat (
      (double) (g_get_monotonic_time () - begun) / G_USEC_PER_SEC, <, 4 * slowness ());
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);

  g_test_add_func ("/answer-wait/due", test_due);
  g_test_add_func ("/answer-wait/distant", test_distant);
  g_test_add_func ("/answer-wait/other-answer", test_other_answer);
  g_test_add_func ("/answer-wait/end", test_end);

  return g_test_run ();
}
