/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define _GNU_SOURCE /* RUSAGE_THREAD */

#include <sys/resource.h>

#include "qs-kafka-error.h"
#include "send-text.h"
#include "start-broker.h"

/* How a thread waits that flushes, or for room in the queue. */

#define TOPIC "topic"
#define QUEUE_RECORDS 10

/* A thread that waits is woken within so many microseconds, so many times of N_TIMES even on a
 * busy machine. It looks by itself after 200 ms, so one that isn't woken is never that quick. */
#define WOKEN_WITHIN (120 * 1000)
#define N_WOKEN 3
#define N_TIMES 9

typedef struct
{
  QsEmbeddedBroker *broker;
  GCancellable     *cancellable;
  QsGrace          *grace;
  QsKafkaConfig    *config;
  QsProducer       *producer;
  QsProducerTopic  *topic;
} Fixture;

static void
failed_cb (const GError *error, gpointer user_data)
{
  g_error ("The producer has failed: %s", error->message);
}

static void
open_producer (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->cancellable = g_cancellable_new ();
  fixture->grace = qs_grace_new (fixture->cancellable, 0);
  fixture->producer =
      qs_producer_new (fixture->config, "source", fixture->grace, failed_cb, NULL, &error);
  g_assert_no_error (error);
  fixture->topic = qs_producer_open_topic (fixture->producer, TOPIC, &error);
  g_assert_no_error (error);
}

static void
close_producer (Fixture *fixture)
{
  g_assert_finalize_object (g_steal_pointer (&fixture->producer));
  g_clear_pointer (&fixture->grace, qs_grace_unref);
  g_assert_finalize_object (g_steal_pointer (&fixture->cancellable));
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  /* Records are dropped here. */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);

  fixture->broker = start_broker (TOPIC, 1);
  fixture->config = qs_kafka_config_new (qs_embedded_broker_get_address (fixture->broker));
  fixture->config->producer_config = g_variant_ref_sink (
      g_variant_new_parsed ("{'queue.buffering.max.messages': %s}", G_STRINGIFY (QUEUE_RECORDS)));
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_assert_finalize_object (fixture->broker);
  qs_kafka_config_unref (fixture->config);
}

static gboolean
send (Fixture *fixture, GError **error)
{
  return send_text (fixture->producer, fixture->topic, 0, NULL, "value", NULL, error);
}

static void
fill_queue (Fixture *fixture)
{
  for (guint i = 0; i < QUEUE_RECORDS; i++)
    g_assert_true (send (fixture, NULL));
}

static gpointer
flush (gpointer fixture)
{
  g_assert_true (qs_producer_flush (((Fixture *) fixture)->producer, 60, NULL));
  return NULL;
}

static gpointer
wait_for_room (gpointer fixture)
{
  g_autoptr (GError) error = NULL;

  send (fixture, &error);
  return g_steal_pointer (&error);
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  return (gint) (*(const gint64 *) a - *(const gint64 *) b);
}

static long
count_sleeps (void)
{
  struct rusage usage;

  getrusage (RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

static void
test_sleeps (Fixture *fixture, gconstpointer user_data)
{
  GThreadFunc wait = (GThreadFunc) user_data;
  g_autoptr (GError) failure = NULL;
  long n_sleeps = 0;

  g_test_summary ("A thread that waits for a slow broker sleeps, but for a few moments");

  qs_embedded_broker_set_rtt (fixture->broker, 1, 2);
  open_producer (fixture);
  fill_queue (fixture);
  n_sleeps = count_sleeps ();
  failure = wait (fixture);
  n_sleeps = count_sleeps () - n_sleeps;
  g_assert_no_error (failure);
  g_test_message ("%ld sleeps", n_sleeps);
  g_assert_cmpint (n_sleeps, <, 50);
  g_assert_true (qs_producer_flush (fixture->producer, 60, NULL));
  close_producer (fixture);
}

/* Microseconds from the moment when a source is to stop. */
static gint64
measure_stop (Fixture *fixture)
{
  GThread *thread = NULL;
  gint64   stopped = 0;
  g_autoptr (GError) error = NULL;

  open_producer (fixture);
  fill_queue (fixture);
  thread = g_thread_new ("wait", wait_for_room, fixture);
  g_usleep (10 * 1000); /* Sleeps: nothing shows that the thread waits. */
  stopped = g_get_monotonic_time ();
  g_cancellable_cancel (fixture->cancellable);
  error = g_thread_join (thread);
  stopped = g_get_monotonic_time () - stopped;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  close_producer (fixture);

  return stopped;
}

/* Microseconds for which two threads wait for the same record. */
static gint64
measure_flushes (Fixture *fixture)
{
  GThread *threads[2];
  gint64   started = g_get_monotonic_time ();

  g_assert_true (send (fixture, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("flush", flush, fixture);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);

  return g_get_monotonic_time () - started;
}

/* Microseconds for a record that is acknowledged at once. */
static gint64
measure_flush (Fixture *fixture)
{
  gint64 started = g_get_monotonic_time ();

  g_assert_true (send (fixture, NULL));
  flush (fixture);

  return g_get_monotonic_time () - started;
}

static void
assert_woken (gint64 (*measure) (Fixture *), Fixture *fixture)
{
  gint64 times[N_TIMES];

  for (guint i = 0; i < N_TIMES; i++)
    times[i] = measure (fixture);
  qsort (times, N_TIMES, sizeof times[0], compare_times);
  g_test_message ("%d times within %.1f ms", N_WOKEN, (double) times[N_WOKEN - 1] / 1000);
  g_assert_cmpint (times[N_WOKEN - 1], <, WOKEN_WITHIN);
}

static void
test_stopped (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A source that is to stop stops waiting for room at once");

  qs_embedded_broker_set_rtt (fixture->broker, 1, 5);
  assert_woken (measure_stop, fixture);
}

static void
test_two_flushes (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("Of two threads that flush, neither waits for what the other was told");

  qs_embedded_broker_set_rtt (fixture->broker, 1, 0.03);
  open_producer (fixture);
  assert_woken (measure_flushes, fixture);
  close_producer (fixture);
}

static void
test_flush (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A flush ends as soon as the record is acknowledged");

  open_producer (fixture);
  assert_woken (measure_flush, fixture);
  close_producer (fixture);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer), GThreadFunc data)
{
  g_test_add (path, Fixture, (gpointer) data, fixture_set_up, test, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("/producer-wait/sleeps/flush", test_sleeps, flush);
  add ("/producer-wait/sleeps/room", test_sleeps, wait_for_room);
  add ("/producer-wait/stopped", test_stopped, NULL);
  add ("/producer-wait/flush", test_flush, NULL);
  add ("/producer-wait/two-flushes", test_two_flushes, NULL);

  return g_test_run ();
}
