/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-slot-private.h"

#include "qs-ending-private.h"
#include "qs-gsource-private.h"
#include "qs-kafka-error.h"
#include "qs-kill-point-private.h"
#include "qs-log-private.h"
#include "qs-process-worker-private.h"
#include "qs-restart-policy-private.h"
#include "qs-source-error.h"
#include "qs-source-log-private.h"
#include "qs-stateful-source.h"
#include "qs-thread-worker-private.h"

/* Why a worker is started again. */
typedef enum
{
  RESTART_FAILED,
  RESTART_KILLED,
  RESTART_ASKED,
} RestartReason;

struct _QsSlot
{
  /* Set once; not owned. */
  QsBaseSource           *source;
  QsTopic                *topic;
  const QsWorkerSettings *settings;
  const QsSlotListener   *listener;
  gpointer                owner;
  GObject                *application;
  int                     partition;

  QsWorker       *worker;        /* owned; NULL while none runs */
  GSource        *restart_timer; /* owned; NULL unless a restart is due */
  RestartReason   reason;        /* of that one */
  QsRestartPolicy policy;
  QsSourceCounts  counts;        /* of its worker */
  gboolean        restart_asked; /* when its worker has ended */
  gboolean        is_paused;
  gboolean        is_stopping;  /* it isn't started again */
  gboolean        has_finished; /* its last worker has ended well */
  QsSlotClaim     claim;
};

static void start_again (QsSlot *self, RestartReason reason);

static const char *
get_name (QsSlot *self)
{
  return qs_base_source_get_name (self->source);
}

/* No restart waits for its time any more. */
static void
forget_restart (QsSlot *self)
{
  if (self->restart_timer == NULL)
    return;

  qs_gsource_clear (&self->restart_timer);
  self->counts.restart_time = -1;
  self->listener->counted (NULL, self->owner);
}

static gboolean
restart_cb (gpointer user_data)
{
  QsSlot                  *self = user_data;
  g_autoptr (GObject) keep G_GNUC_UNUSED = g_object_ref (self->application);

  forget_restart (self);
  start_again (self, self->reason);
  self->listener->ended (self, self->owner);

  return G_SOURCE_REMOVE;
}

/* Seconds until the failed source is started again; -1 = not at all. */
static double
find_delay (QsSlot *self, const GError *error)
{
  const QsWorkerSettings *settings = self->settings;
  gboolean                has_state = QS_IS_STATEFUL_SOURCE (self->source);

  /* A thread that failed may have left this process in any state. */
  if (self->is_stopping || settings->isolation == QS_ISOLATION_THREAD)
    return -1;

  /* Of those who share it, one that was suspended has come back, and will learn of it. By then he
   * has lost his session, or we ours. */
  if (settings->share.mode == QS_ASSIGNMENT_GROUP && has_state &&
      g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FENCED) &&
      qs_restart_policy_take_free (&self->policy))
    return settings->share.session_timeout;

  return qs_restart_policy_decide (&self->policy, error, has_state);
}

/* Whether the worker is to blame, or what has ended it, rather than its source. */
static gboolean
is_killed (const GError *error)
{
  return g_error_matches (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_DIED) ||
         g_error_matches (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_KILLED) ||
         g_error_matches (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_NOT_STARTED);
}

/* Starts the failed source again, later, if it may. */
static gboolean
schedule_restart (QsSlot *self, const GError *error)
{
  double           delay = find_delay (self, error);
  g_autofree char *cause = NULL;

  if (delay < 0)
    return FALSE;

  cause = qs_ending_dup_cause (self->source, 0, error);
  qs_log_warning (get_name (self),
                  qs_topic_get_name (self->topic),
                  "Failed, restart %d in %.1f s: %s",
                  self->policy.n_restarts,
                  delay,
                  cause);
  self->restart_timer = qs_gsource_new_timeout ((guint) (delay * 1000), restart_cb, self);
  self->reason = is_killed (error) ? RESTART_KILLED : RESTART_FAILED;
  self->counts.restart_time = g_get_real_time () / 1000 + (gint64) (delay * 1000);
  self->listener->counted (NULL, self->owner);

  return TRUE;
}

static void
note_recovery (QsSlot *self, const QsSourceEvent *event)
{
  /* The end of a session is reported with and without their number. */
  self->counts.n_recovered = MAX (self->counts.n_recovered, (guint64) event->n_records);
  self->counts.n_to_recover = (guint64) event->n_left;
  self->counts.recovery_rate = event->n_left > 0 ? event->rate : 0;
  self->listener->counted (NULL, self->owner);

  qs_source_log_recovery (self->source, event);
}

static void
note_stats (QsSlot *self, GVariant *stats)
{
  qs_source_counts_read (&self->counts, stats);
  if (self->counts.n_flushes > 0)
    self->policy.has_committed = TRUE;

  self->listener->counted (NULL, self->owner);
}

/* Whether the worker, which has ended, was only stopped to be started again. */
static gboolean
restart_now (QsSlot *self, const GError *error)
{
  gboolean is_asked = self->restart_asked;

  self->restart_asked = FALSE;
  if (!is_asked || self->is_stopping ||
      g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FENCED))
    return FALSE;

  if (error != NULL)
    qs_log_warning (get_name (self),
                    qs_topic_get_name (self->topic),
                    "Failed while it was stopped for its restart: %s",
                    error->message);

  return TRUE;
}

/* Another instance continues from its last commit. */
static void
note_revoked_end (QsSlot *self, const GError *error)
{
  if (error != NULL && self->claim == QS_SLOT_REVOKED)
    qs_log_warning (get_name (self),
                    qs_topic_get_name (self->topic),
                    "Failed while partition %d was given away: %s",
                    self->partition,
                    error->message);
}

static void
note_end (QsSlot *self, const GError *error)
{
  g_autoptr (GObject) keep G_GNUC_UNUSED = g_object_ref (self->application);
  g_autoptr (QsWorker) ended = g_steal_pointer (&self->worker);
  QsSourceCounts past = self->counts;

  qs_worker_set_func (ended, NULL, NULL);
  self->has_finished = error == NULL;
  self->counts = QS_SOURCE_COUNTS_INIT;
  self->listener->counted (&past, self->owner);

  if (self->claim != QS_SLOT_OURS)
    note_revoked_end (self, error);
  else if (restart_now (self, error))
    start_again (self, RESTART_ASKED);
  else if (error != NULL && !schedule_restart (self, error))
    self->listener->failed (self, qs_worker_get_pid (ended), error, self->owner);

  self->listener->ended (self, self->owner);
}

static void
note_start (QsSlot *self, const QsSourceEvent *event)
{
  qs_source_log_start (self->source, self->topic, qs_slot_get_shown_partition (self), event->pid);
  g_signal_emit_by_name (self->application, "source-started", self->source, event->pid);
}

/* Handles an event of the worker. */
static gboolean
event_cb (const QsSourceEvent *event, gpointer user_data)
{
  QsSlot *self = user_data;

  if (!qs_worker_note (self->worker, event))
    return FALSE;

  switch (event->type)
    {
    case QS_SOURCE_EVENT_STARTED:
      note_start (self, event);
      break;

    case QS_SOURCE_EVENT_CONNECTED:
      g_signal_emit_by_name (self->application, "source-connected", self->source);
      break;

    case QS_SOURCE_EVENT_CONNECT_FAILED:
      g_signal_emit_by_name (
          self->application, "source-connect-failed", self->source, event->error);
      break;

    case QS_SOURCE_EVENT_RECOVERING:
      note_recovery (self, event);
      break;

    case QS_SOURCE_EVENT_STATS:
      note_stats (self, event->stats);
      break;

    case QS_SOURCE_EVENT_FINISHED:
    case QS_SOURCE_EVENT_FAILED:
      note_end (self, event->error);
      break;

    case QS_SOURCE_EVENT_STOPPING:
    case QS_SOURCE_EVENT_PAUSED:
    case QS_N_SOURCE_EVENTS:
    default:
      break;
    }

  return FALSE;
}

static QsWorker *
make_worker (QsSlot *self)
{
  const QsWorkerSettings *settings = self->settings;
  QsWorker               *worker = NULL;

  if (settings->isolation == QS_ISOLATION_THREAD)
    worker = qs_thread_worker_new (self->source, self->topic, settings);
  else
    worker = qs_process_worker_new (self->source, self->topic, settings);
  qs_worker_set_state (worker, settings->state, self->partition);
  qs_worker_set_paused (worker, self->is_paused);

  return worker;
}

static void
start_again (QsSlot *self, RestartReason reason)
{
  const QsSourceCounts past = {
    .n_restarts = 1,
    .n_restarts_asked = reason == RESTART_ASKED,
    .n_restarts_killed = reason == RESTART_KILLED,
  };

  self->listener->counted (&past, self->owner);
  qs_slot_start (self);
}

QsSlot *
qs_slot_new (QsBaseSource           *source,
             QsTopic                *topic,
             int                     partition,
             const QsWorkerSettings *settings,
             const QsSlotListener   *listener,
             gpointer                owner,
             GObject                *application)
{
  QsSlot *self = g_new0 (QsSlot, 1);

  self->source = source;
  self->topic = topic;
  self->partition = partition;
  self->settings = settings;
  self->listener = listener;
  self->owner = owner;
  self->application = application;
  self->counts = QS_SOURCE_COUNTS_INIT;
  self->policy = (QsRestartPolicy){
    .max_restarts = settings->max_restarts,
    .backoff = settings->restart_backoff,
  };

  return self;
}

void
qs_slot_free (QsSlot *self)
{
  g_assert (self->worker == NULL && self->restart_timer == NULL);

  g_free (self);
}

int
qs_slot_get_partition (QsSlot *self)
{
  return self->partition;
}

int
qs_slot_get_shown_partition (QsSlot *self)
{
  if (QS_IS_STATEFUL_SOURCE (self->source) &&
      qs_stateful_source_get_n_partitions (QS_STATEFUL_SOURCE (self->source)) > 1)
    return self->partition;

  return -1;
}

const QsSourceCounts *
qs_slot_get_counts (QsSlot *self)
{
  return &self->counts;
}

QsSlotClaim
qs_slot_get_claim (QsSlot *self)
{
  return self->claim;
}

gboolean
qs_slot_has_finished (QsSlot *self)
{
  return self->has_finished;
}

gboolean
qs_slot_is_running (QsSlot *self)
{
  return self->worker != NULL || self->restart_timer != NULL;
}

void
qs_slot_start (QsSlot *self)
{
  g_autoptr (GError) error = NULL;

  qs_restart_policy_note_start (&self->policy);
  self->worker = make_worker (self);
  qs_worker_set_func (self->worker, event_cb, self);

  if (qs_worker_start (self->worker, &error))
    return;

  g_clear_object (&self->worker);
  if (!schedule_restart (self, error))
    self->listener->failed (self, 0, error, self->owner);
}

void
qs_slot_restart (QsSlot *self)
{
  self->is_stopping = FALSE;
  forget_restart (self);
  self->restart_asked = self->worker != NULL;
  if (self->worker != NULL)
    qs_worker_stop (self->worker);
  else
    start_again (self, RESTART_ASKED);
}

void
qs_slot_set_paused (QsSlot *self, gboolean is_paused)
{
  self->is_paused = is_paused;
  if (self->worker != NULL)
    qs_worker_set_paused (self->worker, is_paused);
}

void
qs_slot_stop (QsSlot *self)
{
  self->is_stopping = TRUE;
  forget_restart (self);
  if (self->worker != NULL)
    qs_worker_stop (self->worker);
}

void
qs_slot_kill (QsSlot *self)
{
  self->is_stopping = TRUE;
  forget_restart (self);
  if (self->worker != NULL)
    qs_worker_kill (self->worker);
}

void
qs_slot_revoke (QsSlot *self, gboolean is_lost)
{
  self->claim = is_lost ? QS_SLOT_LOST : QS_SLOT_REVOKED;
  if (is_lost && !QS_IS_MUTANT ("stop-what-is-lost"))
    qs_slot_kill (self);
  else
    qs_slot_stop (self);
}
