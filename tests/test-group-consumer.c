/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-group-consumer-private.h"
#include "qs-kafka-error.h"
#include "send-text.h"
#include "start-broker.h"
#include "wait-for.h"

#define TOPIC "numbers"
#define N_PARTITIONS 2

/* Of Kafka's protocol. */
#define API_SYNC_GROUP 14
#define FENCED_INSTANCE_ID 82

/* Owned. */
static char *last_warning = NULL;

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; (level & G_LOG_LEVEL_WARNING) && i < n_fields; i++)
    {
      if (g_str_equal (fields[i].key, "MESSAGE"))
        {
          g_free (last_warning);
          last_warning = g_strdup (fields[i].value);
        }
    }

  return g_log_writer_default (level, fields, n_fields, user_data);
}

typedef struct
{
  QsEmbeddedBroker *broker;
  QsKafkaConfig    *config;
} Fixture;

/* A consumer and what it told. */
typedef struct
{
  QsGroupConsumer *consumer;
  GString         *values; /* of all messages, in order */
  guint            n_assigned;
  guint            n_revoked;
  guint            n_ends;
  guint            n_batches;
  GError          *error;
  gboolean         is_closed;
  QsOffsets       *to_commit; /* when it has given partitions away; nullable */
  GError          *refusal;   /* of that commit */
  gboolean         is_committed;
} Member;

static void
assigned (gpointer user_data)
{
  Member *member = user_data;

  member->n_assigned++;
}

static void
revoked (gboolean lost, gpointer user_data)
{
  Member *member = user_data;

  member->n_revoked++;
  qs_group_consumer_release (member->consumer);
  if (member->to_commit != NULL && member->refusal == NULL)
    qs_group_consumer_commit (member->consumer, member->to_commit, G_MAXINT64, &member->refusal);
}

static void
received (const QsReceived *record, gpointer user_data)
{
  Member *member = user_data;
  g_autoptr (GBytes) value = qs_received_dup_value (record);
  gsize         length = 0;
  gconstpointer data = g_bytes_get_data (value, &length);

  g_string_append_len (member->values, data, (gssize) length);
}

static void
end_reached (const char *topic, int partition, gint64 offset, gpointer user_data)
{
  Member *member = user_data;

  g_assert_cmpstr (topic, ==, TOPIC);
  member->n_ends++;
}

static void
batch_done (gpointer user_data)
{
  Member *member = user_data;

  member->n_batches++;
}

static void
failed (const GError *error, gboolean fatal, gpointer user_data)
{
  Member *member = user_data;

  g_clear_error (&member->error);
  member->error = g_error_copy (error);
}

static const QsGroupListener listener = {
  .assigned = assigned,
  .revoked = revoked,
  .received = received,
  .end_reached = end_reached,
  .batch_done = batch_done,
  .failed = failed,
};

static void
join (Fixture *fixture, Member *member, QsAutoOffsetReset reset, gboolean alone)
{
  static const char *const topics[] = { TOPIC, NULL };
  g_autoptr (GError) error = NULL;

  member->values = g_string_new (NULL);
  member->consumer =
      qs_group_consumer_new (fixture->config, "group", reset, alone, &listener, member, &error);
  g_assert_no_error (error);
  qs_group_consumer_subscribe (member->consumer, topics, &error);
  g_assert_no_error (error);
}

static void
closed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Member *member = user_data;

  member->is_closed = TRUE;
}

static void
leave (Member *member)
{
  qs_group_consumer_close (member->consumer, closed_cb, member);
  WAIT_UNTIL (member->is_closed);
  g_clear_object (&member->consumer);
  g_string_free (member->values, TRUE);
  g_clear_error (&member->error);
  g_clear_pointer (&member->to_commit, qs_offsets_free);
  g_clear_error (&member->refusal);
}

/* Produces @text, one record a letter, all to one partition. */
static void
produce (Fixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsProducer) producer = NULL;
  QsProducerTopic *topic = NULL;

  producer = qs_producer_new (fixture->config, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  topic = qs_producer_open_topic (producer, TOPIC, &error);
  g_assert_no_error (error);
  for (const char *c = text; *c != '\0'; c++)
    {
      const char letter[] = { *c, '\0' };

      g_assert_true (send_text (producer, topic, 1, NULL, letter, NULL, &error));
    }
  g_assert_true (qs_producer_flush (producer, 10, &error));
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  fixture->broker = start_broker (TOPIC, N_PARTITIONS);

  fixture->config = qs_kafka_config_new (qs_embedded_broker_get_address (fixture->broker));
  fixture->config->consumer_config = g_variant_ref_sink (g_variant_new_parsed (
      "{'fetch.wait.max.ms': '10', 'session.timeout.ms': '3100', 'heartbeat.interval.ms': '200'}"));
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_clear_pointer (&fixture->config, qs_kafka_config_unref);
  g_assert_finalize_object (fixture->broker);
}

static void
test_group_earliest (Fixture *fixture, gconstpointer user_data)
{
  Member member = { 0 };

  g_test_summary ("A member of a group reads all there is from the beginning, in order");

  produce (fixture, "abc");
  join (fixture, &member, QS_AUTO_OFFSET_RESET_EARLIEST, FALSE);
  WAIT_UNTIL (member.values->len == 3 && member.n_ends >= N_PARTITIONS);
  produce (fixture, "de");
  WAIT_UNTIL (member.values->len == 5);

  g_assert_cmpstr (member.values->str, ==, "abcde");
  g_assert_cmpuint (member.n_assigned, ==, 1);
  leave (&member);
}

static void
test_group_latest (Fixture *fixture, gconstpointer user_data)
{
  Member member = { 0 };

  g_test_summary ("What is produced after the assignment is read, though 'latest' is asked for");

  produce (fixture, "abc");
  join (fixture, &member, QS_AUTO_OFFSET_RESET_LATEST, GPOINTER_TO_INT (user_data));
  WAIT_UNTIL (member.n_assigned == 1);
  produce (fixture, "de");
  WAIT_UNTIL (member.values->len == 2);

  g_assert_cmpstr (member.values->str, ==, "de");
  leave (&member);
}

static void
test_group_latest_again (Fixture *fixture, gconstpointer user_data)
{
  Member member = { 0 };
  Member next = { 0 };

  g_test_summary ("A member that left before it committed costs no record, with 'latest' too");

  join (fixture, &member, QS_AUTO_OFFSET_RESET_LATEST, TRUE);
  WAIT_UNTIL (member.n_assigned == 1);
  leave (&member);
  produce (fixture, "abc");

  join (fixture, &next, QS_AUTO_OFFSET_RESET_LATEST, TRUE);
  WAIT_UNTIL (next.values->len == 3);
  leave (&next);
}

static void
test_group_commit (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsOffsets) offsets = qs_offsets_new ();
  g_autoptr (GError) error = NULL;
  Member member = { 0 };
  Member next = { 0 };

  g_test_summary ("The next member begins where the last one has committed");

  produce (fixture, "abc");
  join (fixture, &member, QS_AUTO_OFFSET_RESET_EARLIEST, TRUE);
  WAIT_UNTIL (member.values->len == 3);
  qs_offsets_set (offsets, TOPIC, 1, 2);
  g_assert_true (qs_group_consumer_commit (member.consumer, offsets, G_MAXINT64, &error));
  g_assert_no_error (error);
  leave (&member);

  join (fixture, &next, QS_AUTO_OFFSET_RESET_EARLIEST, TRUE);
  WAIT_UNTIL (next.values->len > 0);
  g_assert_cmpstr (next.values->str, ==, "c");
  leave (&next);
}

static void
test_group_error (Fixture *fixture, gconstpointer user_data)
{
  Member member = { 0 };

  g_test_summary ("With 'error', a partition without a committed offset is an error");

  join (fixture, &member, QS_AUTO_OFFSET_RESET_ERROR, TRUE);
  WAIT_UNTIL (member.error != NULL);
  g_assert_error (member.error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_STATE);
  g_assert_nonnull (strstr (member.error->message, "topic 'numbers', partition"));
  leave (&member);
}

/* Has the broker forget the first records of partition 1, the offset of one of which the
 * group has committed. */
static void
lose_records (Fixture *fixture)
{
  g_autoptr (QsOffsets) offsets = qs_offsets_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (QsProducer) producer = NULL;
  g_autofree char *large = g_strnfill (100000, 'x');
  QsProducerTopic *topic = NULL;
  Member           member = { 0 };

  produce (fixture, "abc");
  join (fixture, &member, QS_AUTO_OFFSET_RESET_EARLIEST, TRUE);
  WAIT_UNTIL (member.values->len == 3);
  qs_offsets_set (offsets, TOPIC, 1, 2);
  g_assert_true (qs_group_consumer_commit (member.consumer, offsets, G_MAXINT64, &error));
  leave (&member);

  producer = qs_producer_new (fixture->config, NULL, NULL, NULL, NULL, &error);
  topic = qs_producer_open_topic (producer, TOPIC, &error);
  for (guint i = 0; i < 120; i++)
    g_assert_true (send_text (producer, topic, 1, NULL, large, NULL, &error));
  g_assert_true (qs_producer_flush (producer, 10, &error));
}

static void
test_group_expired (Fixture *fixture, gconstpointer user_data)
{
  Member member = { 0 };

  g_test_summary ("An offset that has expired is a warning with both offsets, and 'latest' jumps "
                  "over nothing that is left");

  lose_records (fixture);
  g_clear_pointer (&last_warning, g_free);
  join (fixture, &member, QS_AUTO_OFFSET_RESET_LATEST, TRUE);
  WAIT_UNTIL (member.values->len > 3000000 || member.error != NULL);
  g_assert_no_error (member.error);
  g_assert_nonnull (strstr (last_warning, "Offset 2 of topic 'numbers', partition 1, does not"));
  g_assert_nonnull (strstr (last_warning, "continuing at offset "));
  g_assert_no_error (member.error);
  leave (&member);
}

static void
test_group_expired_error (Fixture *fixture, gconstpointer user_data)
{
  Member member = { 0 };

  g_test_summary ("With 'error', an offset that has expired is one that names it");

  lose_records (fixture);
  join (fixture, &member, QS_AUTO_OFFSET_RESET_ERROR, TRUE);
  WAIT_UNTIL (member.error != NULL);
  g_test_message ("%s", member.error->message);
  g_assert_nonnull (strstr (member.error->message, "partition 1: offset 2 does not exist"));
  leave (&member);
}

static void
test_group_pause (Fixture *fixture, gconstpointer user_data)
{
  Member member = { 0 };
  guint  n_batches = 0;

  g_test_summary ("While it is paused, nothing is delivered, and after that everything is");

  join (fixture, &member, QS_AUTO_OFFSET_RESET_EARLIEST, TRUE);
  WAIT_UNTIL (member.n_ends >= N_PARTITIONS);
  qs_group_consumer_pause (member.consumer);
  produce (fixture, "abc");
  n_batches = member.n_batches;
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (member.n_batches, ==, n_batches);

  qs_group_consumer_resume (member.consumer);
  WAIT_UNTIL (member.values->len == 3);
  leave (&member);
}

static void
test_group_ends (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsOffsets) ends = NULL;
  g_autoptr (QsOffsets) assignment = NULL;
  g_autoptr (GError) error = NULL;
  Member member = { 0 };

  g_test_summary ("The ends of the partitions are those of what was produced");

  join (fixture, &member, QS_AUTO_OFFSET_RESET_EARLIEST, TRUE);
  WAIT_UNTIL (member.n_assigned == 1);
  produce (fixture, "abc");
  assignment = qs_group_consumer_dup_assignment (member.consumer);
  g_assert_cmpuint (qs_offsets_count (assignment), ==, N_PARTITIONS);
  ends = qs_group_consumer_find_ends (member.consumer, assignment, G_MAXINT64, &error);
  g_assert_no_error (error);
  g_assert_cmpint (qs_offsets_get (ends, TOPIC, 0), ==, 0);
  g_assert_cmpint (qs_offsets_get (ends, TOPIC, 1), ==, 3);
  g_assert_cmpint (qs_offsets_get (ends, TOPIC, 2), ==, -1);
  leave (&member);
}

static void
test_group_two (Fixture *fixture, gconstpointer user_data)
{
  Member first = { 0 };
  Member second = { 0 };

  g_test_summary ("A second member gets its share, and the first one all when it leaves");

  join (fixture, &first, QS_AUTO_OFFSET_RESET_EARLIEST, FALSE);
  WAIT_UNTIL (first.n_assigned == 1);
  join (fixture, &second, QS_AUTO_OFFSET_RESET_EARLIEST, FALSE);
  WAIT_UNTIL (first.n_revoked == 1 && second.n_assigned > 0);
  leave (&second);
  WAIT_UNTIL (first.n_assigned > 1);
  produce (fixture, "abc");
  WAIT_UNTIL (first.values->len == 3);
  leave (&first);
}

/* Commits, unless it has. */
static gboolean
is_committed (Member *member)
{
  if (!member->is_committed)
    member->is_committed =
        qs_group_consumer_commit (member->consumer, member->to_commit, G_MAXINT64, NULL);

  return member->is_committed;
}

static void
test_group_commit_held (Fixture *fixture, gconstpointer user_data)
{
  Member first = { 0 };
  Member second = { 0 };

  g_test_summary ("A member that has given partitions away commits when it has joined again");

  join (fixture, &first, QS_AUTO_OFFSET_RESET_EARLIEST, FALSE);
  WAIT_UNTIL (first.n_assigned == 1);
  produce (fixture, "abc");
  first.to_commit = qs_offsets_new ();
  qs_offsets_set (first.to_commit, TOPIC, 1, 1);
  join (fixture, &second, QS_AUTO_OFFSET_RESET_EARLIEST, FALSE);

  WAIT_UNTIL (first.n_revoked == 1);
  g_assert_error (first.refusal, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_STATE);
  g_assert_nonnull (strstr (first.refusal->message, "joins its group again"));
  WAIT_UNTIL (is_committed (&first) && second.n_assigned > 0);

  leave (&second);
  leave (&first);
}

static void
test_group_close_early (Fixture *fixture, gconstpointer user_data)
{
  Member member = { 0 };

  g_test_summary ("It can be closed before it has joined");

  join (fixture, &member, QS_AUTO_OFFSET_RESET_EARLIEST, GPOINTER_TO_INT (user_data));
  leave (&member);
}

static void
test_group_close_between (Fixture *fixture, gconstpointer user_data)
{
  const int codes[] = { FENCED_INSTANCE_ID, FENCED_INSTANCE_ID };
  Member    member = { 0 };

  g_test_summary ("It can be closed after it has joined and before it has a share");

  qs_embedded_broker_push_error (fixture->broker, API_SYNC_GROUP, codes, G_N_ELEMENTS (codes));
  join (fixture, &member, QS_AUTO_OFFSET_RESET_EARLIEST, FALSE);
  WAIT_UNTIL (member.error != NULL);
  leave (&member);
}

#define ADD(name, data, function)                                                                  \
  g_test_add ("/group-consumer/" name,                                                             \
              Fixture,                                                                             \
              GINT_TO_POINTER (data),                                                              \
              fixture_set_up,                                                                      \
              function,                                                                            \
              fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Some warnings are what is tested here. */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  g_log_set_writer_func (write_log, NULL, NULL);

  ADD ("earliest", FALSE, test_group_earliest);
  ADD ("latest", FALSE, test_group_latest);
  ADD ("alone/latest", TRUE, test_group_latest);
  ADD ("alone/latest-again", TRUE, test_group_latest_again);
  ADD ("alone/commit", TRUE, test_group_commit);
  ADD ("alone/error", TRUE, test_group_error);
  ADD ("alone/expired", TRUE, test_group_expired);
  ADD ("alone/expired-error", TRUE, test_group_expired_error);
  ADD ("alone/pause", TRUE, test_group_pause);
  ADD ("alone/ends", TRUE, test_group_ends);
  ADD ("commit-held", 0, test_group_commit_held);
  ADD ("two", FALSE, test_group_two);
  ADD ("close-early", FALSE, test_group_close_early);
  ADD ("close-between", FALSE, test_group_close_between);
  ADD ("alone/close-early", TRUE, test_group_close_early);

  return g_test_run ();
}
