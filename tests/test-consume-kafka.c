/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two processes of one group on a real broker. Called with the argument `member`,
 * this program is such a process. */

#include <librdkafka/rdkafka.h>
#include <qsource/qsource.h>
#include <signal.h>
#include <unistd.h>

#include "qs-admin-private.h"
#include "qs-test-kafka.h"
#include "send-text.h"

#define N_PARTITIONS 4
#define N_RECORDS 8000
#define RECORDS_PER_CHUNK 100
#define CHUNK_INTERVAL_US 50000
#define RANDOM_KILLS_US (10 * G_USEC_PER_SEC)
#define DEADLINE_US (90 * G_USEC_PER_SEC)

typedef struct
{
  const char *broker;
  char       *input;
  char       *output;
  char       *group;
  gboolean    is_exact;
  const char *session;  /* milliseconds after which a member that is silent is replaced */
  const char *interval; /* seconds, between commits */
  gboolean    drains;
  int         is_joining; /* atomic: a member is to come that waits for a record */
} Fixture;

static QsTopic *
new_topic (const char *name)
{
  QsTopic *topic = qs_topic_new (name);
  g_autoptr (QsSerializer) bytes = qs_serializer_for_name ("bytes", NULL);

  qs_topic_set_value_serializer (topic, bytes);
  qs_topic_set_n_partitions (topic, N_PARTITIONS);

  return topic;
}

/* Tells its parent, once, that it has a share. */
static void
processed_cb (QsApplication *app,
              const char    *topic,
              int            partition,
              gint64         offset,
              gpointer       user_data)
{
  static gboolean was_told = FALSE;

  if (!was_told && write (STDOUT_FILENO, "x", 1) == 1)
    was_told = TRUE;
}

/* A process of the group: from topic to topic, until it is killed or stopped. */
static int
run_member (char **argv)
{
  g_autoptr (QsTopic) input = new_topic (argv[3]);
  g_autoptr (QsTopic) output = new_topic (argv[4]);
  g_autoptr (QsApplication) app = NULL;
  g_autoptr (QsDataframe) dataframe = NULL;
  g_autoptr (GError) error = NULL;

  /* The standard output is for processed_cb() alone. */
  g_log_writer_default_set_use_stderr (TRUE);

  app = g_object_new (QS_TYPE_APPLICATION,
                      "broker-address",
                      argv[2],
                      "consumer-group",
                      argv[5],
                      "auto-offset-reset",
                      QS_AUTO_OFFSET_RESET_EARLIEST,
                      "commit-interval",
                      g_ascii_strtod (argv[8], NULL),
                      "transaction-timeout",
                      10.0,
                      "processing-guarantee",
                      g_str_equal (argv[6], "exactly-once") ? QS_PROCESSING_GUARANTEE_EXACTLY_ONCE
                                                            : QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE,
                      "drain",
                      g_str_equal (argv[9], "drain"),
                      "consumer-config",
                      g_variant_new_parsed ("{'session.timeout.ms': %s}", argv[7]),
                      NULL);
  g_signal_connect (app, "message-processed", G_CALLBACK (processed_cb), NULL);
  dataframe = qs_application_dataframe (app, input, NULL, &error);
  g_assert_no_error (error);
  qs_dataframe_to_topic (dataframe, output);

  if (qs_application_run (app, NULL, &error))
    return 0;

  g_printerr ("%s\n", error->message);
  return 1;
}

static GSubprocess *
start_member (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *member = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                                          &error,
                                          "/proc/self/exe",
                                          "member",
                                          fixture->broker,
                                          fixture->input,
                                          fixture->output,
                                          fixture->group,
                                          fixture->is_exact ? "exactly-once" : "at-least-once",
                                          fixture->session,
                                          fixture->interval,
                                          fixture->drains ? "drain" : "stay",
                                          NULL);

  g_assert_no_error (error);

  return member;
}

/* Waits until the topic is there. */
static void
wait_for_topic (QsAdmin *admin, const char *name)
{
  gint64   deadline = g_get_monotonic_time () + DEADLINE_US;
  gboolean exists = FALSE;

  while (!exists)
    {
      g_autoptr (GError) error = NULL;
      QsTopicInfo info = { 0 };

      qs_admin_lookup_topic (admin, name, G_MAXINT64, &exists, &info, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      if (!exists)
        g_usleep (20000);
    }
}

/* The same as start_member(), until it has made the topics. */
static GSubprocess *
start_first_member (Fixture *fixture)
{
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (fixture->broker);
  g_autoptr (GError) error = NULL;
  g_autoptr (QsAdmin) admin = qs_admin_new (config, &error);
  GSubprocess *member = start_member (fixture);

  g_assert_no_error (error);
  wait_for_topic (admin, fixture->input);
  wait_for_topic (admin, fixture->output);

  return member;
}

/* Waits until it has dealt with a record. */
static void
wait_for_member (GSubprocess *member)
{
  char   byte;
  gssize length = g_input_stream_read (g_subprocess_get_stdout_pipe (member), &byte, 1, NULL, NULL);

  g_assert_cmpint (length, ==, 1);
}

/* Produces the numbers, over seconds, in a thread; the second half slowly, so that there is
 * something left for a member that comes late. */
static gpointer
produce_main (gpointer user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (fixture->broker);
  g_autoptr (QsProducer) producer = NULL;
  g_autoptr (GError) error = NULL;
  QsProducerTopic *topic = NULL;

  producer = qs_producer_new (config, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  topic = qs_producer_open_topic (producer, fixture->input, &error);
  for (guint i = 0; i < N_RECORDS; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      send_text (producer, topic, (int) (i % N_PARTITIONS), NULL, text, NULL, &error);
      g_assert_no_error (error);
      if (i % RECORDS_PER_CHUNK == 0 ||
          (i > N_RECORDS / 2 && g_atomic_int_get (&fixture->is_joining)))
        g_usleep (CHUNK_INTERVAL_US);
    }
  qs_producer_flush (producer, 30, &error);
  g_assert_no_error (error);

  return NULL;
}

static rd_kafka_t *
open_reader (Fixture *fixture)
{
  g_autofree char                 *group = qs_test_kafka_unique_name ("check");
  rd_kafka_conf_t                 *conf = rd_kafka_conf_new ();
  rd_kafka_t                      *client = NULL;
  rd_kafka_topic_partition_list_t *partitions = rd_kafka_topic_partition_list_new (N_PARTITIONS);
  char                             reason[512] = "";

  rd_kafka_conf_set (conf, "bootstrap.servers", fixture->broker, reason, sizeof reason);
  rd_kafka_conf_set (conf, "group.id", group, reason, sizeof reason);
  rd_kafka_conf_set (conf, "enable.partition.eof", "true", reason, sizeof reason);
  rd_kafka_conf_set (conf, "isolation.level", "read_committed", reason, sizeof reason);
  client = rd_kafka_new (RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
  g_assert_nonnull (client);
  for (int i = 0; i < N_PARTITIONS; i++)
    rd_kafka_topic_partition_list_add (partitions, fixture->output, i)->offset = 0;
  rd_kafka_assign (client, partitions);
  rd_kafka_topic_partition_list_destroy (partitions);

  return client;
}

/* How many of the numbers are in the output, for one who reads what is committed;
 * counts those that are there twice. */
static guint
count_output (Fixture *fixture, guint *n_twice)
{
  g_autofree guint8 *seen = g_new0 (guint8, N_RECORDS);
  rd_kafka_t        *reader = open_reader (fixture);
  gint64             deadline = g_get_monotonic_time () + DEADLINE_US;
  guint              n_seen = 0;
  guint              n_ends = 0;

  *n_twice = 0;
  while (n_ends < N_PARTITIONS && g_get_monotonic_time () < deadline)
    {
      rd_kafka_message_t *message = rd_kafka_consumer_poll (reader, 1000);

      if (message != NULL && message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        {
          g_autofree char *text = g_strndup (message->payload, message->len);
          guint64          number = g_ascii_strtoull (text, NULL, 10);

          g_assert_cmpuint (number, <, N_RECORDS);
          n_seen += seen[number] == 0;
          *n_twice += seen[number] != 0;
          seen[number] = 1;
        }
      else if (message != NULL && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        {
          n_ends++;
        }
      g_clear_pointer (&message, rd_kafka_message_destroy);
    }
  rd_kafka_destroy (reader);

  return n_seen;
}

static void
stop_member (GSubprocess *member)
{
  g_subprocess_send_signal (member, SIGTERM);
  g_subprocess_wait (member, NULL, NULL);
  g_assert_true (g_subprocess_get_if_exited (member));
  g_assert_cmpint (g_subprocess_get_exit_status (member), ==, 0);
}

static void
test_group_killed (Fixture *fixture, gconstpointer user_data)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE_US;
  g_autoptr (GSubprocess) first = NULL;
  g_autoptr (GSubprocess) second = NULL;
  g_autoptr (GSubprocess) third = NULL;
  GThread *thread = NULL;
  guint    n_seen = 0;
  guint    n_twice = 0;

  g_test_summary ("Of two processes of a group one is killed, one comes, one leaves: none is lost");

  first = start_first_member (fixture);
  g_atomic_int_set (&fixture->is_joining, TRUE);
  thread = g_thread_new ("produce", produce_main, fixture);
  wait_for_member (first);
  second = start_member (fixture);
  wait_for_member (second);
  g_subprocess_force_exit (second);
  g_subprocess_wait (second, NULL, NULL);
  third = start_member (fixture);
  wait_for_member (third);
  g_atomic_int_set (&fixture->is_joining, FALSE);
  stop_member (first);
  g_thread_join (thread);

  while ((n_seen = count_output (fixture, &n_twice)) < N_RECORDS &&
         g_get_monotonic_time () < deadline)
    g_usleep (200000);
  stop_member (third);

  g_test_message ("%u of %u records, %u twice", n_seen, N_RECORDS, n_twice);
  g_assert_cmpuint (n_seen, ==, N_RECORDS);
  if (fixture->is_exact)
    g_assert_cmpuint (n_twice, ==, 0);
}

static void
test_group_in_order (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GSubprocess) first = NULL;
  g_autoptr (GSubprocess) second = NULL;
  GThread *thread = NULL;
  gint64   deadline = g_get_monotonic_time () + DEADLINE_US;
  guint    n_seen = 0;
  guint    n_twice = 0;

  g_test_summary ("Processes that come and leave in order lose nothing and double nothing");

  first = start_first_member (fixture);
  g_atomic_int_set (&fixture->is_joining, TRUE);
  thread = g_thread_new ("produce", produce_main, fixture);
  wait_for_member (first);
  second = start_member (fixture);
  wait_for_member (second);
  g_atomic_int_set (&fixture->is_joining, FALSE);
  stop_member (first);
  g_thread_join (thread);
  while ((n_seen = count_output (fixture, &n_twice)) < N_RECORDS &&
         g_get_monotonic_time () < deadline)
    g_usleep (200000);
  stop_member (second);

  g_test_message ("%u of %u records, %u twice", n_seen, N_RECORDS, n_twice);
  g_assert_cmpuint (n_seen, ==, N_RECORDS);
  g_assert_cmpuint (n_twice, ==, 0);
}

/* Reads the output until all is there, or too long. */
static void
check_output (Fixture *fixture)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE_US;
  guint  n_seen = 0;
  guint  n_twice = 0;

  while ((n_seen = count_output (fixture, &n_twice)) < N_RECORDS &&
         g_get_monotonic_time () < deadline)
    g_usleep (200000);

  g_test_message ("%u of %u records, %u twice", n_seen, N_RECORDS, n_twice);
  g_assert_cmpuint (n_seen, ==, N_RECORDS);
  g_assert_cmpuint (n_twice, ==, 0);
}

static void
test_group_killed_at_random (Fixture *fixture, gconstpointer user_data)
{
  gint64   end = g_get_monotonic_time () + RANDOM_KILLS_US;
  guint    n_kills = 0;
  GThread *thread = NULL;
  g_autoptr (GSubprocess) last = NULL;

  g_test_summary ("From topic to topic, exactly once, killed at any moment: none lost, none twice");

  last = start_first_member (fixture);
  thread = g_thread_new ("produce", produce_main, fixture);
  wait_for_member (last);
  for (; g_get_monotonic_time () < end; n_kills++)
    {
      g_usleep (g_test_rand_int_range (0, 2000000));
      g_subprocess_force_exit (last);
      g_subprocess_wait (last, NULL, NULL);
      g_clear_object (&last);
      last = start_member (fixture);
    }
  g_thread_join (thread);
  check_output (fixture);
  stop_member (last);

  g_test_message ("%u kills", n_kills);
}

static void
test_group_frozen (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GSubprocess) first = NULL;
  g_autoptr (GSubprocess) second = NULL;
  GThread *thread = NULL;

  g_test_summary ("A process that stood still while another one replaced it commits nothing");

  first = start_first_member (fixture);
  thread = g_thread_new ("produce", produce_main, fixture);
  wait_for_member (first);
  second = start_member (fixture);
  g_subprocess_send_signal (first, SIGSTOP);
  g_thread_join (thread);

  /* All of it, though the first one has a part of it open. */
  check_output (fixture);
  g_subprocess_send_signal (first, SIGCONT);
  stop_member (second);
  stop_member (first);
  check_output (fixture);
}

static void
test_group_drained (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GSubprocess) maker = NULL;
  g_autoptr (GSubprocess) first = NULL;
  g_autoptr (GSubprocess) second = NULL;
  guint n_seen = 0;
  guint n_twice = 0;

  g_test_summary ("Two processes that drain end when all is read, though one loses its share");

  maker = start_first_member (fixture);
  stop_member (maker);
  produce_main (fixture);

  fixture->drains = TRUE;
  first = start_member (fixture);
  wait_for_member (first);
  g_subprocess_send_signal (first, SIGSTOP);
  second = start_member (fixture);
  /* Sleeps: until its session is over, of which nothing tells but the clock. */
  g_usleep (9 * G_USEC_PER_SEC);
  g_subprocess_send_signal (first, SIGCONT);

  g_assert_true (g_subprocess_wait_check (second, NULL, NULL));
  n_seen = count_output (fixture, &n_twice);
  g_test_message ("%u of %u records, %u twice", n_seen, N_RECORDS, n_twice);
  g_assert_cmpuint (n_seen, ==, N_RECORDS);
  g_assert_true (g_subprocess_wait_check (first, NULL, NULL));
  if (fixture->is_exact)
    g_assert_cmpuint (n_twice, ==, 0);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  fixture->broker = qs_test_kafka_shared ();
  fixture->input = qs_test_kafka_unique_name ("input");
  fixture->output = qs_test_kafka_unique_name ("output");
  fixture->group = qs_test_kafka_unique_name ("group");
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_free (fixture->input);
  g_free (fixture->output);
  g_free (fixture->group);
}

/* Runs the test that @user_data is, where there is a broker. */
static void
test_group (Fixture *fixture, gconstpointer user_data)
{
  if (fixture->broker == NULL)
    return;

  fixture->is_exact = g_str_has_prefix (user_data, "exactly-once");
  fixture->session = "6000";
  fixture->interval = "0.3";
  if (g_str_has_suffix (user_data, "/killed"))
    {
      test_group_killed (fixture, NULL);
    }
  else if (g_str_has_suffix (user_data, "/random"))
    {
      test_group_killed_at_random (fixture, NULL);
    }
  else if (g_str_has_suffix (user_data, "/frozen"))
    {
      test_group_frozen (fixture, NULL);
    }
  else if (g_str_has_suffix (user_data, "/drained"))
    {
      test_group_drained (fixture, NULL);
    }
  else
    {
      /* Nobody is to be taken for dead only because the machine is busy, or to lose
       * his share because he commits in the moment in which the group changes. */
      fixture->session = "60000";
      fixture->interval = "60";
      test_group_in_order (fixture, NULL);
    }
}

#define ADD(name)                                                                                  \
  g_test_add ("/consume-kafka/" name, Fixture, name, fixture_set_up, test_group, fixture_tear_down)

int
main (int argc, char **argv)
{
  if (argc == 10 && g_str_equal (argv[1], "member"))
    return run_member (argv);

  g_test_init (&argc, &argv, NULL);

  ADD ("at-least-once/in-order");
  ADD ("at-least-once/killed");
  ADD ("at-least-once/drained");
  ADD ("exactly-once/in-order");
  ADD ("exactly-once/killed");
  ADD ("exactly-once/random");
  ADD ("exactly-once/frozen");
  ADD ("exactly-once/drained");

  return g_test_run ();
}
