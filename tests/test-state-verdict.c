/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "state-fixture.h"

#include "qs-test-kafka.h"

/* Seconds; far below the default. */
#define SHORT_TIMEOUT 3

/* Commits whose outcome the worker can't know. */
typedef struct
{
  StateFixture base;
  gboolean     is_skipped;
} Fixture;

/* The broker of all these tests; NULL where there can be none. */
static QsTestKafka *kafka;

static void
create_topic (Fixture *fixture, const char *name, gboolean is_changelog)
{
  g_autoptr (QsTopic) topic = is_changelog ? qs_changelog_topic_new (name, 1) : qs_topic_new (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (QsAdmin) admin = qs_admin_new (fixture->base.kafka, &error);

  g_assert_no_error (error);
  qs_admin_create_topic (admin, name, 1, 1, qs_topic_get_config (topic), NULL, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *name = NULL;

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);

  if (kafka == NULL)
    kafka = qs_test_kafka_new_cut ();
  fixture->is_skipped = kafka == NULL;
  if (fixture->is_skipped)
    return;

  name = qs_test_kafka_unique_name ("state");
  state_fixture_init (&fixture->base, qs_test_kafka_get_address (kafka), name);
  fixture->base.config->exactly_once = g_str_equal (user_data, "exactly-once");
  fixture->base.kafka->broker_availability_timeout = SHORT_TIMEOUT;
  create_topic (fixture, fixture->base.changelog, TRUE);
  create_topic (fixture, fixture->base.topic, FALSE);
}

static void
tear_down (Fixture *fixture, gconstpointer user_data)
{
  if (!fixture->is_skipped)
    state_fixture_clear (&fixture->base);
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
  g_assert_false (qs_state_partition_flush (base->partition, 30, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TRANSACTION);
  state = qs_state_partition_get_state (base->partition, &later);
  g_assert_null (state);
  g_assert_nonnull (later);

  qs_test_kafka_mend (kafka);
  state_close (base);
}

static void
test_lost_reply (Fixture *fixture, gconstpointer user_data)
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
test_lost_request (Fixture *fixture, gconstpointer user_data)
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
  g_assert_cmpstr (data, ==, base->config->exactly_once ? "=one\n" : "=one\n=two\n");
}

#define ADD(path, function)                                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_test_add ("/state-verdict/at-least-once/" path,                                              \
                Fixture,                                                                           \
                "at-least-once",                                                                   \
                set_up,                                                                            \
                function,                                                                          \
                tear_down);                                                                        \
    g_test_add ("/state-verdict/exactly-once/" path,                                               \
                Fixture,                                                                           \
                "exactly-once",                                                                    \
                set_up,                                                                            \
                function,                                                                          \
                tear_down);                                                                        \
  }                                                                                                \
  G_STMT_END

int
main (int argc, char *argv[])
{
  int status = 0;

  g_test_init (&argc, &argv, NULL);

  ADD ("lost-reply", test_lost_reply);
  ADD ("lost-request", test_lost_request);

  status = g_test_run ();
  g_clear_pointer (&kafka, qs_test_kafka_free);

  return status;
}
