/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-managed-source-private.h"

#include <string.h>

#include "qs-base-source-private.h"
#include "qs-ending-private.h"
#include "qs-kafka-error.h"
#include "qs-kill-point-private.h"
#include "qs-log-private.h"
#include "qs-share-private.h"
#include "qs-slot-private.h"
#include "qs-source-error.h"
#include "qs-source-log-private.h"
#include "qs-source-stats-private.h"

struct _QsManagedSource
{
  QsBaseSource *source; /* owned */
  QsTopic      *topic;  /* owned */

  GObject *application; /* which has the signals; not owned */

  /* QsSlot, one for each of its partitions that is here. Owned. */
  GPtrArray *slots;

  /* Of a run. Only the first is owned. */
  QsShare                *share;
  const QsWorkerSettings *settings;
  QsManagedSourceFunc     func; /* NULL: nobody (any more) */
  gpointer                user_data;

  QsSourceCounts total; /* as reported last */
  QsSourceCounts past;  /* what workers have counted that have ended, and their restarts */

  gboolean is_paused;
  gboolean is_stopping;  /* none is started again */
  gboolean is_beginning; /* who has it begin looks at it then */
  gboolean has_failed;   /* for good */
  gboolean is_fenced;    /* that is why */
  char    *failure;      /* which nobody has dealt with; owned; nullable */
  gboolean ended_well;   /* the worker that was the last to end */
};

/* Emits the application's signal about the source as a whole; whether a handler has dealt
 * with it. */
static gboolean
emit (QsManagedSource *self, const QsSourceEvent *event)
{
  gboolean is_handled = FALSE;

  switch (event->type)
    {
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

    case QS_SOURCE_EVENT_STARTED:
    case QS_SOURCE_EVENT_CONNECTED:
    case QS_SOURCE_EVENT_CONNECT_FAILED:
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
  if (self->func != NULL && !self->is_beginning)
    self->func (self->user_data);
}

static const char *
get_name (QsManagedSource *self)
{
  return qs_base_source_get_name (self->source);
}

static gboolean
is_shared (QsManagedSource *self)
{
  return self->settings->share.mode == QS_ASSIGNMENT_GROUP;
}

/* Whether there is more than one partition, here or elsewhere. */
static gboolean
has_partitions (QsManagedSource *self)
{
  return qs_share_get_n_partitions (self->share) > 1;
}

/* NULL if it isn't here. */
static QsSlot *
find_slot (QsManagedSource *self, int partition)
{
  for (guint i = 0; i < self->slots->len; i++)
    {
      if (qs_slot_get_partition (self->slots->pdata[i]) == partition)
        return self->slots->pdata[i];
    }

  return NULL;
}

static gboolean
has_running_slot (QsManagedSource *self)
{
  for (guint i = 0; i < self->slots->len; i++)
    {
      if (qs_slot_is_running (self->slots->pdata[i]))
        return TRUE;
    }

  return FALSE;
}

static void
stop_slots (QsManagedSource *self)
{
  self->is_stopping = TRUE;

  for (guint i = 0; i < self->slots->len; i++)
    qs_slot_stop (self->slots->pdata[i]);
}

/* Lets go of its partitions when all that it was to do with them here is done. */
static void
leave_if_done (QsManagedSource *self)
{
  if (has_running_slot (self) || (self->slots->len == 0 && !self->is_stopping) ||
      (qs_share_is_pending (self->share) && !self->is_stopping))
    return;

  qs_share_leave (self->share,
                  !self->is_stopping || self->has_failed || self->settings->share.leave_on_stop);
}

/* A source that will not be started again has failed. What run() returns isn't logged.
 * @slot: nullable. */
static void
give_up (QsManagedSource *self, QsSlot *slot, int pid, const GError *error)
{
  const QsSourceEvent event = { .type = QS_SOURCE_EVENT_FAILED, .error = (GError *) error };
  const int           partition = slot != NULL ? qs_slot_get_shown_partition (slot) : -1;
  g_autofree char    *cause = NULL;

  /* Its other partitions would do half of a job. */
  self->has_failed = TRUE;
  stop_slots (self);
  if (!emit (self, &event))
    {
      g_free (self->failure);
      self->failure = qs_ending_dup_failure (self->source, partition, pid, error);
      self->is_fenced = g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FENCED);
    }
  else
    {
      cause = qs_ending_dup_cause (self->source, 0, error);
      qs_log_warning (get_name (self),
                      qs_topic_get_name (self->topic),
                      "Failed: %s; the application continues without it",
                      cause);
    }
  leave_if_done (self);
}

/* Puts together what all workers of the source have counted. */
static void
update_stats (QsManagedSource *self)
{
  QsSourceEvent  event = { .type = QS_SOURCE_EVENT_STATS };
  QsSourceCounts total = self->past;
  g_autoptr (GVariant) stats = NULL;

  for (guint i = 0; i < self->slots->len; i++)
    qs_source_counts_add (&total, qs_slot_get_counts (self->slots->pdata[i]), FALSE);
  qs_share_count_standby (self->share, &total.n_standby, &total.standby_lag);

  if (memcmp (&total, &self->total, sizeof total) == 0)
    return;

  self->total = total;
  stats = g_variant_ref_sink (qs_source_counts_to_variant (&total));
  event.stats = stats;
  qs_source_stats_update (qs_base_source_get_stats (self->source), &total);
  emit (self, &event);
}

/* Nothing is left of it, here. */
static void
finish (QsManagedSource *self)
{
  const QsSourceEvent event = { .type = QS_SOURCE_EVENT_FINISHED };

  if (qs_managed_source_is_running (self) ||
      (!self->has_failed && self->slots->len > 0 && !self->ended_well))
    return;

  qs_source_log_end (self->source, self->topic, self->has_failed, &self->past);
  if (!self->has_failed)
    emit (self, &event);
}

/*
 * Events of slots
 */

static void
counted (const QsSourceCounts *past, gpointer user_data)
{
  QsManagedSource *self = user_data;

  if (past != NULL)
    qs_source_counts_add (&self->past, past, TRUE);
  update_stats (self);
}

static void
slot_failed (QsSlot *slot, int pid, const GError *error, gpointer user_data)
{
  give_up (user_data, slot, pid, error);
}

/* Frees what was revoked, and ends here now. */
static void
release_slot (QsManagedSource *self, QsSlot *slot)
{
  int      partition = qs_slot_get_partition (slot);
  gboolean is_lost = qs_slot_get_claim (slot) == QS_SLOT_LOST;

  g_ptr_array_remove (self->slots, slot);
  qs_log_message (get_name (self),
                  qs_topic_get_name (self->topic),
                  "Partition %d no longer runs here: %s",
                  partition,
                  is_lost ? "its session has expired, and another instance might have taken it over"
                          : "another instance takes it over");
  if (self->slots->len == 0 && !self->has_failed)
    qs_base_source_set_status (self->source, QS_SOURCE_STATUS_IDLE);
  qs_share_release (self->share, partition);
  g_signal_emit_by_name (self->application, "partition-revoked", self->source, partition, is_lost);
}

static void
slot_ended (QsSlot *slot, gpointer user_data)
{
  QsManagedSource *self = user_data;

  self->ended_well = qs_slot_has_finished (slot);
  if (qs_slot_get_claim (slot) != QS_SLOT_OURS && !qs_slot_is_running (slot))
    release_slot (self, slot);

  leave_if_done (self);
  tell_run (self);
}

static const QsSlotListener slot_listener = { counted, slot_failed, slot_ended };

/*
 * Events of its share
 */

static void
assigned (int partition, gpointer user_data)
{
  QsManagedSource         *self = user_data;
  g_autoptr (GObject) keep G_GNUC_UNUSED = g_object_ref (self->application);
  QsSlot                  *slot = NULL;

  /* It is given away again in a moment. */
  if (self->is_stopping)
    return;

  slot = qs_slot_new (self->source,
                      self->topic,
                      partition,
                      self->settings,
                      &slot_listener,
                      self,
                      self->application);
  g_ptr_array_add (self->slots, slot);
  qs_slot_set_paused (slot, self->is_paused);
  if (is_shared (self))
    {
      qs_log_message (get_name (self),
                      qs_topic_get_name (self->topic),
                      "Partition %d runs here now (%u of %d)",
                      partition,
                      self->slots->len,
                      qs_share_get_n_partitions (self->share));
      g_signal_emit_by_name (self->application, "partition-assigned", self->source, partition);
    }
  if (!self->is_stopping)
    qs_slot_start (slot);
}

static void
revoke_slot (QsManagedSource *self, QsSlot *slot, gboolean is_lost)
{
  qs_slot_revoke (slot, is_lost);
  if (!qs_slot_is_running (slot))
    slot_ended (slot, self);
}

static void
revoked (int partition, gboolean lost, gpointer user_data)
{
  QsManagedSource         *self = user_data;
  g_autoptr (GObject) keep G_GNUC_UNUSED = g_object_ref (self->application);
  QsSlot                  *slot = find_slot (self, partition);

  if (slot == NULL || QS_IS_MUTANT ("release-first"))
    qs_share_release (self->share, partition);
  if (slot != NULL)
    revoke_slot (self, slot, lost);
}

/* All of them are as good as lost. */
static void
share_failed (const GError *error, gpointer user_data)
{
  QsManagedSource         *self = user_data;
  g_autoptr (GObject) keep G_GNUC_UNUSED = g_object_ref (self->application);

  for (guint i = self->slots->len; i > 0; i--)
    revoke_slot (self, self->slots->pdata[i - 1], !QS_IS_MUTANT ("stop-what-failed"));
  give_up (self, NULL, 0, error);
}

static void
left (gpointer user_data)
{
  QsManagedSource         *self = user_data;
  g_autoptr (GObject) keep G_GNUC_UNUSED = g_object_ref (self->application);

  finish (self);
  tell_run (self);
}

static void
standby_changed (gpointer user_data)
{
  update_stats (user_data);
}

static const QsShareListener share_listener = {
  assigned, revoked, share_failed, left, standby_changed,
};

/* One object can't run twice in one process. */
static gboolean
check_isolation (QsManagedSource *self, GError **error)
{
  if (self->settings->isolation != QS_ISOLATION_THREAD || !has_partitions (self))
    return TRUE;

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_NOT_STARTED,
               "Cannot run the %d partitions of source '%s' in threads: set "
               "QsApplication:isolation to process",
               qs_share_get_n_partitions (self->share),
               get_name (self));
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
  self->slots = g_ptr_array_new_with_free_func ((GDestroyNotify) qs_slot_free);

  return self;
}

void
qs_managed_source_free (QsManagedSource *self)
{
  g_ptr_array_unref (self->slots);
  g_clear_pointer (&self->share, qs_share_free);
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
  return has_running_slot (self) || (self->share != NULL && qs_share_is_held (self->share));
}

gboolean
qs_managed_source_is_waiting (QsManagedSource *self)
{
  return self->slots->len == 0 && self->share != NULL && qs_share_is_settled (self->share);
}

void
qs_managed_source_describe (QsManagedSource *self, GVariantBuilder *dict)
{
  if (self->share != NULL)
    qs_share_describe (self->share, dict);
}

gboolean
qs_managed_source_is_stopping (QsManagedSource *self)
{
  return self->is_stopping;
}

/* Takes what of the source is to run here. */
static gboolean
take_share (QsManagedSource *self, GError **error)
{
  if (!check_isolation (self, error) || !qs_share_start (self->share, error))
    return FALSE;

  if (!is_shared (self))
    for (int i = 0; qs_share_is_held (self->share) && i < qs_share_get_n_partitions (self->share);
         i++)
      assigned (i, self);

  return TRUE;
}

static void
begin (QsManagedSource *self)
{
  g_autoptr (GError) error = NULL;

  self->is_stopping = FALSE;
  self->has_failed = FALSE;
  self->ended_well = FALSE;
  g_ptr_array_set_size (self->slots, 0);
  self->is_beginning = TRUE;
  if (!take_share (self, &error))
    {
      give_up (self, NULL, 0, error);
      finish (self);
    }
  self->is_beginning = FALSE;
}

void
qs_managed_source_start (QsManagedSource        *self,
                         const QsWorkerSettings *settings,
                         QsManagedSourceFunc     func,
                         gpointer                user_data)
{
  self->settings = settings;
  self->func = func;
  self->user_data = user_data;
  g_clear_pointer (&self->failure, g_free);
  self->past = QS_SOURCE_COUNTS_INIT;
  self->total = self->past;
  qs_source_stats_update (qs_base_source_get_stats (self->source), &self->past);
  self->is_paused = FALSE;

  g_clear_pointer (&self->share, qs_share_free);
  self->share = qs_share_new (self->source, settings, &share_listener, self);
  begin (self);
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
  stop_slots (self);
  leave_if_done (self);
}

void
qs_managed_source_set_paused (QsManagedSource *self, gboolean is_paused)
{
  self->is_paused = is_paused;

  for (guint i = 0; i < self->slots->len; i++)
    qs_slot_set_paused (self->slots->pdata[i], is_paused);
}

void
qs_managed_source_restart (QsManagedSource *self)
{
  if (!qs_share_is_held (self->share))
    {
      begin (self);
      self->past.n_restarts += self->slots->len;
      update_stats (self);
      return;
    }

  self->is_stopping = FALSE;
  self->has_failed = FALSE;
  for (guint i = 0; i < self->slots->len && !self->is_stopping; i++)
    qs_slot_restart (self->slots->pdata[i]);
}

void
qs_managed_source_kill (QsManagedSource *self)
{
  self->is_stopping = TRUE;

  for (guint i = 0; i < self->slots->len; i++)
    qs_slot_kill (self->slots->pdata[i]);

  leave_if_done (self);
}
