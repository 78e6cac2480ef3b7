/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "security-fixture.h"

#include "qs-admin-private.h"

static const Behaviour own_behaviours[] = {
  { "ten", run_ten },
  { NULL },
};

/* Counts how often it has run. */
#define ACCESS_TYPE_COUNTER (access_counter_get_type ())
G_DECLARE_FINAL_TYPE (AccessCounter, access_counter, ACCESS, COUNTER, QsStatefulSource)

struct _AccessCounter
{
  QsStatefulSource parent_instance;
  gint64           n_runs;
};

G_DEFINE_FINAL_TYPE (AccessCounter, access_counter, QS_TYPE_STATEFUL_SOURCE)

static gboolean
access_counter_run (QsSource *source, GError **error)
{
  AccessCounter *self = ACCESS_COUNTER (source);
  g_autoptr (GError) read_error = NULL;
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);

  if (state == NULL)
    return FALSE;

  self->n_runs = qs_state_get_int64 (state, "runs", 0, &read_error) + 1;
  g_assert_no_error (read_error);

  return qs_state_set (state, "runs", g_variant_new_int64 (self->n_runs), error) &&
         run_ten (source, error);
}

static void
access_counter_class_init (AccessCounterClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = access_counter_run;
}

static void
access_counter_init (AccessCounter *self)
{
}

/* What the names of topic and group begin with says what the user may do to them: see
 * secure_kafka.py. */
typedef struct
{
  const char *name;
  const char *user;
  const char *topic;
  const char *group;
  gboolean    reads;  /* it has a dataframe */
  gboolean    exists; /* the topic does */
  gboolean    exactly_once;
  const char *operation; /* what must be granted */
  const char *resource;  /* and on what: a text of the error; NULL: the topic */
} Case;

static const Case denials[] = {
  { "describe", AS_ALICE, "forbidden-", "all", FALSE, TRUE, FALSE, "Describe", NULL },
  { "describe-missing", AS_ALICE, "forbidden-", "all", FALSE, FALSE, FALSE, "Describe", NULL },
  { "create", AS_ALICE, "seen-", "all", FALSE, FALSE, FALSE, "Create", NULL },
  { "write", AS_ALICE, "seen-", "all", FALSE, TRUE, FALSE, "Write", NULL },
  { "write-exactly-once", AS_ALICE, "seen-", "all", FALSE, TRUE, TRUE, "Write", NULL },
  { "write-nothing", AS_BOB, "seen-", "all", FALSE, TRUE, FALSE, "Write", "Cluster" },
  { "transactional-id", AS_ALICE, "all-", "no", FALSE, TRUE, TRUE, "Write", "changelog__no-" },
  { "group", AS_ALICE, "all-", "no", TRUE, TRUE, FALSE, "Read", "group 'no-" },
  { "read", AS_ALICE, "written-", "all", TRUE, TRUE, FALSE, "Read", NULL },
};

static QsTopic *
make_topic (const char *prefix, gboolean create)
{
  g_autofree char *name = qs_test_kafka_unique_name (prefix);
  g_autoptr (QsKafkaConfig) config = make_config ("PLAINTEXT", "client.id=me");
  g_autoptr (GError) error = NULL;
  g_autoptr (QsAdmin) admin = qs_admin_new (config, &error);

  g_assert_no_error (error);
  if (create)
    qs_admin_create_topic (admin, name, 1, 1, NULL, NULL, &error);
  g_assert_no_error (error);

  return qs_topic_new (name);
}

/* As fixture_init(), with the names that @one asks for. */
static void
access_fixture_init (Fixture *self, const Case *one)
{
  g_autofree char *address = dup_address ("SASL");
  g_autofree char *config = g_strconcat (WITH_SASL, one->user, NULL);
  g_autofree char *group = qs_test_kafka_unique_name (one->group);

  self->name = qs_test_kafka_unique_name ("ten");
  self->source = make_source (self->name);
  self->topic = make_topic (one->topic, one->exists);
  g_setenv (TOPIC_VARIABLE, qs_topic_get_name (self->topic), TRUE);
  self->app = g_object_new (QS_TYPE_APPLICATION,
                            "broker-address",
                            address,
                            "client-config",
                            parse_config (config),
                            "consumer-group",
                            group,
                            "auto-offset-reset",
                            QS_AUTO_OFFSET_RESET_EARLIEST,
                            "processing-guarantee",
                            one->exactly_once ? QS_PROCESSING_GUARANTEE_EXACTLY_ONCE
                                              : QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE,
                            "broker-availability-timeout",
                            -1.0,
                            "drain",
                            TRUE,
                            NULL);
  g_assert_nonnull (qs_application_add_source (self->app, self->source, self->topic, NULL));
  if (one->reads)
    g_object_unref (qs_application_dataframe (self->app, self->topic, NULL, NULL));
}

static void
test_denied (gconstpointer data)
{
  const Case *one = data;
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *grant = g_strdup_printf ("grant the user of this program %s", one->operation);

  g_test_summary ("What is forbidden fails at once: the error names what was attempted on what, "
                  "and which right it needs");

  if (!need_secure_kafka ())
    return;

  access_fixture_init (&fixture, one);
  g_assert_false (run (&fixture));
  assert_failed (&fixture, QS_KAFKA_ERROR, QS_KAFKA_ERROR_NOT_AUTHORIZED, grant);
  assert_contains (fixture.error->message,
                   one->resource != NULL ? one->resource : qs_topic_get_name (fixture.topic));
}

static void
test_allowed (gconstpointer data)
{
  const Case *one = data;
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("With the rights that the documentation names, all works");

  if (!need_secure_kafka ())
    return;

  access_fixture_init (&fixture, one);
  run_well (&fixture);
}

/* How often the source has run, this time included, as its changelog tells. */
static gint64
count_runs (QsTopic *topic, const char *group)
{
  g_autofree char *address = dup_address ("SASL");
  g_autofree char *state_dir = g_build_filename (g_getenv (DIR_VARIABLE), "state-XXXXXX", NULL);
  g_autoptr (AccessCounter) source = g_object_new (ACCESS_TYPE_COUNTER, "name", "counter", NULL);
  g_autoptr (QsApplication) app = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (g_mkdtemp (state_dir));
  app = g_object_new (QS_TYPE_APPLICATION,
                      "broker-address",
                      address,
                      "client-config",
                      parse_config (WITH_SASL AS_ALICE),
                      "consumer-group",
                      group,
                      "isolation",
                      QS_ISOLATION_THREAD,
                      "processing-guarantee",
                      QS_PROCESSING_GUARANTEE_EXACTLY_ONCE,
                      "state-dir",
                      state_dir,
                      NULL);
  g_assert_nonnull (qs_application_add_source (app, QS_BASE_SOURCE (source), topic, NULL));
  qs_application_run (app, NULL, &error);
  g_assert_no_error (error);

  return source->n_runs;
}

static void
test_state (void)
{
  g_autoptr (QsTopic) topic = NULL;
  g_autofree char *group = qs_test_kafka_unique_name ("all");

  g_test_summary ("With the rights that the documentation names, state is kept and comes back");

  if (!need_secure_kafka ())
    return;

  topic = make_topic ("all-", FALSE);
  g_assert_cmpint (count_runs (topic, group), ==, 1);
  g_assert_cmpint (count_runs (topic, group), ==, 2);
}

static void
add_tests (void)
{
  static const Case all = { "all", AS_ALICE, "all-", "all", TRUE, FALSE, TRUE, NULL, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (denials); i++)
    {
      g_autofree char *path = g_strconcat ("/access/denied/", denials[i].name, NULL);

      g_test_add_data_func (path, denials + i, test_denied);
    }
  g_test_add_data_func ("/access/allowed/all", &all, test_allowed);
  g_test_add_func ("/access/allowed/state", test_state);
}

int
main (int argc, char **argv)
{
  return main_of_test (argc, argv, own_behaviours, add_tests);
}
