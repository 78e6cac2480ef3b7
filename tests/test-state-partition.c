/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "embedded-state-fixture.h"
#include "wait-for.h"

#define API_PRODUCE 0
#define MESSAGE_TOO_LARGE 10

static void
test_restart (EmbeddedFixture *fixture, gconstpointer user_data)
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
test_lost_store (EmbeddedFixture *fixture, gconstpointer user_data)
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
test_records (EmbeddedFixture *fixture, gconstpointer user_data)
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
test_lost_record (EmbeddedFixture *fixture, gconstpointer user_data)
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
  WAIT_FOR (qs_producer_get_n_in_flight (base->data) == 0);
  state_set (base, "current", 5);
  g_assert_false (qs_state_partition_flush (base->partition, qs_deadline_after (20), &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_MESSAGE_TOO_LARGE);
  g_clear_error (&error);

  /* And never again. */
  g_assert_false (qs_state_partition_flush (base->partition, qs_deadline_after (20), &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  state = qs_state_partition_dup_state (base->partition, &error);
  g_assert_null (state);
  g_assert_nonnull (error);

  text = state_dump (base, base->changelog, FALSE);
  g_assert_null (strstr (text, "\"current\"=5"));
  state_close (base);
  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, 4);
}

static void
test_one_deadline (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) error = NULL;
  gint64 started = 0;

  g_test_summary ("A flush has one deadline, however many of its changes wait for room");

  base->kafka->producer_config =
      g_variant_ref_sink (g_variant_new_parsed ("{'queue.buffering.max.messages': '4'}"));
  state_open (base);
  state_set (base, "first", 1);
  state_flush (base);

  for (int i = 0; i < 100; i++)
    {
      g_autofree char *key = g_strdup_printf ("k%d", i);

      state_set (base, key, i);
    }
  qs_embedded_broker_set_rtt (fixture->broker, -1, 0.4);
  started = g_get_monotonic_time ();
  g_assert_false (qs_state_partition_flush (base->partition, qs_deadline_after (1), &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT);
  g_assert_cmpint (g_get_monotonic_time () - started, <, 4 * G_USEC_PER_SEC);
  qs_embedded_broker_set_rtt (fixture->broker, -1, 0);
}

static void
test_counters (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) error = NULL;

  g_test_summary ("The counters of a source leave its changelog out, also in one transaction");

  base->config->guarantee.processing = QS_PROCESSING_GUARANTEE_EXACTLY_ONCE;
  state_open (base);
  for (int i = 0; i < 3; i++)
    g_assert_true (state_produce (base, "x", &error));
  for (int i = 0; i < 20; i++)
    {
      g_autofree char *key = g_strdup_printf ("k%d", i);

      state_set (base, key, i);
    }
  state_flush (base);

  g_assert_cmpuint (qs_producer_get_n_acknowledged (base->data), ==, 3);
  g_assert_cmpuint (qs_producer_get_bytes_acknowledged (base->data), ==, 3);
  g_assert_cmpuint (qs_producer_get_n_in_flight (base->data), ==, 0);
  g_assert_cmpuint (qs_producer_get_n_failed (base->data), ==, 0);
}

static void
test_refused_produce (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) refusal =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "gave up a full queue");
  g_autoptr (GError) error = NULL;

  g_test_summary ("After a produce that was refused, no flush commits");

  state_open (base);
  state_set (base, "current", 5);
  qs_producer_poison (base->data, refusal);
  g_assert_false (qs_state_partition_flush (base->partition, qs_deadline_after (20), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  state_close (base);

  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, -1);
}

static void
test_invalid (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (QsState) old = NULL;
  g_autoptr (QsState) same = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A state is the same until the flush, and ends with it");

  state_open (base);
  old = qs_state_partition_dup_state (base->partition, &error);
  same = qs_state_partition_dup_state (base->partition, &error);
  g_assert_true (old == same);
  state_flush (base);
  g_assert_false (qs_state_contains (old, "a", &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_INVALID);
}

static void
test_in_use (EmbeddedFixture *fixture, gconstpointer user_data)
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
test_other_changelog (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) error = NULL;
  StateFixture   *other = NULL;
  EmbeddedFixture second = { 0 };

  g_test_summary ("A store beside an empty changelog is refused, and left as it is");

  state_open (base);
  state_set (base, "current", 5);
  state_flush (base);
  state_close (base);

  /* A new broker with the same topic, empty. */
  embedded_set_up (&second, user_data);
  other = &second.base;
  g_free (other->config->state_dir);
  other->config->state_dir = g_strdup (base->state_dir);
  state_try_open (other, &error);
  g_assert_null (other->partition);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "clear_state()"));
  embedded_tear_down (&second, user_data);

  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, 5);
}

static void
test_no_changelog (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->base;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Without a changelog the store keeps the state, and none is taken for the other");

  base->config->use_changelog_topics = FALSE;
  state_try_open (base, &error);
  if (qs_guarantee_is_exactly_once (&base->config->guarantee))
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

static void
test_options (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GVariant) variant = NULL;
  g_autofree char *path = state_dup_store_path (base);
  g_autofree char *log_path = g_build_filename (path, "LOG", NULL);
  g_autofree char *log = NULL;

  g_test_summary ("What is set for RocksDB goes from the parent to the worker's store");

  base->config->rocksdb_options =
      g_variant_ref_sink (g_variant_new_parsed ("{'write_buffer_size': '3M'}"));
  variant = g_variant_ref_sink (qs_state_settings_to_variant (base->config));
  qs_state_settings_unref (base->config);
  base->config = qs_state_settings_new_from_variant (variant);
  state_open (base);

  g_assert_true (g_file_get_contents (log_path, &log, NULL, NULL));
  g_assert_nonnull (strstr (log, "Options.write_buffer_size: 3145728\n"));
}

static void
test_beyond_retention (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->base;
  g_autofree char *blob = g_strnfill (100000, 'x');

  g_test_summary ("A state outlives its restart after more than the embedded broker keeps");

  state_open (base);
  for (int i = 0; i < 200; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d", i);
      g_autoptr (GError) error = NULL;
      g_autoptr (QsState) state = qs_state_partition_dup_state (base->partition, &error);

      g_assert_no_error (error);
      g_assert_true (qs_state_set (state, key, g_variant_new_string (blob), &error));
      state_set (base, "current", i);
      state_flush (base);
    }
  state_close (base);

  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, 199);
}

#define ADD(name, function) EMBEDDED_ADD ("/state-partition", name, function)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  ADD ("restart", test_restart);
  ADD ("lost-store", test_lost_store);
  ADD ("records", test_records);
  ADD ("lost-record", test_lost_record);
  ADD ("one-deadline", test_one_deadline);
  ADD ("counters", test_counters);
  ADD ("refused-produce", test_refused_produce);
  ADD ("invalid", test_invalid);
  ADD ("in-use", test_in_use);
  ADD ("other-changelog", test_other_changelog);
  ADD ("no-changelog", test_no_changelog);
  ADD ("options", test_options);
  ADD ("beyond-retention", test_beyond_retention);

  return g_test_run ();
}
