/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdatomic.h>

#include "qs-answer-wait-private.h"

#include "qs-crowd-private.h"
#include "qs-kafka-end-private.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Of Kafka's protocol. */
#define API_PRODUCE 0
#define API_VERSIONS 18

/* So few records never fill the five that librdkafka allows, however they are divided. */
#define FEW_RECORDS 3

/* Milliseconds for which an answer to another question may be held back. */
#define HOLD_MS 500

/* The same where nothing says whether the next answer is there already: TLS may have
 * decrypted it together with the last one, which no poll() sees. */
#define HOLD_TLS_MS 50

struct _QsAnswerWait
{
  _Atomic guint n_partitions; /* that may have a request of their own */
  _Atomic guint n_unanswered; /* requests that produce */
  int           hurries;      /* counts them, and wakes who waits; -1 if there is no file left */
  int           longest;      /* milliseconds after which the thread goes on without an answer */
  gboolean      has_tls;

  GMutex    lock;
  QsLedger *ledger; /* not owned; NULL after the end */
};

/* Of the calling thread: librdkafka has one for each broker of each client. */
static _Thread_local struct
{
  guint n_unanswered; /* requests that produce */
  int   socket;       /* of the last of them; on_response_received() gets none */
} here;

gboolean
qs_answer_wait_is_due (guint n_unanswered, guint n_partitions, guint64 n_in_flight)
{
  return n_in_flight >= FEW_RECORDS && n_unanswered >= MAX (n_partitions, 1);
}

/* FALSE after the end. */
static gboolean
read_ledger (QsAnswerWait *self, guint64 *n_in_flight, guint64 *n_waiting)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->ledger == NULL)
    return FALSE;

  *n_in_flight = qs_ledger_get_n_in_flight (self->ledger);
  *n_waiting = qs_ledger_get_n_waiting (self->ledger);

  return TRUE;
}

/* The records of a changelog have a partition of their own. */
static gboolean
is_due (QsAnswerWait *self)
{
  guint64 n_in_flight = 0, n_waiting = 0;

  return read_ledger (self, &n_in_flight, &n_waiting) &&
         (qs_answer_wait_is_due (atomic_load (&self->n_unanswered),
                                 atomic_load (&self->n_partitions) + (n_in_flight > n_waiting),
                                 n_in_flight) ||
          qs_crowd_is_there ());
}

static void
wait_for_answer (QsAnswerWait *self, int longest)
{
  struct pollfd files[] = { { .fd = here.socket, .events = POLLIN },
                            { .fd = self->hurries, .events = POLLIN } };

  if (self->hurries >= 0)
    poll (files, G_N_ELEMENTS (files), longest);
}

/* A new connection, which begins with its versions, gets no answer to what was sent over
 * the last one. */
static void
forget_connection (QsAnswerWait *self)
{
  atomic_fetch_sub (&self->n_unanswered, here.n_unanswered);
  here.n_unanswered = 0;
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

  here.n_unanswered++;
  here.socket = socket;
  atomic_fetch_add (&self->n_unanswered, 1);
  if (is_due (self))
    wait_for_answer (self, self->longest);

  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* librdkafka hands an answer over only after its interceptors. On a crowded machine a thread
 * that spins delays it for longer. */
static int
get_longest_hold (QsAnswerWait *self)
{
  if (self->has_tls)
    return HOLD_TLS_MS;

  return qs_crowd_is_there () ? self->longest : HOLD_MS;
}

/* The answer to another question has ended the wait, and nothing more can be sent. */
static rd_kafka_resp_err_t
on_response_received (rd_kafka_t *client      G_GNUC_UNUSED,
                      int socket              G_GNUC_UNUSED,
                      const char *broker_name G_GNUC_UNUSED,
                      int32_t broker_id       G_GNUC_UNUSED,
                      int16_t                 api_key,
                      int16_t api_version     G_GNUC_UNUSED,
                      int32_t correlation_id  G_GNUC_UNUSED,
                      size_t size             G_GNUC_UNUSED,
                      int64_t round_trip      G_GNUC_UNUSED,
                      rd_kafka_resp_err_t     error,
                      void                   *user_data)
{
  QsAnswerWait *self = user_data;

  if (here.n_unanswered == 0)
    return RD_KAFKA_RESP_ERR_NO_ERROR;

  if (api_key == API_PRODUCE)
    {
      here.n_unanswered--;
      atomic_fetch_sub (&self->n_unanswered, 1);
    }
  else if (error == RD_KAFKA_RESP_ERR_NO_ERROR && is_due (self))
    wait_for_answer (self, get_longest_hold (self));

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

static int
read_milliseconds (rd_kafka_conf_t *conf, const char *key)
{
  char   text[32] = "";
  size_t size = sizeof text;

  rd_kafka_conf_get (conf, key, text, &size);

  return (int) g_ascii_strtoll (text, NULL, 10);
}

/* A request is given up after socket.timeout.ms, a record after message.timeout.ms, of
 * which 0 is no limit. */
static int
read_longest (rd_kafka_conf_t *conf)
{
  int request = read_milliseconds (conf, "socket.timeout.ms");
  int record = read_milliseconds (conf, "message.timeout.ms");

  return record > 0 ? MIN (request, record) : request;
}

static gboolean
read_has_tls (rd_kafka_conf_t *conf)
{
  char   text[32] = "";
  size_t size = sizeof text;

  rd_kafka_conf_get (conf, "security.protocol", text, &size);

  return strstr (text, "ssl") != NULL;
}

QsAnswerWait *
qs_answer_wait_new (QsLedger *ledger, rd_kafka_conf_t *conf)
{
  QsAnswerWait *self = g_new0 (QsAnswerWait, 1);

  g_mutex_init (&self->lock);
  self->ledger = ledger;
  self->hurries = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
  self->longest = read_longest (conf);
  self->has_tls = read_has_tls (conf);
  rd_kafka_conf_interceptor_add_on_new (conf, "qsource", on_new, self);

  return self;
}

void
qs_answer_wait_free (QsAnswerWait *self)
{
  if (self->hurries >= 0)
    close (self->hurries);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
qs_answer_wait_end_client (QsAnswerWait *self, rd_kafka_t *client)
{
  qs_answer_wait_begin_hurry (self);
  g_mutex_lock (&self->lock);
  self->ledger = NULL;
  g_mutex_unlock (&self->lock);

  qs_kafka_end_client_full (client, (GDestroyNotify) qs_answer_wait_free, self);
}

void
qs_answer_wait_add_partitions (QsAnswerWait *self, guint n_partitions)
{
  atomic_fetch_add (&self->n_partitions, n_partitions);
}

void
qs_answer_wait_begin_hurry (QsAnswerWait *self)
{
  if (self->hurries >= 0)
    eventfd_write (self->hurries, 1);
}

void
qs_answer_wait_end_hurry (QsAnswerWait *self)
{
  eventfd_t one = 0;

  if (self->hurries >= 0)
    eventfd_read (self->hurries, &one);
}
