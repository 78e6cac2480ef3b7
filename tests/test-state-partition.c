/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "state-fixture.h"

#include "qs-embedded-broker.h"

#define API_PRODUCE 0
#define API_ADD_PARTITIONS 24
#define API_END_TXN 26
#define MESSAGE_TOO_LARGE 10
#define TOPIC_UNAUTHORIZED 29

/* The state of a source on the embedded broker. */
typedef struct
{
  StateFixture      base;
  QsEmbeddedBroker *broker;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);

  fixture->broker = qs_embedded_broker_new (1);
  qs_embedded_broker_start (fixture->broker, &error);
  g_assert_no_error (error);
  state_fixture_init (&fixture->base, qs_embedded_broker_get_address (fixture->broker), "g");
  fixture->base.config->is_embedded = TRUE;
  fixture->base.config->exactly_once = g_str_equal (user_data, "exactly-once");
  qs_embedded_broker_create_topic (fixture->broker, fixture->base.changelog, 1, &error);
  g_assert_no_error (error);
  qs_embedded_broker_create_topic (fixture->broker, fixture->base.topic, 1, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer user_data)
{
  state_fixture_clear (&fixture->base);
  g_assert_finalize_object (fixture->broker);
}

static void
test_restart (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;

  g_test_summary ("What a flush has committed is there after a restart, and nothing else is");

  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, -1);
  state_set (base, "current", 5);
  state_flush (base);
  state_set (base, "current", 6);
  state_close (base);

  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, 5);
  g_assert_cmpuint (base->n_told, <=, 1);
  state_remove (base, "current");
  state_flush (base);
  state_close (base);

  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, -1);
}

static void
test_lost_store (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;

  g_test_summary ("A lost store is made again from the changelog");

  state_open (base);
  for (int i = 0; i < 200; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d", i % 50);

      state_set (base, key, i);
      if (i % 10 == 9)
        state_flush (base);
    }
  state_remove (base, "key 7");
  state_flush (base);
  state_close (base);
  state_lose_store (base);

  state_open (base);
  g_assert_cmpint (base->progress.n_records, >, 200);
  g_assert_cmpint (base->progress.n_left, ==, 0);
  for (int i = 0; i < 50; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d", i);

      g_assert_cmpint (state_get (base, key), ==, i == 7 ? -1 : 150 + i);
    }
}

static void
test_records (Fixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->base;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_test_summary ("The changelog begins with its identity, and has the changes in their order");

  state_open (base);
  state_set (base, "b", 1);
  state_set (base, "a", 2);
  state_set (base, "b", 3);
  state_flush (base);
  state_remove (base, "a");
  state_flush (base);
  /* Nothing changed, nothing written. */
  state_get (base, "b");
  state_flush (base);
  state_flush (base);

  text = state_dump (base, base->changelog, FALSE);
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 5);
  g_assert_true (g_str_has_prefix (lines[0], "__qsource_changelog_id__="));
  g_assert_cmpstr (lines[1], ==, "\"b\"=3");
  g_assert_cmpstr (lines[2], ==, "\"a\"=2");
  g_assert_cmpstr (lines[3], ==, "\"a\"=");
}

static void
test_lost_record (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) error = NULL;
  g_autoptr (QsState) state = NULL;
  g_autofree char *text = NULL;
  const int        code = MESSAGE_TOO_LARGE;

  g_test_summary ("If a record is lost, neither changelog nor store go ahead, and no flush does");

  state_open (base);
  state_set (base, "current", 4);
  state_flush (base);

  /* The next produce request is that of the data. */
  qs_embedded_broker_push_error (fixture->broker, API_PRODUCE, &code, 1);
  g_assert_true (state_produce (base, "5", &error));
  while (qs_producer_get_n_in_flight (base->data) > 0)
    g_usleep (1000);
  state_set (base, "current", 5);
  g_assert_false (qs_state_partition_flush (base->partition, 20, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_MESSAGE_TOO_LARGE);
  g_clear_error (&error);

  /* And never again. */
  g_assert_false (qs_state_partition_flush (base->partition, 20, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  state = qs_state_partition_get_state (base->partition, &error);
  g_assert_null (state);
  g_assert_nonnull (error);

  text = state_dump (base, base->changelog, FALSE);
  g_assert_null (strstr (text, "\"current\"=5"));
  state_close (base);
  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, 4);
}

static void
test_refused_produce (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) refusal =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "gave up a full queue");
  g_autoptr (GError) error = NULL;

  g_test_summary ("After a produce that was refused, no flush commits");

  state_open (base);
  state_set (base, "current", 5);
  qs_producer_poison (base->data, refusal);
  g_assert_false (qs_state_partition_flush (base->partition, 20, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  state_close (base);

  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, -1);
}

static void
test_invalid (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (QsState) old = NULL;
  g_autoptr (QsState) same = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A state is the same until the flush, and ends with it");

  state_open (base);
  old = qs_state_partition_get_state (base->partition, &error);
  same = qs_state_partition_get_state (base->partition, &error);
  g_assert_true (old == same);
  state_flush (base);
  g_assert_false (qs_state_contains (old, "a", &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_INVALID);
}

static void
test_in_use (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  StateFixture  second = *base;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A store that is in use is not opened again");

  state_open (base);
  second.partition = NULL;
  second.data = NULL;
  state_try_open (&second, &error);
  g_assert_null (second.partition);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_LOCKED);
  state_close (&second);
}

static void
test_other_changelog (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) error = NULL;
  StateFixture *other = NULL;
  Fixture       second = { 0 };

  g_test_summary ("A store beside an empty changelog is refused, and left as it is");

  state_open (base);
  state_set (base, "current", 5);
  state_flush (base);
  state_close (base);

  /* A new broker with the same topic, empty. */
  set_up (&second, user_data);
  other = &second.base;
  g_free (other->config->state_dir);
  other->config->state_dir = g_strdup (base->state_dir);
  state_try_open (other, &error);
  g_assert_null (other->partition);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "clear_state()"));
  tear_down (&second, user_data);

  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, 5);
}

static void
test_no_changelog (Fixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->base;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Without a changelog the store keeps the state, and none is taken for the other");

  base->config->use_changelog_topics = FALSE;
  state_try_open (base, &error);
  if (base->config->exactly_once)
    {
      g_assert_null (base->partition);
      g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_FAILED);
      return;
    }

  g_assert_no_error (error);
  state_set (base, "current", 5);
  state_flush (base);
  state_close (base);
  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, 5);
  text = state_dump (base, base->changelog, FALSE);
  g_assert_cmpstr (text, ==, "");
  state_close (base);

  base->config->use_changelog_topics = TRUE;
  state_try_open (base, &error);
  g_assert_null (base->partition);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH);
  state_close (base);
}

/* What brokers answer to the requests of a transaction, and what comes of it; -1:
 * it is tried again, and goes well. */
static const struct
{
  int api;
  int code;
  int result;
} answers[] = {
  { API_END_TXN, 14 /* coordinator is loading */, -1 },
  { API_END_TXN, 15 /* coordinator not available */, -1 },
  { API_END_TXN, 16 /* not coordinator */, -1 },
  { API_END_TXN, 51 /* concurrent transactions */, -1 },
  { API_END_TXN, 47 /* invalid producer epoch */, QS_KAFKA_ERROR_FENCED },
  { API_END_TXN, 90 /* producer fenced */, QS_KAFKA_ERROR_FENCED },
  { API_END_TXN, 48 /* invalid transaction state */, QS_KAFKA_ERROR_TRANSACTION },
  { API_END_TXN, 49 /* invalid producer id mapping */, QS_KAFKA_ERROR_TRANSACTION },
  { API_END_TXN, 59 /* unknown producer id */, QS_KAFKA_ERROR_TRANSACTION },
  { API_END_TXN, 53 /* not authorized */, QS_KAFKA_ERROR_NOT_AUTHORIZED },
  { API_ADD_PARTITIONS, 51 /* concurrent transactions */, -1 },
  { API_ADD_PARTITIONS, 47 /* invalid producer epoch */, QS_KAFKA_ERROR_FENCED },
  { API_ADD_PARTITIONS, 90 /* producer fenced */, QS_KAFKA_ERROR_FENCED },
  { API_ADD_PARTITIONS, 48 /* invalid transaction state */, QS_KAFKA_ERROR_TRANSACTION },
  { API_ADD_PARTITIONS, 49 /* invalid producer id mapping */, QS_KAFKA_ERROR_TRANSACTION },
};

static void
test_answers (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;

  g_test_summary ("Whatever brokers answer in a transaction, a flush works or ends the partition");

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QsState) state = NULL;
      gboolean ok = FALSE;

      g_test_message ("request %d, code %d", answers[i].api, answers[i].code);
      state_open (base);
      state_set (base, "current", 10 * i);
      state_flush (base);
      state_set (base, "current", 10 * i + 1);
      qs_embedded_broker_push_error (fixture->broker, answers[i].api, &answers[i].code, 1);
      ok = qs_state_partition_flush (base->partition, 20, &error);
      if (answers[i].result < 0)
        {
          g_assert_no_error (error);
          g_assert_true (ok);
          g_assert_cmpint (state_get (base, "current"), ==, 10 * i + 1);
        }
      else
        {
          g_assert_error (error, QS_KAFKA_ERROR, answers[i].result);
          g_clear_error (&error);
          state = qs_state_partition_get_state (base->partition, &error);
          g_assert_null (state);
        }
      state_close (base);
    }
}

static void
test_beyond_retention (Fixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->base;
  g_autofree char *blob = g_strnfill (100000, 'x');

  g_test_summary ("A state outlives its restart after more than the embedded broker keeps");

  state_open (base);
  for (int i = 0; i < 200; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d", i);
      g_autoptr (GError) error = NULL;
      g_autoptr (QsState) state = qs_state_partition_get_state (base->partition, &error);

      g_assert_no_error (error);
      g_assert_true (qs_state_set (state, key, g_variant_new_string (blob), &error));
      state_set (base, "current", i);
      state_flush (base);
    }
  state_close (base);

  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, 199);
}

#define ADD(path, function)                                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_test_add ("/state-partition/at-least-once/" path,                                            \
                Fixture,                                                                           \
                "at-least-once",                                                                   \
                set_up,                                                                            \
                function,                                                                          \
                tear_down);                                                                        \
    g_test_add ("/state-partition/exactly-once/" path,                                             \
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
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  ADD ("restart", test_restart);
  ADD ("lost-store", test_lost_store);
  ADD ("records", test_records);
  ADD ("lost-record", test_lost_record);
  ADD ("refused-produce", test_refused_produce);
  ADD ("invalid", test_invalid);
  ADD ("in-use", test_in_use);
  ADD ("other-changelog", test_other_changelog);
  ADD ("no-changelog", test_no_changelog);
  ADD ("answers", test_answers);
  ADD ("beyond-retention", test_beyond_retention);

  return g_test_run ();
}
