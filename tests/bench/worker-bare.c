/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* As bench-worker, by librdkafka alone:
 *
 *   bench-worker-bare once|wait|wait-state BROKER TOPIC
 *
 * wait: until it is ended. wait-state: with a second client, which writes transactions,
 * as that of a state's changelog does. */

#define TIMEOUT_MS 60000

static int n_acknowledged;

static void
report_cb (rd_kafka_t *client, const rd_kafka_message_t *report, void *user_data)
{
  n_acknowledged += report->err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void
set (rd_kafka_conf_t *conf, const char *name, const char *value)
{
  char reason[512];

  if (rd_kafka_conf_set (conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
    fprintf (stderr, "%s\n", reason), exit (1);
}

/* Its records linger no longer than a flush lets them. */
static rd_kafka_t *
open_client (const char *broker, const char *transactional_id)
{
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_t      *client = NULL;
  char             reason[512];

  set (conf, "bootstrap.servers", broker);
  set (conf, "enable.idempotence", "true");
  set (conf, "socket.nagle.disable", "true");
  set (conf, "linger.ms", "0");
  if (transactional_id != NULL)
    set (conf, "transactional.id", transactional_id);
  rd_kafka_conf_set_dr_msg_cb (conf, report_cb);
  client = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  if (client == NULL)
    fprintf (stderr, "%s\n", reason), exit (1);

  return client;
}

static void
produce_one (rd_kafka_t *client, const char *topic_name)
{
  rd_kafka_topic_t *topic = rd_kafka_topic_new (client, topic_name, NULL);
  char              value[] = "x";
  int               n_before = n_acknowledged;

  if (rd_kafka_produce (
          topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value, 1, NULL, 0, NULL) != 0)
    fprintf (stderr, "%s\n", rd_kafka_err2str (rd_kafka_last_error ())), exit (1);
  while (n_acknowledged == n_before)
    rd_kafka_poll (client, 100);
  rd_kafka_topic_destroy (topic);
}

static void
check (rd_kafka_error_t *error)
{
  if (error != NULL)
    fprintf (stderr, "%s\n", rd_kafka_error_string (error)), exit (1);
}

static rd_kafka_t *
commit_one (const char *broker, const char *topic_name)
{
  rd_kafka_t *client = open_client (broker, "bench-worker-bare");

  check (rd_kafka_init_transactions (client, TIMEOUT_MS));
  check (rd_kafka_begin_transaction (client));
  produce_one (client, topic_name);
  check (rd_kafka_commit_transaction (client, TIMEOUT_MS));

  return client;
}

int
main (int argc, char **argv)
{
  rd_kafka_t     *client = NULL;
  rd_kafka_t     *changelog = NULL;
  struct timespec now;

  if (argc != 4)
    return fprintf (stderr, "Usage: %s once|wait|wait-state BROKER TOPIC\n", argv[0]), 2;

  client = open_client (argv[2], NULL);
  produce_one (client, argv[3]);
  if (strcmp (argv[1], "wait-state") == 0)
    changelog = commit_one (argv[2], argv[3]);
  clock_gettime (CLOCK_MONOTONIC, &now);
  printf ("%.6f\n", (double) now.tv_sec + (double) now.tv_nsec / 1e9);
  fflush (stdout);
  if (strcmp (argv[1], "once") != 0)
    pause ();

  if (changelog != NULL)
    rd_kafka_destroy (changelog);
  rd_kafka_destroy (client);

  return 0;
}
