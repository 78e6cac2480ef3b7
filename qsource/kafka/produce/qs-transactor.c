/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-transactor-private.h"

#include <stdatomic.h>
#include <time.h>

#include "qs-deadline-private.h"
#include "qs-kafka-conf-private.h"
#include "qs-kafka-error-private.h"
#include "qs-kill-point-private.h"
#include "qs-log-private.h"

/* librdkafka's limit of a record, and that of the changelogs that we create. */
#define DEFAULT_MAX_SIZE "1000000"
#define CHANGELOG_MAX_SIZE "2097152"

/* Milliseconds; a cancelled fence() returns within one. */
#define FENCE_SLICE 200

/* An id is used so often in the time for which the brokers remember it. */
#define TOUCHES 3

/* Milliseconds: the helper that touches it has other things to do. */
#define TOUCH_SLICE 1000

/* The topic of the offsets that are never committed: each cluster has it. */
#define OFFSETS_TOPIC "__consumer_offsets"

struct _QsTransactor
{
  QsKafkaConfig *config; /* owned */
  char          *id;
  rd_kafka_t    *client;  /* not owned */
  QsAnswerWait  *answers; /* of the client; not owned */

  /* Microseconds of CLOCK_BOOTTIME, as the brokers count while this machine
   * sleeps; 0 = none is open. */
  _Atomic gint64 began_at;

  /* Held for reading while a record is queued, for writing by commit and abort. */
  GRWLock lock;

  /* As began_at: when the brokers last heard of the id; 0 = they must not again. */
  _Atomic gint64 used_at;

  GMutex   begin_lock;
  gboolean is_fenced;   /* fence() succeeded */
  gboolean is_touching; /* a transaction of nothing is open, to be aborted */
  gboolean is_told;     /* that the id can't be kept alive */

  /* With what fence() is to fail; owned, set once. NULL: with nothing yet. */
  _Atomic (GError *) verdict;

  /* A commit has failed: only a new client can find out how it ended. */
  _Atomic gboolean is_spent;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (rd_kafka_error_t, rd_kafka_error_destroy)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (rd_kafka_consumer_group_metadata_t,
                               rd_kafka_consumer_group_metadata_destroy)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (rd_kafka_topic_partition_list_t,
                               rd_kafka_topic_partition_list_destroy)

static gint64
get_boot_time (void)
{
  struct timespec now = { 0 };

  clock_gettime (CLOCK_BOOTTIME, &now);

  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static gboolean
set_error_from (QsTransactor *self, GError **error, const char *doing, rd_kafka_error_t *failure)
{
  g_autofree char *what = g_strdup_printf ("Cannot %s transaction of '%s'", doing, self->id);

  return qs_transactor_set_error (
      self, error, rd_kafka_error_code (failure), what, rd_kafka_error_string (failure));
}

QsTransactor *
qs_transactor_new (QsKafkaConfig *config, const char *id)
{
  QsTransactor *self = g_new0 (QsTransactor, 1);

  self->config = qs_kafka_config_ref (config);
  self->id = g_strdup (id);
  g_rw_lock_init (&self->lock);
  g_mutex_init (&self->begin_lock);

  return self;
}

void
qs_transactor_free (QsTransactor *self)
{
  GError *verdict = atomic_load (&self->verdict);

  qs_kafka_config_unref (self->config);
  g_free (self->id);
  g_clear_error (&verdict);
  g_rw_lock_clear (&self->lock);
  g_mutex_clear (&self->begin_lock);
  g_free (self);
}

void
qs_transactor_configure (QsTransactor *self, rd_kafka_conf_t *conf)
{
  g_autofree char *timeout = g_strdup_printf ("%.0f", self->config->transaction_timeout * 1000);
  char             max_size[32] = "";
  gsize            length = sizeof max_size;

  qs_kafka_conf_set_own (conf, "transactional.id", self->id);
  qs_kafka_conf_set_own (conf, "transaction.timeout.ms", timeout);
  /* A record that comes later than the transaction's end is in vain. */
  qs_kafka_conf_set_own (conf, "message.timeout.ms", timeout);

  /* Unless the user knows better. */
  if (rd_kafka_conf_get (conf, "message.max.bytes", max_size, &length) == RD_KAFKA_CONF_OK &&
      g_str_equal (max_size, DEFAULT_MAX_SIZE))
    qs_kafka_conf_set_own (conf, "message.max.bytes", CHANGELOG_MAX_SIZE);
}

void
qs_transactor_set_client (QsTransactor *self, rd_kafka_t *client, QsAnswerWait *answers)
{
  self->client = client;
  self->answers = answers;
}

/* Milliseconds for a blocking call of librdkafka; -1: its own limit. */
static int
get_rest (gint64 deadline)
{
  return deadline < G_MAXINT64 ? qs_deadline_slice (deadline, G_MAXINT) : -1;
}

/* For one that is made again until @deadline. */
static int
get_slice (gint64 deadline)
{
  return MAX (qs_deadline_slice (deadline, FENCE_SLICE), 1);
}

/* No outage lasts longer, whatever the caller's own limit is. */
static gint64
cut_deadline (QsTransactor *self, gint64 deadline)
{
  return MIN (deadline, qs_deadline_after (self->config->broker_availability_timeout));
}

static gboolean
fence (QsTransactor *self, gint64 deadline, GCancellable *cancellable, GError **error)
{
  gint64                          started = g_get_monotonic_time ();
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->begin_lock);

  while (!self->is_fenced)
    {
      g_autoptr (rd_kafka_error_t) failure = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;

      failure = rd_kafka_init_transactions (self->client, get_slice (deadline));
      self->is_fenced = failure == NULL;
      if (self->is_fenced)
        break;
      if (!rd_kafka_error_is_retriable (failure))
        return set_error_from (self, error, "start the first", failure);
      if (atomic_load (&self->verdict) != NULL)
        {
          g_propagate_error (error, g_error_copy (atomic_load (&self->verdict)));
          return FALSE;
        }
      if (qs_deadline_passed (deadline))
        {
          g_set_error (error,
                       QS_KAFKA_ERROR,
                       QS_KAFKA_ERROR_UNAVAILABLE,
                       "Cannot start the transactions of '%s': the brokers at '%s' did not answer "
                       "for %.3g s (broker-availability-timeout, or the limit of a flush): %s",
                       self->id,
                       self->config->bootstrap_servers,
                       (double) (g_get_monotonic_time () - started) / G_USEC_PER_SEC,
                       rd_kafka_error_string (failure));
          return FALSE;
        }
    }

  atomic_store (&self->used_at, get_boot_time ());

  return TRUE;
}

gboolean
qs_transactor_fence (QsTransactor *self, gint64 deadline, GCancellable *cancellable, GError **error)
{
  return fence (self, cut_deadline (self, deadline), cancellable, error);
}

void
qs_transactor_give_up (QsTransactor *self, const GError *error)
{
  GError *verdict = g_error_copy (error);
  GError *none = NULL;

  if (!atomic_compare_exchange_strong (&self->verdict, &none, verdict))
    g_error_free (verdict);
}

/* Microseconds. */
static gint64
get_touch_interval (QsTransactor *self)
{
  return (gint64) (self->config->id_lifetime / TOUCHES * G_USEC_PER_SEC);
}

/* Whether the brokers should soon hear of the id. */
static gboolean
is_resting (QsTransactor *self)
{
  gint64 used_at = atomic_load (&self->used_at);

  return used_at != 0 && atomic_load (&self->began_at) == 0 && !atomic_load (&self->is_spent) &&
         get_boot_time () - used_at >= get_touch_interval (self);
}

/* Sends the coordinator an offset that will not be committed: there is nothing else by which a
 * client could use its id without leaving a trace for readers. */
static rd_kafka_error_t *
send_nothing_locked (QsTransactor *self)
{
  g_autoptr (rd_kafka_topic_partition_list_t) offsets = rd_kafka_topic_partition_list_new (1);
  g_autoptr (rd_kafka_consumer_group_metadata_t) metadata = NULL;
  rd_kafka_error_t *failure = rd_kafka_begin_transaction (self->client);

  if (failure != NULL)
    return failure;

  self->is_touching = TRUE;
  rd_kafka_topic_partition_list_add (offsets, OFFSETS_TOPIC, 0)->offset = 0;
  metadata = rd_kafka_consumer_group_metadata_new (self->id);

  return rd_kafka_send_offsets_to_transaction (self->client, offsets, metadata, TOUCH_SLICE);
}

/* Aborting takes records away from all threads of the client. */
static rd_kafka_error_t *
abort_at_once (QsTransactor *self, int timeout_ms)
{
  rd_kafka_error_t *failure = NULL;

  qs_answer_wait_begin_hurry (self->answers);
  failure = rd_kafka_abort_transaction (self->client, timeout_ms);
  qs_answer_wait_end_hurry (self->answers);

  return failure;
}

/* FALSE with the reason, unless the transaction of nothing is over. */
static gboolean
end_touch_locked (QsTransactor *self, int timeout_ms, rd_kafka_error_t **failure)
{
  if (!self->is_touching)
    return TRUE;

  *failure = abort_at_once (self, timeout_ms);
  self->is_touching = *failure != NULL;

  return !self->is_touching;
}

static void
touch_locked (QsTransactor *self, const char *name)
{
  gint64   used_at = get_boot_time ();
  gboolean is_over = FALSE;
  g_autoptr (rd_kafka_error_t) failure = NULL;
  g_autoptr (rd_kafka_error_t) end_failure = NULL;

  if (!self->is_touching)
    failure = send_nothing_locked (self);
  is_over = end_touch_locked (self, TOUCH_SLICE, &end_failure);

  if ((failure != NULL && rd_kafka_error_is_fatal (failure)) ||
      (end_failure != NULL && rd_kafka_error_is_fatal (end_failure)))
    used_at = 0; /* the client reports it, and is of no more use */
  else if (!is_over || (failure != NULL && rd_kafka_error_is_retriable (failure)))
    used_at -= get_touch_interval (self) / 4 * 3; /* soon again */
  atomic_store (&self->used_at, used_at);
  if (used_at == 0 || failure == NULL || rd_kafka_error_is_retriable (failure) || self->is_told)
    return;

  self->is_told = TRUE;
  qs_log_warning (name,
                  NULL,
                  "Cannot keep the transactional id '%s' in use (%s): the brokers drop it after %g "
                  "s without records (transactional.id.expiration.ms), and a source that pauses "
                  "for longer is restarted. Grant Read on the group of that name",
                  self->id,
                  rd_kafka_error_string (failure),
                  self->config->id_lifetime);
}

void
qs_transactor_keep_alive (QsTransactor *self, const char *name)
{
  if (!is_resting (self) || !g_mutex_trylock (&self->begin_lock))
    return;

  if (is_resting (self))
    touch_locked (self, name);
  g_mutex_unlock (&self->begin_lock);
}

static gboolean
begin (QsTransactor *self, gint64 deadline, GError **error)
{
  g_autoptr (rd_kafka_error_t) failure = NULL;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->begin_lock);

  if (atomic_load (&self->began_at) != 0)
    return TRUE;

  if (end_touch_locked (self, get_rest (deadline), &failure))
    failure = rd_kafka_begin_transaction (self->client);
  if (failure != NULL)
    return set_error_from (self, error, "begin a", failure);

  atomic_store (&self->began_at, get_boot_time ());

  return TRUE;
}

static gboolean
enter_until (QsTransactor *self, gint64 deadline, GCancellable *cancellable, GError **error)
{
  if (fence (self, deadline, cancellable, error) && begin (self, deadline, error))
    return TRUE;

  g_rw_lock_reader_unlock (&self->lock);
  return FALSE;
}

gboolean
qs_transactor_enter (QsTransactor *self, gint64 deadline, GCancellable *cancellable, GError **error)
{
  g_rw_lock_reader_lock (&self->lock);
  if (G_LIKELY (atomic_load (&self->began_at) != 0))
    return TRUE;

  return enter_until (self, cut_deadline (self, deadline), cancellable, error);
}

void
qs_transactor_leave (QsTransactor *self)
{
  g_rw_lock_reader_unlock (&self->lock);
}

gboolean
qs_transactor_is_open (QsTransactor *self)
{
  return atomic_load (&self->began_at) != 0;
}

gboolean
qs_transactor_add_offsets (QsTransactor                             *self,
                           const rd_kafka_topic_partition_list_t    *offsets,
                           const rd_kafka_consumer_group_metadata_t *metadata,
                           gint64                                    deadline,
                           GError                                  **error)
{
  gboolean is_added = FALSE;

  deadline = cut_deadline (self, deadline);
  g_rw_lock_reader_lock (&self->lock);
  if (atomic_load (&self->began_at) == 0 && !enter_until (self, deadline, NULL, error))
    return FALSE;

  while (!is_added)
    {
      g_autoptr (rd_kafka_error_t) failure = NULL;

      failure = rd_kafka_send_offsets_to_transaction (
          self->client, offsets, metadata, get_slice (deadline));
      is_added = failure == NULL;
      if (!is_added && (!rd_kafka_error_is_retriable (failure) || qs_deadline_passed (deadline)))
        {
          set_error_from (self, error, "add offsets to the", failure);
          break;
        }
    }
  qs_transactor_leave (self);

  return is_added;
}

static gboolean
commit_locked (QsTransactor *self, GError **error)
{
  gint64 deadline = qs_deadline_after (self->config->broker_availability_timeout);

  while (atomic_load (&self->began_at) != 0)
    {
      g_autoptr (rd_kafka_error_t) failure = NULL;

      QS_KILL_POINT ("commit-before");
      failure = rd_kafka_commit_transaction (self->client, get_rest (deadline));
      QS_KILL_POINT ("commit-after");
      if (failure == NULL)
        {
          atomic_store (&self->used_at, get_boot_time ());
          atomic_store (&self->began_at, 0);
        }
      else if (!rd_kafka_error_is_retriable (failure) || qs_deadline_passed (deadline))
        return set_error_from (self, error, "commit the", failure);
    }

  return TRUE;
}

gboolean
qs_transactor_commit (QsTransactor *self, GError **error)
{
  gboolean ok = FALSE;

  g_rw_lock_writer_lock (&self->lock);
  ok = commit_locked (self, error);
  if (!ok)
    atomic_store (&self->is_spent, TRUE);
  g_rw_lock_writer_unlock (&self->lock);

  return ok;
}

void
qs_transactor_abort (QsTransactor *self, gint64 deadline)
{
  g_autoptr (rd_kafka_error_t) failure = NULL;

  g_rw_lock_writer_lock (&self->lock);
  if (atomic_load (&self->began_at) != 0 && !atomic_load (&self->is_spent))
    failure = abort_at_once (self, get_rest (deadline));
  if (failure == NULL)
    atomic_store (&self->began_at, 0);
  g_rw_lock_writer_unlock (&self->lock);
}

rd_kafka_resp_err_t
qs_transactor_find_reason (QsTransactor *self, char *detail, gsize size)
{
  g_autoptr (rd_kafka_error_t) failure = NULL;

  if (atomic_load (&self->began_at) == 0)
    return RD_KAFKA_RESP_ERR_NO_ERROR;

  /* librdkafka has no query for this; only beginning another transaction reports why the last one
   * failed. */
  failure = rd_kafka_begin_transaction (self->client);
  if (failure == NULL || !rd_kafka_error_txn_requires_abort (failure))
    return RD_KAFKA_RESP_ERR_NO_ERROR;

  g_strlcpy (detail, rd_kafka_error_string (failure), size);

  return rd_kafka_error_code (failure);
}

gboolean
qs_transactor_set_error (QsTransactor       *self,
                         GError            **error,
                         rd_kafka_resp_err_t code,
                         const char         *what,
                         const char         *detail)
{
  gint64 began_at = atomic_load (&self->began_at);
  double age = began_at != 0 ? (double) (get_boot_time () - began_at) / G_USEC_PER_SEC : 0;
  g_autoptr (GError) own_error = NULL;

  qs_kafka_error_set_for_topic (&own_error, code, what, detail, QS_KAFKA_RIGHT_WRITE);

  if (own_error->code == QS_KAFKA_ERROR_FENCED && age >= self->config->transaction_timeout)
    g_set_error (error,
                 QS_KAFKA_ERROR,
                 QS_KAFKA_ERROR_TRANSACTION,
                 "%s: it was open for %.0f s, and the brokers abort a transaction after "
                 "transaction-timeout (%g s): flush more often, or raise the timeout",
                 what,
                 age,
                 self->config->transaction_timeout);
  else if (own_error->code == QS_KAFKA_ERROR_FENCED)
    g_set_error (error,
                 QS_KAFKA_ERROR,
                 QS_KAFKA_ERROR_FENCED,
                 "%s: another instance with the same source name and consumer-group has taken "
                 "over: %s",
                 what,
                 detail != NULL ? detail : rd_kafka_err2str (code));
  else
    {
      /* Errors of a record, of permissions or of settings are permanent. */
      if (own_error->code != QS_KAFKA_ERROR_NOT_AUTHORIZED &&
          own_error->code != QS_KAFKA_ERROR_AUTHENTICATION &&
          own_error->code != QS_KAFKA_ERROR_INVALID_CONFIG &&
          own_error->code != QS_KAFKA_ERROR_MESSAGE_TOO_LARGE &&
          own_error->code != QS_KAFKA_ERROR_UNKNOWN_TOPIC)
        own_error->code = QS_KAFKA_ERROR_TRANSACTION;
      g_propagate_error (error, g_steal_pointer (&own_error));
    }

  return FALSE;
}
