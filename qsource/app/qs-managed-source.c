/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-managed-source-private.h"

#include <string.h>

#include "qs-assignment-private.h"
#include "qs-base-source-private.h"
#include "qs-ending-private.h"
#include "qs-gsource-private.h"
#include "qs-kafka-error.h"
#include "qs-log-private.h"
#include "qs-process-worker-private.h"
#include "qs-restart-policy-private.h"
#include "qs-source-error.h"
#include "qs-source-log-private.h"
#include "qs-source-stats-private.h"
#include "qs-stateful-source.h"
#include "qs-thread-worker-private.h"

struct _QsManagedSource
{
  QsBaseSource *source; /* owned */
  QsTopic      *topic;  /* owned */

  GObject *application; /* which has the signals; not owned */

  /* Slot, one for each of its partitions. Owned. */
  GPtrArray *slots;

  /* Of a run; not owned. */
  const QsWorkerSettings *settings;
  QsManagedSourceFunc     func; /* NULL: nobody (any more) */
  gpointer                user_data;

  QsSourceCounts total; /* as was told last */
  QsSourceCounts past;  /* what workers have counted that have ended, and their restarts */

  gboolean is_paused;
  gboolean is_stopping; /* none is started again */
  gboolean has_failed;  /* for good */
  gboolean is_fenced;   /* that is why */
  char    *failure;     /* which nobody has dealt with; owned; nullable */
};

/* One partition of a source and, while it runs, its worker. */
typedef struct
{
  QsManagedSource *managed; /* not owned */
  int              partition;
  QsWorker        *worker;        /* owned; NULL while none runs */
  GSource         *restart_timer; /* owned; NULL unless a restart is due */
  QsRestartPolicy  policy;
  QsSourceCounts   counts;        /* of its worker */
  gboolean         restart_asked; /* when its worker has ended */
} Slot;

static void start_slot (Slot *slot);
static void start_slot_again (Slot *slot);

/* Emits the application's signal about it; whether a handler has dealt with it. */
static gboolean
emit (QsManagedSource *self, const QsSourceEvent *event)
{
  gboolean is_handled = FALSE;

  switch (event->type)
    {
    case QS_SOURCE_EVENT_STARTED:
      g_signal_emit_by_name (self->application, "source-started", self->source, event->pid);
      break;

    case QS_SOURCE_EVENT_CONNECTED:
      g_signal_emit_by_name (self->application, "source-connected", self->source);
      break;

    case QS_SOURCE_EVENT_CONNECT_FAILED:
      g_signal_emit_by_name (
          self->application, "source-connect-failed", self->source, event->error);
      break;

    case QS_SOURCE_EVENT_STATS:
      g_signal_emit_by_name (self->application, "source-stats", self->source, event->stats);
      break;

    case QS_SOURCE_EVENT_FINISHED:
      g_signal_emit_by_name (self->application, "source-finished", self->source);
      break;

    case QS_SOURCE_EVENT_FAILED:
      g_signal_emit_by_name (
          self->application, "source-failed", self->source, event->error, &is_handled);
      break;

    case QS_SOURCE_EVENT_RECOVERING:
    case QS_SOURCE_EVENT_STOPPING:
    case QS_SOURCE_EVENT_PAUSED:
    case QS_N_SOURCE_EVENTS:
    default:
      break;
    }

  return is_handled;
}

static void
tell_run (QsManagedSource *self)
{
  if (self->func != NULL)
    self->func (self->user_data);
}

static void
slot_free (Slot *slot)
{
  g_assert (slot->worker == NULL && slot->restart_timer == NULL);

  g_free (slot);
}

static gboolean
restart_cb (gpointer user_data)
{
  Slot                    *slot = user_data;
  QsManagedSource         *self = slot->managed;
  g_autoptr (GObject) keep G_GNUC_UNUSED = g_object_ref (self->application);

  qs_gsource_clear (&slot->restart_timer);
  start_slot_again (slot);
  tell_run (self);

  return G_SOURCE_REMOVE;
}

/* Starts the failed source again, later, if it may. */
static gboolean
schedule_restart (Slot *slot, const GError *error)
{
  QsManagedSource *self = slot->managed;
  double           delay = -1;
  g_autofree char *cause = NULL;

  /* A thread that failed may have left this process in any state. */
  if (!self->is_stopping && self->settings->isolation != QS_ISOLATION_THREAD)
    delay = qs_restart_policy_decide (&slot->policy, error, QS_IS_STATEFUL_SOURCE (self->source));
  if (delay < 0)
    return FALSE;

  cause = qs_ending_dup_cause (self->source, 0, error);
  qs_log_warning (qs_base_source_get_name (self->source),
                  qs_topic_get_name (self->topic),
                  "Failed, restart %d in %.1f s: %s",
                  slot->policy.n_restarts,
                  delay,
                  cause);

  slot->restart_timer = qs_gsource_new_timeout ((guint) (delay * 1000), restart_cb, slot);

  return TRUE;
}

/* The partition of @slot, for people; -1 if there is but one. */
static int
get_told_partition (Slot *slot)
{
  return slot->managed->slots->len > 1 ? slot->partition : -1;
}

/* A source that will not be started again has failed. What run() returns isn't logged. */
static void
give_up (Slot *slot, int pid, const GError *error)
{
  const QsSourceEvent event = { .type = QS_SOURCE_EVENT_FAILED, .error = (GError *) error };
  QsManagedSource    *self = slot->managed;
  g_autofree char    *cause = NULL;

  /* Its other partitions would do half of a job. */
  self->has_failed = TRUE;
  qs_managed_source_stop (self);
  if (!emit (self, &event))
    {
      g_free (self->failure);
      self->failure = qs_ending_dup_failure (self->source, get_told_partition (slot), pid, error);
      self->is_fenced = g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FENCED);
      return;
    }

  cause = qs_ending_dup_cause (self->source, 0, error);
  qs_log_warning (qs_base_source_get_name (self->source),
                  qs_topic_get_name (self->topic),
                  "Failed: %s; the application goes on without it",
                  cause);
}

/* Puts together what all workers of the source have counted. */
static void
update_stats (QsManagedSource *self)
{
  QsSourceEvent  event = { .type = QS_SOURCE_EVENT_STATS };
  QsSourceCounts total = self->past;
  g_autoptr (GVariant) stats = NULL;

  for (guint i = 0; i < self->slots->len; i++)
    qs_source_counts_add (&total, &((Slot *) g_ptr_array_index (self->slots, i))->counts, FALSE);

  if (memcmp (&total, &self->total, sizeof total) == 0)
    return;

  self->total = total;
  stats = g_variant_ref_sink (qs_source_counts_to_variant (&total));
  event.stats = stats;
  qs_source_stats_update (qs_base_source_get_stats (self->source), &total);
  emit (self, &event);
}

static void
note_recovery (Slot *slot, const QsSourceEvent *event)
{
  /* That it is over is told with and without their number. */
  slot->counts.n_recovered = MAX (slot->counts.n_recovered, (guint64) event->n_records);
  slot->counts.n_to_recover = (guint64) event->n_left;
  slot->counts.recovery_rate = event->n_left > 0 ? event->rate : 0;
  update_stats (slot->managed);

  qs_source_log_recovery (slot->managed->source, event);
}

static void
note_stats (Slot *slot, GVariant *stats)
{
  qs_source_counts_read (&slot->counts, stats);
  if (slot->counts.n_flushes > 0)
    slot->policy.has_committed = TRUE;

  update_stats (slot->managed);
}

static void
finish (QsManagedSource *self)
{
  const QsSourceEvent event = { .type = QS_SOURCE_EVENT_FINISHED };

  if (qs_managed_source_is_running (self))
    return;

  qs_source_log_end (self->source, self->topic, self->has_failed, &self->past);
  if (!self->has_failed)
    emit (self, &event);
}

/* Whether the worker, which has ended, was only stopped to be started again. */
static gboolean
restart_now (Slot *slot, const GError *error)
{
  QsManagedSource *self = slot->managed;
  gboolean         is_asked = slot->restart_asked;

  slot->restart_asked = FALSE;
  if (!is_asked || self->is_stopping ||
      g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FENCED))
    return FALSE;

  if (error != NULL)
    qs_log_warning (qs_base_source_get_name (self->source),
                    qs_topic_get_name (self->topic),
                    "Failed while it was stopped for its restart: %s",
                    error->message);

  return TRUE;
}

static void
note_end (Slot *slot, const GError *error)
{
  QsManagedSource         *self = slot->managed;
  g_autoptr (GObject) keep G_GNUC_UNUSED = g_object_ref (self->application);
  g_autoptr (QsWorker) ended = g_steal_pointer (&slot->worker);

  qs_worker_set_func (ended, NULL, NULL);
  qs_source_counts_add (&self->past, &slot->counts, TRUE);
  slot->counts = QS_SOURCE_COUNTS_INIT;
  update_stats (self);

  if (restart_now (slot, error))
    start_slot_again (slot);
  else
    {
      if (error != NULL && !schedule_restart (slot, error))
        give_up (slot, qs_worker_get_pid (ended), error);
      finish (self);
    }

  tell_run (self);
}

/* What a worker tells. */
static gboolean
event_cb (const QsSourceEvent *event, gpointer user_data)
{
  Slot *slot = user_data;

  if (!qs_worker_note (slot->worker, event))
    return FALSE;

  switch (event->type)
    {
    case QS_SOURCE_EVENT_STARTED:
      qs_source_log_start (
          slot->managed->source, slot->managed->topic, get_told_partition (slot), event->pid);
      return emit (slot->managed, event);

    case QS_SOURCE_EVENT_CONNECTED:
    case QS_SOURCE_EVENT_CONNECT_FAILED:
      return emit (slot->managed, event);

    case QS_SOURCE_EVENT_RECOVERING:
      note_recovery (slot, event);
      break;

    case QS_SOURCE_EVENT_STATS:
      note_stats (slot, event->stats);
      break;

    case QS_SOURCE_EVENT_FINISHED:
    case QS_SOURCE_EVENT_FAILED:
      note_end (slot, event->error);
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
make_worker (Slot *slot)
{
  QsManagedSource        *self = slot->managed;
  const QsWorkerSettings *settings = self->settings;
  QsWorker               *worker = NULL;

  if (settings->isolation == QS_ISOLATION_THREAD)
    worker = qs_thread_worker_new (self->source, self->topic, settings);
  else
    worker = qs_process_worker_new (self->source, self->topic, settings);
  qs_worker_set_state (worker, settings->state, slot->partition);
  qs_worker_set_paused (worker, self->is_paused);

  return worker;
}

static void
start_slot (Slot *slot)
{
  g_autoptr (GError) error = NULL;

  qs_restart_policy_note_start (&slot->policy);
  slot->worker = make_worker (slot);
  qs_worker_set_func (slot->worker, event_cb, slot);

  if (qs_worker_start (slot->worker, &error))
    return;

  g_clear_object (&slot->worker);
  if (schedule_restart (slot, error))
    return;

  give_up (slot, 0, error);
  finish (slot->managed);
}

static void
start_slot_again (Slot *slot)
{
  slot->managed->past.n_restarts++;
  start_slot (slot);
  update_stats (slot->managed);
}

/* Makes a slot for each partition of the source that runs here. */
static void
assign_slots (QsManagedSource *self)
{
  const QsWorkerSettings *settings = self->settings;
  g_autoptr (QsAssignment) assignment = qs_assignment_new (self->source);
  guint      n_partitions = 0;
  const int *partitions = qs_assignment_get_partitions (assignment, &n_partitions);

  g_ptr_array_set_size (self->slots, 0);
  for (guint i = 0; i < n_partitions; i++)
    {
      Slot *slot = g_new0 (Slot, 1);

      slot->managed = self;
      slot->partition = partitions[i];
      slot->counts = QS_SOURCE_COUNTS_INIT;
      slot->policy = (QsRestartPolicy){
        .max_restarts = settings->max_restarts,
        .backoff = settings->restart_backoff,
      };
      g_ptr_array_add (self->slots, slot);
    }
}

/* One object can't run twice in one process. */
static gboolean
check_isolation (QsManagedSource *self, GError **error)
{
  if (self->settings->isolation != QS_ISOLATION_THREAD || self->slots->len <= 1)
    return TRUE;

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_NOT_STARTED,
               "Cannot run the %u partitions of source '%s' in threads: set "
               "QsApplication:isolation to process",
               self->slots->len,
               qs_base_source_get_name (self->source));
  return FALSE;
}

QsManagedSource *
qs_managed_source_new (QsBaseSource *source, QsTopic *topic, GObject *application)
{
  QsManagedSource *self = g_new0 (QsManagedSource, 1);

  self->source = g_object_ref (source);
  self->topic = g_object_ref (topic);
  self->application = application;
  self->past = QS_SOURCE_COUNTS_INIT;
  self->total = self->past;
  self->slots = g_ptr_array_new_with_free_func ((GDestroyNotify) slot_free);

  return self;
}

void
qs_managed_source_free (QsManagedSource *self)
{
  g_ptr_array_unref (self->slots);
  g_free (self->failure);
  g_object_unref (self->source);
  g_object_unref (self->topic);
  g_free (self);
}

QsBaseSource *
qs_managed_source_get_source (QsManagedSource *self)
{
  return self->source;
}

QsTopic *
qs_managed_source_get_topic (QsManagedSource *self)
{
  return self->topic;
}

gboolean
qs_managed_source_is_running (QsManagedSource *self)
{
  for (guint i = 0; i < self->slots->len; i++)
    {
      Slot *slot = g_ptr_array_index (self->slots, i);

      if (slot->worker != NULL || slot->restart_timer != NULL)
        return TRUE;
    }

  return FALSE;
}

gboolean
qs_managed_source_is_stopping (QsManagedSource *self)
{
  return self->is_stopping;
}

void
qs_managed_source_start (QsManagedSource        *self,
                         const QsWorkerSettings *settings,
                         QsManagedSourceFunc     func,
                         gpointer                user_data)
{
  g_autoptr (GError) error = NULL;

  self->settings = settings;
  self->func = func;
  self->user_data = user_data;
  self->past = QS_SOURCE_COUNTS_INIT;
  self->total = self->past;
  qs_source_stats_update (qs_base_source_get_stats (self->source), &self->past);
  self->is_paused = FALSE;
  self->is_stopping = FALSE;
  self->has_failed = FALSE;
  g_clear_pointer (&self->failure, g_free);

  assign_slots (self);
  if (!check_isolation (self, &error))
    {
      give_up (g_ptr_array_index (self->slots, 0), 0, error);
      return;
    }

  for (guint i = 0; i < self->slots->len && !self->is_stopping; i++)
    start_slot (g_ptr_array_index (self->slots, i));
}

void
qs_managed_source_detach (QsManagedSource *self)
{
  self->func = NULL;
}

char *
qs_managed_source_take_failure (QsManagedSource *self, gboolean *is_fenced)
{
  *is_fenced = self->is_fenced;

  return g_steal_pointer (&self->failure);
}

void
qs_managed_source_stop (QsManagedSource *self)
{
  self->is_stopping = TRUE;

  for (guint i = 0; i < self->slots->len; i++)
    {
      Slot *slot = g_ptr_array_index (self->slots, i);

      qs_gsource_clear (&slot->restart_timer);
      if (slot->worker != NULL)
        qs_worker_stop (slot->worker);
    }
}

void
qs_managed_source_set_paused (QsManagedSource *self, gboolean is_paused)
{
  self->is_paused = is_paused;

  for (guint i = 0; i < self->slots->len; i++)
    {
      Slot *slot = g_ptr_array_index (self->slots, i);

      if (slot->worker != NULL)
        qs_worker_set_paused (slot->worker, is_paused);
    }
}

void
qs_managed_source_restart (QsManagedSource *self)
{
  self->is_stopping = FALSE;
  self->has_failed = FALSE;

  for (guint i = 0; i < self->slots->len && !self->is_stopping; i++)
    {
      Slot *slot = g_ptr_array_index (self->slots, i);

      qs_gsource_clear (&slot->restart_timer);
      slot->restart_asked = slot->worker != NULL;
      if (slot->worker != NULL)
        qs_worker_stop (slot->worker);
      else
        start_slot_again (slot);
    }
}

void
qs_managed_source_kill (QsManagedSource *self)
{
  self->is_stopping = TRUE;

  for (guint i = 0; i < self->slots->len; i++)
    {
      Slot *slot = g_ptr_array_index (self->slots, i);

      qs_gsource_clear (&slot->restart_timer);
      if (slot->worker != NULL)
        qs_worker_kill (slot->worker);
    }
}
