/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <librdkafka/rdkafka.h>
#include <qsource/qsource.h>
#include <stdlib.h>
#include <time.h>

/* The processor time of some records a second to a broker far away.
 *
 *   bench-distant qsource|bare RATE ROUND-TRIP SECONDS
 *
 * Produces RATE records a second for so many SECONDS to an embedded broker whose answers
 * take ROUND-TRIP seconds, and prints which share of a processor the process took, the
 * broker included. */

static struct
{
  guint  rate;
  double seconds;
  double share;
} bench;

static double
get_process_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);

  return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* -------- QSource -------- */

#define TYPE_BENCH_SOURCE (bench_source_get_type ())
G_DECLARE_FINAL_TYPE (BenchSource, bench_source, BENCH, SOURCE, QsSource)

struct _BenchSource
{
  QsSource parent_instance;
};

G_DEFINE_FINAL_TYPE (BenchSource, bench_source, QS_TYPE_SOURCE)

typedef gboolean (*SendFunc) (gpointer user_data, GError **error);

static gboolean
send_at_rate (SendFunc send, gpointer user_data, GError **error)
{
  guint  n_records = (guint) (bench.rate * bench.seconds);
  double before = get_process_time ();

  for (guint i = 0; i < n_records; i++)
    {
      if (!send (user_data, error))
        return FALSE;
      g_usleep (G_USEC_PER_SEC / bench.rate);
    }
  bench.share = (get_process_time () - before) / bench.seconds;

  return TRUE;
}

static gboolean
send_by_source (gpointer source, GError **error)
{
  return qs_source_produce_data (source, NULL, 0, (const guint8 *) "value", 5, 0, error);
}

static gboolean
bench_source_run (QsSource *source, GError **error)
{
  return send_at_rate (send_by_source, source, error);
}

static void
bench_source_class_init (BenchSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = bench_source_run;
}

static void
bench_source_init (BenchSource *self)
{
}

static gboolean
run_source (const char *address, GError **error)
{
  g_autoptr (QsApplication) app = qs_application_new (address);
  g_autoptr (QsTopic) topic = qs_topic_new ("distant");
  g_autoptr (QsBaseSource) source = g_object_new (TYPE_BENCH_SOURCE, "name", "distant", NULL);

  g_object_set (app, "isolation", QS_ISOLATION_THREAD, NULL);

  return qs_application_add_source (app, source, topic, error) != NULL &&
         qs_application_run (app, NULL, error);
}

/* -------- librdkafka -------- */

static gboolean
send_bare (gpointer topic, GError **error)
{
  rd_kafka_produce (
      topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, (void *) "value", 5, NULL, 0, NULL);

  return TRUE;
}

static gboolean
run_bare (const char *address, GError **error)
{
  rd_kafka_conf_t  *conf = rd_kafka_conf_new ();
  rd_kafka_t       *client = NULL;
  rd_kafka_topic_t *topic = NULL;
  char              reason[512];

  rd_kafka_conf_set (conf, "bootstrap.servers", address, reason, sizeof reason);
  rd_kafka_conf_set (conf, "enable.idempotence", "true", reason, sizeof reason);
  client = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  if (client == NULL)
    g_error ("%s", reason);

  topic = rd_kafka_topic_new (client, "distant", NULL);
  send_at_rate (send_bare, topic, error);
  rd_kafka_flush (client, 10000);
  rd_kafka_topic_destroy (topic);
  rd_kafka_destroy (client);

  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (QsEmbeddedBroker) broker = qs_embedded_broker_new (1);
  g_autoptr (GError) error = NULL;
  gboolean is_bare = argc == 5 && g_str_equal (argv[1], "bare");
  gboolean ok;

  if (!is_bare && (argc != 5 || !g_str_equal (argv[1], "qsource")))
    return g_printerr ("Usage: %s qsource|bare RATE ROUND-TRIP SECONDS\n", argv[0]), 2;

  bench.rate = (guint) g_ascii_strtoull (argv[2], NULL, 10);
  bench.seconds = g_ascii_strtod (argv[4], NULL);
  ok = qs_embedded_broker_start (broker, &error) &&
       qs_embedded_broker_create_topic (broker, "distant", 1, &error);
  if (ok)
    {
      qs_embedded_broker_set_rtt (broker, 1, g_ascii_strtod (argv[3], NULL));
      ok = (is_bare ? run_bare : run_source) (qs_embedded_broker_get_address (broker), &error);
    }
  if (!ok)
    return g_printerr ("%s\n", error->message), EXIT_FAILURE;

  g_print ("%.4f\n", bench.share);

  return EXIT_SUCCESS;
}
