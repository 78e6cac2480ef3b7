/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kafka-state-fixture.h"
#include "wait-for.h"

/* Of the changelogs that the library creates. */
#define MAX_MESSAGE_BYTES 2097152

#define N_ROUNDS 40
#define N_KEYS 5
#define COMPACTION_DEADLINE (90 * G_USEC_PER_SEC)

/* The state of a source beside a changelog to which odd things happen. */

static void
create_changelog (StateFixture *base, const char *const *settings)
{
  g_autoptr (QsTopic) topic = qs_changelog_topic_new (base->changelog, 1, NULL, NULL);
  g_autoptr (GVariant) defaults = g_variant_ref (qs_topic_get_config (topic));
  GVariantBuilder builder;
  GVariantIter    iter;
  const char     *name = NULL;
  const char     *value = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_variant_iter_init (&iter, defaults);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &value))
    g_variant_builder_add (&builder, "{ss}", name, value);
  for (; settings != NULL && *settings != NULL; settings += 2)
    g_variant_builder_add (&builder, "{ss}", settings[0], settings[1]);
  qs_topic_set_config (topic, g_variant_builder_end (&builder));

  kafka_create_topic (base, topic);
}

static void
set_up (KafkaFixture *fixture, gconstpointer user_data)
{
  kafka_fixture_init (fixture, qs_test_kafka_shared (), user_data);
}

/* A producer that isn't the source's, with a transaction open in the changelog. */
static QsProducer *
open_foreign_transaction (StateFixture *base)
{
  g_autofree char *id = g_strconcat ("foreign-", base->name, NULL);
  g_autoptr (QsHeaders) headers = qs_changelog_record_new_headers (0);
  g_autoptr (GError) error = NULL;
  QsProducer      *producer = NULL;
  QsProducerTopic *topic = NULL;

  producer = qs_producer_new_transactional (base->kafka, "foreign", id, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  topic = qs_producer_open_topic (producer, base->changelog, &error);
  g_assert_no_error (error);
  g_assert_true (send_text (producer, topic, 0, "\"foreign\"", "7", headers, &error));
  WAIT_FOR (qs_producer_get_n_acknowledged (producer) > 0);

  return producer;
}

static gpointer
commit_later (gpointer data)
{
  g_autoptr (GError) error = NULL;

  /* Sleeps: the start waits meanwhile, or comes later and has nothing to wait for. */
  g_usleep (G_USEC_PER_SEC / 2);
  g_assert_true (qs_producer_flush (data, 30, &error));

  return NULL;
}

static void
test_size (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->base;
  const gsize      max = MAX_MESSAGE_BYTES - QS_CHANGELOG_OVERHEAD - strlen ("\"big\"");
  g_autofree char *data = g_strnfill (max + 1, 'x');
  g_autoptr (GBytes) largest = g_bytes_new (data, max);
  g_autoptr (GBytes) larger = g_bytes_new (data, max + 1);
  g_autoptr (GBytes) found = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QsState) state = NULL;
  g_autoptr (QsState) later = NULL;

  g_test_summary ("The largest entry that set() takes goes through the brokers, and no larger one");

  if (fixture->is_skipped)
    return;

  create_changelog (base, NULL);
  state_open (base);
  state = qs_state_partition_dup_state (base->partition, &error);
  g_assert_false (qs_state_set_bytes (state, "big", larger, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_true (qs_state_set_bytes (state, "big", largest, &error));
  state_set (base, "other", 1);
  state_flush (base);
  state_close (base);

  state_lose_store (base);
  state_open (base);
  later = qs_state_partition_dup_state (base->partition, &error);
  found = qs_state_get_bytes (later, "big", &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (found, largest));
}

static void
assert_refused (StateFixture *base, const char *reason)
{
  g_autoptr (GError) error = NULL;

  state_try_open (base, &error);
  g_assert_null (base->partition);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, reason));
  g_assert_nonnull (strstr (error->message, "clear_state()"));
  state_close (base);
}

static void
test_foreign_transaction (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (QsProducer) foreign = NULL;
  g_autoptr (GError) error = NULL;
  GThread *thread = NULL;

  g_test_summary ("A start waits for another program's transaction, but not for ever");

  if (fixture->is_skipped)
    return;

  create_changelog (base, NULL);
  state_open (base);
  state_set (base, "own", 1);
  state_flush (base);
  state_close (base);
  foreign = open_foreign_transaction (base);
  base->kafka->transaction_timeout = 1;
  state_try_open (base, &error);
  g_assert_null (base->partition);
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_RECOVERY);
  g_assert_nonnull (strstr (error->message, "another program has had a transaction open"));
  g_assert_nonnull (strstr (error->message, "kafka-transactions.sh"));
  state_close (base);

  base->kafka->transaction_timeout = 60;
  thread = g_thread_new ("commit", commit_later, foreign);
  state_open (base);
  g_assert_cmpint (state_get (base, "foreign"), ==, 7);
  g_thread_join (thread);
}

static void
test_foreign_changelog (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (QsProducer) foreign = NULL;
  GThread *thread = NULL;

  g_test_summary ("A transaction in a changelog without an identity is refused, waited for or not");

  if (fixture->is_skipped)
    return;

  create_changelog (base, NULL);
  foreign = open_foreign_transaction (base);
  thread = g_thread_new ("commit", commit_later, foreign);
  assert_refused (base, "not the first one");
  g_thread_join (thread);
  assert_refused (base, "not the first one");
}

static void
test_other_cluster (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;

  g_test_summary ("A store of another cluster's changelog is refused, and left as it is");

  if (fixture->is_skipped)
    return;

  create_changelog (base, NULL);
  state_open (base);
  state_set (base, "current", 1);
  state_flush (base);
  state_close (base);

  state_edit_record (base, "another-cluster", 0);
  assert_refused (base, "'another-cluster'");
  assert_refused (base, "'another-cluster'");
}

static void
use_store (StateFixture *base, const char *name)
{
  g_free (base->config->state_dir);
  base->config->state_dir = g_build_filename (base->state_dir, name, NULL);
}

static void
test_recreated (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A store beside a changelog that was deleted and made anew is refused, however "
                  "much is in that");

  if (fixture->is_skipped)
    return;

  create_changelog (base, NULL);
  use_store (base, "first");
  state_open (base);
  state_set (base, "current", 1);
  state_flush (base);
  state_close (base);

  admin = qs_admin_new (base->kafka, &error);
  g_assert_true (qs_admin_delete_topic (admin, base->changelog, NULL, &error));
  g_assert_no_error (error);
  create_changelog (base, NULL);

  /* First it is empty, then somebody has written more to it than there was. */
  assert_refused (base, "but the changelog ends at 0");
  use_store (base, "second");
  state_open (base);
  for (int i = 10; i < 20; i++)
    {
      state_set (base, "current", i);
      state_flush (base);
    }
  state_close (base);
  use_store (base, "first");
  assert_refused (base, "was created again");
}

static void
copy_tree (const char *from, const char *to)
{
  const char *argv[] = { "cp", "-a", from, to, NULL };
  g_autoptr (GError) error = NULL;
  int status = 0;

  g_spawn_sync (
      NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, NULL));
}

/* Commits @n_rounds times a new value of one of the keys, and removes another
 * that is there for one round only. */
static void
write_rounds (StateFixture *base, int start, int n_rounds)
{
  for (int i = start; i < start + n_rounds; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d", i % N_KEYS);
      g_autofree char *come = g_strdup_printf ("passing %d", i);
      g_autofree char *gone = g_strdup_printf ("passing %d", i - 1);

      state_set (base, key, i);
      state_set (base, come, i);
      state_remove (base, gone);
      state_flush (base);
    }
}

/* Whether the state is that of the last of @n_rounds. */
static void
assert_rounds (StateFixture *base, int n_rounds)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsState) state = qs_state_partition_dup_state (base->partition, &error);
  g_auto (GStrv) passing = qs_state_keys (state, "passing ", &error);
  g_autofree char *last = g_strdup_printf ("passing %d", n_rounds - 1);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (passing), ==, 1);
  g_assert_cmpstr (passing[0], ==, last);
  for (int i = n_rounds - N_KEYS; i < n_rounds; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d", i % N_KEYS);

      g_assert_cmpint (state_get (base, key), ==, i);
    }
}

/* Goes on until the broker has dropped what was in the way; the next round. */
static int
await_compaction (StateFixture *base, int next)
{
  gint64 deadline = g_get_monotonic_time () + COMPACTION_DEADLINE;

  for (;;)
    {
      g_autofree char *text = state_dump (base, base->changelog, TRUE);

      /* The first rounds' values, of which only their last one counts. */
      if (strstr (text, "\"key 0\"=0\n") == NULL && strstr (text, "\"key 0\"=20\n") == NULL)
        return next;

      /* The segment that is written to stays as it is: begin others. */
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (G_USEC_PER_SEC / 5);
      write_rounds (base, next++, 1);
    }
}

static void
test_compacted (KafkaFixture *fixture, gconstpointer user_data)
{
  const char *const settings[] = {
    "segment.ms", "100", "min.cleanable.dirty.ratio", "0.01", "file.delete.delay.ms", "100", NULL
  };
  StateFixture    *base = &fixture->base;
  g_autofree char *copy = NULL;
  gint64           n_written = 0;
  int              next = 0;

  g_test_summary ("A changelog that was compacted gives the same state, to any store");

  if (fixture->is_skipped)
    return;

  create_changelog (base, settings);
  use_store (base, "first");
  state_open (base);
  write_rounds (base, 0, N_ROUNDS / 2);
  state_close (base);
  copy = g_build_filename (base->state_dir, "old", NULL);
  copy_tree (base->config->state_dir, copy);

  state_open (base);
  write_rounds (base, N_ROUNDS / 2, N_ROUNDS / 2);
  next = await_compaction (base, N_ROUNDS);
  n_written = 3 * next;
  state_close (base);

  /* In step. */
  state_open (base);
  g_assert_cmpuint (base->n_told, ==, 0);
  assert_rounds (base, next);
  state_close (base);

  /* With an old copy. */
  use_store (base, "old");
  state_open (base);
  assert_rounds (base, next);
  state_close (base);

  /* With none. */
  use_store (base, "none");
  state_open (base);
  g_assert_cmpint (base->progress.n_records, <, n_written);
  assert_rounds (base, next);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  KAFKA_ADD ("/state-changelog", "foreign-transaction", set_up, test_foreign_transaction);
  KAFKA_ADD ("/state-changelog", "foreign-changelog", set_up, test_foreign_changelog);
  KAFKA_ADD ("/state-changelog", "size", set_up, test_size);
  KAFKA_ADD ("/state-changelog", "other-cluster", set_up, test_other_cluster);
  KAFKA_ADD ("/state-changelog", "recreated", set_up, test_recreated);
  g_test_add ("/state-changelog/compacted",
              KafkaFixture,
              "exactly-once",
              set_up,
              test_compacted,
              kafka_tear_down);

  return g_test_run ();
}
