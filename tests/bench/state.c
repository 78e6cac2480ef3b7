/* SPDX-License-Identifier: LGPL-2.1-or-later
 * What a stateful source costs: the memory of its idle worker, and how long a
 * flush takes, beside what librdkafka takes by itself for the same transactions.
 * Run: tests/kafka/kafka-broker.py run -- build/tests/bench/bench-state [--exactly-once] */

#include <librdkafka/rdkafka.h>
#include <qsource/qsource.h>

#define IDLE_SECONDS 5.0
#define N_ROUNDS 10
#define PER_ROUND 20
#define MEMORY_GOAL_KIB 6144
#define TIMEOUT_MS 30000
#define TOPIC "source__bench"

G_DECLARE_FINAL_TYPE (BenchSource, bench_source, BENCH, SOURCE, QsStatefulSource)
struct _BenchSource
{
  QsStatefulSource parent_instance;
  gboolean         exactly_once;
  const char      *broker;
};
G_DEFINE_FINAL_TYPE (BenchSource, bench_source, QS_TYPE_STATEFUL_SOURCE)

/* Of this process, in KiB. */
static guint64
get_private_memory (void)
{
  g_autofree char *text = NULL;
  const char      *line = NULL;

  if (!g_file_get_contents ("/proc/self/smaps_rollup", &text, NULL, NULL))
    return 0;
  line = strstr (text, "Pss_Anon:");

  return line != NULL ? g_ascii_strtoull (line + strlen ("Pss_Anon:"), NULL, 10) : 0;
}

static gboolean
flush_ours (BenchSource *self, gint64 number, GError **error)
{
  QsSource *source = QS_SOURCE (self);
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);

  return state != NULL && qs_state_set (state, "current", g_variant_new_int64 (number), error) &&
         qs_source_produce_value (source, NULL, g_variant_new_int64 (number), error) &&
         qs_source_flush (source, -1, error);
}

/* librdkafka alone: failures end the program. */
static void
check (rd_kafka_error_t *error)
{
  if (error != NULL)
    g_error ("%s", rd_kafka_error_string (error));
}

static rd_kafka_t *
new_client (const char *broker, const char *transactional_id)
{
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_t      *client = NULL;
  char             text[512] = "";

  rd_kafka_conf_set (conf, "bootstrap.servers", broker, text, sizeof text);
  rd_kafka_conf_set (conf, "enable.idempotence", "true", text, sizeof text);
  /* At its quickest. */
  rd_kafka_conf_set (conf, "linger.ms", "0", text, sizeof text);
  if (transactional_id != NULL)
    rd_kafka_conf_set (conf, "transactional.id", transactional_id, text, sizeof text);
  client = rd_kafka_new (RD_KAFKA_PRODUCER, conf, text, sizeof text);
  if (client == NULL)
    g_error ("%s", text);
  if (transactional_id != NULL)
    check (rd_kafka_init_transactions (client, TIMEOUT_MS));

  return client;
}

static void
send_one (rd_kafka_t *client)
{
  char                value[] = "12345";
  rd_kafka_resp_err_t code = rd_kafka_producev (client,
                                                RD_KAFKA_V_TOPIC (TOPIC),
                                                RD_KAFKA_V_PARTITION (0),
                                                RD_KAFKA_V_MSGFLAGS (RD_KAFKA_MSG_F_COPY),
                                                RD_KAFKA_V_VALUE (value, sizeof value - 1),
                                                RD_KAFKA_V_END);

  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    g_error ("%s", rd_kafka_err2str (code));
}

static void
flush_bare (rd_kafka_t *data, rd_kafka_t *transactional)
{
  if (data != NULL)
    {
      send_one (data);
      if (rd_kafka_flush (data, TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        g_error ("Cannot deliver in time");
    }
  check (rd_kafka_begin_transaction (transactional));
  send_one (transactional);
  if (data == NULL)
    send_one (transactional);
  check (rd_kafka_commit_transaction (transactional, TIMEOUT_MS));
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a;
  gint64 y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

/* The median in ms. */
static double
get_median (GArray *times)
{
  g_array_sort (times, compare);

  return (double) g_array_index (times, gint64, times->len / 2) / 1000;
}

/* In turn, so that whatever else happens on the machine meets both. */
static gboolean
measure_flush (BenchSource *self, GError **error)
{
  rd_kafka_t *data = self->exactly_once ? NULL : new_client (self->broker, NULL);
  rd_kafka_t *transactional = new_client (self->broker, "bench-state");
  g_autoptr (GArray) ours = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GArray) bare = g_array_new (FALSE, FALSE, sizeof (gint64));
  gboolean ok = TRUE;

  for (int i = 0; ok && i < N_ROUNDS * PER_ROUND * 2; i++)
    {
      gboolean is_ours = i / PER_ROUND % 2 == 0;
      gint64   start = g_get_monotonic_time ();
      gint64   elapsed = 0;

      if (is_ours)
        ok = flush_ours (self, i, error);
      else
        flush_bare (data, transactional);
      elapsed = g_get_monotonic_time () - start;
      g_array_append_val (is_ours ? ours : bare, elapsed);
    }
  if (ok)
    g_print ("flush    median %.2f ms, bare librdkafka %.2f ms, ratio %.2f\n",
             get_median (ours),
             get_median (bare),
             get_median (ours) / get_median (bare));
  rd_kafka_destroy (transactional);
  if (data != NULL)
    rd_kafka_destroy (data);

  return ok;
}

static gboolean
bench_source_run (QsSource *source, GError **error)
{
  BenchSource *self = BENCH_SOURCE (source);
  guint64      memory = 0;

  qs_base_source_wait (QS_BASE_SOURCE (source), IDLE_SECONDS);
  memory = get_private_memory ();
  g_print ("memory   %.1f MiB Pss_Anon of an idle worker (goal: at most %d, %s)\n",
           (double) memory / 1024,
           MEMORY_GOAL_KIB / 1024,
           memory <= MEMORY_GOAL_KIB ? "met" : "MISSED");

  return measure_flush (self, error);
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

int
main (int argc, char **argv)
{
  const char *broker = g_getenv ("QSOURCE_TEST_BROKER");
  g_autoptr (BenchSource) source = g_object_new (bench_source_get_type (), "name", "bench", NULL);
  g_autoptr (QsApplication) app = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = NULL;
  const char      *remove[] = { "rm", "-r", NULL, NULL };
  gboolean         ok = FALSE;

  if (broker == NULL)
    return g_printerr ("Run it by tests/kafka/kafka-broker.py run --\n"), 1;

  /* The worker, in which main() comes along again, has it from its environment. */
  if (g_getenv ("QSOURCE_STATE_DIR") == NULL)
    g_setenv ("QSOURCE_STATE_DIR", directory = g_dir_make_tmp ("qsource-bench-XXXXXX", NULL), TRUE);
  source->broker = broker;
  source->exactly_once = argc > 1 && g_str_equal (argv[1], "--exactly-once");
  app = qs_application_new (broker);
  g_object_set (app,
                "consumer-group",
                source->exactly_once ? "bench-exactly-once" : "bench-at-least-once",
                "processing-guarantee",
                source->exactly_once ? QS_PROCESSING_GUARANTEE_EXACTLY_ONCE
                                     : QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE,
                NULL);
  ok = qs_application_add_source (app, QS_BASE_SOURCE (source), NULL, &error) != NULL &&
       qs_application_run (app, NULL, &error);
  if (!ok)
    g_printerr ("%s\n", error->message);
  if ((remove[2] = directory) != NULL)
    g_spawn_sync (
        NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);

  return ok ? 0 : 1;
}
