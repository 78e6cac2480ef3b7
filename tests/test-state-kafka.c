/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kafka-state-fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qs-state-cleaner-private.h"
#include "qs-stateful-source.h"
#include "qs-topic-manager-private.h"

/* A source only to be named. */
#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, QsStatefulSource)

struct _TestSource
{
  QsStatefulSource parent_instance;
};

G_DEFINE_FINAL_TYPE (TestSource, test_source, QS_TYPE_STATEFUL_SOURCE)

static void
test_source_class_init (TestSourceClass *klass)
{
}

static void
test_source_init (TestSource *self)
{
}

static void
set_up (KafkaFixture *fixture, gconstpointer user_data)
{
  if (kafka_fixture_init (fixture, qs_test_kafka_shared (), user_data))
    kafka_create_topics (&fixture->base);
}

static void
test_restart (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;

  g_test_summary ("A restart of what was in step reads nothing, a lost store reads everything");

  if (fixture->is_skipped)
    return;

  state_open (base);
  for (int i = 0; i < 20; i++)
    {
      state_set (base, "current", i);
      state_flush (base);
    }
  state_close (base);

  state_open (base);
  g_assert_cmpuint (base->n_told, ==, 0);
  g_assert_cmpint (state_get (base, "current"), ==, 19);
  state_close (base);

  state_lose_store (base);
  state_open (base);
  g_assert_cmpint (base->progress.n_records, ==, 21);
  g_assert_cmpint (state_get (base, "current"), ==, 19);
  state_close (base);

  /* Then it is in step again, marker included. */
  state_open (base);
  g_assert_cmpint (base->progress.n_records, <=, 0 + 21);
  g_assert_cmpint (state_get (base, "current"), ==, 19);
}

static void
test_failed_flush (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->base;
  g_autofree char *text = NULL;
  g_autofree char *data = NULL;
  g_autoptr (GError) refusal =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "gave up a full queue");
  g_autoptr (GError) error = NULL;

  g_test_summary ("Nothing of a flush that failed is ever seen in the changelog");

  if (fixture->is_skipped)
    return;

  state_open (base);
  state_set (base, "current", 1);
  g_assert_true (state_produce (base, "one", &error));
  state_flush (base);
  state_set (base, "current", 2);
  g_assert_true (state_produce (base, "two", &error));
  qs_producer_poison (base->data, refusal);
  g_assert_false (qs_state_partition_flush (base->partition, qs_deadline_after (20), &error));
  state_close (base);

  text = state_dump (base, base->changelog, TRUE);
  g_assert_nonnull (strstr (text, "\"current\"=1\n"));
  g_assert_null (strstr (text, "\"current\"=2\n"));
  data = state_dump (base, base->topic, TRUE);
  /* At least once, "two" may have been on its way before the flush gave up. */
  if (qs_guarantee_is_exactly_once (&base->config->guarantee) ||
      !g_str_equal (data, "=one\n=two\n"))
    g_assert_cmpstr (data, ==, "=one\n");
}

static void
test_fenced (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->base;
  StateFixture     second = { 0 };
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A newer instance ends an older one, which commits nothing any more");

  if (fixture->is_skipped)
    return;

  state_open (base);
  state_set (base, "current", 1);
  state_flush (base);
  state_set (base, "current", 2);

  /* As on another machine. */
  state_fixture_init (&second, base->kafka->bootstrap_servers, base->name);
  second.config->guarantee = base->config->guarantee;
  state_open (&second);
  g_assert_cmpint (state_get (&second, "current"), ==, 1);

  g_assert_true (state_produce (base, "two", NULL));
  g_assert_false (qs_state_partition_flush (base->partition, qs_deadline_after (20), &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FENCED);
  state_set (&second, "current", 3);
  state_flush (&second);
  state_fixture_clear (&second);

  text = state_dump (base, base->changelog, TRUE);
  g_assert_null (strstr (text, "\"current\"=2\n"));
  state_close (base);

  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, 3);
}

static void
test_died_of_age (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) error = NULL;
  gint64 deadline = 0;

  g_test_summary ("A transaction that was open for too long is no fencing: its error says so");

  if (fixture->is_skipped || !qs_guarantee_is_exactly_once (&base->config->guarantee))
    return;

  base->kafka->transaction_timeout = 1;
  state_open (base);
  state_set (base, "current", 1);
  g_assert_true (state_produce (base, "one", &error));
  /* The broker looks every 10 s which are too old. */
  deadline = g_get_monotonic_time () + 14 * G_USEC_PER_SEC;
  while (g_get_monotonic_time () < deadline)
    g_usleep (100000);

  g_assert_false (qs_state_partition_flush (base->partition, qs_deadline_after (20), &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TRANSACTION);
  g_assert_nonnull (strstr (error->message, "transaction-timeout"));
  state_close (base);

  base->kafka->transaction_timeout = 60;
  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, -1);
}

static void
test_recreated (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->base;
  g_autofree char *old = NULL;
  g_autofree char *old_log = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A store beside another history of the changelog is refused and left alone");

  if (fixture->is_skipped)
    return;

  state_open (base);
  state_set (base, "current", 1);
  state_flush (base);
  state_close (base);

  /* The same store, and another changelog that has as much in it. */
  old = g_steal_pointer (&base->state_dir);
  base->state_dir = g_dir_make_tmp ("qs-state-XXXXXX", NULL);
  old_log = g_strdup (base->changelog);
  g_free (base->config->state_dir);
  base->config->state_dir = g_strdup (old);
  {
    g_autoptr (QsStore) store = NULL;
    g_autofree char *path = qs_store_path_build (old, base->name, "s", 0);
    g_auto (QsStoreRecord) record = { 0 };
    g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();
    gboolean found = FALSE;

    store = qs_store_new (path, NULL);
    store_open (store);
    qs_store_record_init (&record);
    g_assert_true (qs_store_record_read (&record, store, &found, &error));
    g_assert_true (found);
    g_free (record.uuid);
    record.uuid = g_strdup ("01234567-89ab-4cde-8f01-23456789abcd");
    qs_store_record_put (&record, batch);
    store_write (store, batch);
    g_assert_true (qs_store_close (store, &error));
  }

  state_try_open (base, &error);
  g_assert_null (base->partition);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "clear_state()"));
  state_close (base);
  remove_tree (old);
}

static void
test_age (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  const gint64  now = g_get_real_time () / 1000;
  const struct
  {
    gint64 in_step_at;
    gint64 n_records; /* read at least, if the store is made anew */
  } cases[] = {
    { now - 3600 * 1000, 1 },
    { now - 25 * 3600 * 1000, 11 },
    { now + 3600 * 1000, 11 },
  };

  g_test_summary ("A store that is too old, or from the future, is made anew if there is a tail");

  if (fixture->is_skipped)
    return;

  state_open (base);
  for (int i = 0; i < 10; i++)
    {
      state_set (base, "current", i);
      state_flush (base);
    }
  state_close (base);

  /* In step, it is good at any age. */
  state_edit_record (base, NULL, now - 1000LL * 24 * 3600 * 1000);
  state_open (base);
  g_assert_cmpuint (base->n_told, ==, 0);
  state_close (base);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      StateFixture other = { 0 };

      state_edit_record (base, NULL, cases[i].in_step_at);

      /* A tail, from elsewhere. */
      state_fixture_init (&other, base->kafka->bootstrap_servers, base->name);
      other.config->guarantee = base->config->guarantee;
      state_open (&other);
      state_set (&other, "current", 100 + i);
      state_flush (&other);
      state_fixture_clear (&other);

      state_open (base);
      g_assert_cmpint (base->progress.n_records, >=, cases[i].n_records);
      if (cases[i].n_records == 1)
        g_assert_cmpint (base->progress.n_records, ==, 1);
      g_assert_cmpint (state_get (base, "current"), ==, 100 + i);
      state_close (base);
    }
}

static void
test_policy (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (QsTopic) topic = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A topic that isn't compacted, or has other partitions, is no changelog");

  if (fixture->is_skipped)
    return;

  g_free (base->config->group);
  base->config->group = qs_test_kafka_unique_name ("policy");
  g_free (base->changelog);
  base->changelog = qs_state_settings_dup_changelog (base->config, "source-s");
  topic = qs_topic_new (base->changelog);
  qs_topic_set_n_partitions (topic, 1);
  kafka_create_topic (base, topic);
  state_try_open (base, &error);
  g_assert_null (base->partition);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "cleanup.policy"));
  g_clear_error (&error);
  state_close (base);

  g_free (base->config->group);
  base->config->group = qs_test_kafka_unique_name ("count");
  g_free (base->changelog);
  base->changelog = qs_state_settings_dup_changelog (base->config, "source-s");
  g_clear_object (&topic);
  topic = qs_changelog_topic_new (base->changelog, 3, NULL, NULL);
  kafka_create_topic (base, topic);
  state_try_open (base, &error);
  g_assert_null (base->partition);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "3 partitions"));
  state_close (base);
}

/* Creates the changelog beside a topic that is there. */
static gboolean
prepare_changelog (StateFixture *base, const char *config, int replication_factor, GError **error)
{
  g_autoptr (QsAdmin) admin = qs_admin_new (base->kafka, error);
  g_autoptr (GPtrArray) topics = g_ptr_array_new_with_free_func (g_object_unref);
  QsTopic *data = qs_topic_new (base->topic);

  g_assert_nonnull (admin);
  g_clear_pointer (&base->config->changelog_config, g_variant_unref);
  base->config->changelog_config = g_variant_ref_sink (g_variant_new_parsed (config));
  base->config->changelog_replication_factor = replication_factor;

  g_ptr_array_add (topics, data);
  g_ptr_array_add (topics, qs_changelog_topic_new (base->changelog, 1, base->config, data));

  return qs_topic_manager_prepare (admin, topics, TRUE, NULL, error);
}

static void
assert_setting (StateFixture *base, const char *name, const char *value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsAdmin) admin = qs_admin_new (base->kafka, &error);
  g_autoptr (GHashTable) found = NULL;

  found = qs_admin_dup_topic_config (admin, base->changelog, G_MAXINT64, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_hash_table_lookup (found, name), ==, value);
}

static void
test_settings (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A changelog is created as it is asked for; what can't be names our property");

  if (fixture->is_skipped)
    return;

  g_free (base->changelog);
  base->changelog = qs_test_kafka_unique_name ("settings");

  g_assert_false (prepare_changelog (base, "{'no.such.setting': '1'}", -1, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "changelog-config"));
  g_clear_error (&error);

  /* There is one broker. */
  g_assert_false (prepare_changelog (base, "{'segment.ms': '123456'}", 7, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "changelog-replication-factor"));
  g_clear_error (&error);

  g_assert_true (prepare_changelog (
      base, "{'segment.ms': '123456', 'max.message.bytes': '3000000'}", -1, &error));
  g_assert_no_error (error);
  assert_setting (base, "segment.ms", "123456");
  assert_setting (base, "max.message.bytes", "3000000");
  assert_setting (base, "cleanup.policy", "compact");
}

static void
test_foreign (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GError) error = NULL;
  g_autoptr (QsProducer) producer = NULL;
  QsProducerTopic *topic = NULL;

  g_test_summary ("A state that another program wrote goes on; what can't be understood is named");

  if (fixture->is_skipped)
    return;

  state_inject (base, "\"current\"", "41");
  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, 41);
  state_set (base, "current", 42);
  state_flush (base);
  state_close (base);

  producer = qs_producer_new (base->kafka, "other", NULL, NULL, NULL, &error);
  topic = qs_producer_open_topic (producer, base->changelog, &error);
  g_assert_no_error (error);
  g_assert_true (send_text (producer, topic, 0, "bare", NULL, NULL, &error));
  g_assert_true (qs_producer_flush (producer, 10, &error));
  state_try_open (base, &error);
  g_assert_null (base->partition);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MALFORMED);
  g_assert_nonnull (strstr (error->message, base->changelog));
  g_assert_nonnull (strstr (error->message, "offset 4"));
}

static void
test_clear (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;

  g_test_summary (
      "A cleared state is empty and works, whatever was wrong with it; not while in use");

  if (fixture->is_skipped)
    return;

  g_ptr_array_add (sources, g_object_new (TEST_TYPE_SOURCE, "name", "s", NULL));
  state_open (base);
  state_set (base, "current", 5);
  state_flush (base);
  g_assert_false (qs_state_cleaner_run (sources, base->kafka, base->config, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_LOCKED);
  g_clear_error (&error);
  state_close (base);

  qs_state_cleaner_run (sources, base->kafka, base->config, &error);
  g_assert_no_error (error);
  state_open (base);
  g_assert_cmpint (state_get (base, "current"), ==, -1);
  state_set (base, "current", 6);
  state_flush (base);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  KAFKA_ADD ("/state-kafka", "restart", set_up, test_restart);
  KAFKA_ADD ("/state-kafka", "failed-flush", set_up, test_failed_flush);
  KAFKA_ADD ("/state-kafka", "fenced", set_up, test_fenced);
  KAFKA_ADD ("/state-kafka", "died-of-age", set_up, test_died_of_age);
  KAFKA_ADD ("/state-kafka", "other-history", set_up, test_recreated);
  KAFKA_ADD ("/state-kafka", "age", set_up, test_age);
  KAFKA_ADD ("/state-kafka", "policy", set_up, test_policy);
  g_test_add ("/state-kafka/settings",
              KafkaFixture,
              "at-least-once",
              set_up,
              test_settings,
              kafka_tear_down);
  KAFKA_ADD ("/state-kafka", "foreign", set_up, test_foreign);
  KAFKA_ADD ("/state-kafka", "clear", set_up, test_clear);

  return g_test_run ();
}
