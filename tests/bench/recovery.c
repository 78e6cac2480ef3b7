/* SPDX-License-Identifier: LGPL-2.1-or-later
 * How long a state takes to be read back, beside a bare consumer.
 * Run: tests/kafka/kafka-broker.py run -- build/tests/bench-recovery [KEYS [PAIRS]]
 * For bench_rows_worker.py, a line `pair BARE RECOVERY` has the seconds of each pair. */

#include <stdlib.h>
#include <time.h>

#include <librdkafka/rdkafka.h>

#include "state-fixture.h"

#define VALUE_SIZE 100
#define PER_FLUSH 20000
#define MAX_PAIRS 99
#define FEW_KEYS 10000

typedef struct
{
  double   seconds;
  double   cpu;    /* of all threads of the process that was measured */
  unsigned peak;   /* KiB of its own */
  unsigned memory; /* the same, at the end */
  double   n_records;
} Figures;

static const char *program;
static guint       n_pairs = 9;

static double
seconds_since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

/* What counts where others keep the machine busy. */
static double
get_cpu (void)
{
  return (double) clock () / CLOCKS_PER_SEC;
}

static guint
add_up (const void *data, gsize length)
{
  const guint8 *bytes = data;
  guint         sum = 0;

  for (gsize i = 0; i < length; i++)
    sum += bytes[i];

  return sum;
}

/* Reads all of it, and makes nothing of it. */
static guint
look_at (rd_kafka_message_t *message)
{
  rd_kafka_headers_t *headers = NULL;
  const char         *name = NULL;
  const void         *value = NULL;
  gsize               length = 0;
  guint               sum = 0;

  sum += add_up (message->key, message->key_len) + add_up (message->payload, message->len);
  rd_kafka_message_headers (message, &headers);
  for (gsize i = 0;
       headers != NULL &&
       rd_kafka_header_get_all (headers, i, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR;
       i++)
    sum += add_up (name, strlen (name)) + add_up (value, length);

  return sum;
}

/* A consumer of librdkafka's that does nothing with the records; it reads their keys,
 * values and headers, or drops them all unseen. Its settings are those of a recovery,
 * but that it may hold all it likes. */
static double
read_bare (StateFixture *fixture, gboolean unseen)
{
  static const char *const conf_values[][2] = {
    { "isolation.level", "read_committed" },
    { "queued.min.messages", "10000000" },
    { "queued.max.messages.kbytes", "2097151" },
    { "enable.partition.eof", "true" },
    { "fetch.wait.max.ms", "10" },
  };
  static rd_kafka_message_t *messages[1000];
  rd_kafka_conf_t           *conf = rd_kafka_conf_new ();
  rd_kafka_t                *client;
  rd_kafka_topic_t          *topic;
  rd_kafka_queue_t          *queue;
  double                     n_records = 0;
  gboolean                   at_end = FALSE;
  guint                      sum = 0;

  rd_kafka_conf_set (conf, "bootstrap.servers", fixture->kafka->bootstrap_servers, NULL, 0);
  for (guint i = 0; i < G_N_ELEMENTS (conf_values); i++)
    g_assert_cmpint (
        rd_kafka_conf_set (conf, conf_values[i][0], conf_values[i][1], NULL, 0), ==, 0);
  client = rd_kafka_new (RD_KAFKA_CONSUMER, conf, NULL, 0);
  topic = rd_kafka_topic_new (client, fixture->changelog, NULL);
  queue = rd_kafka_queue_new (client);
  g_assert_cmpint (rd_kafka_consume_start_queue (topic, 0, 0, queue), ==, 0);

  while (!at_end)
    {
      ssize_t n = rd_kafka_consume_batch_queue (queue, 1, messages, G_N_ELEMENTS (messages));

      for (ssize_t i = 0; i < n; i++)
        {
          at_end = at_end || messages[i]->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
          if (messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            n_records++;
          if (!unseen)
            sum += look_at (messages[i]);
          rd_kafka_message_destroy (messages[i]);
        }
    }

  /* So that no compiler leaves out what made it. */
  g_assert_true (unseen || sum != 0);

  return n_records;
}

static unsigned
get_private_memory (void)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/smaps_rollup", &text, NULL, NULL));

  return (unsigned) strtoul (strstr (text, "Pss_Anon:") + strlen ("Pss_Anon:"), NULL, 10);
}

static gpointer
watch_memory (gpointer user_data)
{
  unsigned *peak = user_data;

  for (;;)
    {
      *peak = MAX (*peak, get_private_memory ());
      g_usleep (10000);
    }

  return NULL;
}

/* In a process of its own, which prints the figures. */
static int
be_measured (const char *what, const char *name, const char *state_dir)
{
  StateFixture fixture = { 0 };
  Figures      figures = { 0 };
  double       cpu = 0;
  gint64       start = 0;

  state_fixture_init (&fixture, g_getenv ("QSOURCE_TEST_BROKER"), name);
  remove_tree (fixture.state_dir);
  g_free (fixture.config->state_dir);
  fixture.config->state_dir = g_strdup (state_dir);
  if (!g_str_equal (what, "in-step"))
    remove_tree (state_dir);
  if (g_str_equal (what, "memory"))
    g_thread_unref (g_thread_new ("memory", watch_memory, &figures.peak));

  cpu = get_cpu ();
  start = g_get_monotonic_time ();
  if (g_str_equal (what, "bare") || g_str_equal (what, "unseen"))
    {
      figures.n_records = read_bare (&fixture, g_str_equal (what, "unseen"));
    }
  else
    {
      state_open (&fixture);
      figures.n_records = (double) fixture.progress.n_records;
    }
  figures.seconds = seconds_since (start);
  figures.cpu = get_cpu () - cpu;
  figures.memory = get_private_memory ();
  state_close (&fixture);

  g_print ("%f %f %u %u %f\n",
           figures.seconds,
           figures.cpu,
           figures.peak,
           figures.memory,
           figures.n_records);

  return 0;
}

static Figures
measure (StateFixture *fixture, const char *what)
{
  const char *argv[] = { program, "--measured", what, fixture->name, fixture->state_dir, NULL };
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  Figures figures = { 0 };

  g_spawn_sync (NULL, (char **) argv, NULL, 0, NULL, NULL, &output, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (sscanf (output,
                           "%lf %lf %u %u %lf",
                           &figures.seconds,
                           &figures.cpu,
                           &figures.peak,
                           &figures.memory,
                           &figures.n_records),
                   ==,
                   5);

  return figures;
}

static void
create_changelog (StateFixture *fixture)
{
  g_autoptr (QsTopic) topic = qs_changelog_topic_new (fixture->changelog, 1, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (QsAdmin) admin = qs_admin_new (fixture->kafka, &error);

  qs_admin_create_topic (
      admin, fixture->changelog, 1, 1, qs_topic_get_config (topic), NULL, &error);
  g_assert_no_error (error);
}

/* Adds the keys from @first to @end. */
static void
fill (StateFixture *fixture, int first, int end)
{
  g_autofree char *text = g_strnfill (VALUE_SIZE - 2, 'x');

  state_open (fixture);
  for (int i = first; i < end; i++)
    {
      g_autofree char *key = g_strdup_printf ("%016x", (guint) i * 2654435761u);
      g_autoptr (GError) error = NULL;
      g_autoptr (QsState) state = qs_state_partition_dup_state (fixture->partition, &error);

      qs_state_set (state, key, g_variant_new_string (text), &error);
      g_assert_no_error (error);
      if (i % PER_FLUSH == PER_FLUSH - 1)
        state_flush (fixture);
    }
  state_flush (fixture);
  state_close (fixture);
}

static int
compare (const void *a, const void *b)
{
  return (*(const double *) a > *(const double *) b) - (*(const double *) a < *(const double *) b);
}

static double
get_median (const double *values)
{
  double sorted[MAX_PAIRS];

  memcpy (sorted, values, n_pairs * sizeof *sorted);
  qsort (sorted, n_pairs, sizeof *sorted, compare);

  return sorted[n_pairs / 2];
}

static void
measure_in_step (StateFixture *fixture, int n_keys)
{
  double seconds[MAX_PAIRS];

  for (guint i = 0; i < n_pairs; i++)
    {
      Figures figures = measure (fixture, "in-step");

      g_assert_cmpfloat (figures.n_records, ==, 0);
      seconds[i] = figures.seconds;
    }
  g_print ("open in step with %d keys: %.3f s, 0 records read\n", n_keys, get_median (seconds));
}

static void
measure_recovery (StateFixture *fixture)
{
  static const char *const ways[] = { "unseen", "bare", "recovery" };
  double                   seconds[G_N_ELEMENTS (ways)][MAX_PAIRS];
  double                   cpu[G_N_ELEMENTS (ways)][MAX_PAIRS];
  Figures                  memory = { 0 };

  for (guint i = 0; i < n_pairs; i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (ways); j++)
        {
          Figures figures = measure (fixture, ways[j]);

          seconds[j][i] = figures.seconds;
          cpu[j][i] = figures.cpu;
          g_print ("%s %.2f s (CPU %.2f s)%s",
                   ways[j],
                   figures.seconds,
                   figures.cpu,
                   j + 1 < G_N_ELEMENTS (ways) ? ", " : "\n");
        }
      g_print ("pair %.6f %.6f\n", seconds[1][i], seconds[2][i]);
    }
  for (guint j = 0; j < G_N_ELEMENTS (ways); j++)
    g_print ("median of %s: %.2f s (CPU %.2f s), %.2f times that of bare (CPU %.2f)\n",
             ways[j],
             get_median (seconds[j]),
             get_median (cpu[j]),
             get_median (seconds[j]) / get_median (seconds[1]),
             get_median (cpu[j]) / get_median (cpu[1]));

  memory = measure (fixture, "memory");
  g_print ("private memory of a recovery: %u KiB at most, %u KiB afterwards\n",
           memory.peak,
           memory.memory);
}

int
main (int argc, char *argv[])
{
  int              n_keys = argc >= 2 ? atoi (argv[1]) : 1000000;
  g_autofree char *name = g_strdup_printf ("bench-%u", g_random_int ());
  StateFixture     fixture = { 0 };

  if (g_getenv ("QSOURCE_TEST_BROKER") == NULL)
    return g_printerr ("Run it by tests/kafka/kafka-broker.py run --\n"), 1;
  if (argc == 5 && g_str_equal (argv[1], "--measured"))
    return be_measured (argv[2], argv[3], argv[4]);

  program = argv[0];
  if (argc == 3)
    n_pairs = (guint) CLAMP (atoi (argv[2]), 1, MAX_PAIRS);
  state_fixture_init (&fixture, g_getenv ("QSOURCE_TEST_BROKER"), name);
  create_changelog (&fixture);
  fill (&fixture, 0, FEW_KEYS);
  measure_in_step (&fixture, FEW_KEYS);
  fill (&fixture, FEW_KEYS, n_keys / 2);
  measure_in_step (&fixture, n_keys / 2);
  fill (&fixture, n_keys / 2, n_keys);
  measure_recovery (&fixture);
  state_fixture_clear (&fixture);

  return 0;
}
