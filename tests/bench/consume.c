/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads a topic of numbered lines to its end, in order, with a dataframe or with
 * nothing but librdkafka; see dataframe.py. */

#include <librdkafka/rdkafka.h>
#include <qsource/qsource.h>

typedef struct
{
  gint64 n_expected;
  gint64 n_seen;
} Count;

/* A line begins with its number. */
static gboolean
check (Count *count, const char *line, gsize length)
{
  gint64 number = 0;

  for (gsize i = 0; i < length && g_ascii_isdigit (line[i]); i++)
    number = number * 10 + line[i] - '0';

  return number == count->n_seen++;
}

static gboolean
check_value (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  gsize       length = 0;
  const char *line = g_variant_get_fixed_array (value, &length, 1);

  return check (user_data, line, length);
}

static gboolean
read_dataframe (const char *broker, const char *name, const char *group, Count *count)
{
  g_autoptr (QsApplication) app = NULL;
  g_autoptr (QsTopic) topic = qs_topic_new (name);
  g_autoptr (QsSerializer) bytes = qs_serializer_for_name ("bytes", NULL);
  g_autoptr (QsDataframe) dataframe = NULL;
  g_autoptr (GError) error = NULL;

  app = g_object_new (QS_TYPE_APPLICATION,
                      "broker-address",
                      broker,
                      "consumer-group",
                      group,
                      "auto-offset-reset",
                      QS_AUTO_OFFSET_RESET_EARLIEST,
                      "run-count",
                      (guint64) count->n_expected,
                      NULL);
  qs_topic_set_value_serializer (topic, bytes);
  dataframe = qs_application_dataframe (app, topic, NULL, &error);
  qs_dataframe_sink (dataframe, check_value, count, NULL);
  if (qs_application_run (app, NULL, &error))
    return TRUE;

  g_printerr ("%s\n", error->message);
  return FALSE;
}

static rd_kafka_t *
open_bare (const char *broker, const char *name, const char *group)
{
  rd_kafka_conf_t                 *conf = rd_kafka_conf_new ();
  rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new (1);
  rd_kafka_t                      *client = NULL;
  char                             reason[512];

  rd_kafka_conf_set (conf, "bootstrap.servers", broker, reason, sizeof reason);
  rd_kafka_conf_set (conf, "group.id", group, reason, sizeof reason);
  rd_kafka_conf_set (conf, "auto.offset.reset", "earliest", reason, sizeof reason);
  client = rd_kafka_new (RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
  g_assert (client != NULL);
  rd_kafka_poll_set_consumer (client);
  rd_kafka_topic_partition_list_add (topics, name, RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe (client, topics);
  rd_kafka_topic_partition_list_destroy (topics);

  return client;
}

static gboolean
read_bare (const char *broker, const char *name, const char *group, Count *count)
{
  rd_kafka_t *client = open_bare (broker, name, group);
  gboolean    ok = TRUE;

  while (ok && count->n_seen < count->n_expected)
    {
      rd_kafka_message_t *message = rd_kafka_consumer_poll (client, 1000);

      if (message == NULL)
        continue;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        ok = check (count, message->payload, message->len);
      rd_kafka_message_destroy (message);
    }
  rd_kafka_consumer_close (client);
  rd_kafka_destroy (client);

  return ok;
}

int
main (int argc, char **argv)
{
  Count    count = { 0 };
  gint64   started = g_get_monotonic_time ();
  gboolean ok = FALSE;

  if (argc != 6)
    return g_printerr ("Usage: %s dataframe|bare BROKER TOPIC GROUP N\n", argv[0]), 2;

  count.n_expected = g_ascii_strtoll (argv[5], NULL, 10);
  if (g_str_equal (argv[1], "bare"))
    ok = read_bare (argv[2], argv[3], argv[4], &count);
  else
    ok = read_dataframe (argv[2], argv[3], argv[4], &count);

  if (!ok || count.n_seen != count.n_expected)
    return g_printerr ("record %" G_GINT64_FORMAT " is out of order\n", count.n_seen), 1;

  g_print ("%.3f\n", (double) (g_get_monotonic_time () - started) / G_USEC_PER_SEC);
  return 0;
}
