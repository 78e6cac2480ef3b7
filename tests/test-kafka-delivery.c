/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kafka-source-fixture.h"

#include "qs-admin-private.h"

/* Of the file of the main job. */
#define N_LINES 1000000
#define LINE_LENGTH 115

#define N_PARTITIONS 8

/* Keys and what Kafka's own UtilsTest.java says that their murmur2 is; of the empty
 * key, what its other clients agree on. */
static const struct
{
  const char *key;
  int         hash;
} golden[] = {
  { "21", -973932308 },
  { "foobar", -790332482 },
  { "a-little-bit-long-string", -985981536 },
  { "a-little-bit-longer-string", -1486304829 },
  { "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971 },
  { "abc", 479470107 },
  { "", 275646681 },
};

static gboolean
run_keys (QsSource *source, GError **error)
{
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);

  for (guint i = 0; i < G_N_ELEMENTS (golden); i++)
    {
      g_autoptr (GBytes) key = g_bytes_new_static (golden[i].key, strlen (golden[i].key));

      if (!qs_source_produce_bytes (source, key, NULL, 0, error) ||
          !qs_source_produce_bytes (source, key, empty, 0, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
run_spread (QsSource *source, GError **error)
{
  /* What is produced at once goes to one partition: a batch, which costs less. */
  for (int i = 0; i < 40; i++)
    {
      if (!produce_text (source, NULL, "x", error))
        return FALSE;
      qs_base_source_wait (QS_BASE_SOURCE (source), 0.015);
    }

  return TRUE;
}

static gboolean
run_nothing (QsSource *source, GError **error)
{
  return TRUE;
}

/* Larger than the client takes. */
static gboolean
run_huge (QsSource *source, GError **error)
{
  g_autofree char *value = g_strnfill (2 * 1024 * 1024, 'x');

  return produce_text (source, "the-key", value, error);
}

/* Larger than the topic takes: the broker says so, later, of the whole batch. */
static gboolean
run_large (QsSource *source, GError **error)
{
  g_autofree char *value = g_strnfill (20 * 1024, 'x');

  return produce_text (source, "fine", "x", error) && qs_source_flush (source, -1, error) &&
         produce_text (source, "the-key", value, error);
}

static const Behaviour own_behaviours[] = {
  { "keys", run_keys }, { "spread", run_spread }, { "nothing", run_nothing },
  { "huge", run_huge }, { "large", run_large },   { NULL },
};

static char *
make_lines (void)
{
  char             line[LINE_LENGTH + 2];
  g_autofree char *path = dup_path ("lines");
  FILE            *file = fopen (path, "w");

  g_assert_nonnull (file);
  memset (line, 'x', LINE_LENGTH);
  line[LINE_LENGTH] = '\n';
  for (int i = 0; i < N_LINES; i++)
    {
      g_snprintf (line, 12, "%010d ", i);
      line[11] = 'x';
      fwrite (line, 1, LINE_LENGTH + 1, file);
    }
  g_assert_cmpint (fclose (file), ==, 0);

  return g_steal_pointer (&path);
}

/* Runs the example, which must succeed, and returns what it printed. */
static char *
run_example (const char *address, const char *path)
{
  g_autofree char *program =
      g_test_build_filename (G_TEST_BUILT, "..", "examples", "c", "file-source", NULL);

  return shell ("\"$1\" --broker \"$2\" \"$3\"", program, address, path);
}

static void
test_million (void)
{
  const char      *address = qs_test_kafka_shared ();
  g_autofree char *path = NULL;
  g_autofree char *output = NULL;
  g_autofree char *begin = NULL;
  g_autofree char *keys = NULL;

  g_test_summary ("A million lines are in the topic byte for byte, in order, each once: kcat reads "
                  "the same stream as the file");

  if (address == NULL || !has_kcat ())
    return;

  /* The example's topic has a fixed name: on a broker that was used before, ours
   * begin behind what is there. */
  begin = shell ("kcat -Q -b \"$1\" -t source__lines:0:-1 2>&1 | sed -n 's/.*offset "
                 "\\([0-9]*\\)$/\\1/p'; true",
                 address,
                 NULL,
                 NULL);
  g_strstrip (begin);
  if (*begin == '\0')
    {
      g_free (begin);
      begin = g_strdup ("0");
    }

  path = make_lines ();
  output = run_example (address, path);
  assert_contains (output, "1000000 records were acknowledged");

  g_free (shell ("kcat -C -q -b \"$1\" -t source__lines -p 0 -o \"$2\" -e | cmp - \"$3\"",
                 address,
                 begin,
                 path));
  keys = shell ("kcat -C -q -b \"$1\" -t source__lines -p 0 -o \"$2\" -e -f '%k\\n' | uniq -c",
                address,
                begin,
                NULL);
  g_assert_cmpstr (g_strstrip (keys), ==, "1000000 lines");
  g_unlink (path);
}

static void
test_keys (void)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *text = NULL;
  g_autoptr (GString) wanted = g_string_new (NULL);
  g_auto (GStrv) lines = NULL;

  g_test_summary (
      "A record lands in the partition where Java's client puts its key; null and empty "
      "values are what they were");

  if (address == NULL || !has_kcat ())
    return;

  fixture_init (&fixture, address, "keys");
  qs_topic_set_n_partitions (fixture.topic, N_PARTITIONS);
  run_well (&fixture);

  /* The partition, and the lengths and bytes of key and value; -1 is null. */
  text = read_topic (address, qs_topic_get_name (fixture.topic), "%p %K '%k' %S\n");
  for (guint i = 0; i < G_N_ELEMENTS (golden); i++)
    {
      int partition = (golden[i].hash & 0x7fffffff) % N_PARTITIONS;

      g_string_printf (wanted,
                       "%d %d '%s' -1\n%d %d '%s' 0\n",
                       partition,
                       (int) strlen (golden[i].key),
                       golden[i].key,
                       partition,
                       (int) strlen (golden[i].key),
                       golden[i].key);
      assert_contains (text, wanted->str);
    }
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines) - 1, ==, 2 * G_N_ELEMENTS (golden));
}

static void
test_spread (void)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *text = NULL;

  g_test_summary ("Records without a key are spread over the partitions");

  if (address == NULL || !has_kcat ())
    return;

  fixture_init (&fixture, address, "spread");
  qs_topic_set_n_partitions (fixture.topic, N_PARTITIONS);
  run_well (&fixture);

  text = shell ("kcat -C -q -b \"$1\" -t \"$2\" -o beginning -e -f '%p %K\\n' | sort -u | wc -l",
                address,
                qs_topic_get_name (fixture.topic),
                NULL);
  g_assert_cmpint (atoi (text), >=, 3);
  g_clear_pointer (&text, g_free);
  text = read_topic (address, qs_topic_get_name (fixture.topic), "%K %s\n");
  assert_contains (text, "-1 x\n");
  if (strlen (text) != 40 * strlen ("-1 x\n"))
    {
      g_autofree char *again =
          read_topic (address, qs_topic_get_name (fixture.topic), "%p %o %s\n");

      g_test_message ("Read once more, each with its partition and offset:\n%s", again);
    }
  g_assert_cmpuint (strlen (text), ==, 40 * strlen ("-1 x\n"));
}

static char *
read_config (const char *address, const char *topic, const char *key)
{
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (address);
  g_autoptr (GError) error = NULL;
  g_autoptr (QsAdmin) admin = qs_admin_new (config, &error);
  g_autoptr (GHashTable) found = NULL;

  g_assert_no_error (error);
  found = qs_admin_dup_topic_config (admin, topic, G_MAXINT64, NULL, &error);
  g_assert_no_error (error);

  return g_strdup (g_hash_table_lookup (found, key));
}

static void
test_topic (void)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };
  const char      *name = NULL;
  g_autofree char *text = NULL;
  g_autofree char *wanted = NULL;
  g_autofree char *retention = NULL;
  g_autofree char *policy = NULL;

  g_test_summary (
      "A topic is created as asked for, used as it is, and refused with other partitions");

  if (address == NULL || !has_kcat ())
    return;

  fixture_init (&fixture, address, "nothing");
  name = qs_topic_get_name (fixture.topic);
  qs_topic_set_n_partitions (fixture.topic, 3);
  qs_topic_set_config (
      fixture.topic,
      g_variant_new_parsed ("{'retention.ms': '7654321', 'cleanup.policy': 'compact'}"));
  run_well (&fixture);

  text = shell ("kcat -L -b \"$1\" -t \"$2\"", address, name, NULL);
  wanted = g_strdup_printf ("topic \"%s\" with 3 partitions:", name);
  assert_contains (text, wanted);
  retention = read_config (address, name, "retention.ms");
  g_assert_cmpstr (retention, ==, "7654321");
  policy = read_config (address, name, "cleanup.policy");
  g_assert_cmpstr (policy, ==, "compact");

  run_well (&fixture);
  qs_topic_set_n_partitions (fixture.topic, -1);
  run_well (&fixture);

  qs_topic_set_n_partitions (fixture.topic, 5);
  g_assert_false (run (&fixture));
  assert_failed (&fixture, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TOPIC_MISMATCH, name);
  assert_contains (fixture.error->message, "3 partition");
  assert_contains (fixture.error->message, "5 were asked for");
}

static void
test_topic_refused (void)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };
  const char *name = NULL;

  g_test_summary ("A topic that may not or can't be created: an error that names it, and why");

  if (address == NULL)
    return;

  fixture_init (&fixture, address, "nothing");
  name = qs_topic_get_name (fixture.topic);
  g_object_set (fixture.app, "auto-create-topics", FALSE, NULL);
  g_assert_false (run (&fixture));
  assert_failed (&fixture, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC, name);
  assert_contains (fixture.error->message, "auto-create-topics");

  g_object_set (fixture.app, "auto-create-topics", TRUE, NULL);
  qs_topic_set_replication_factor (fixture.topic, 5);
  g_assert_false (run (&fixture));
  assert_failed (&fixture, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG, name);
  assert_contains (fixture.error->message, "eplication");

  qs_topic_set_replication_factor (fixture.topic, -1);
  qs_topic_set_config (fixture.topic, g_variant_new_parsed ("{'no.such.key': '1'}"));
  g_assert_false (run (&fixture));
  assert_failed (&fixture, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG, name);
  assert_contains (fixture.error->message, "no.such.key");

  /* None of that has left anything behind. */
  qs_topic_set_config (fixture.topic, NULL);
  g_object_set (fixture.app, "auto-create-topics", FALSE, NULL);
  g_assert_false (run (&fixture));
  assert_failed (&fixture, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC, name);
}

static void
test_topic_name (gconstpointer topic_name)
{
  const char *address = qs_test_kafka_shared ();
  g_autoptr (QsApplication) app = qs_application_new (address);
  g_autoptr (QsBaseSource) source = make_source ("nothing");
  g_autoptr (QsTopic) topic = qs_topic_new (topic_name);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A topic with a name that Kafka doesn't take: an error that names it");

  if (address == NULL)
    return;

  g_assert_nonnull (qs_application_add_source (app, source, topic, NULL));
  g_assert_false (qs_application_run (app, NULL, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_TOPIC);
  g_test_message ("%s", error->message);
  assert_contains (error->message, topic_name);
}

static void
test_too_large (gconstpointer behaviour)
{
  const char *address = qs_test_kafka_shared ();
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("A record that is too large fails its source, with topic, key and cause");

  if (address == NULL)
    return;

  fixture_init (&fixture, address, behaviour);
  qs_topic_set_config (fixture.topic, g_variant_new_parsed ("{'max.message.bytes': '10000'}"));
  g_assert_false (run (&fixture));

  assert_failed (&fixture,
                 QS_KAFKA_ERROR,
                 QS_KAFKA_ERROR_MESSAGE_TOO_LARGE,
                 qs_topic_get_name (fixture.topic));
  assert_contains (fixture.error->message, "'the-key'");
  assert_contains (fixture.error->message, "message.max.bytes");
}

static void
add_tests (void)
{
  g_test_add_func ("/kafka-delivery/million", test_million);
  g_test_add_func ("/kafka-delivery/keys", test_keys);
  g_test_add_func ("/kafka-delivery/spread", test_spread);
  g_test_add_func ("/kafka-delivery/topic", test_topic);
  g_test_add_func ("/kafka-delivery/topic/refused", test_topic_refused);
  g_test_add_data_func ("/kafka-delivery/topic/name/blank", "a topic", test_topic_name);
  g_test_add_data_func ("/kafka-delivery/topic/name/dots", "..", test_topic_name);
  g_test_add_data_func ("/kafka-delivery/too-large/client", "huge", test_too_large);
  g_test_add_data_func ("/kafka-delivery/too-large/broker", "large", test_too_large);
}

int
main (int argc, char **argv)
{
  return main_of_test (argc, argv, own_behaviours, add_tests);
}
