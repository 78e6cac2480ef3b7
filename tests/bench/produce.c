/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <librdkafka/rdkafka.h>
#include <qsource/qsource.h>
#include <stdlib.h>
#include <string.h>

#include "cpu-time.h"

/* What it costs to hand over a record, by QSource and by librdkafka alone, in turns.
 *
 *   bench-produce data|full|new|message|object N PAIRS [qsource|bare]
 *
 * data: 100 bytes. full: with two headers that all records share, by
 * qs_source_produce_full(); new: with headers of its own; message: by a QsMessage; object:
 * as new, with bytes and an object without any use, as a QsMessage can't do without. Each turn
 * hands over N records, which all fit into the queue, and takes the reports that they are
 * acknowledged, for which a producer that shall lose nothing must look, too. Prints a line a pair:
 * nanoseconds of the calling thread a record, QSource's and librdkafka's, and the same two by the
 * clock. With the last argument, only one of them runs, for a program that counts instructions. The
 * broker is QSOURCE_TEST_BROKER, or embedded. */

#define VALUE_SIZE 100
#define TOPIC "bench-produce"

typedef gboolean (*SendFunc) (QsSource *source, GError **error);
typedef int (*BareFunc) (rd_kafka_t *client, rd_kafka_topic_t *topic);

static guint8 value[VALUE_SIZE];

static struct
{
  const char *broker;
  guint64     n;
  guint       n_pairs;
  gboolean    runs_qsource;
  gboolean    runs_bare;
  SendFunc    send;
  BareFunc    send_bare;
} bench;

/* -------- a record by QSource -------- */

static gboolean
send_data (QsSource *source, GError **error)
{
  return qs_source_produce_data (source, NULL, 0, value, sizeof value, 0, error);
}

static QsHeaders *
new_headers (void)
{
  QsHeaders *headers = qs_headers_new ();
  g_autoptr (GBytes) kind = g_bytes_new_static ("reading", 7);
  g_autoptr (GBytes) unit = g_bytes_new_static ("celsius", 7);

  qs_headers_append (headers, "kind", kind);
  qs_headers_append (headers, "unit", unit);

  return headers;
}

/* Headers that many records share. */
static gboolean
send_full (QsSource *source, GError **error)
{
  static QsHeaders *headers = NULL;

  if (headers == NULL)
    headers = new_headers ();

  return qs_source_produce_full (source, NULL, 0, value, sizeof value, headers, 0, -1, error);
}

static gboolean
send_new (QsSource *source, GError **error)
{
  g_autoptr (QsHeaders) headers = new_headers ();

  return qs_source_produce_full (source, NULL, 0, value, sizeof value, headers, 0, -1, error);
}

static gboolean
send_message (QsSource *source, GError **error)
{
  g_autoptr (QsHeaders) headers = new_headers ();
  g_autoptr (GBytes) bytes = g_bytes_new (value, sizeof value);
  g_autoptr (QsMessage) message = qs_message_new (NULL, bytes, headers, 0, -1);

  return qs_source_produce (source, message, error);
}

static gboolean
send_object (QsSource *source, GError **error)
{
  g_autoptr (QsHeaders) headers = new_headers ();
  g_autoptr (GBytes) bytes = g_bytes_new (value, sizeof value);
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);

  return qs_source_produce_full (
      source, NULL, 0, g_bytes_get_data (bytes, NULL), sizeof value, headers, 0, -1, error);
}

/* -------- the same by librdkafka -------- */

static int
send_bare_data (rd_kafka_t *client, rd_kafka_topic_t *topic)
{
  return rd_kafka_produce (
      topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value, sizeof value, NULL, 0, NULL);
}

static int
send_bare_headers (rd_kafka_t *client, rd_kafka_topic_t *topic)
{
  rd_kafka_headers_t *headers = rd_kafka_headers_new (2);

  rd_kafka_header_add (headers, "kind", -1, "reading", 7);
  rd_kafka_header_add (headers, "unit", -1, "celsius", 7);

  return rd_kafka_producev (client,
                            RD_KAFKA_V_RKT (topic),
                            RD_KAFKA_V_MSGFLAGS (RD_KAFKA_MSG_F_COPY),
                            RD_KAFKA_V_VALUE (value, sizeof value),
                            RD_KAFKA_V_HEADERS (headers),
                            RD_KAFKA_V_END);
}

static guint64 n_reported;

static void
report_cb (rd_kafka_t *client, const rd_kafka_message_t *report, void *user_data)
{
  n_reported += report->err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_t *
open_bare (const char *broker, const char *queue)
{
  static const char *const settings[][2] = {
    { "enable.idempotence", "true" },
    { "queue.buffering.max.kbytes", "2000000" },
  };
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_t      *client = NULL;
  char             reason[512];

  rd_kafka_conf_set (conf, "bootstrap.servers", broker, reason, sizeof reason);
  rd_kafka_conf_set (conf, "queue.buffering.max.messages", queue, reason, sizeof reason);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    rd_kafka_conf_set (conf, settings[i][0], settings[i][1], reason, sizeof reason);
  rd_kafka_conf_set_dr_msg_cb (conf, report_cb);
  client = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  if (client == NULL)
    g_error ("%s", reason);

  return client;
}

/* -------- the turns -------- */

#define TYPE_BENCH_SOURCE (bench_source_get_type ())
G_DECLARE_FINAL_TYPE (BenchSource, bench_source, BENCH, SOURCE, QsSource)

struct _BenchSource
{
  QsSource parent_instance;
};

G_DEFINE_FINAL_TYPE (BenchSource, bench_source, QS_TYPE_SOURCE)

/* Nanoseconds: at first of all, then a record. */
typedef struct
{
  double cpu;
  double clock;
} Spent;

static Spent
get_spent (void)
{
  return (Spent){ (double) get_cpu_time (), (double) g_get_monotonic_time () * 1000 };
}

static Spent
spent_since (Spent started, guint64 n)
{
  Spent now = get_spent ();

  return (Spent){ (now.cpu - started.cpu) / (double) n, (now.clock - started.clock) / (double) n };
}

/* Functions of their own, so that instructions can be counted in them alone, with what it
 * takes to learn that all was acknowledged. */
static G_NO_INLINE gboolean
run_qsource (QsSource *source, guint64 n, Spent *spent, GError **error)
{
  Spent started = get_spent ();

  for (guint64 i = 0; i < n; i++)
    if (!bench.send (source, error))
      return FALSE;
  if (!qs_source_flush (source, -1, error))
    return FALSE;

  *spent = spent_since (started, n);

  return TRUE;
}

static G_NO_INLINE void
run_bare (rd_kafka_t *client, rd_kafka_topic_t *topic, guint64 n, Spent *spent)
{
  Spent started = get_spent ();

  for (guint64 i = 0; i < n; i++)
    {
      if (bench.send_bare (client, topic) != 0)
        g_error ("%s", rd_kafka_err2str (rd_kafka_last_error ()));
      if (i % 64 == 0)
        rd_kafka_poll (client, 0);
    }
  while (rd_kafka_outq_len (client) > 0)
    rd_kafka_poll (client, 100);

  *spent = spent_since (started, n);
}

static gboolean
bench_source_run (QsSource *source, GError **error)
{
  g_autofree char  *queue = g_strdup_printf ("%" G_GUINT64_FORMAT, bench.n + 1000);
  rd_kafka_t       *client = open_bare (bench.broker, queue);
  rd_kafka_topic_t *topic = rd_kafka_topic_new (client, TOPIC, NULL);
  gboolean          ok = TRUE;

  /* The first turn, of few records, finds the topic. */
  for (guint i = 0; ok && i <= bench.n_pairs; i++)
    {
      guint64 n = i == 0 ? MIN (bench.n, 100) : bench.n;
      Spent   ours = { 0 };
      Spent   bare = { 0 };

      if (bench.runs_qsource)
        ok = run_qsource (source, n, &ours, error);
      if (bench.runs_bare)
        run_bare (client, topic, n, &bare);
      if (ok && i > 0)
        g_print ("%.1f %.1f %.1f %.1f\n", ours.cpu, bare.cpu, ours.clock, bare.clock);
    }

  rd_kafka_topic_destroy (topic);
  rd_kafka_destroy (client);

  return ok;
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
run (GError **error)
{
  g_autofree char *queue = g_strdup_printf ("%" G_GUINT64_FORMAT, bench.n + 1000);
  g_autoptr (QsEmbeddedBroker) broker = NULL;
  g_autoptr (QsApplication) app = NULL;
  g_autoptr (QsTopic) topic = qs_topic_new (TOPIC);
  g_autoptr (QsBaseSource) source = g_object_new (TYPE_BENCH_SOURCE, "name", "bench", NULL);

  bench.broker = g_getenv ("QSOURCE_TEST_BROKER");
  if (bench.broker == NULL)
    {
      broker = qs_embedded_broker_new (1);
      if (!qs_embedded_broker_start (broker, error))
        return FALSE;
      bench.broker = qs_embedded_broker_get_address (broker);
    }

  app = g_object_new (QS_TYPE_APPLICATION,
                      "broker-address",
                      bench.broker,
                      "isolation",
                      QS_ISOLATION_THREAD,
                      "producer-config",
                      g_variant_new_parsed ("{'queue.buffering.max.messages': %s,"
                                            " 'queue.buffering.max.kbytes': '2000000'}",
                                            queue),
                      NULL);
  qs_topic_set_n_partitions (topic, 1);

  return qs_application_add_source (app, source, topic, error) != NULL &&
         qs_application_run (app, NULL, error);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    SendFunc    send;
    BareFunc    send_bare;
  } modes[] = { { "data", send_data, send_bare_data },
                { "full", send_full, send_bare_headers },
                { "new", send_new, send_bare_headers },
                { "message", send_message, send_bare_headers },
                { "object", send_object, send_bare_headers } };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; argc >= 4 && i < G_N_ELEMENTS (modes); i++)
    if (g_str_equal (argv[1], modes[i].name))
      {
        bench.send = modes[i].send;
        bench.send_bare = modes[i].send_bare;
      }
  if (bench.send == NULL)
    return g_printerr ("Usage: %s data|full|new|message|object N PAIRS [qsource|bare]\n", argv[0]),
           2;

  bench.n = g_ascii_strtoull (argv[2], NULL, 10);
  bench.n_pairs = (guint) g_ascii_strtoull (argv[3], NULL, 10);
  bench.runs_qsource = argc < 5 || g_str_equal (argv[4], "qsource");
  bench.runs_bare = argc < 5 || g_str_equal (argv[4], "bare");
  memset (value, 'x', sizeof value);

  if (run (&error))
    return EXIT_SUCCESS;

  g_printerr ("%s\n", error->message);
  return EXIT_FAILURE;
}
