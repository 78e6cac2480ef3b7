/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-admin-private.h"
#include "qs-consumer-private.h"
#include "qs-deadline-private.h"
#include "qs-group-consumer-private.h"
#include "qs-harness-reader-private.h"
#include "qs-partition-reader-private.h"
#include "qs-topic-manager-private.h"
#include "qs-topic-settings-private.h"
#include "embedded-state-fixture.h"
#include "wait-for.h"

/*
 * Each call with a limit of its own keeps it, whatever it asks and however often.
 *
 * All other limits are a minute or more, and what has several things to ask has so many that
 * the limit for each would be half a minute: that is told from the limit for all, however
 * slow the machine is.
 */

/* Seconds. */
#define LIMIT 0.25
#define BOUND 15
#define OTHERS 60

#define TOPIC "numbers"
#define N_PARTITIONS 60

/* Of how long one answer takes, if it comes: so that all take half a minute. */
#define ROUND_TRIP 0.5

#define N_POLLS 5

typedef struct
{
  GSocketListener  *silent; /* nobody accepts there */
  QsEmbeddedBroker *broker;
  QsKafkaConfig    *config;
} Fixture;

/* Returns when its call began. */
typedef gint64 (*CallFunc) (Fixture *fixture);

static void
use (Fixture *fixture, const char *address)
{
  fixture->config = qs_kafka_config_new (address);
  fixture->config->request_timeout = OTHERS;
  fixture->config->topic_create_timeout = OTHERS;
  fixture->config->broker_availability_timeout = OTHERS;
}

static void
set_up_silent (Fixture *fixture)
{
  g_autofree char *address = NULL;
  g_autoptr (GError) error = NULL;
  int port = 0;

  fixture->silent = g_socket_listener_new ();
  port = g_socket_listener_add_any_inet_port (fixture->silent, NULL, &error);
  g_assert_no_error (error);
  address = g_strdup_printf ("127.0.0.1:%d", port);
  use (fixture, address);
}

static void
set_up_broker (Fixture *fixture)
{
  fixture->broker = start_broker (TOPIC, N_PARTITIONS);
  use (fixture, qs_embedded_broker_get_address (fixture->broker));
}

static void
tear_down (Fixture *fixture)
{
  qs_kafka_config_unref (fixture->config);
  g_clear_object (&fixture->silent);
  if (fixture->broker != NULL)
    g_assert_finalize_object (fixture->broker);
}

/* The call was right to give up. */
static void
assert_late (const GError *error)
{
  g_test_message ("%s", error != NULL ? error->message : "(no error)");
  g_assert_true (g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT) ||
                 g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE));
}

/*
 * A broker that answers nothing
 */

static gint64
flush_silent (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsProducer) producer =
      qs_producer_new (fixture->config, NULL, NULL, NULL, NULL, &error);
  QsProducerTopic *topic = qs_producer_open_topic (producer, TOPIC, &error);
  gint64           started = 0;

  g_assert_true (send_text (producer, topic, 0, NULL, "1", NULL, &error));
  started = g_get_monotonic_time ();
  g_assert_false (qs_producer_flush (producer, LIMIT, &error));
  assert_late (error);

  return started;
}

/* What a flush sends begins a transaction if nothing has. */
static gint64
begin_silent (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsProducer) producer =
      qs_producer_new_transactional (fixture->config, NULL, "id", NULL, NULL, NULL, &error);
  const QsOutgoing record = { .topic = qs_producer_open_topic (producer, TOPIC, &error) };
  gint64           started = g_get_monotonic_time ();

  g_assert_false (qs_producer_send_in_flush (producer, &record, qs_deadline_after (LIMIT), &error));
  assert_late (error);

  return started;
}

static gint64
fence_silent (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsProducer) producer =
      qs_producer_new_transactional (fixture->config, NULL, "id", NULL, NULL, NULL, &error);
  gint64 started = g_get_monotonic_time ();

  g_assert_false (qs_producer_fence (producer, qs_deadline_after (LIMIT), NULL, &error));
  assert_late (error);

  return started;
}

static gint64
watermarks_silent (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsProducer) producer =
      qs_producer_new (fixture->config, NULL, NULL, NULL, NULL, &error);
  gint64 started = g_get_monotonic_time ();
  gint64 low = 0;
  gint64 high = 0;

  g_assert_false (qs_producer_get_watermarks (
      producer, TOPIC, 0, qs_deadline_after (LIMIT), &low, &high, &error));
  assert_late (error);

  return started;
}

static gint64
look_up_silent (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsAdmin) admin = qs_admin_new (fixture->config, &error);
  gint64      started = g_get_monotonic_time ();
  gboolean    exists = FALSE;
  QsTopicInfo info = { 0, 0 };

  g_assert_false (qs_admin_lookup_topic (
      admin, TOPIC, qs_deadline_after (LIMIT), &exists, &info, NULL, &error));
  assert_late (error);
  g_clear_error (&error);
  g_assert_null (qs_admin_dup_topic_config (admin, TOPIC, qs_deadline_after (LIMIT), NULL, &error));
  assert_late (error);

  return started;
}

static gint64
settings_silent (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsAdmin) admin = qs_admin_new (fixture->config, &error);
  gint64 started = g_get_monotonic_time ();

  g_assert_null (qs_topic_settings_dup (admin, TOPIC, qs_deadline_after (LIMIT), NULL, &error));
  assert_late (error);

  return started;
}

/* The topic is looked up, then created. */
static gint64
prepare_silent (Fixture *fixture)
{
  g_autoptr (GPtrArray) topics = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (GError) error = NULL;
  gint64 started = 0;

  fixture->config->request_timeout = LIMIT;
  admin = qs_admin_new (fixture->config, &error);
  g_ptr_array_add (topics, qs_topic_new (TOPIC));
  started = g_get_monotonic_time ();
  g_assert_false (qs_topic_manager_prepare (admin, topics, TRUE, NULL, &error));
  assert_late (error);

  return started;
}

static gint64
create_silent (Fixture *fixture)
{
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (GError) error = NULL;
  gint64 started = 0;

  fixture->config->topic_create_timeout = LIMIT;
  admin = qs_admin_new (fixture->config, &error);
  started = g_get_monotonic_time ();
  g_assert_false (qs_admin_create_topic (admin, TOPIC, 1, 1, NULL, NULL, &error));
  assert_late (error);
  g_clear_error (&error);
  g_assert_false (qs_admin_delete_topic (admin, TOPIC, NULL, &error));
  assert_late (error);

  return started;
}

static gint64
read_silent (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsPartitionReader) reader = qs_partition_reader_new (fixture->config, &error);
  gint64 started = g_get_monotonic_time ();
  gint64 deadline = qs_deadline_after (LIMIT);
  gint64 low = 0;
  gint64 high = 0;
  int    n_partitions = 0;

  g_assert_false (
      qs_partition_reader_get_n_partitions (reader, TOPIC, deadline, &n_partitions, &error));
  assert_late (error);
  g_clear_error (&error);
  g_assert_false (
      qs_partition_reader_get_watermarks (reader, TOPIC, 0, deadline, &low, &high, &error));
  assert_late (error);
  g_assert_null (qs_partition_reader_dup_cluster_id (reader, deadline));

  return started;
}

static gint64
harness_silent (Fixture *fixture)
{
  g_autoptr (QsTopic) topic = qs_topic_new (TOPIC);
  g_autoptr (QsHarnessReader) reader =
      qs_harness_reader_new (fixture->config->bootstrap_servers, topic);
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;
  gint64 started = g_get_monotonic_time ();

  g_assert_false (qs_harness_reader_read (reader, qs_deadline_after (LIMIT), records, &error));
  assert_late (error);

  return started;
}

/*
 * A broker that goes down, or is slow
 */

static gint64
flush_down (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsProducer) producer =
      qs_producer_new_transactional (fixture->config, NULL, "id", NULL, NULL, NULL, &error);
  QsProducerTopic *topic = qs_producer_open_topic (producer, TOPIC, &error);
  gint64           started = 0;

  g_assert_true (send_text (producer, topic, 0, NULL, "1", NULL, &error));
  g_assert_true (qs_producer_flush (producer, OTHERS, &error));
  g_assert_true (send_text (producer, topic, 0, NULL, "2", NULL, &error));
  qs_embedded_broker_broker_down (fixture->broker, 1);
  started = g_get_monotonic_time ();
  g_assert_false (qs_producer_flush (producer, LIMIT, &error));
  assert_late (error);

  return started;
}

static gint64
poll_down (Fixture *fixture)
{
  const char *const topics[] = { TOPIC, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (QsProducer) producer =
      qs_producer_new (fixture->config, NULL, NULL, NULL, NULL, &error);
  g_autoptr (QsConsumer) consumer =
      qs_consumer_new (fixture->config, "group", QS_AUTO_OFFSET_RESET_EARLIEST, TRUE, 0);
  g_autoptr (QsMessage) message = NULL;
  gint64 started = 0;

  g_assert_true (send_text (
      producer, qs_producer_open_topic (producer, TOPIC, &error), 0, NULL, "1", NULL, &error));
  g_assert_true (qs_producer_flush (producer, OTHERS, &error));
  g_assert_true (qs_consumer_subscribe (consumer, topics, &error));
  message = qs_consumer_poll (consumer, OTHERS, &error);
  g_assert_no_error (error);
  g_assert_true (qs_consumer_store_offset (consumer, message, &error));

  /* A commit is due in each. */
  qs_embedded_broker_broker_down (fixture->broker, 1);
  started = g_get_monotonic_time ();
  for (int i = 0; i < N_POLLS; i++)
    {
      g_autoptr (GError) failure = NULL;

      g_assert_null (qs_consumer_poll (consumer, LIMIT, &failure));
      g_test_message ("%s", failure != NULL ? failure->message : "(nothing came)");
    }
  g_assert_cmpint (g_get_monotonic_time () - started, <, BOUND * G_USEC_PER_SEC);
  qs_embedded_broker_broker_up (fixture->broker, 1);

  return g_get_monotonic_time ();
}

static void
ignore (gpointer user_data)
{
}

static void
ignore_revoked (gboolean lost, gpointer user_data)
{
}

static void
ignore_record (const QsReceived *record, gpointer user_data)
{
}

static void
ignore_end (const char *topic, int partition, gint64 offset, gpointer user_data)
{
}

static void
ignore_failure (const GError *error, gboolean fatal, gpointer user_data)
{
  g_test_message ("%s", error->message);
}

static const QsGroupListener deaf = {
  .assigned = ignore,
  .revoked = ignore_revoked,
  .received = ignore_record,
  .end_reached = ignore_end,
  .batch_done = ignore,
  .failed = ignore_failure,
};

static void
closed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

/* Asks for one partition after the other. */
static gint64
ends_slow (Fixture *fixture)
{
  const char *const topics[] = { TOPIC, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (QsOffsets) partitions = qs_offsets_new ();
  g_autoptr (QsOffsets) none = qs_offsets_new ();
  g_autoptr (QsOffsets) ends = NULL;
  g_autoptr (QsGroupConsumer) consumer = qs_group_consumer_new (
      fixture->config, "group", QS_AUTO_OFFSET_RESET_EARLIEST, FALSE, &deaf, NULL, &error);
  gboolean is_closed = FALSE;
  gint64   started = 0;

  g_assert_true (qs_group_consumer_subscribe (consumer, topics, &error));
  for (int i = 0; i < N_PARTITIONS; i++)
    qs_offsets_set (partitions, TOPIC, i, 0);
  qs_embedded_broker_set_rtt (fixture->broker, 1, ROUND_TRIP);
  started = g_get_monotonic_time ();
  g_assert_null (
      qs_group_consumer_find_ends (consumer, partitions, qs_deadline_after (LIMIT), &error));
  assert_late (error);
  g_clear_error (&error);
  g_assert_cmpint (
      qs_group_consumer_count_unread (consumer, none, &ends, qs_deadline_after (LIMIT), &error),
      ==,
      -1);
  assert_late (error);
  g_assert_cmpint (g_get_monotonic_time () - started, <, BOUND * G_USEC_PER_SEC);

  qs_embedded_broker_set_rtt (fixture->broker, 1, 0);
  qs_group_consumer_close (consumer, closed_cb, &is_closed);
  WAIT_UNTIL (is_closed);

  return g_get_monotonic_time ();
}

static gint64
harness_slow (Fixture *fixture)
{
  g_autoptr (QsTopic) topic = qs_topic_new (TOPIC);
  g_autoptr (QsHarnessReader) reader =
      qs_harness_reader_new (fixture->config->bootstrap_servers, topic);
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;
  gboolean is_at_end = FALSE;
  gint64   started = 0;

  qs_embedded_broker_set_rtt (fixture->broker, 1, ROUND_TRIP);
  started = g_get_monotonic_time ();
  g_assert_false (
      qs_harness_reader_check_end (reader, qs_deadline_after (LIMIT), &is_at_end, &error));
  assert_late (error);

  return started;
}

/* The state of a source is flushed with its records. */
static void
test_state_flush (EmbeddedFixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gint64 started = 0;

  g_test_summary ("A flush of a state ends by its limit when the brokers have gone");

  fixture->base.kafka->request_timeout = OTHERS;
  fixture->base.kafka->broker_availability_timeout = OTHERS;
  state_open (&fixture->base);
  state_set (&fixture->base, "a", 1);
  state_flush (&fixture->base);
  state_set (&fixture->base, "a", 2);
  qs_embedded_broker_broker_down (fixture->broker, 1);
  started = g_get_monotonic_time ();
  g_assert_false (
      qs_state_partition_flush (fixture->base.partition, qs_deadline_after (LIMIT), &error));
  assert_late (error);
  g_assert_cmpint (g_get_monotonic_time () - started, <, BOUND * G_USEC_PER_SEC);
  qs_embedded_broker_broker_up (fixture->broker, 1);
}

static const struct
{
  const char *name;
  CallFunc    call;
  gboolean    is_silent;
} calls[] = {
  { "flush-silent", flush_silent, TRUE },
  { "begin-silent", begin_silent, TRUE },
  { "fence-silent", fence_silent, TRUE },
  { "watermarks-silent", watermarks_silent, TRUE },
  { "look-up-silent", look_up_silent, TRUE },
  { "prepare-silent", prepare_silent, TRUE },
  { "settings-silent", settings_silent, TRUE },
  { "create-silent", create_silent, TRUE },
  { "read-silent", read_silent, TRUE },
  { "harness-silent", harness_silent, TRUE },
  { "flush-down", flush_down, FALSE },
  { "poll-down", poll_down, FALSE },
  { "ends-slow", ends_slow, FALSE },
  { "harness-slow", harness_slow, FALSE },
};

static void
test_call (gconstpointer data)
{
  guint   number = GPOINTER_TO_UINT (data);
  Fixture fixture = { 0 };
  gint64  started = 0;

  g_test_summary ("A call returns by its limit, whatever the brokers do");

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  if (calls[number].is_silent)
    set_up_silent (&fixture);
  else
    set_up_broker (&fixture);
  started = calls[number].call (&fixture);
  g_assert_cmpint (g_get_monotonic_time () - started, <, BOUND * G_USEC_PER_SEC);
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autofree char *path = g_strdup_printf ("/time-limits/%s", calls[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_call);
    }
  EMBEDDED_ADD ("/time-limits", "state-flush", test_state_flush);

  return g_test_run ();
}
