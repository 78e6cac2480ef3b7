/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <unistd.h>

#include "slowness.h"
#include "qs-embedded-broker.h"

#include "qs-crowd-private.h"
#include "qs-deadline-private.h"
#include "qs-producer-private.h"

/* How far a source may be ahead of its brokers where many threads want to run. */

#define TOPIC "topic"

/* As many processes for each processor want to run. */
#define CROWD 10

/* So many records of either size fit into the queue. */
#define N_RECORDS 48000
#define N_LARGE 60
#define LARGE (100 * 1024)

/* Seconds in which they are queued, many times over, if nobody is paced; and in which a
 * slow broker acknowledges a small part of them. */
#define LONG_ENOUGH 2

/* Seconds until a slow broker answers, and what it takes at once. */
#define SLOW 0.4
#define CONFIG "{'batch.num.messages': '2000', 'batch.size': '200000', 'linger.ms': %s}"

/* Each a second if it is paced. */
#define N_ROUNDS 20

/* Seconds until a crowd has gathered. */
#define PATIENCE 30

typedef struct
{
  QsEmbeddedBroker *broker;
  GCancellable     *cancellable;
  QsGrace          *grace;
  QsKafkaConfig    *config;
  QsProducer       *producer;
  QsProducerTopic  *topic;
  GPtrArray        *crowd; /* of GSubprocess */
} Fixture;

typedef struct
{
  const char *linger;    /* NULL: the default */
  gboolean    is_own;    /* of a program, not of a source's run */
  int         n_brokers; /* 0: one; each has a partition */
  gsize       length;
  guint64     n_records;
} Case;

static GSubprocess *
want_to_run (void)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE,
                                           &error,
                                           "setpriv",
                                           "--pdeathsig",
                                           "KILL",
                                           "nice",
                                           "-n",
                                           "19",
                                           "sh",
                                           "-c",
                                           "while :; do :; done",
                                           NULL);

  g_assert_no_error (error);

  return process;
}

static void
gather_crowd (Fixture *fixture)
{
  gint64 deadline = qs_deadline_after (PATIENCE);

  fixture->crowd = g_ptr_array_new_with_free_func (g_object_unref);
  for (glong i = 0; i < CROWD * sysconf (_SC_NPROCESSORS_ONLN); i++)
    g_ptr_array_add (fixture->crowd, want_to_run ());
  while (qs_crowd_get_share () > 1. / CROWD && !qs_deadline_passed (deadline))
    g_usleep (1000);
  g_assert_cmpfloat (qs_crowd_get_share (), <=, 1. / CROWD);
}

static void
disperse_crowd (Fixture *fixture)
{
  for (guint i = 0; i < fixture->crowd->len; i++)
    g_subprocess_force_exit (fixture->crowd->pdata[i]);
  for (guint i = 0; i < fixture->crowd->len; i++)
    g_subprocess_wait (fixture->crowd->pdata[i], NULL, NULL);
  g_clear_pointer (&fixture->crowd, g_ptr_array_unref);
}

static void
failed_cb (const GError *error, gpointer user_data)
{
  g_error ("The producer has failed: %s", error->message);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  const Case *data = user_data;
  g_autoptr (GError) error = NULL;

  /* Records are dropped here. */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);

  fixture->broker = qs_embedded_broker_new (MAX (data->n_brokers, 1));
  qs_embedded_broker_start (fixture->broker, &error);
  g_assert_no_error (error);
  qs_embedded_broker_create_topic (fixture->broker, TOPIC, MAX (data->n_brokers, 1), &error);
  g_assert_no_error (error);
  fixture->config = qs_kafka_config_new (qs_embedded_broker_get_address (fixture->broker));
  fixture->config->producer_config =
      g_variant_ref_sink (g_variant_new_parsed (CONFIG, data->linger != NULL ? data->linger : "5"));
  fixture->cancellable = g_cancellable_new ();
  fixture->grace = qs_grace_new (fixture->cancellable, 0);
  fixture->producer = qs_producer_new (
      fixture->config, "source", data->is_own ? NULL : fixture->grace, failed_cb, NULL, &error);
  g_assert_no_error (error);
  fixture->topic = qs_producer_open_topic (fixture->producer, TOPIC, &error);
  g_assert_no_error (error);
  gather_crowd (fixture);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  disperse_crowd (fixture);
  g_assert_finalize_object (fixture->producer);
  qs_grace_unref (fixture->grace);
  g_assert_finalize_object (fixture->cancellable);
  g_assert_finalize_object (fixture->broker);
  qs_kafka_config_unref (fixture->config);
}

/* Sends @n_records for so many seconds at most. How many they were. */
static guint64
send_for (Fixture *fixture, const Case *data, guint64 n_records, double seconds)
{
  g_autofree char *value = g_malloc0 (data->length);
  QsOutgoing       record = {
          .topic = fixture->topic,
          .value = (const guint8 *) value,
          .value_length = data->length,
  };
  gint64  until = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);
  guint64 n_sent = 0;
  g_autoptr (GError) error = NULL;

  while (n_sent < n_records && g_get_monotonic_time () < until)
    {
      record.partition = (int) (n_sent % (guint64) MAX (data->n_brokers, 1));
      qs_producer_send (fixture->producer, &record, &error);
      g_assert_no_error (error);
      n_sent++;
    }

  return n_sent;
}

/* After the first record: before it there is more to ask a broker than this. */
static void
slow_broker_down (Fixture *fixture, const Case *data)
{
  g_assert_cmpuint (send_for (fixture, data, 1, 60), ==, 1);
  g_assert_true (qs_producer_flush (fixture->producer, 60, NULL));
  qs_embedded_broker_set_rtt (fixture->broker, 1, SLOW);
}

static void
test_paced (Fixture *fixture, gconstpointer user_data)
{
  const Case *data = user_data;
  guint64     n_sent = 0;

  g_test_summary ("A source doesn't fill its queue while many threads want to run");

  slow_broker_down (fixture, data);
  n_sent = send_for (fixture, data, data->n_records, LONG_ENOUGH);
  g_test_message ("%" G_GUINT64_FORMAT " records", n_sent);
  g_assert_cmpuint (n_sent, <, data->n_records);
}

static void
assert_not_paced (Fixture *fixture, const Case *data)
{
  g_assert_cmpuint (
      send_for (fixture, data, data->n_records, LONG_ENOUGH * slowness ()), ==, data->n_records);
}

static void
test_lingering (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("Records that are to linger are not waited for");

  slow_broker_down (fixture, user_data);
  assert_not_paced (fixture, user_data);
}

static void
test_own (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary (
      "A producer of a program, whose thread might be that of its main loop, isn't paced");

  slow_broker_down (fixture, user_data);
  assert_not_paced (fixture, user_data);
}

static void
test_outage (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A source may fill its queue while no broker answers");

  qs_embedded_broker_broker_down (fixture->broker, 1);
  assert_not_paced (fixture, user_data);
}

static gpointer
cancel_soon (gpointer cancellable)
{
  g_usleep (100 * 1000); /* Sleeps: nothing shows that a thread is paced. */
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_one_of_two (Fixture *fixture, gconstpointer user_data)
{
  gint64 begun = g_get_monotonic_time ();

  g_test_summary ("A source may fill its queue while one of its brokers doesn't answer");

  qs_embedded_broker_broker_down (fixture->broker, 2);
  assert_not_paced (fixture, user_data);
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_usleep (20 * 1000); /* Sleeps: the other one answers meanwhile. */
      send_for (fixture, user_data, 100, LONG_ENOUGH);
    }
  g_assert_cmpint (g_get_monotonic_time () - begun, <, N_ROUNDS * G_USEC_PER_SEC / 2);
}

static void
test_stopped (Fixture *fixture, gconstpointer user_data)
{
  GThread *thread = NULL;

  g_test_summary ("A source that is to stop isn't paced any more");

  slow_broker_down (fixture, user_data);
  thread = g_thread_new ("stop", cancel_soon, fixture->cancellable);
  assert_not_paced (fixture, user_data);
  g_thread_join (thread);
}

static void
test_all (Fixture *fixture, gconstpointer user_data)
{
  const Case *data = user_data;
  guint64     n_acknowledged = 0;

  g_test_summary ("A source that is paced produces all of its records");

  g_assert_cmpuint (send_for (fixture, data, data->n_records, 120), ==, data->n_records);
  g_assert_true (qs_producer_flush (fixture->producer, 60, NULL));
  g_object_get (fixture->producer, "n-acknowledged", &n_acknowledged, NULL);
  g_assert_cmpuint (n_acknowledged, ==, data->n_records);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer), const Case *data)
{
  g_test_add (path, Fixture, data, fixture_set_up, test, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  static const Case small = { .length = 10, .n_records = N_RECORDS };
  static const Case large = { .length = LARGE, .n_records = N_LARGE };
  static const Case lingering = { .linger = "500", .length = 10, .n_records = N_RECORDS };
  static const Case two = { .n_brokers = 2, .length = 10, .n_records = 40000 };
  static const Case own = { .is_own = TRUE, .length = 10, .n_records = N_RECORDS };
  static const Case many = { .length = 10, .n_records = 3 * N_RECORDS };

  g_test_init (&argc, &argv, NULL);

  add ("/producer-pace/records", test_paced, &small);
  add ("/producer-pace/bytes", test_paced, &large);
  add ("/producer-pace/lingering", test_lingering, &lingering);
  add ("/producer-pace/own", test_own, &own);
  add ("/producer-pace/outage", test_outage, &small);
  add ("/producer-pace/one-of-two", test_one_of_two, &two);
  add ("/producer-pace/stopped", test_stopped, &small);
  add ("/producer-pace/all", test_all, &many);

  return g_test_run ();
}
