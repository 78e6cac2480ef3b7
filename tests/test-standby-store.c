/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stores that follow what a worker elsewhere writes. */

#include <librdkafka/rdkafka.h>

#include "qs-deadline-private.h"
#include "disk-faults.h"
#include "kafka-state-fixture.h"
#include "qs-standby-store-private.h"

#define RETENTION G_GINT64_CONSTANT (86400000)

/* Enough that it becomes tables. */
#define MANY 8000

/* A worker, whose state is @kafka's, and a standby of another instance. */
typedef struct
{
  KafkaFixture       kafka;
  QsStateSettings   *config; /* of the standby's instance */
  QsChangelogReader *reader;
  QsStandbyStore    *store;
  gint64             n_records; /* of the last step */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->kafka.base;
  g_autoptr (GError) error = NULL;
  g_autofree char *state_dir = NULL;

  if (!kafka_fixture_init (&fixture->kafka, qs_test_kafka_shared (), "exactly-once"))
    return;

  kafka_create_topics (base);
  state_open (base);
  state_dir = g_dir_make_tmp ("qs-standby-XXXXXX", NULL);
  fixture->config = qs_state_settings_new (state_dir, base->name);
  fixture->reader = qs_changelog_reader_new_onlooker (base->kafka, &error);
  g_assert_no_error (error);
  fixture->store = qs_standby_store_new (fixture->config, "s", "source-s", 0);
}

static void
tear_down (Fixture *fixture, gconstpointer user_data)
{
  if (!fixture->kafka.is_skipped)
    {
      qs_standby_store_free (fixture->store);
      qs_changelog_reader_free (fixture->reader);
      remove_tree (fixture->config->state_dir);
      qs_state_settings_unref (fixture->config);
    }
  kafka_tear_down (&fixture->kafka, user_data);
}

static void
progress_cb (const QsRecoveryProgress *progress, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_records = progress->n_records;
}

static gboolean
try_follow (Fixture *fixture, GError **error)
{
  fixture->n_records = 0;

  return qs_standby_store_follow (
      fixture->store, fixture->reader, RETENTION, progress_cb, fixture, NULL, error);
}

static gint64
get_end (StateFixture *base, gboolean committed)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsPartitionReader) reader =
      qs_partition_reader_new_bulk (base->kafka, committed, &error);
  gint64 begin = 0;
  gint64 end = 0;

  g_assert_no_error (error);
  qs_partition_reader_get_watermarks (
      reader, base->changelog, 0, qs_deadline_after (10), &begin, &end, &error);
  g_assert_no_error (error);

  return end;
}

static void
follow (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  try_follow (fixture, &error);
  g_assert_no_error (error);
}

/* The same when the brokers have dealt with all transactions, which they do some time after
 * their end was told. */
static void
follow_all (Fixture *fixture)
{
  StateFixture *base = &fixture->kafka.base;
  gint64        deadline = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  while (get_end (base, TRUE) < get_end (base, FALSE))
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
  follow (fixture);
}

static char *
dup_path (Fixture *fixture)
{
  return qs_store_path_build (fixture->config->state_dir, fixture->config->group, "s", 0);
}

/* All entries of a closed store; transfer full. */
static char *
dump (const char *path)
{
  static const QsStoreSpace spaces[] = { QS_STORE_SPACE_DATA, QS_STORE_SPACE_EXPIRY };
  g_autoptr (QsStore) store = qs_store_new (path, NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  qs_store_open_to_read (store, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (spaces); i++)
    {
      g_autoptr (QsStoreIter) iter = qs_store_iterate (store, spaces[i], NULL, 0);

      while (qs_store_iter_next (iter))
        {
          gsize         key_length = 0;
          gsize         length = 0;
          const guint8 *key = qs_store_iter_get_key (iter, &key_length);
          const guint8 *value = qs_store_iter_get_value (iter, &length);

          g_string_append_len (text, (const char *) key, (gssize) key_length);
          g_string_append_c (text, '=');
          g_string_append_len (text, (const char *) value, (gssize) length);
          g_string_append_c (text, '\n');
        }
      qs_store_iter_check (iter, &error);
      g_assert_no_error (error);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Closes both stores, of which one must be as the other. */
static void
assert_same (Fixture *fixture)
{
  g_autofree char *path = dup_path (fixture);
  g_autofree char *worker_path = state_dup_store_path (&fixture->kafka.base);
  g_autofree char *standby = NULL;
  g_autofree char *worker = NULL;

  qs_standby_store_close (fixture->store);
  state_close (&fixture->kafka.base);
  standby = dump (path);
  worker = dump (worker_path);
  g_assert_cmpuint (strlen (worker), >, 0);
  g_assert_cmpstr (standby, ==, worker);
}

static void
set_many (StateFixture *base, int n, int value)
{
  for (int i = 0; i < n; i++)
    {
      g_autofree char *key = g_strdup_printf ("key-%032d", i);

      state_set (base, key, value);
    }
  state_flush (base);
}

static void
test_follow (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->kafka.base;

  g_test_summary ("It has what was committed, and not what was removed, and reads nothing twice");

  if (fixture->kafka.is_skipped)
    return;

  follow_all (fixture);
  g_assert_cmpint (fixture->n_records, ==, 0);
  state_set (base, "a", 1);
  state_set (base, "b", 2);
  state_flush (base);
  follow_all (fixture);
  g_assert_cmpint (fixture->n_records, >=, 2);

  state_remove (base, "a");
  state_set (base, "c", 3);
  follow_all (fixture);
  g_assert_cmpint (fixture->n_records, ==, 0);
  state_flush (base);
  follow_all (fixture);
  g_assert_cmpint (fixture->n_records, ==, 2);

  /* What it has is there after it was closed. */
  qs_standby_store_close (fixture->store);
  follow_all (fixture);
  g_assert_cmpint (fixture->n_records, ==, 0);
  assert_same (fixture);
}

static void
test_take_over (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->kafka.base;

  g_test_summary ("A worker that takes it over reads only what came last");

  if (fixture->kafka.is_skipped)
    return;

  set_many (base, MANY, 1);
  follow_all (fixture);
  g_assert_cmpint (fixture->n_records, >=, MANY);
  set_many (base, 10, 2);
  state_close (base);
  qs_standby_store_close (fixture->store);

  remove_tree (base->config->state_dir);
  qs_state_settings_unref (base->config);
  base->config = qs_state_settings_ref (fixture->config);
  base->config->guarantee.processing = QS_PROCESSING_GUARANTEE_EXACTLY_ONCE;
  state_open (base);
  g_assert_cmpint (base->progress.n_records, ==, 10);
  g_assert_cmpint (state_get (base, "key-00000000000000000000000000000009"), ==, 2);
  g_assert_cmpint (state_get (base, "key-00000000000000000000000000000010"), ==, 1);

  /* And the other way round: what a worker leaves goes on standing by. */
  state_set (base, "x", 1);
  state_flush (base);
  state_close (base);
  follow_all (fixture);
  g_assert_cmpint (fixture->n_records, ==, 0);
}

static rd_kafka_t *
new_transactional (StateFixture *base)
{
  char             text[256] = "";
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_t      *client = NULL;

  rd_kafka_conf_set (conf, "bootstrap.servers", base->kafka->bootstrap_servers, text, sizeof text);
  rd_kafka_conf_set (conf, "transactional.id", base->name, text, sizeof text);
  client = rd_kafka_new (RD_KAFKA_PRODUCER, conf, text, sizeof text);
  g_assert_nonnull (client);
  g_assert_null (rd_kafka_init_transactions (client, 30000));

  return client;
}

/* Begins a transaction that writes @key, and comes to the brokers. */
static void
begin (rd_kafka_t *client, StateFixture *base, const char *key)
{
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

  g_assert_null (rd_kafka_begin_transaction (client));
  code = rd_kafka_producev (client,
                            RD_KAFKA_V_TOPIC (base->changelog),
                            RD_KAFKA_V_PARTITION (0),
                            RD_KAFKA_V_KEY (key, strlen (key)),
                            RD_KAFKA_V_VALUE ((char *) "1", 1),
                            RD_KAFKA_V_HEADER ("__column_family__", "default", -1),
                            RD_KAFKA_V_END);
  g_assert_cmpint (code, ==, RD_KAFKA_RESP_ERR_NO_ERROR);
  g_assert_cmpint (rd_kafka_flush (client, 30000), ==, RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void
test_transactions (Fixture *fixture, gconstpointer user_data)
{
  StateFixture    *base = &fixture->kafka.base;
  g_autofree char *path = dup_path (fixture);
  g_autofree char *text = NULL;
  rd_kafka_t      *client = NULL;

  g_test_summary ("Nothing of a transaction that is open, or was aborted, is ever in it");

  if (fixture->kafka.is_skipped)
    return;

  state_set (base, "a", 1);
  state_flush (base);
  client = new_transactional (base);
  begin (client, base, "aborted");
  state_set (base, "behind", 1);
  state_flush (base);

  /* Neither what is behind an open one, which might come with what is removed by it. */
  follow (fixture);
  qs_standby_store_close (fixture->store);
  text = dump (path);
  g_assert_null (strstr (text, "aborted"));
  g_assert_null (strstr (text, "behind"));
  g_clear_pointer (&text, g_free);

  g_assert_null (rd_kafka_abort_transaction (client, 30000));
  begin (client, base, "committed");
  g_assert_null (rd_kafka_commit_transaction (client, 30000));
  begin (client, base, "again-aborted");
  g_assert_null (rd_kafka_abort_transaction (client, 30000));
  follow_all (fixture);
  qs_standby_store_close (fixture->store);
  text = dump (path);
  g_assert_null (strstr (text, "aborted"));
  g_assert_nonnull (strstr (text, "behind"));
  g_assert_nonnull (strstr (text, "committed"));
  follow_all (fixture);
  g_assert_cmpint (fixture->n_records, ==, 0);
  rd_kafka_destroy (client);
}

static void
recreate (StateFixture *base)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsAdmin) admin = qs_admin_new (base->kafka, &error);

  g_assert_no_error (error);
  qs_admin_delete_topic (admin, base->changelog, NULL, &error);
  g_assert_no_error (error);
  kafka_create_changelog (base);
}

static void
test_recreated (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->kafka.base;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = dup_path (fixture);
  g_autofree char *text = NULL;

  g_test_summary ("It is kept while its changelog is empty, which may be a mistake, and made "
                  "again once a worker writes to that");

  if (fixture->kafka.is_skipped)
    return;

  state_set (base, "old", 1);
  state_flush (base);
  follow_all (fixture);
  state_close (base);
  recreate (base);
  g_assert_false (try_follow (fixture, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH);
  text = dump (path);
  g_assert_nonnull (strstr (text, "old"));

  state_lose_store (base);
  state_open (base);
  state_set (base, "new", 2);
  state_flush (base);
  follow_all (fixture);
  assert_same (fixture);
}

/* Has the standby's store say that it was in step at another time. */
static void
make_old (Fixture *fixture)
{
  StateFixture other = { .state_dir = fixture->config->state_dir, .config = fixture->config };

  qs_standby_store_close (fixture->store);
  state_edit_record (&other, NULL, 1000);
}

static void
test_too_old (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->kafka.base;

  g_test_summary (
      "One that missed more than the changelog keeps of what was removed is made again");

  if (fixture->kafka.is_skipped)
    return;

  set_many (base, 5, 1);
  follow_all (fixture);
  make_old (fixture);
  state_set (base, "x", 1);
  state_flush (base);
  follow_all (fixture);
  g_assert_cmpint (fixture->n_records, >=, 6);
  assert_same (fixture);
}

static void
test_in_use (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->kafka.base;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = dup_path (fixture);
  g_autoptr (QsStore) other = qs_store_new (path, NULL);

  g_test_summary ("It leaves one alone that somebody else has open, and has it later");

  if (fixture->kafka.is_skipped)
    return;

  set_many (base, 5, 1);
  store_open (other);
  g_assert_false (try_follow (fixture, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_LOCKED);
  qs_store_close (other, NULL);
  follow_all (fixture);
  assert_same (fixture);
}

static void
test_disk (Fixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->kafka.base;
  int           n_failed = 0;
  int           number = 1;
  int           count = 0;

  g_test_summary ("After a disk has failed, or was full, at any moment, it is exact all the same");

  if (fixture->kafka.is_skipped)
    return;

  set_many (base, MANY, 1);
  do
    {
      g_autoptr (GError) error = NULL;

      remove_tree (fixture->config->state_dir);
      disk_faults_arm (fixture->config->state_dir, DISK_FAULT_WRITE_ERROR, number);
      n_failed += !try_follow (fixture, &error);
      qs_standby_store_close (fixture->store);
      count = disk_faults_count ();
      disk_faults_arm (fixture->config->state_dir, DISK_FAULT_WRITE_ERROR, 0);
      g_test_message ("%d of %d: %s", number, count, error != NULL ? error->message : "went well");

      state_set (base, "number", number);
      state_flush (base);
      follow_all (fixture);
      assert_same (fixture);
      state_open (base);
    }
  while (count >= number++);
  g_test_message ("%d of them failed", n_failed);
  g_assert_cmpint (n_failed, >, 1);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/standby-store/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("follow", test_follow);
  ADD ("take-over", test_take_over);
  ADD ("transactions", test_transactions);
  ADD ("recreated", test_recreated);
  ADD ("too-old", test_too_old);
  ADD ("in-use", test_in_use);
  ADD ("disk", test_disk);

  return g_test_run ();
}
