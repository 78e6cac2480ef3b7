/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a consumer keeps in memory. Called with the argument `member`, this program
 * is one whose first record takes long. */

#include <qsource/qsource.h>
#include <unistd.h>

#include "qs-admin-private.h"
#include "qs-test-kafka.h"
#include "send-text.h"

#define MIB (1024 * 1024)
#define RECORD_SIZE (MIB / 16)
#define TOPIC_MIB 192

/* 64 MiB, an answer of 16, and what the memory's own book-keeping takes. */
#define MAX_MIB 112
#define MIN_MIB 32

/* Nothing has come for so long: nothing more will. */
#define QUIET_US (3 * G_USEC_PER_SEC)
#define DEADLINE_US (60 * G_USEC_PER_SEC)

/* What this process has in memory, in MiB. */
static guint
get_resident (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  words = g_strsplit (text, " ", 3);

  return (guint) (g_ascii_strtoull (words[1], NULL, 10) * (guint64) sysconf (_SC_PAGESIZE) / MIB);
}

/* Takes so long that all comes that ever will, and tells how much that is. */
static gboolean
dawdle (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  guint  before = GPOINTER_TO_UINT (user_data);
  gint64 begun = g_get_monotonic_time ();
  gint64 grown = begun;
  guint  most = 0;

  while ((most < before + MIN_MIB || g_get_monotonic_time () - grown < QUIET_US) &&
         g_get_monotonic_time () - begun < DEADLINE_US)
    {
      guint now = get_resident ();

      if (now > most)
        grown = g_get_monotonic_time ();
      most = MAX (most, now);
      g_usleep (20000);
    }
  g_print ("%u\n", most - before);

  return TRUE;
}

static int
run_member (char **argv)
{
  g_autoptr (QsTopic) topic = qs_topic_new (argv[3]);
  g_autoptr (QsSerializer) bytes = qs_serializer_for_name ("bytes", NULL);
  g_autoptr (QsApplication) app = NULL;
  g_autoptr (QsDataframe) dataframe = NULL;
  g_autoptr (GError) error = NULL;

  /* The standard output is for dawdle() alone. */
  g_log_writer_default_set_use_stderr (TRUE);

  app = g_object_new (QS_TYPE_APPLICATION,
                      "broker-address",
                      argv[2],
                      "consumer-group",
                      argv[4],
                      "auto-offset-reset",
                      QS_AUTO_OFFSET_RESET_EARLIEST,
                      "run-count",
                      G_GUINT64_CONSTANT (1),
                      NULL);
  qs_topic_set_value_serializer (topic, bytes);
  dataframe = qs_application_dataframe (app, topic, NULL, &error);
  g_assert_no_error (error);
  qs_dataframe_sink (dataframe, dawdle, GUINT_TO_POINTER (get_resident ()), NULL);

  if (qs_application_run (app, NULL, &error))
    return 0;

  g_printerr ("%s\n", error->message);
  return 1;
}

static void
fill_topic (QsKafkaConfig *config, const char *name)
{
  g_autoptr (QsProducer) producer = NULL;
  g_autofree char *text = g_strnfill (RECORD_SIZE, 'x');
  g_autoptr (GError) error = NULL;
  QsProducerTopic *topic = NULL;

  producer = qs_producer_new (config, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  topic = qs_producer_open_topic (producer, name, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < TOPIC_MIB * (MIB / RECORD_SIZE); i++)
    {
      send_text (producer, topic, 0, NULL, text, NULL, &error);
      g_assert_no_error (error);
    }
  g_assert_true (qs_producer_flush (producer, 60, &error));
}

static void
test_memory_bound (void)
{
  const char      *broker = qs_test_kafka_shared ();
  g_autofree char *topic = NULL;
  g_autofree char *group = NULL;
  g_autofree char *output = NULL;
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (GSubprocess) member = NULL;
  g_autoptr (GError) error = NULL;
  guint64 grown = 0;

  g_test_summary ("A dataframe that is slow keeps no more than 64 MiB and an answer waiting");

  if (broker == NULL)
    return;

  topic = qs_test_kafka_unique_name ("large");
  group = qs_test_kafka_unique_name ("group");
  config = qs_kafka_config_new (broker);
  /* An answer ends with a part of a batch, which only takes room. */
  config->producer_config =
      g_variant_ref_sink (g_variant_new_parsed ("{'batch.num.messages': '1'}"));
  admin = qs_admin_new (config, &error);
  g_assert_no_error (error);
  qs_admin_create_topic (admin, topic, 1, -1, NULL, NULL, &error);
  g_assert_no_error (error);
  fill_topic (config, topic);

  member = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                             &error,
                             "/proc/self/exe",
                             "member",
                             broker,
                             topic,
                             group,
                             NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (member, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  qs_admin_delete_topic (admin, topic, NULL, &error);
  g_assert_no_error (error);

  grown = g_ascii_strtoull (output, NULL, 10);
  g_test_message ("%" G_GUINT64_FORMAT " MiB", grown);
  g_assert_cmpuint (grown, >=, MIN_MIB);
  g_assert_cmpuint (grown, <=, MAX_MIB);
  g_assert_true (g_subprocess_get_successful (member));
}

int
main (int argc, char **argv)
{
  if (argc == 5 && g_str_equal (argv[1], "member"))
    return run_member (argv);

  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/consume-memory/bound", test_memory_bound);

  return g_test_run ();
}
