/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kafka-state-fixture.h"

/* Seconds; far below the default. */
#define SHORT_TIMEOUT 3

/* Commits whose outcome the worker can't know. */

/* The broker of all these tests; NULL where there can be none. */
static QsTestKafka *kafka;

static void
set_up (KafkaFixture *fixture, gconstpointer user_data)
{
  if (kafka == NULL)
    kafka = qs_test_kafka_new_cut ();
  if (!kafka_fixture_init (
          fixture, kafka != NULL ? qs_test_kafka_get_address (kafka) : NULL, user_data))
    return;

  fixture->base.kafka->broker_availability_timeout = SHORT_TIMEOUT;
  kafka_create_topics (&fixture->base);
}

/* Commits "one", then fails to be told how the commit of "two" ended. */
static void
lose_verdict (StateFixture *base, void (*cut) (QsTestKafka *))
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) later = NULL;
  g_autoptr (QsState) state = NULL;

  state_open (base);
  state_set (base, "current", 1);
  g_assert_true (state_produce (base, "one", &error));
  state_flush (base);

  cut (kafka);
  state_set (base, "current", 2);
  g_assert_true (state_produce (base, "two", &error));
  g_assert_false (qs_state_partition_flush (base->partition, qs_deadline_after (30), &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TRANSACTION);
  state = qs_state_partition_dup_state (base->partition, &later);
  g_assert_null (state);
  g_assert_nonnull (later);

  qs_test_kafka_mend (kafka);
  state_close (base);
}

static void
test_lost_reply (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->base;
  g_autofree char *data = NULL;

  g_test_summary ("A commit whose answer was lost is an error, and the next start finds it done");

  if (fixture->is_skipped)
    return;

  lose_verdict (base, qs_test_kafka_cut_reply);
  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, 2);
  data = state_dump (base, base->topic, TRUE);
  g_assert_cmpstr (data, ==, "=one\n=two\n");
}

static void
test_lost_request (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->base;
  g_autofree char *data = NULL;

  g_test_summary ("A commit that never arrived is an error, and the next start finds it undone");

  if (fixture->is_skipped)
    return;

  lose_verdict (base, qs_test_kafka_cut_request);
  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, 1);
  data = state_dump (base, base->topic, TRUE);
  /* At least once, "two" had been acknowledged before. */
  g_assert_cmpstr (data,
                   ==,
                   qs_guarantee_is_exactly_once (&base->config->guarantee) ? "=one\n"
                                                                           : "=one\n=two\n");
}

int
main (int argc, char *argv[])
{
  int status = 0;

  g_test_init (&argc, &argv, NULL);

  KAFKA_ADD ("/state-verdict", "lost-reply", set_up, test_lost_reply);
  KAFKA_ADD ("/state-verdict", "lost-request", set_up, test_lost_request);

  status = g_test_run ();
  g_clear_pointer (&kafka, qs_test_kafka_free);

  return status;
}
