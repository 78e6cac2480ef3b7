/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <qsource/qsource.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run-sources.h"

/* Many sources at once, each in a process of its own, or as many bare producers; see
 * bench_many.py, which runs it.
 *
 *   bench-many qsource|bare BROKER N SECONDS DIRECTORY
 *
 * Each makes the file ready-NAME in DIRECTORY when it could produce, waits until
 * somebody opens the FIFO DIRECTORY/go, produces for SECONDS as fast as it can, flushes
 * for at most 60 seconds, and writes done-NAME: how many records, the seconds of both,
 * and whether all was acknowledged. Then it waits to be stopped. */

#define VALUE_SIZE 100
#define FLUSH_TIMEOUT 60

static guint8 value[VALUE_SIZE];

static struct
{
  const char *broker;
  const char *directory;
  double      seconds;
} bench;

typedef struct
{
  guint64 n_records;
  gint64  started;
  gint64  flushing;
} Turn;

static void
write_file (const char *kind, const char *name, const char *text)
{
  g_autofree char *file = g_strdup_printf ("%s-%s", kind, name);
  g_autofree char *path = g_build_filename (bench.directory, file, NULL);
  g_autoptr (GError) error = NULL;

  if (!g_file_set_contents (path, text, -1, &error))
    g_error ("%s", error->message);
}

static void
begin_turn (Turn *turn, const char *name)
{
  g_autofree char *go = g_build_filename (bench.directory, "go", NULL);
  int              fd = -1;

  write_file ("ready", name, "");
  fd = open (go, O_RDONLY | O_CLOEXEC); /* waits */
  if (fd < 0)
    g_error ("Cannot open '%s': %m", go);
  close (fd);
  *turn = (Turn){ .started = g_get_monotonic_time () };
}

static gboolean
is_producing (const Turn *turn)
{
  return turn->n_records % 64 != 0 ||
         (double) (g_get_monotonic_time () - turn->started) / G_USEC_PER_SEC < bench.seconds;
}

static void
end_turn (const Turn *turn, const char *name, gboolean ok)
{
  g_autofree char *text =
      g_strdup_printf ("%" G_GUINT64_FORMAT " %.6f %.6f %d",
                       turn->n_records,
                       (double) (turn->flushing - turn->started) / G_USEC_PER_SEC,
                       (double) (g_get_monotonic_time () - turn->flushing) / G_USEC_PER_SEC,
                       ok);

  write_file ("done", name, text);
}

/* -------- QSource -------- */

#define TYPE_BENCH_SOURCE (bench_source_get_type ())
G_DECLARE_FINAL_TYPE (BenchSource, bench_source, BENCH, SOURCE, QsSource)

struct _BenchSource
{
  QsSource parent_instance;
};

G_DEFINE_FINAL_TYPE (BenchSource, bench_source, QS_TYPE_SOURCE)

static gboolean
bench_source_run (QsSource *source, GError **error)
{
  const char *name = qs_base_source_get_name (QS_BASE_SOURCE (source));
  g_autoptr (GError) failure = NULL;
  gboolean ok = TRUE;
  Turn     turn;

  begin_turn (&turn, name);
  while (ok && is_producing (&turn))
    {
      ok = qs_source_produce_data (source, NULL, 0, value, sizeof value, 0, &failure);
      turn.n_records += ok;
    }
  turn.flushing = g_get_monotonic_time ();
  ok = ok && qs_source_flush (source, FLUSH_TIMEOUT, &failure);
  if (!ok)
    g_printerr ("%s: %s\n", name, failure->message);
  end_turn (&turn, name, ok);

  /* Until it is stopped. */
  return QS_SOURCE_CLASS (bench_source_parent_class)->run (source, error);
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

/* -------- librdkafka -------- */

static guint64 n_answered;

static void
report_cb (rd_kafka_t *client, const rd_kafka_message_t *report, void *user_data)
{
  n_answered += report->err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* With the settings that QSource has. */
static rd_kafka_t *
open_bare (void)
{
  static const char *const settings[][2] = {
    { "enable.idempotence", "true" },
    { "message.timeout.ms", "0" },
    { "socket.nagle.disable", "true" },
    { "reconnect.backoff.max.ms", "1000" },
    { "queue.buffering.max.messages", "50000" },
    { "queue.buffering.max.kbytes", "16384" },
  };
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_t      *client = NULL;
  char             reason[512];

  rd_kafka_conf_set (conf, "bootstrap.servers", bench.broker, reason, sizeof reason);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    rd_kafka_conf_set (conf, settings[i][0], settings[i][1], reason, sizeof reason);
  rd_kafka_conf_set_dr_msg_cb (conf, report_cb);
  client = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  if (client == NULL)
    g_error ("%s", reason);

  return client;
}

/* A full queue is waited for; whoever produces serves reports, as QSource does. */
static void
produce_bare (rd_kafka_t *client, rd_kafka_topic_t *topic, Turn *turn)
{
  while (is_producing (turn))
    {
      if (rd_kafka_produce (topic,
                            RD_KAFKA_PARTITION_UA,
                            RD_KAFKA_MSG_F_COPY,
                            value,
                            sizeof value,
                            NULL,
                            0,
                            NULL) == 0)
        turn->n_records++;
      else if (rd_kafka_last_error () == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        rd_kafka_poll (client, 50);
      else
        g_error ("%s", rd_kafka_err2str (rd_kafka_last_error ()));
      if (turn->n_records % 64 == 0)
        rd_kafka_poll (client, 0);
    }
}

/* Only polls, as long as anything is in flight. */
static void
flush_bare (rd_kafka_t *client, Turn *turn)
{
  turn->flushing = g_get_monotonic_time ();
  while (n_answered < turn->n_records &&
         g_get_monotonic_time () - turn->flushing < FLUSH_TIMEOUT * G_USEC_PER_SEC)
    rd_kafka_poll (client, 50);
}

static void
wait_until_stopped (rd_kafka_t *client, sigset_t *stop)
{
  static const struct timespec now = { 0 };

  while (sigtimedwait (stop, NULL, &now) < 0)
    rd_kafka_poll (client, 100);
}

static void
run_bare (guint i)
{
  g_autofree char                *name = g_strdup_printf ("many-%03u", i);
  g_autofree char                *topic_name = g_strdup_printf ("bench-%s", name);
  rd_kafka_t                     *client = open_bare ();
  rd_kafka_topic_t               *topic = rd_kafka_topic_new (client, topic_name, NULL);
  const struct rd_kafka_metadata *metadata = NULL;
  sigset_t                        stop;
  Turn                            turn;

  sigemptyset (&stop);
  sigaddset (&stop, SIGTERM);
  sigprocmask (SIG_BLOCK, &stop, NULL);
  if (rd_kafka_metadata (client, 0, topic, &metadata, FLUSH_TIMEOUT * 1000) == 0)
    rd_kafka_metadata_destroy (metadata);

  begin_turn (&turn, name);
  produce_bare (client, topic, &turn);
  flush_bare (client, &turn);
  end_turn (&turn, name, n_answered == turn.n_records);
  wait_until_stopped (client, &stop);

  rd_kafka_topic_destroy (topic);
  rd_kafka_destroy (client);
}

/* As many processes, which a SIGTERM ends. */
static int
run_producers (guint n)
{
  g_autofree pid_t *children = g_new0 (pid_t, n);
  sigset_t          stop;
  int               number;

  sigemptyset (&stop);
  sigaddset (&stop, SIGTERM);
  for (guint i = 0; i < n; i++)
    {
      children[i] = fork ();
      if (children[i] == 0)
        {
          prctl (PR_SET_PDEATHSIG, SIGKILL);
          run_bare (i);
          _exit (EXIT_SUCCESS);
        }
    }

  sigprocmask (SIG_BLOCK, &stop, NULL);
  sigwait (&stop, &number);
  for (guint i = 0; i < n; i++)
    kill (children[i], SIGTERM);
  for (guint i = 0; i < n; i++)
    waitpid (children[i], NULL, 0);

  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  gboolean is_bare = argc == 6 && g_str_equal (argv[1], "bare");
  guint    n = 0;
  g_autoptr (QsApplication) app = NULL;

  if (!is_bare && (argc != 6 || !g_str_equal (argv[1], "qsource")))
    return g_printerr ("Usage: %s qsource|bare BROKER N SECONDS DIRECTORY\n", argv[0]), 2;

  bench.broker = argv[2];
  n = (guint) g_ascii_strtoull (argv[3], NULL, 10);
  bench.seconds = g_ascii_strtod (argv[4], NULL);
  bench.directory = argv[5];
  memset (value, 'x', sizeof value);

  if (is_bare)
    return run_producers (n);

  app = qs_application_new (bench.broker);

  return run_sources (app, TYPE_BENCH_SOURCE, "many", n);
}
