/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* As `bench-worker once`, by librdkafka alone: bench-worker-bare BROKER TOPIC */

static int n_acknowledged;

static void
report_cb (rd_kafka_t *client, const rd_kafka_message_t *report, void *user_data)
{
  n_acknowledged += report->err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

int
main (int argc, char **argv)
{
  rd_kafka_conf_t  *conf = rd_kafka_conf_new ();
  rd_kafka_t       *client = NULL;
  rd_kafka_topic_t *topic = NULL;
  struct timespec   now;
  char              value[] = "x";
  char              reason[512];

  if (argc != 3)
    return fprintf (stderr, "Usage: %s BROKER TOPIC\n", argv[0]), 2;

  /* Its record lingers no longer than a flush lets it. */
  rd_kafka_conf_set (conf, "bootstrap.servers", argv[1], reason, sizeof reason);
  rd_kafka_conf_set (conf, "enable.idempotence", "true", reason, sizeof reason);
  rd_kafka_conf_set (conf, "socket.nagle.disable", "true", reason, sizeof reason);
  rd_kafka_conf_set (conf, "linger.ms", "0", reason, sizeof reason);
  rd_kafka_conf_set_dr_msg_cb (conf, report_cb);
  client = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  if (client == NULL)
    return fprintf (stderr, "%s\n", reason), 1;
  topic = rd_kafka_topic_new (client, argv[2], NULL);

  if (rd_kafka_produce (
          topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value, 1, NULL, 0, NULL) != 0)
    return fprintf (stderr, "%s\n", rd_kafka_err2str (rd_kafka_last_error ())), 1;
  while (n_acknowledged == 0)
    rd_kafka_poll (client, 100);
  clock_gettime (CLOCK_MONOTONIC, &now);
  printf ("%.6f\n", (double) now.tv_sec + (double) now.tv_nsec / 1e9);

  rd_kafka_topic_destroy (topic);
  rd_kafka_destroy (client);

  return 0;
}
