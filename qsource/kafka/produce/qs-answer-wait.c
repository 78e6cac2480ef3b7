/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdatomic.h>

#include "qs-answer-wait-private.h"

#include "qs-crowd-private.h"

#include <poll.h>

/* Of Kafka's protocol. */
#define API_PRODUCE 0
#define API_VERSIONS 18

/* So few records never fill the five that librdkafka allows, however they are divided. */
#define FEW_RECORDS 3

/* Microseconds after which librdkafka's thread goes on without an answer. */
#define LONGEST_WAIT (5 * G_USEC_PER_SEC)

/* Milliseconds after which a thread that waits looks whether somebody is in a hurry. */
#define SLICE_MS 20

/* Requests of the calling thread that are unanswered: librdkafka has a thread for each
 * broker of each client. */
static _Thread_local guint n_unanswered_here;

gboolean
qs_answer_wait_is_due (guint n_unanswered, guint n_partitions, guint64 n_in_flight)
{
  return n_in_flight >= FEW_RECORDS && n_unanswered >= MAX (n_partitions, 1);
}

/* The records of a changelog have a partition of their own. */
static gboolean
is_due (QsAnswerWait *self)
{
  guint64 n_in_flight = qs_ledger_get_n_in_flight (self->ledger);
  guint   n_changelogs = n_in_flight > qs_ledger_get_n_waiting (self->ledger);

  return qs_answer_wait_is_due (atomic_load (&self->n_unanswered),
                                atomic_load (&self->n_partitions) + n_changelogs,
                                n_in_flight);
}

static void
wait_for_answer (QsAnswerWait *self, int socket)
{
  struct pollfd answer = { .fd = socket, .events = POLLIN };
  gint64        end = g_get_monotonic_time () + LONGEST_WAIT;

  while (atomic_load (&self->n_hurries) == 0 && g_get_monotonic_time () < end)
    if (poll (&answer, 1, SLICE_MS) != 0)
      return;
}

/* A new connection, which begins with its versions, gets no answer to what was sent over
 * the last one. */
static void
forget_connection (QsAnswerWait *self)
{
  atomic_fetch_sub (&self->n_unanswered, n_unanswered_here);
  n_unanswered_here = 0;
}

static rd_kafka_resp_err_t
on_request_sent (rd_kafka_t *client      G_GNUC_UNUSED,
                 int                     socket,
                 const char *broker_name G_GNUC_UNUSED,
                 int32_t broker_id       G_GNUC_UNUSED,
                 int16_t                 api_key,
                 int16_t api_version     G_GNUC_UNUSED,
                 int32_t correlation_id  G_GNUC_UNUSED,
                 size_t size             G_GNUC_UNUSED,
                 void                   *user_data)
{
  QsAnswerWait *self = user_data;

  if (api_key == API_VERSIONS)
    forget_connection (self);
  if (api_key != API_PRODUCE)
    return RD_KAFKA_RESP_ERR_NO_ERROR;

  n_unanswered_here++;
  atomic_fetch_add (&self->n_unanswered, 1);
  if (is_due (self) || qs_crowd_is_there ())
    wait_for_answer (self, socket);

  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t
on_response_received (rd_kafka_t *client        G_GNUC_UNUSED,
                      int socket                G_GNUC_UNUSED,
                      const char *broker_name   G_GNUC_UNUSED,
                      int32_t broker_id         G_GNUC_UNUSED,
                      int16_t                   api_key,
                      int16_t api_version       G_GNUC_UNUSED,
                      int32_t correlation_id    G_GNUC_UNUSED,
                      size_t size               G_GNUC_UNUSED,
                      int64_t round_trip        G_GNUC_UNUSED,
                      rd_kafka_resp_err_t error G_GNUC_UNUSED,
                      void                     *user_data)
{
  QsAnswerWait *self = user_data;

  if (api_key == API_PRODUCE && n_unanswered_here > 0)
    {
      n_unanswered_here--;
      atomic_fetch_sub (&self->n_unanswered, 1);
    }

  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t
on_new (rd_kafka_t                 *client,
        const rd_kafka_conf_t *conf G_GNUC_UNUSED,
        void                       *user_data,
        char *reason                G_GNUC_UNUSED,
        size_t reason_size          G_GNUC_UNUSED)
{
  rd_kafka_interceptor_add_on_request_sent (client, "qsource", on_request_sent, user_data);
  rd_kafka_interceptor_add_on_response_received (
      client, "qsource", on_response_received, user_data);

  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void
qs_answer_wait_configure (QsAnswerWait *self, QsLedger *ledger, rd_kafka_conf_t *conf)
{
  self->ledger = ledger;
  rd_kafka_conf_interceptor_add_on_new (conf, "qsource", on_new, self);
}

void
qs_answer_wait_add_partitions (QsAnswerWait *self, guint n_partitions)
{
  atomic_fetch_add (&self->n_partitions, n_partitions);
}

void
qs_answer_wait_begin_hurry (QsAnswerWait *self)
{
  atomic_fetch_add (&self->n_hurries, 1);
}

void
qs_answer_wait_end_hurry (QsAnswerWait *self)
{
  atomic_fetch_sub (&self->n_hurries, 1);
}
