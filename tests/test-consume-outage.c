/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Dataframes and a broker that goes away. */

#include <qsource/qsource.h>

#include "qs-test-kafka.h"
#include "send-text.h"

#define N_RECORDS 2000
#define GO_AWAY_AT 100
#define RUN_TIMEOUT 90.0

typedef struct
{
  QsTestKafka   *kafka;
  char          *topic;
  QsApplication *app;
  QsDataframe   *dataframe;
  guint8         seen[N_RECORDS];
  guint          n_seen;
  GThread       *producing;
  GThread       *outage; /* NULL before */
  gboolean       is_for_good;
  guint          n_errors; /* that consumer-error told */
} Fixture;

/* Produces the numbers from @first to before @end. */
static void
produce (Fixture *fixture, guint first, guint end)
{
  g_autoptr (QsKafkaConfig) config =
      qs_kafka_config_new (qs_test_kafka_get_address (fixture->kafka));
  g_autoptr (QsProducer) producer = NULL;
  g_autoptr (GError) error = NULL;
  QsProducerTopic *topic = NULL;

  producer = qs_producer_new (config, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  topic = qs_producer_open_topic (producer, fixture->topic, &error);
  g_assert_no_error (error);
  for (guint i = first; i < end; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      send_text (producer, topic, -1, NULL, text, NULL, &error);
      g_assert_no_error (error);
    }
  qs_producer_flush (producer, 60, &error);
  g_assert_no_error (error);
}

static gpointer
outage_main (gpointer user_data)
{
  Fixture *fixture = user_data;

  g_thread_join (fixture->producing);
  if (fixture->is_for_good)
    {
      qs_test_kafka_kill (fixture->kafka);
      return NULL;
    }

  qs_test_kafka_stop (fixture->kafka);
  qs_test_kafka_start (fixture->kafka);
  produce (fixture, N_RECORDS / 2, N_RECORDS);

  return NULL;
}

static gboolean
note (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  Fixture *fixture = user_data;
  gint64   number = g_variant_get_int64 (value);

  fixture->n_seen += fixture->seen[number] == 0;
  fixture->seen[number] = 1;
  if (fixture->n_seen == GO_AWAY_AT && fixture->outage == NULL)
    fixture->outage = g_thread_new ("outage", outage_main, fixture);
  if (fixture->n_seen == N_RECORDS)
    qs_application_stop (fixture->app);

  return TRUE;
}

static gboolean
consumer_error_cb (QsApplication *app, QsMessage *message, GError *error, Fixture *fixture)
{
  fixture->n_errors++;

  return FALSE;
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsTopic) topic = NULL;
  g_autoptr (GError) error = NULL;

  fixture->kafka = qs_test_kafka_new ();
  if (fixture->kafka == NULL)
    return;

  fixture->topic = qs_test_kafka_unique_name ("numbers");
  topic = qs_topic_new (fixture->topic);
  fixture->app = g_object_new (QS_TYPE_APPLICATION,
                               "broker-address",
                               qs_test_kafka_get_address (fixture->kafka),
                               "auto-offset-reset",
                               QS_AUTO_OFFSET_RESET_EARLIEST,
                               "commit-interval",
                               0.1,
                               "run-timeout",
                               RUN_TIMEOUT,
                               NULL);
  g_signal_connect (fixture->app, "consumer-error", G_CALLBACK (consumer_error_cb), fixture);
  fixture->dataframe = qs_application_dataframe (fixture->app, topic, NULL, &error);
  g_assert_no_error (error);
  qs_dataframe_sink (fixture->dataframe, note, fixture, NULL);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  if (fixture->kafka == NULL)
    return;

  if (fixture->outage != NULL)
    g_thread_join (fixture->outage);
  g_object_unref (fixture->dataframe);
  g_assert_finalize_object (fixture->app);
  g_free (fixture->topic);
  qs_test_kafka_free (fixture->kafka);
}

static gpointer
produce_main (gpointer user_data)
{
  produce (user_data, 0, N_RECORDS / 2);

  return NULL;
}

static void
test_outage_back (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A broker that goes and comes back costs a dataframe no record, only time");

  if (fixture->kafka == NULL)
    return;

  fixture->producing = g_thread_new ("produce", produce_main, fixture);
  g_assert_true (qs_application_run (fixture->app, NULL, &error));
  g_assert_no_error (error);

  g_assert_cmpuint (fixture->n_seen, ==, N_RECORDS);
  g_assert_cmpuint (fixture->n_errors, ==, 0);
}

static void
test_outage_for_good (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary (
      "Brokers away for too long are a consumer-error, and end run() with their address");

  if (fixture->kafka == NULL)
    return;

  fixture->is_for_good = TRUE;
  g_object_set (fixture->app, "broker-availability-timeout", 3.0, NULL);
  fixture->producing = g_thread_new ("produce", produce_main, fixture);
  g_assert_false (qs_application_run (fixture->app, NULL, &error));

  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, qs_test_kafka_get_address (fixture->kafka)));
  g_assert_nonnull (strstr (error->message, "broker-availability-timeout"));
  g_assert_cmpuint (fixture->n_errors, ==, 1);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/consume-outage/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* An outage is warned of. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);

  ADD ("back", test_outage_back);
  ADD ("for-good", test_outage_for_good);

  return g_test_run ();
}
