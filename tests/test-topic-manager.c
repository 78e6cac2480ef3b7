/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qs-kafka-error.h"
#include "qs-topic-manager-private.h"
#include "qs-topic-private.h"
#include "start-broker.h"

typedef struct
{
  QsEmbeddedBroker *broker;
  QsAdmin          *admin;
  GPtrArray        *topics;
} Fixture;

/* What was logged, and what to do as soon as a topic is about to be created. */
static struct
{
  GPtrArray        *lines;
  QsEmbeddedBroker *rival;
  int               n_rival_partitions;
} logged;

static GLogWriterOutput
log_writer_cb (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  const char *domain = "";
  const char *text = "";

  for (gsize i = 0; i < n_fields; i++)
    {
      if (g_str_equal (fields[i].key, "MESSAGE"))
        text = fields[i].value;
      else if (g_str_equal (fields[i].key, "GLIB_DOMAIN"))
        domain = fields[i].value;
    }

  if (!g_str_equal (domain, "QSource") ||
      (level & (G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_WARNING)) == 0)
    return g_log_writer_default (level, fields, n_fields, user_data);

  g_ptr_array_add (logged.lines,
                   g_strconcat ((level & G_LOG_LEVEL_WARNING) != 0 ? "warning: " : "", text, NULL));
  if (logged.rival != NULL && g_str_has_prefix (text, "Creating topic"))
    qs_embedded_broker_create_topic (logged.rival, "new", logged.n_rival_partitions, NULL);

  return G_LOG_WRITER_HANDLED;
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  fixture->broker = start_broker ("old", 3);

  config = qs_kafka_config_new (qs_embedded_broker_get_address (fixture->broker));
  config->request_timeout = 10;
  fixture->admin = qs_admin_new (config, &error);
  g_assert_no_error (error);

  fixture->topics = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_set_size (logged.lines, 0);
  logged.rival = NULL;
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_clear_pointer (&fixture->topics, g_ptr_array_unref);
  g_assert_finalize_object (fixture->admin);
  g_assert_finalize_object (fixture->broker);
}

static QsTopic *
add_topic (Fixture *fixture, const char *name, int n_partitions, int replication_factor)
{
  QsTopic *topic = qs_topic_new (name);

  qs_topic_set_n_partitions (topic, n_partitions);
  qs_topic_set_replication_factor (topic, replication_factor);
  g_ptr_array_add (fixture->topics, topic);

  return topic;
}

static gboolean
prepare (Fixture *fixture, gboolean create, GError **error)
{
  return qs_topic_manager_prepare (fixture->admin, fixture->topics, create, NULL, error);
}

static int
count_partitions (Fixture *fixture, const char *name)
{
  g_autoptr (GError) error = NULL;
  QsTopicInfo info = { 0, 0 };
  gboolean    exists;

  qs_admin_lookup_topic (fixture->admin, name, G_MAXINT64, &exists, &info, NULL, &error);
  g_assert_no_error (error);

  return exists ? info.n_partitions : 0;
}

static void
assert_logged (guint index, const char *text)
{
  g_assert_cmpuint (logged.lines->len, >, index);
  g_assert_cmpstr (logged.lines->pdata[index], ==, text);
}

static void
assert_message (const GError *error, const char *part)
{
  if (strstr (error->message, part) == NULL)
    g_error ("'%s' is not in '%s'", part, error->message);
}

static void
test_create (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary (
      "What is missing is created, with a line before and after, what is there is left");

  qs_topic_set_config (add_topic (fixture, "new", 3, 1),
                       g_variant_new_parsed ("{'cleanup.policy': 'compact'}"));
  add_topic (fixture, "plain", -1, -1);
  add_topic (fixture, "old", 3, 1);
  g_assert_true (prepare (fixture, TRUE, &error));
  g_assert_no_error (error);

  g_assert_cmpint (count_partitions (fixture, "new"), ==, 3);
  g_assert_cmpint (count_partitions (fixture, "plain"), >, 0);
  assert_logged (0,
                 "Creating topic 'new' with 3 partitions, replication factor 1, "
                 "cleanup.policy=compact");
  assert_logged (1, "Topic 'new' has been created");
  assert_logged (2, "Creating topic 'plain'");
  assert_logged (3, "Topic 'plain' has been created");
  g_assert_cmpuint (logged.lines->len, ==, 4);

  g_assert_true (prepare (fixture, FALSE, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (logged.lines->len, ==, 4);
}

static void
test_missing (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("What is missing and may not be created is an error that says what to do");

  add_topic (fixture, "new", 1, 1);
  g_assert_false (prepare (fixture, FALSE, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC);
  assert_message (error, "Topic 'new' does not exist");
  assert_message (error, "auto-create-topics");
  g_assert_cmpint (count_partitions (fixture, "new"), ==, 0);
}

static void
test_partitions (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Another number of partitions is an error that says found, asked and what to do");

  add_topic (fixture, "old", 5, -1);
  g_assert_false (prepare (fixture, TRUE, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TOPIC_MISMATCH);
  assert_message (error,
                  "Topic 'old' exists with 3 partition(s), but 5 were asked for; set its "
                  "n-partitions to 3 or to -1");
  g_assert_cmpint (count_partitions (fixture, "old"), ==, 3);
}

static void
test_suggested_partitions (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary (
      "A suggested number of partitions is for topics without one of their own that are "
      "missing");

  qs_topic_suggest_partitions (add_topic (fixture, "new", -1, -1), 5);
  qs_topic_suggest_partitions (add_topic (fixture, "other", 2, -1), 5);
  qs_topic_suggest_partitions (add_topic (fixture, "old", -1, -1), 5);
  g_assert_true (prepare (fixture, TRUE, &error));
  g_assert_no_error (error);

  g_assert_cmpint (count_partitions (fixture, "new"), ==, 5);
  g_assert_cmpint (count_partitions (fixture, "other"), ==, 2);
  g_assert_cmpint (count_partitions (fixture, "old"), ==, 3);
  assert_logged (0, "Creating topic 'new' with 5 partitions");
}

static void
test_model (Fixture *fixture, gconstpointer user_data)
{
  QsTopic *model = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A topic with a model is created on as many brokers as that is, unless it says");

  model = add_topic (fixture, "old", -1, -1);
  qs_topic_follow (add_topic (fixture, "new", -1, -1), model, "settings");
  qs_topic_follow (add_topic (fixture, "other", -1, 3), model, "settings");
  g_assert_true (prepare (fixture, TRUE, &error));
  g_assert_no_error (error);

  assert_logged (0, "Creating topic 'new' with replication factor 1");
  assert_logged (2, "Creating topic 'other' with replication factor 3");
}

static void
test_replication (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Another replication factor is a warning");

  qs_topic_set_config (add_topic (fixture, "old", -1, 2),
                       g_variant_new_parsed ("{'cleanup.policy': 'compact'}"));
  g_assert_true (prepare (fixture, TRUE, &error));
  g_assert_no_error (error);
  assert_logged (0,
                 "warning: Topic 'old' exists with other settings and is used as it is: "
                 "the replication factor is 1 (asked for: 2)");
  g_assert_cmpuint (logged.lines->len, ==, 1);
}

static void
test_names (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char  *longest = g_strnfill (249, 'x');
  g_autofree char  *too_long = g_strnfill (250, 'x');
  const char *const illegal[] = { "", ".", "..", "a b", "a/b", "é", "a:b", too_long };
  g_autoptr (GError) error = NULL;

  g_test_summary ("A name that Kafka would refuse is an error, before anything is created");

  add_topic (fixture, "new", 1, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (illegal); i++)
    {
      g_autofree char *start = g_strdup_printf ("Topic '%s' has an illegal name: ", illegal[i]);

      add_topic (fixture, illegal[i], 1, 1);
      g_assert_false (prepare (fixture, TRUE, &error));
      g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_TOPIC);
      assert_message (error, start);
      g_clear_error (&error);
      g_ptr_array_set_size (fixture->topics, 1);
    }
  g_assert_cmpint (count_partitions (fixture, "new"), ==, 0);

  add_topic (fixture, longest, 1, 1);
  add_topic (fixture, "a.B_9-", 1, 1);
  g_assert_true (prepare (fixture, TRUE, &error));
  g_assert_no_error (error);
}

static void
test_race (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("That somebody else was quicker is fine if it is what was wanted");

  logged.rival = fixture->broker;
  logged.n_rival_partitions = GPOINTER_TO_INT (user_data);
  add_topic (fixture, "new", 2, 1);

  if (logged.n_rival_partitions == 2)
    {
      g_assert_true (prepare (fixture, TRUE, &error));
      g_assert_no_error (error);
    }
  else
    {
      g_assert_false (prepare (fixture, TRUE, &error));
      g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TOPIC_MISMATCH);
    }
  g_assert_cmpuint (logged.lines->len, ==, 1);
}

static void
test_cancelled (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("Being cancelled ends it");

  g_cancellable_cancel (cancellable);
  add_topic (fixture, "new", 1, 1);
  g_assert_false (
      qs_topic_manager_prepare (fixture->admin, fixture->topics, TRUE, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
add (const char *path,
     void (*test) (Fixture *fixture, gconstpointer user_data),
     gconstpointer user_data)
{
  g_test_add (path, Fixture, user_data, fixture_set_up, test, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  logged.lines = g_ptr_array_new_with_free_func (g_free);
  g_log_set_writer_func (log_writer_cb, NULL, NULL);

  add ("/topic-manager/create", test_create, NULL);
  add ("/topic-manager/missing", test_missing, NULL);
  add ("/topic-manager/partitions", test_partitions, NULL);
  add ("/topic-manager/partitions/suggested", test_suggested_partitions, NULL);
  add ("/topic-manager/replication", test_replication, NULL);
  add ("/topic-manager/replication/model", test_model, NULL);
  add ("/topic-manager/names", test_names, NULL);
  add ("/topic-manager/race/same", test_race, GINT_TO_POINTER (2));
  add ("/topic-manager/race/other", test_race, GINT_TO_POINTER (4));
  add ("/topic-manager/cancelled", test_cancelled, NULL);

  status = g_test_run ();
  g_ptr_array_unref (logged.lines);

  return status;
}
