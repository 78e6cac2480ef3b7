/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kafka-source-fixture.h"

#define N_LINES 100000

/* Far below the 120 seconds that are the default. */
#define SHORT_TIMEOUT 2.0

/* The files by which test and worker tell each other how far they are. */
#define ENOUGH "enough"
#define COUNT "count"
#define GO "go"
#define HALF "half"
#define LINES "lines"

/* 0, 1, 2 ... until the test says that it's enough; leaves how many that were. */
static gboolean
run_numbers (QsSource *source, GError **error)
{
  int  i = 0;
  char text[16];

  for (; i % 20 != 0 || !has_file (ENOUGH); i++)
    {
      g_snprintf (text, sizeof text, "%d", i);
      if (!produce_text (source, NULL, text, error))
        return FALSE;
      if (i % 20 == 0)
        qs_base_source_wait (QS_BASE_SOURCE (source), 0.001);
    }

  g_snprintf (text, sizeof text, "%d", i - 1);
  write_file (COUNT, text);
  return TRUE;
}

/* Nothing, until the test says so; and then a single record. */
static gboolean
run_idle (QsSource *source, GError **error)
{
  while (!has_file (GO))
    qs_base_source_wait (QS_BASE_SOURCE (source), 0.01);
  if (!produce_text (source, "key", "value", error))
    return FALSE;
  qs_base_source_wait (QS_BASE_SOURCE (source), -1);

  return TRUE;
}

/* The lines of the file; the first time it waits in the middle to be killed. */
static gboolean
run_lines (QsSource *source, GError **error)
{
  g_autofree char *text = read_file (LINES);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);

  for (int i = 0; lines[i] != NULL; i++)
    {
      if (!produce_text (source, NULL, lines[i], error))
        return FALSE;
      if (i == N_LINES / 2 && !has_file (HALF))
        {
          write_file (HALF, "");
          qs_base_source_wait (QS_BASE_SOURCE (source), -1);
        }
    }

  return TRUE;
}

static const Behaviour own_behaviours[] = {
  { "numbers", run_numbers },
  { "idle", run_idle },
  { "lines", run_lines },
  { NULL },
};

/* The broker of these tests; NULL before the first, and where there can be none. */
static QsTestKafka *kafka;
static gboolean     is_up;

static gboolean
need_broker (gboolean up)
{
  if (kafka == NULL)
    {
      kafka = qs_test_kafka_new ();
      is_up = kafka != NULL;
    }
  if (kafka == NULL || !has_kcat ())
    return FALSE;

  if (up && !is_up)
    qs_test_kafka_start (kafka);
  else if (!up && is_up)
    qs_test_kafka_kill (kafka);
  is_up = up;

  return TRUE;
}

/* What happens to the broker, in a thread, when the source is that far. */
typedef struct
{
  gpointer (*func) (gpointer);
  GThread *thread;   /* NULL until then */
  gint64   begun_at; /* monotonic, microseconds; set by the thread */
} Outage;

static gpointer
stop_and_start (gpointer data)
{
  qs_test_kafka_stop (kafka);
  qs_test_kafka_start (kafka);
  write_file (ENOUGH, "");
  return NULL;
}

static gpointer
kill_and_start (gpointer data)
{
  qs_test_kafka_kill (kafka);
  qs_test_kafka_start (kafka);
  write_file (ENOUGH, "");
  return NULL;
}

static gpointer
kill_for_good (gpointer data)
{
  Outage *outage = data;

  /* The source may notice it before this thread goes on. */
  outage->begun_at = g_get_monotonic_time ();
  qs_test_kafka_kill (kafka);
  is_up = FALSE;
  write_file (GO, "");
  return NULL;
}

static void
begin_outage (Outage *outage)
{
  if (outage->thread == NULL)
    outage->thread = g_thread_new ("outage", outage->func, outage);
}

static void
stats_cb (QsApplication *app, QsBaseSource *source, GVariant *stats, Outage *outage)
{
  guint64 n = 0;

  g_assert_true (g_variant_lookup (stats, "n-acknowledged", "t", &n));
  if (n > 0)
    begin_outage (outage);
}

static void
connected_cb (QsApplication *app, QsBaseSource *source, Outage *outage)
{
  begin_outage (outage);
}

static void
forget (const char *name)
{
  g_autofree char *path = dup_path (name);

  g_unlink (path);
}

static void
test_back (gconstpointer func)
{
  g_auto (Fixture) fixture = { 0 };
  Outage           outage = { .func = (gpointer (*) (gpointer)) func };
  g_autofree char *count = NULL;

  g_test_summary ("A broker that goes under load and comes back costs time: nothing is lost, "
                  "nothing twice, all in order");

  if (!need_broker (TRUE))
    return;

  fixture_init (&fixture, qs_test_kafka_get_address (kafka), "numbers");
  g_signal_connect (fixture.app, "source-stats", G_CALLBACK (stats_cb), &outage);
  run_well (&fixture);
  g_assert_nonnull (outage.thread);
  g_thread_join (outage.thread);

  count = read_file (COUNT);
  g_assert_cmpint (atoi (count), >, 1000);
  g_free (shell ("kcat -C -q -b \"$1\" -t \"$2\" -o beginning -e | cmp - <(seq 0 \"$3\")",
                 qs_test_kafka_get_address (kafka),
                 qs_topic_get_name (fixture.topic),
                 count));
  forget (ENOUGH);
  forget (COUNT);
}

/* Runs into an outage that is there to stay: run() fails in time, and says so. */
static void
run_into_outage (Fixture *fixture, Outage *outage)
{
  double seconds = 0;

  g_object_set (fixture->app, "broker-availability-timeout", SHORT_TIMEOUT, NULL);
  g_assert_false (run (fixture));
  g_thread_join (outage->thread);
  seconds = (double) (g_get_monotonic_time () - outage->begun_at) / G_USEC_PER_SEC;

  g_test_message ("failed %.1f s after the broker began to go", seconds);
  g_assert_cmpfloat (seconds, >, SHORT_TIMEOUT - 0.5);
  g_assert_cmpfloat (seconds, <, SHORT_TIMEOUT + 15);
  assert_failed (
      fixture, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE, "broker-availability-timeout");
}

static void
test_away (void)
{
  g_auto (Fixture) fixture = { 0 };
  Outage outage = { .func = kill_for_good };

  g_test_summary (
      "An outage longer than the broker-availability-timeout: run() fails, and names it");

  if (!need_broker (TRUE))
    return;

  fixture_init (&fixture, qs_test_kafka_get_address (kafka), "numbers");
  g_signal_connect (fixture.app, "source-stats", G_CALLBACK (stats_cb), &outage);
  run_into_outage (&fixture, &outage);
  assert_contains (fixture.error->message, qs_test_kafka_get_address (kafka));
  forget (GO);
}

static void
test_away_idle (void)
{
  g_auto (Fixture) fixture = { 0 };
  Outage outage = { .func = kill_for_good };

  g_test_summary ("A source that was idle, produces into an outage and then waits fails, too");

  if (!need_broker (TRUE))
    return;

  fixture_init (&fixture, qs_test_kafka_get_address (kafka), "idle");
  g_signal_connect (fixture.app, "source-connected", G_CALLBACK (connected_cb), &outage);
  run_into_outage (&fixture, &outage);
  assert_contains (fixture.error->message, "Cannot deliver 1 record");
  forget (GO);
}

static void
test_never (void)
{
  g_auto (Fixture) fixture = { 0 };
  gint64 begin = 0;

  g_test_summary ("A broker that isn't there: run() fails after the request-timeout, with address "
                  "and cause, and starts nothing");

  if (!need_broker (FALSE))
    return;

  fixture_init (&fixture, qs_test_kafka_get_address (kafka), "numbers");
  g_object_set (fixture.app, "request-timeout", 1.0, NULL);
  begin = g_get_monotonic_time ();
  g_assert_false (run (&fixture));

  g_assert_cmpfloat ((double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC, <, 15);
  assert_failed (&fixture, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE, "refused");
  assert_contains (fixture.error->message, qs_test_kafka_get_address (kafka));
  g_assert_cmpint (fixture.pid, ==, 0);
}

static gboolean
kill_worker_cb (gpointer data)
{
  Fixture *fixture = data;

  if (!has_file (HALF))
    return G_SOURCE_CONTINUE;

  g_assert_cmpint (kill (fixture->pid, SIGKILL), ==, 0);
  return G_SOURCE_REMOVE;
}

static void
test_worker_killed (void)
{
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *path = dup_path (LINES);

  g_test_summary ("A worker that is killed in mid-file is started again: each line is there");

  if (!need_broker (TRUE))
    return;

  g_free (shell ("seq -w \"$1\" >\"$2\"", G_STRINGIFY (N_LINES), path, NULL));
  fixture_init (&fixture, qs_test_kafka_get_address (kafka), "lines");
  g_object_set (fixture.app, "max-restarts", 1, "restart-backoff", 0.1, NULL);
  g_timeout_add (10, kill_worker_cb, &fixture);
  run_well (&fixture);

  /* At least once: what the first one had sent is there twice. */
  g_free (shell ("kcat -C -q -b \"$1\" -t \"$2\" -o beginning -e | sort -u | cmp - \"$3\"",
                 qs_test_kafka_get_address (kafka),
                 qs_topic_get_name (fixture.topic),
                 path));
}

static void
add_tests (void)
{
  g_test_add_data_func ("/kafka-outage/back/stopped", stop_and_start, test_back);
  g_test_add_data_func ("/kafka-outage/back/killed", kill_and_start, test_back);
  g_test_add_func ("/kafka-outage/worker-killed", test_worker_killed);
  g_test_add_func ("/kafka-outage/away", test_away);
  g_test_add_func ("/kafka-outage/away-idle", test_away_idle);
  g_test_add_func ("/kafka-outage/never", test_never);
}

int
main (int argc, char **argv)
{
  int status = main_of_test (argc, argv, own_behaviours, add_tests);

  g_clear_pointer (&kafka, qs_test_kafka_free);
  return status;
}
