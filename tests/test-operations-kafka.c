/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdlib.h>

#include "kafka-source-fixture.h"

/* Dead letters and pauses where only a real broker shows what they come to. */

/* What the topic takes, and a record that is larger. */
#define TOPIC_MAX_BYTES "10000"
#define LARGE 50000

/* Records that a batch could hold many of, how many, after how many of them a large
 * one comes, and how many of these there are. */
#define SMALL 100
#define N_SMALL 2000
#define N_BETWEEN 1000
#define N_LARGE (N_SMALL / N_BETWEEN)

static gboolean
produce_large (QsSource *source, GError **error)
{
  g_autofree char *value = g_strnfill (LARGE, 'x');

  return produce_text (source, "large", value, error);
}

/* The large one is flushed by itself: the broker refuses whole batches. */
static gboolean
run_dead_letters (QsSource *source, GError **error)
{
  return produce_text (source, "k", "first", error) && qs_source_flush (source, -1, error) &&
         produce_large (source, error) && qs_source_flush (source, -1, error) &&
         produce_text (source, "k", "last", error);
}

/* Both in one transaction. */
static gboolean
run_dead_letters_together (QsSource *source, GError **error)
{
  return produce_text (source, "k", "first", error) && produce_large (source, error) &&
         produce_text (source, "k", "last", error) && qs_source_flush (source, -1, error);
}

static gboolean
run_dead_letters_aborted (QsSource *source, GError **error)
{
  if (!produce_text (source, "k", "first", error) || !produce_large (source, error))
    return FALSE;

  g_set_error_literal (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED, "as it must");
  return FALSE;
}

/* So many, quickly, and some large ones among them. */
static gboolean
run_dead_letters_among (QsSource *source, GError **error)
{
  g_autofree char *padding = g_strnfill (SMALL, 'x');

  for (int i = 0; i < N_SMALL; i++)
    {
      g_autofree char *value = g_strdup_printf ("%d %s", i, padding);

      if (i % N_BETWEEN == N_BETWEEN / 2 && !produce_large (source, error))
        return FALSE;
      if (!produce_text (source, "k", value, error))
        return FALSE;
    }

  return TRUE;
}

/* One has no key, or is of 1970. */
static gboolean
run_dead_letters_bad (QsSource *source, GError **error)
{
  const char    *name = qs_base_source_get_name (QS_BASE_SOURCE (source));
  const gboolean is_keyless = strstr (name, "keyless") != NULL;
  const guint8  *text = (const guint8 *) "bad";

  return produce_text (source, "k", "first", error) && qs_source_flush (source, -1, error) &&
         qs_source_produce_data (
             source, is_keyless ? NULL : text, is_keyless ? 0 : 3, text, 3, 1, error) &&
         qs_source_flush (source, -1, error) && produce_text (source, "k", "last", error);
}

/* Waits until the test has left a file. */
static gboolean
wait_for_file (QsSource *source, const char *name)
{
  while (!has_file (name) && qs_base_source_wait (QS_BASE_SOURCE (source), 0.01))
    continue;

  return TRUE;
}

/* Nothing but the library's own timer commits. */
static gboolean
run_paused (QsSource *source, GError **error)
{
  if (!produce_text (source, "k", "before", error))
    return FALSE;

  write_file ("produced", "");
  wait_for_file (source, "go-on");

  return produce_text (source, "k", "after", error);
}

static const Behaviour own_behaviours[] = {
  { "dead-letters-together", run_dead_letters_together },
  { "dead-letters-aborted", run_dead_letters_aborted },
  { "dead-letters-among", run_dead_letters_among },
  { "dead-letters-bad", run_dead_letters_bad },
  { "dead-letters", run_dead_letters },
  { "paused", run_paused },
  { NULL, NULL },
};

/* Where the dead letters of the fixture's source go. */
static char *
dup_dead_letters (Fixture *self)
{
  return g_strconcat ("dead-letter__", qs_topic_get_name (self->topic), NULL);
}

static void
limit_topic (Fixture *self)
{
  GVariantBuilder config;

  g_variant_builder_init (&config, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&config, "{ss}", "max.message.bytes", TOPIC_MAX_BYTES);
  g_object_set (self->topic, "config", g_variant_builder_end (&config), NULL);
}

/* Has the client know what the topic takes. */
static void
limit_client (Fixture *self)
{
  GVariantBuilder config;

  g_variant_builder_init (&config, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&config, "{ss}", "message.max.bytes", TOPIC_MAX_BYTES);
  g_object_set (self->app, "producer-config", g_variant_builder_end (&config), NULL);
}

static void
use_exactly_once (Fixture *self)
{
  g_object_set (self->app, "processing-guarantee", QS_PROCESSING_GUARANTEE_EXACTLY_ONCE, NULL);
}

static char *
read_committed (const char *address, const char *topic, const char *format)
{
  return shell ("kcat -C -q -b \"$1\" -X isolation.level=read_committed -t \"$2\" -o beginning "
                "-e -f \"$3\"",
                address,
                topic,
                format);
}

static void
test_refused (void)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *dead_letters = NULL;
  g_autofree char *values = NULL;
  g_autofree char *letters = NULL;

  g_test_summary ("What the broker refuses is a dead letter, whole; the others are delivered");

  if (address == NULL || !has_kcat ())
    return;
  fixture_init (&fixture, address, "dead-letters");
  limit_topic (&fixture);
  run_well (&fixture);

  dead_letters = dup_dead_letters (&fixture);
  values = read_topic (address, qs_topic_get_name (fixture.topic), "%s ");
  letters = read_topic (address, dead_letters, "%k %S %h\\n");
  g_assert_cmpstr (values, ==, "first last ");
  assert_contains (letters, "large " G_STRINGIFY (LARGE) " ");
  assert_contains (letters, "__qsource.errors.stage=delivery");
  assert_contains (letters, "__qsource.errors.partition=0");
  g_assert_cmpuint (
      qs_source_stats_get_n_dead_letters (qs_base_source_get_stats (fixture.source)), ==, 1);
}

/* Reads the records and the dead letters of a run that had some among the others,
 * and fails unless these are what is left of it, in order. */
static void
assert_delivered_around (Fixture *fixture, const char *address, const char *expected)
{
  g_autofree char *dead_letters = dup_dead_letters (fixture);
  g_autofree char *values = read_committed (address, qs_topic_get_name (fixture->topic), "%s\\n");
  g_autofree char *letters = read_committed (address, dead_letters, "%k %S ");
  g_auto (GStrv) lines = g_strsplit (g_strchomp (values), "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, N_SMALL);
  for (int i = 0; i < N_SMALL; i++)
    g_assert_cmpint (atoi (lines[i]), ==, i);
  g_assert_cmpstr (letters, ==, expected);
}

static void
test_refused_among (void)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };

  g_test_summary (
      "Only what is too large by itself is a dead letter, not what is sent with it; the "
      "others are delivered in order");

  if (address == NULL || !has_kcat ())
    return;
  fixture_init (&fixture, address, "dead-letters-among");
  limit_topic (&fixture);
  run_well (&fixture);
  assert_delivered_around (&fixture, address, "large 50000 large 50000 ");
}

/* What a topic is to refuse, and the setting by which it does. */
static const struct
{
  const char *behaviour;
  const char *setting;
} bad[] = {
  { "dead-letters-bad-keyless", "{'cleanup.policy': 'compact'}" },
  { "dead-letters-bad-timestamp", "{'message.timestamp.before.max.ms': '3600000'}" },
};

static void
test_refused_as_bad (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *dead_letters = NULL;
  g_autofree char *values = NULL;
  g_autofree char *letters = NULL;

  g_test_summary ("What has no key where one is needed, or is too old, is a dead letter");

  if (address == NULL || !has_kcat ())
    return;
  fixture_init (&fixture, address, bad[i].behaviour);
  qs_topic_set_config (fixture.topic, g_variant_new_parsed (bad[i].setting));
  run_well (&fixture);

  dead_letters = dup_dead_letters (&fixture);
  values = read_topic (address, qs_topic_get_name (fixture.topic), "%s ");
  letters = read_topic (address, dead_letters, "%s %h\\n");
  g_assert_cmpstr (values, ==, "first last ");
  g_assert_true (g_str_has_prefix (letters, "bad "));
  assert_contains (letters, "__qsource.errors.stage=delivery");
}

static void
test_transaction_among (void)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("A transaction of more than the topic takes at once is delivered, in order");

  if (address == NULL || !has_kcat ())
    return;
  fixture_init (&fixture, address, "dead-letters-among");
  use_exactly_once (&fixture);
  limit_topic (&fixture);
  limit_client (&fixture);
  run_well (&fixture);
  assert_delivered_around (&fixture, address, "large 4096 large 4096 ");
}

static void
test_own_batch_size (void)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("A batch.size of the user's own is left as it is");

  if (address == NULL || !has_kcat ())
    return;
  fixture_init (&fixture, address, "dead-letters-among");
  limit_topic (&fixture);
  g_object_set (fixture.app,
                "producer-config",
                g_variant_new_parsed ("{'batch.size': '1000000', 'linger.ms': '1000'}"),
                NULL);
  run_well (&fixture);
  g_assert_cmpuint (
      qs_source_stats_get_n_dead_letters (qs_base_source_get_stats (fixture.source)), >, N_LARGE);
}

static void
test_refused_in_transaction (void)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *dead_letters = NULL;
  g_autofree char *values = NULL;
  g_autofree char *letters = NULL;

  g_test_summary ("What the broker refuses in a transaction fails it, long before it is too old, "
                  "and nothing of it is seen");

  if (address == NULL || !has_kcat ())
    return;
  fixture_init (&fixture, address, "dead-letters-together");
  use_exactly_once (&fixture);
  g_object_set (fixture.app, "transaction-timeout", 900.0, NULL);
  limit_topic (&fixture);
  run (&fixture);
  assert_failed (&fixture, QS_KAFKA_ERROR, QS_KAFKA_ERROR_MESSAGE_TOO_LARGE, "message.max.bytes");

  dead_letters = dup_dead_letters (&fixture);
  values = read_committed (address, qs_topic_get_name (fixture.topic), "%s ");
  letters = read_committed (address, dead_letters, "%k ");
  g_assert_cmpstr (values, ==, "");
  g_assert_cmpstr (letters, ==, "");
}

static void
test_transaction (void)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *dead_letters = NULL;
  g_autofree char *values = NULL;
  g_autofree char *letters = NULL;

  g_test_summary ("What is found to be too large here is in the transaction of its neighbours");

  if (address == NULL || !has_kcat ())
    return;
  fixture_init (&fixture, address, "dead-letters-together");
  use_exactly_once (&fixture);
  limit_topic (&fixture);
  limit_client (&fixture);
  run_well (&fixture);

  dead_letters = dup_dead_letters (&fixture);
  values = read_committed (address, qs_topic_get_name (fixture.topic), "%s ");
  letters = read_committed (address, dead_letters, "%k %S %h");
  g_assert_cmpstr (values, ==, "first last ");
  assert_contains (letters, "large 4096 ");
  assert_contains (letters, "__qsource.errors.value.length=" G_STRINGIFY (LARGE));
}

static void
test_aborted (void)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *dead_letters = NULL;
  g_autofree char *letters = NULL;

  g_test_summary ("A dead letter of a transaction that is aborted is never seen");

  if (address == NULL || !has_kcat ())
    return;
  fixture_init (&fixture, address, "dead-letters-aborted");
  use_exactly_once (&fixture);
  limit_client (&fixture);
  run (&fixture);
  assert_failed (&fixture, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED, "as it must");

  dead_letters = dup_dead_letters (&fixture);
  letters = read_committed (address, dead_letters, "%k ");
  g_assert_cmpstr (letters, ==, "");
}

/* What is seen of the source's topic while it is paused, read in this process. */
typedef struct
{
  Fixture    *fixture;
  const char *address;
  gboolean    is_paused;
} Pause;

static gboolean
look_cb (gpointer user_data)
{
  Pause           *self = user_data;
  QsBaseSource    *source = self->fixture->source;
  g_autofree char *values = NULL;
  g_autoptr (GError) error = NULL;

  if (!self->is_paused && has_file ("produced"))
    {
      self->is_paused = qs_application_pause_source (self->fixture->app, source, &error);
      g_assert_no_error (error);
    }
  if (qs_base_source_get_status (source) != QS_SOURCE_STATUS_PAUSED)
    return G_SOURCE_CONTINUE;

  /* It tries to produce from here on. */
  if (!has_file ("go-on"))
    write_file ("go-on", "");

  values = read_committed (self->address, qs_topic_get_name (self->fixture->topic), "%s ");
  if (*values == '\0')
    return G_SOURCE_CONTINUE;

  g_assert_cmpstr (values, ==, "before ");
  g_assert_true (qs_application_resume_source (self->fixture->app, source, &error));

  return G_SOURCE_REMOVE;
}

static void
test_pause (void)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *values = NULL;
  Pause            pause = { &fixture, address, FALSE };

  g_test_summary ("While a source is paused, the transaction that it has open is committed");

  if (address == NULL || !has_kcat ())
    return;
  fixture_init (&fixture, address, "paused");
  use_exactly_once (&fixture);
  g_object_set (fixture.app, "commit-interval", 0.5, NULL);
  g_timeout_add (50, look_cb, &pause);
  run_well (&fixture);

  values = read_committed (address, qs_topic_get_name (fixture.topic), "%s ");
  g_assert_cmpstr (values, ==, "before after ");
}

/* A source with a state, run in a thread of this process: what it has done, atomic. */
static struct
{
  int is_in_transaction;
  int may_go_on;
  int has_flushed;
  int has_gone_on;
  int is_over; /* there is nothing left to do */
} progress;

#define REMEMBERING_TYPE_SOURCE (remembering_source_get_type ())
G_DECLARE_FINAL_TYPE (RememberingSource, remembering_source, REMEMBERING, SOURCE, QsStatefulSource)

struct _RememberingSource
{
  QsStatefulSource parent_instance;
};

G_DEFINE_FINAL_TYPE (RememberingSource, remembering_source, QS_TYPE_STATEFUL_SOURCE)

static gboolean
produce_and_remember (QsSource *source, const char *value, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);

  return state != NULL && qs_state_set (state, value, g_variant_new_int64 (1), error) &&
         produce_text (source, "k", value, error);
}

static gboolean
remembering_source_run (QsSource *source, GError **error)
{
  if (g_atomic_int_get (&progress.is_over))
    return TRUE;

  if (!produce_and_remember (source, "one", error))
    return FALSE;
  g_atomic_int_set (&progress.is_in_transaction, TRUE);
  while (!g_atomic_int_get (&progress.may_go_on) &&
         qs_base_source_wait (QS_BASE_SOURCE (source), 0.01))
    continue;

  if (!produce_and_remember (source, "two", error) || !qs_source_flush (source, -1, error))
    return FALSE;
  g_atomic_int_set (&progress.has_flushed, TRUE);

  if (!produce_and_remember (source, "three", error))
    return FALSE;
  g_atomic_int_set (&progress.has_gone_on, TRUE);

  return TRUE;
}

static void
remembering_source_class_init (RememberingSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = remembering_source_run;
}

static void
remembering_source_init (RememberingSource *self)
{
}

static gboolean
look_at_transaction_cb (gpointer user_data)
{
  Fixture *self = user_data;
  g_autoptr (GError) error = NULL;

  if (qs_base_source_get_status (self->source) == QS_SOURCE_STATUS_PAUSED)
    g_atomic_int_set (&progress.may_go_on, TRUE);
  else if (g_atomic_int_get (&progress.is_in_transaction))
    g_assert_true (qs_application_pause_source (self->app, self->source, &error));
  if (!g_atomic_int_get (&progress.has_flushed))
    return G_SOURCE_CONTINUE;

  g_assert_false (g_atomic_int_get (&progress.has_gone_on));
  g_assert_true (qs_application_resume_source (self->app, self->source, &error));

  return G_SOURCE_REMOVE;
}

static char *
make_state_dir (void)
{
  g_autofree char *path = dup_path ("state-XXXXXX");

  return g_strdup (g_mkdtemp (path));
}

static void
test_pause_in_transaction (void)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *first_dir = make_state_dir ();
  g_autofree char *second_dir = make_state_dir ();
  g_autofree char *values = NULL;
  QsSourceStats   *stats = NULL;

  g_test_summary ("A source with a state is paused when its transaction has ended, not in it; what "
                  "its recovery has read is told");

  if (address == NULL || !has_kcat ())
    return;
  fixture.name = qs_test_kafka_unique_name ("remembering");
  fixture.app = qs_application_new (address);
  fixture.source = g_object_new (REMEMBERING_TYPE_SOURCE, "name", fixture.name, NULL);
  fixture.topic = qs_topic_new (fixture.name);
  qs_application_add_source (fixture.app, fixture.source, fixture.topic, NULL);
  use_exactly_once (&fixture);
  g_object_set (fixture.app,
                "isolation",
                QS_ISOLATION_THREAD,
                "state-dir",
                first_dir,
                "consumer-group",
                fixture.name,
                NULL);
  g_timeout_add (10, look_at_transaction_cb, &fixture);
  run_well (&fixture);
  values = read_committed (address, fixture.name, "%s ");
  g_assert_cmpstr (values, ==, "one two three ");

  g_atomic_int_set (&progress.is_over, TRUE);
  g_object_set (fixture.app, "state-dir", second_dir, NULL);
  run_well (&fixture);
  stats = qs_base_source_get_stats (fixture.source);
  g_assert_cmpuint (qs_source_stats_get_n_acknowledged (stats), ==, 0);
  g_assert_cmpuint (qs_source_stats_get_n_recovered (stats), >=, 3);
  g_assert_cmpuint (qs_source_stats_get_n_to_recover (stats), ==, 0);
}

static void
add_tests (void)
{
  g_test_add_func ("/operations-kafka/dead-letters/refused", test_refused);
  g_test_add_func ("/operations-kafka/dead-letters/refused-among", test_refused_among);
  g_test_add_func ("/operations-kafka/dead-letters/refused-in-transaction",
                   test_refused_in_transaction);
  g_test_add_func ("/operations-kafka/dead-letters/transaction", test_transaction);
  g_test_add_func ("/operations-kafka/dead-letters/transaction-among", test_transaction_among);
  g_test_add_func ("/operations-kafka/dead-letters/aborted", test_aborted);
  g_test_add_func ("/operations-kafka/dead-letters/own-batch-size", test_own_batch_size);
  g_test_add_data_func (
      "/operations-kafka/dead-letters/keyless", GUINT_TO_POINTER (0), test_refused_as_bad);
  g_test_add_data_func (
      "/operations-kafka/dead-letters/timestamp", GUINT_TO_POINTER (1), test_refused_as_bad);
  g_test_add_func ("/operations-kafka/pause", test_pause);
  g_test_add_func ("/operations-kafka/pause-in-transaction", test_pause_in_transaction);
}

int
main (int argc, char **argv)
{
  return main_of_test (argc, argv, own_behaviours, add_tests);
}
