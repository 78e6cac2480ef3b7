/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kafka-source-fixture.h"

/* Dead letters and pauses where only a real broker shows what they come to. */

/* What the topic takes, and a record that is larger. */
#define TOPIC_MAX_BYTES "10000"
#define LARGE 50000

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
  { "dead-letters", run_dead_letters },
  { "paused", run_paused },
  { NULL, NULL },
};

/* Where the dead letters of the fixture's source go. */
static char *
get_dead_letters (Fixture *self)
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

  dead_letters = get_dead_letters (&fixture);
  values = read_topic (address, qs_topic_get_name (fixture.topic), "%s ");
  letters = read_topic (address, dead_letters, "%k %S %h\\n");
  g_assert_cmpstr (values, ==, "first last ");
  assert_contains (letters, "large " G_STRINGIFY (LARGE) " ");
  assert_contains (letters, "__qsource.errors.stage=delivery");
  assert_contains (letters, "__qsource.errors.partition=0");
  g_assert_cmpuint (
      qs_source_stats_get_n_dead_letters (qs_base_source_get_stats (fixture.source)), ==, 1);
}

static void
test_refused_in_transaction (void)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *dead_letters = NULL;
  g_autofree char *values = NULL;
  g_autofree char *letters = NULL;

  g_test_summary ("What the broker refuses in a transaction fails it, and nothing of it is seen");

  if (address == NULL || !has_kcat ())
    return;
  fixture_init (&fixture, address, "dead-letters-together");
  use_exactly_once (&fixture);
  limit_topic (&fixture);
  run (&fixture);
  assert_failed (&fixture, QS_KAFKA_ERROR, QS_KAFKA_ERROR_MESSAGE_TOO_LARGE, "message.max.bytes");

  dead_letters = get_dead_letters (&fixture);
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

  dead_letters = get_dead_letters (&fixture);
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

  dead_letters = get_dead_letters (&fixture);
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

static void
add_tests (void)
{
  g_test_add_func ("/operations-kafka/dead-letters/refused", test_refused);
  g_test_add_func ("/operations-kafka/dead-letters/refused-in-transaction",
                   test_refused_in_transaction);
  g_test_add_func ("/operations-kafka/dead-letters/transaction", test_transaction);
  g_test_add_func ("/operations-kafka/dead-letters/aborted", test_aborted);
  g_test_add_func ("/operations-kafka/pause", test_pause);
}

int
main (int argc, char **argv)
{
  return main_of_test (argc, argv, own_behaviours, add_tests);
}
