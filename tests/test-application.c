/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define TEST_PATH "/application/"
#include "application-fixture.h"

#include <math.h>

/* An application of one's own. */

G_DECLARE_FINAL_TYPE (TestApplication, test_application, TEST, APPLICATION, QsApplication)

struct _TestApplication
{
  QsApplication parent_instance;

  int own;
};

G_DEFINE_FINAL_TYPE (TestApplication, test_application, QS_TYPE_APPLICATION)

static void
test_application_class_init (TestApplicationClass *klass)
{
}

static void
test_application_init (TestApplication *self)
{
  self->own = 5;
}

static void
test_subclass (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (TestApplication) app =
      g_object_new (test_application_get_type (), "broker-address", "embedded", NULL);

  g_test_summary ("An application can be subclassed, and keeps its settings");

  g_assert_cmpstr (qs_application_get_broker_address (QS_APPLICATION (app)), ==, "embedded");
  g_assert_cmpint (app->own, ==, 5);
}

/* A source whose class lacks what its base class must have. */

G_DECLARE_FINAL_TYPE (TestEmptySource, test_empty_source, TEST, EMPTY_SOURCE, QsBaseSource)

struct _TestEmptySource
{
  QsBaseSource parent_instance;
};

G_DEFINE_FINAL_TYPE (TestEmptySource, test_empty_source, QS_TYPE_BASE_SOURCE)

static void
test_empty_source_class_init (TestEmptySourceClass *klass)
{
}

static void
test_empty_source_init (TestEmptySource *self)
{
}

static void
assert_refused (Fixture *fixture, const char *name, const char *topic_name, int code)
{
  g_autoptr (QsBaseSource) source = make_source (name);
  g_autoptr (QsTopic) topic = topic_name != NULL ? qs_topic_new (topic_name) : NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (qs_application_add_source (fixture->app, source, topic, &error));
  g_assert_error (error, QS_APPLICATION_ERROR, code);
  g_test_message ("%s", error->message);
  if (name != NULL)
    assert_contains (error->message, name);
  g_assert_finalize_object (g_steal_pointer (&source));
}

static void
test_out_of_range (Fixture *fixture, gconstpointer isolation)
{
  static const struct
  {
    const char *name;
    double      value;
  } cases[] = {
    { "run-timeout", INFINITY },    { "broker-availability-timeout", INFINITY },
    { "transaction-timeout", NAN }, { "request-timeout", -1 },
    { "commit-interval", -0.5 },
  };

  g_test_summary ("A value out of a property's range is warned of, and the default stays");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (QsApplication) app = NULL;
      GParamSpec *pspec = NULL;
      double      value = 0;

      g_test_expect_message ("GLib-GObject", G_LOG_LEVEL_WARNING, "*out of range*");
      app = g_object_new (QS_TYPE_APPLICATION, cases[i].name, cases[i].value, NULL);
      g_test_assert_expected_messages ();
      pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (app), cases[i].name);
      g_object_get (app, cases[i].name, &value, NULL);
      g_assert_cmpfloat (value, ==, G_PARAM_SPEC_DOUBLE (pspec)->default_value);
    }
}

static void
test_add_bad_name (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("A source without a name, or with one that is not legal, is refused by name");

  assert_refused (fixture, NULL, NULL, QS_APPLICATION_ERROR_NOT_CONFIGURED);
  assert_refused (fixture, "", NULL, QS_APPLICATION_ERROR_NOT_CONFIGURED);
  assert_refused (fixture, "a name", NULL, QS_APPLICATION_ERROR_NOT_CONFIGURED);
  assert_refused (fixture, "a/../b", NULL, QS_APPLICATION_ERROR_NOT_CONFIGURED);
  assert_refused (fixture, "caf\303\251", NULL, QS_APPLICATION_ERROR_NOT_CONFIGURED);
  assert_refused (fixture, "a:b", NULL, QS_APPLICATION_ERROR_NOT_CONFIGURED);
  assert_refused (fixture, "a\n", NULL, QS_APPLICATION_ERROR_NOT_CONFIGURED);

  add_source (fixture, "finish-AZ.09_x");
}

static void
test_add_twice (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("A second source of the same name, or with the same topic, is refused");

  add_source (fixture, "finish");
  assert_refused (fixture, "finish", NULL, QS_APPLICATION_ERROR_DUPLICATE);
  assert_refused (fixture, "finish", "another", QS_APPLICATION_ERROR_DUPLICATE);
  assert_refused (fixture, "finish-2", "source__finish", QS_APPLICATION_ERROR_DUPLICATE);

  /* What was refused is not there: this name is free. */
  add_source (fixture, "finish-2");
}

static void
test_add_topic (Fixture *fixture, gconstpointer isolation)
{
  g_autoptr (QsBaseSource) source = make_source ("finish");
  g_autoptr (QsBaseSource) other = make_source ("finish-2");
  g_autoptr (QsTopic) given = qs_topic_new ("given");
  QsTopic *topic = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary (
      "A default topic has 'source__' before its name, one that is given stays as it is");

  topic = qs_application_add_source (fixture->app, source, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (qs_topic_get_name (topic), ==, "source__finish");

  topic = qs_application_add_source (fixture->app, other, given, &error);
  g_assert_no_error (error);
  g_assert_true (topic == given);
  g_assert_cmpstr (qs_topic_get_name (given), ==, "given");
}

static void
test_add_no_default_topic (Fixture *fixture, gconstpointer isolation)
{
  g_autoptr (QsBaseSource) source = g_object_new (test_empty_source_get_type (), "name", "x", NULL);
  g_autoptr (QsTopic) topic = qs_topic_new ("given");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A class without default_topic() is named, unless a topic is given");

  g_assert_null (qs_application_add_source (fixture->app, source, NULL, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_NOT_IMPLEMENTED);
  assert_contains (error->message, "TestEmptySource");
  assert_contains (error->message, "default_topic()");
  g_clear_error (&error);

  g_assert_nonnull (qs_application_add_source (fixture->app, source, topic, &error));
  g_assert_no_error (error);
}

static void
test_environment (Fixture *fixture, gconstpointer isolation)
{
  const char *address = qs_embedded_broker_get_address (shared_broker);

  g_test_summary (
      "Without an address or a group run() says what to set; the environment sets what is unset");

  add_source (fixture, "finish");
  g_object_set (fixture->app, "broker-address", NULL, NULL);
  g_assert_null (qs_application_get_broker_address (fixture->app));
  g_assert_cmpstr (qs_application_get_consumer_group (fixture->app), ==, "qsource-default");
  g_assert_false (run (fixture, NULL));
  g_assert_error (fixture->error, QS_APPLICATION_ERROR, QS_APPLICATION_ERROR_NOT_CONFIGURED);
  assert_contains (fixture->error->message, "broker-address");
  assert_contains (fixture->error->message, "QSOURCE_BROKER_ADDRESS");

  g_setenv ("QSOURCE_BROKER_ADDRESS", address, TRUE);
  g_setenv ("QSOURCE_CONSUMER_GROUP", "", TRUE);
  g_assert_false (run (fixture, NULL));
  g_assert_error (fixture->error, QS_APPLICATION_ERROR, QS_APPLICATION_ERROR_NOT_CONFIGURED);
  assert_contains (fixture->error->message, "consumer-group");
  assert_contains (fixture->error->message, "QSOURCE_CONSUMER_GROUP");

  g_setenv ("QSOURCE_CONSUMER_GROUP", "mine", TRUE);
  g_assert_cmpstr (qs_application_get_consumer_group (fixture->app), ==, "mine");
  g_assert_cmpstr (qs_application_get_broker_address (fixture->app), ==, address);
  run_well (fixture);

  g_object_set (fixture->app, "broker-address", NO_BROKER, "consumer-group", "set", NULL);
  g_assert_cmpstr (qs_application_get_broker_address (fixture->app), ==, NO_BROKER);
  g_assert_cmpstr (qs_application_get_consumer_group (fixture->app), ==, "set");
  g_unsetenv ("QSOURCE_BROKER_ADDRESS");
  g_unsetenv ("QSOURCE_CONSUMER_GROUP");
}

/* A configuration that run() refuses. */
typedef struct
{
  const char *property;
  const char *key;
  const char *value;
  const char *text; /* also in the error: what to do instead */
} Refusal;

static void
test_config (Fixture *fixture, gconstpointer isolation)
{
  static const Refusal refusals[] = {
    { "client-config", "no.such.key", "1", "client-config" },
    { "producer-config", "no.such.key", "1", "producer-config" },
    { "producer-config", "linger.ms", "soon", "'soon'" },
    { "client-config", "fetch.min.bytes", "1", "consumer-config" },
    { "client-config", "bootstrap.servers", "x:1", "broker-address" },
    { "producer-config", "acks", "1", "" },
    { "client-config", "acks", "all", "" },
    { "producer-config", "enable.idempotence", "false", "" },
    { "producer-config", "transactional.id", "mine", "" },
    { "producer-config", "transaction.timeout.ms", "1000", "transaction-timeout" },
    { "producer-config", "message.timeout.ms", "1000", "broker-availability-timeout" },
    { "client-config", "isolation.level", "read_uncommitted", "" },
  };

  g_test_summary ("A key that is unknown, misplaced or refused makes run() fail by its name");

  add_source (fixture, "finish");
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      const Refusal   *refusal = &refusals[i];
      g_autofree char *quoted = g_strdup_printf ("'%s'", refusal->key);

      g_object_set (fixture->app, "client-config", NULL, "producer-config", NULL, NULL);
      g_object_set (fixture->app,
                    refusal->property,
                    g_variant_new_parsed ("{%s: %s}", refusal->key, refusal->value),
                    NULL);
      g_assert_false (run (fixture, NULL));
      g_assert_error (fixture->error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
      assert_contains (fixture->error->message, quoted);
      assert_contains (fixture->error->message, refusal->text);
    }
  g_assert_cmpstr (fixture->story->str, ==, "");

  g_object_set (fixture->app,
                "client-config",
                g_variant_new_parsed ("{'client.id': 'mine'}"),
                "producer-config",
                g_variant_new_parsed ("{'linger.ms': '0', 'compression.type': 'gzip'}"),
                NULL);
  run_well (fixture);
}

static void
test_rocksdb_options (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("An option of the stores that is refused makes run() fail by its name, too");

  add_source (fixture, "finish");
  g_object_set (
      fixture->app, "rocksdb-options", g_variant_new_parsed ("{'no_such_option': '1'}"), NULL);
  g_assert_false (run (fixture, NULL));
  g_assert_error (fixture->error, QS_STATE_ERROR, QS_STATE_ERROR_FAILED);
  assert_contains (fixture->error->message, "'no_such_option' in rocksdb-options");
  g_assert_cmpstr (fixture->story->str, ==, "");

  g_object_set (
      fixture->app, "rocksdb-options", g_variant_new_parsed ("{'compression': 'kZSTD'}"), NULL);
  run_well (fixture);
}

/* What is refused, and what names it. */
static const struct
{
  const char *config;
  int         replication_factor;
  const char *text;
} bad_changelogs[] = {
  { "@a{ss} {}", 0, "0 as changelog-replication-factor" },
  { "{'cleanup.policy': 'compact,delete'}",
    -1,
    "cleanup.policy='compact,delete' in changelog-config" },
};

static void
test_changelog (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("Settings of changelogs that would lose a state make run() fail by their names");

  add_source (fixture, "finish");
  for (gsize i = 0; i < G_N_ELEMENTS (bad_changelogs); i++)
    {
      g_object_set (fixture->app,
                    "changelog-config",
                    g_variant_new_parsed (bad_changelogs[i].config),
                    "changelog-replication-factor",
                    bad_changelogs[i].replication_factor,
                    NULL);
      g_assert_false (run (fixture, NULL));
      g_assert_error (fixture->error, QS_STATE_ERROR, QS_STATE_ERROR_FAILED);
      assert_contains (fixture->error->message, bad_changelogs[i].text);
    }
  g_assert_cmpstr (fixture->story->str, ==, "");

  g_object_set (fixture->app,
                "changelog-config",
                g_variant_new_parsed ("{'cleanup.policy': 'compact', 'segment.ms': '60000'}"),
                "changelog-replication-factor",
                3,
                NULL);
  run_well (fixture);
}

static void
test_order (Fixture *fixture, gconstpointer isolation)
{
  GVariant        *stats = NULL;
  guint64          n = 0;
  g_autofree char *values = NULL;

  g_test_summary ("What a source goes through is told in order, and its counters add up");

  g_object_set (fixture->app, "broker-address", "embedded", NULL);
  add_source (fixture, "finish");
  run_well (fixture);

  g_assert_cmpstr (fixture->story->str, ==, "started finish\nconnected finish\nfinished finish\n");
  g_assert_cmpstr (
      fixture->statuses->str, ==, "finish starting\nfinish running\nfinish finished\n");
  if (GPOINTER_TO_INT (isolation) == QS_ISOLATION_THREAD)
    g_assert_cmpint (fixture->pid, ==, getpid ());
  else
    g_assert_cmpint (fixture->pid, !=, getpid ());

  stats = g_hash_table_lookup (fixture->stats, "finish");
  g_assert_nonnull (stats);
  g_assert_true (g_variant_lookup (stats, "n-acknowledged", "t", &n));
  g_assert_cmpuint (n, ==, N_RECORDS);
  g_assert_true (g_variant_lookup (stats, "bytes-acknowledged", "t", &n));
  g_assert_cmpuint (n, ==, N_RECORDS * (strlen ("key") + 1));
  g_assert_true (g_variant_lookup (stats, "n-failed", "t", &n));
  g_assert_cmpuint (n, ==, 0);
  g_assert_true (g_variant_lookup (stats, "n-in-flight", "t", &n));
  g_assert_cmpuint (n, ==, 0);

  values = read_values (fixture->app, "source__finish");
  g_assert_cmpstr (values, ==, "0123456789");
}

static void
test_failure (Fixture *fixture, gconstpointer isolation)
{
  QsBaseSource *source = add_source (fixture, "fail");
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_test_summary ("run()'s error has name, pid, message and traceback of a failure, but no domain, "
                  "and the source keeps its own");

  g_assert_false (run (fixture, NULL));

  g_assert_error (fixture->error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  text = g_strdup_printf ("source 'fail' (pid %d): it was not there\nTraceback:\n  line 1",
                          fixture->pid);
  g_assert_cmpstr (fixture->error->message, ==, text);
  g_assert_cmpstr (fixture->story->str, ==, "started fail\nconnected fail\nfailed fail\n");
  g_assert_cmpstr (fixture->statuses->str, ==, "fail starting\nfail running\nfail failed\n");

  error = qs_base_source_dup_error (source);
  g_assert_error (error, g_quark_from_string ("test-error"), 42);
  g_assert_cmpstr (error->message, ==, "it was not there");
  g_assert_cmpstr (qs_base_source_get_error_detail (source), ==, "Traceback:\n  line 1");
  assert_contains (warnings.text->str, "Source failed: 0 records");
}

static void
test_setup_fails (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("A setup() that fails is told twice: as what it is, and as the failure");

  add_source (fixture, "setup");
  g_assert_false (run (fixture, NULL));

  assert_contains (fixture->error->message, "source 'setup' (pid ");
  assert_contains (fixture->error->message, "no such host");
  g_assert_cmpstr (fixture->story->str, ==, "started setup\nconnect-failed setup\nfailed setup\n");
}

static void
test_all_failures (Fixture *fixture, gconstpointer isolation)
{
  const char *first = NULL;
  const char *second = NULL;

  g_test_summary ("A failure stops the others; of several, all are told, the first one first");

  /* This one fails when the other makes it stop. */
  add_source (fixture, "late");
  add_source (fixture, "fail-after-late");
  add_source (fixture, "wait");
  g_assert_false (run (fixture, NULL));

  g_assert_error (fixture->error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  first = strstr (fixture->error->message, "source 'fail-after-late' (pid ");
  second = strstr (fixture->error->message, "source 'late' (pid ");
  g_assert_true (first == fixture->error->message);
  g_assert_nonnull (second);
  assert_contains (second, "came too late");
  g_assert_cmpint (second[-1], ==, '\n');
  g_assert_null (strstr (fixture->error->message, "'wait'"));
  g_assert_null (strstr (fixture->story->str, "finished late"));
  assert_contains (fixture->story->str, "finished wait\n");
  g_assert_true (strstr (fixture->statuses->str, "wait stopping\n") <
                 strstr (fixture->statuses->str, "wait finished\n"));
}

static gboolean others_went_on;

static gboolean
others_go_on_cb (gpointer data)
{
  Fixture *fixture = data;

  others_went_on = TRUE;
  g_assert_null (strstr (fixture->statuses->str, "wait stopping"));
  g_assert_null (strstr (fixture->statuses->str, "wait finished"));
  qs_application_stop (fixture->app);
  return G_SOURCE_REMOVE;
}

static void
see_whether_others_go_on (gpointer data)
{
  g_timeout_add (100, others_go_on_cb, data);
}

static void
test_handled (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("A failure that a handler deals with ends nobody else, and is no error of run()");

  others_went_on = FALSE;
  fixture->handles_failures = TRUE;
  add_source (fixture, "wait");
  add_source (fixture, "fail-after-wait");
  act_at (fixture, "failed fail-after-wait", see_whether_others_go_on);
  run_well (fixture);

  g_assert_true (others_went_on);
  assert_contains (fixture->story->str, "finished wait\n");
  g_assert_cmpint (
      qs_base_source_get_status (fixture->sources->pdata[1]), ==, QS_SOURCE_STATUS_FAILED);
}

static void
test_again (Fixture *fixture, gconstpointer isolation)
{
  g_autofree char *values = NULL;

  g_test_summary ("run() may be called again, after a failure too; sources start afresh");

  g_object_set (fixture->app, "broker-address", "embedded", NULL);
  add_source (fixture, "once");
  g_assert_false (run (fixture, NULL));
  run_well (fixture);
  run_well (fixture);

  values = read_values (fixture->app, "source__once");
  g_assert_cmpstr (values, ==, "01234567890123456789");
  g_assert_null (qs_base_source_dup_error (fixture->sources->pdata[0]));

  /* Between runs there may be more of them. */
  add_source (fixture, "finish");
  run_well (fixture);
  assert_contains (fixture->story->str, "finished finish\n");
}

static void
run_inside (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (QsBaseSource) source = make_source ("finish-2");
  g_autoptr (GError) error = NULL;

  g_assert_false (qs_application_run (fixture->app, NULL, &error));
  g_assert_error (error, QS_APPLICATION_ERROR, QS_APPLICATION_ERROR_RUNNING);
  g_clear_error (&error);

  g_assert_null (qs_application_add_source (fixture->app, source, NULL, &error));
  g_assert_error (error, QS_APPLICATION_ERROR, QS_APPLICATION_ERROR_RUNNING);
}

static void
test_inside (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("run() and add_source() inside of run() are refused, and it goes on");

  add_source (fixture, "finish");
  act_at (fixture, "started finish", run_inside);
  run_well (fixture);
  assert_contains (fixture->story->str, "finished finish\n");
}

static void
test_nothing (Fixture *fixture, gconstpointer isolation)
{
  g_test_summary ("Without sources run() has nothing to wait for");

  run_well (fixture);
  g_assert_cmpstr (fixture->story->str, ==, "");
}

static void
not_reached_cb (gpointer data)
{
  g_assert_not_reached ();
}

static void
test_context (Fixture *fixture, gconstpointer isolation)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  guint id = g_idle_add_once (not_reached_cb, NULL);

  g_test_summary ("run() iterates the caller's thread-default context, and no other");

  add_source (fixture, "finish");
  g_main_context_push_thread_default (context);
  g_assert_true (qs_application_run (fixture->app, NULL, &fixture->error));
  g_main_context_pop_thread_default (context);
  g_assert_no_error (fixture->error);
  assert_contains (fixture->story->str, "finished finish\n");
  g_source_remove (id);
}

static void
test_illegal_topic (Fixture *fixture, gconstpointer isolation)
{
  g_autofree char *name = g_strnfill (300, 'x');

  g_test_summary ("A topic whose name Kafka doesn't take is an error of run() that names it");

  add_source (fixture, name);
  g_assert_false (run (fixture, NULL));
  g_assert_error (fixture->error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_TOPIC);
  assert_contains (fixture->error->message, name);
  g_assert_cmpstr (fixture->story->str, ==, "");
}

static void
test_unreachable (Fixture *fixture, gconstpointer isolation)
{
  gint64 begin = g_get_monotonic_time ();

  g_test_summary ("A broker that is not there: a warning, and an error after the "
                  "request-timeout, both with address and cause");

  add_source (fixture, "finish");
  g_object_set (fixture->app, "broker-address", NO_BROKER, "request-timeout", 6.0, NULL);
  g_assert_false (run (fixture, NULL));

  g_assert_cmpfloat (seconds_since (begin), >=, 5.9);
  g_assert_cmpfloat (seconds_since (begin), <, 15);
  g_assert_error (fixture->error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE);
  assert_contains (fixture->error->message, NO_BROKER);
  assert_contains (fixture->error->message, "refused");
  assert_contains (warnings.text->str, NO_BROKER);
  assert_contains (warnings.text->str, "refused");
  g_assert_cmpstr (fixture->story->str, ==, "");
}

static void
test_producer (void)
{
  g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autoptr (QsTopic) topic = qs_topic_new ("direct");
  g_autoptr (QsTopic) other = qs_topic_new ("direct");
  g_autoptr (GBytes) value = g_bytes_new_static ("1", 1);
  g_autoptr (QsMessage) message = qs_message_new (NULL, value, NULL, 0, -1);
  g_autoptr (QsProducer) producer = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A producer of the application delivers to a topic that it has made");

  g_object_set (topic, "n-partitions", 2, NULL);
  g_assert_true (qs_application_create_topic (app, topic, &error));
  g_assert_no_error (error);

  producer = qs_application_get_producer (app, &error);
  g_assert_no_error (error);
  g_assert_true (qs_producer_produce (producer, topic, message, &error));
  g_assert_no_error (error);
  g_assert_true (qs_producer_flush (producer, 10, &error));
  g_assert_no_error (error);

  messages = qs_embedded_broker_dup_messages (
      qs_application_get_embedded_broker (app), "direct", 10, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (messages->len, ==, 1);

  g_object_set (other, "n-partitions", 3, NULL);
  g_assert_false (qs_application_create_topic (app, other, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TOPIC_MISMATCH);
}

static void
test_producer_without_broker (void)
{
  g_autoptr (QsApplication) app = qs_application_new (NULL);
  g_autoptr (QsProducer) producer = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Without a broker there is no producer");

  producer = qs_application_get_producer (app, &error);
  g_assert_null (producer);
  g_assert_error (error, QS_APPLICATION_ERROR, QS_APPLICATION_ERROR_NOT_CONFIGURED);
}

int
main (int argc, char **argv)
{
  if (qs_worker_child_is_active ())
    worker_main (make_source, NULL);

  fixture_init (&argc, &argv);

  ADD ("out-of-range", AUTO, test_out_of_range);
  ADD ("add/bad-name", AUTO, test_add_bad_name);
  ADD ("add/twice", AUTO, test_add_twice);
  ADD ("add/topic", AUTO, test_add_topic);
  ADD ("add/no-default-topic", AUTO, test_add_no_default_topic);
  ADD ("subclass", AUTO, test_subclass);
  ADD ("environment", AUTO, test_environment);
  ADD ("config", AUTO, test_config);
  ADD ("config/rocksdb", AUTO, test_rocksdb_options);
  ADD ("config/changelog", AUTO, test_changelog);
  ADD_BOTH ("order", test_order);
  ADD_BOTH ("failure", test_failure);
  ADD_BOTH ("setup-fails", test_setup_fails);
  ADD_BOTH ("all-failures", test_all_failures);
  ADD_BOTH ("handled", test_handled);
  ADD_BOTH ("again", test_again);
  ADD_BOTH ("inside", test_inside);
  ADD ("nothing", AUTO, test_nothing);
  ADD_BOTH ("context", test_context);
  ADD ("illegal-topic", AUTO, test_illegal_topic);
  ADD ("unreachable", AUTO, test_unreachable);

  g_test_add_func (TEST_PATH "producer", test_producer);
  g_test_add_func (TEST_PATH "producer/no-broker", test_producer_without_broker);

  return fixture_run ();
}
