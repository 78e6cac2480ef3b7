/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-kafka-offsets-private.h"

#include "qs-deadline-private.h"

/* Milliseconds for which an answer is waited for before the question is asked again; then
 * twice as long each time. */
#define FIRST_WAIT 2000

/* Milliseconds before a question is asked again that could not be sent, or answered; then twice
 * as long each time. */
#define FIRST_PAUSE 20
#define MAX_PAUSE 640

gboolean
qs_kafka_offsets_is_passing (rd_kafka_resp_err_t code)
{
  static const rd_kafka_resp_err_t passing[] = {
    RD_KAFKA_RESP_ERR__TRANSPORT,           RD_KAFKA_RESP_ERR__TIMED_OUT,
    RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,    RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
    RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
    RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
    RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,  RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
    RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
  };

  for (guint i = 0; i < G_N_ELEMENTS (passing); i++)
    {
      if (code == passing[i])
        return TRUE;
    }

  return FALSE;
}

/* Instead of a time, which librdkafka passes on, Kafka takes these two for the ends. */
static rd_kafka_resp_err_t
ask (rd_kafka_t *client,
     const char *topic,
     int         partition,
     gint64      which,
     int         timeout_ms,
     gint64     *offset)
{
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new (1);
  rd_kafka_topic_partition_t *item = rd_kafka_topic_partition_list_add (list, topic, partition);
  rd_kafka_resp_err_t         code;

  item->offset = which;
  code = rd_kafka_offsets_for_times (client, list, timeout_ms);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    code = item->err;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    *offset = item->offset;
  rd_kafka_topic_partition_list_destroy (list);

  return code;
}

static rd_kafka_resp_err_t
ask_until_answered (rd_kafka_t *client,
                    const char *topic,
                    int         partition,
                    gint64      which,
                    gint64      deadline,
                    gint64     *offset)
{
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  int                 wait = FIRST_WAIT;
  int                 pause = FIRST_PAUSE;

  do
    {
      if (code == RD_KAFKA_RESP_ERR__TIMED_OUT)
        wait *= 2;
      else if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        {
          /* Sleeps: nothing shows when it can be sent. */
          g_usleep (1000 * (gulong) qs_deadline_slice (deadline, pause));
          pause = MIN (2 * pause, MAX_PAUSE);
        }
      code = ask (client, topic, partition, which, qs_deadline_slice (deadline, wait), offset);
    }
  while (qs_kafka_offsets_is_passing (code) && !qs_deadline_passed (deadline));

  return code;
}

rd_kafka_resp_err_t
qs_kafka_query_offsets (rd_kafka_t *client,
                        const char *topic,
                        int         partition,
                        int         timeout_ms,
                        gint64     *low,
                        gint64     *high)
{
  gint64              deadline = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

  if (low != NULL)
    code = ask_until_answered (client, topic, partition, RD_KAFKA_OFFSET_BEGINNING, deadline, low);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR && high != NULL)
    code = ask_until_answered (client, topic, partition, RD_KAFKA_OFFSET_END, deadline, high);

  return code;
}
