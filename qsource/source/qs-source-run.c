/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-run-private.h"

#include <stdlib.h>
#include <unistd.h>

#include "qs-deadline-private.h"
#include "qs-kafka-error.h"
#include "qs-message-private.h"
#include "qs-producer-private.h"
#include "qs-source-error.h"
#include "qs-topic-private.h"

struct _QsSourceRun
{
  int ref_count; /* atomic */

  /* Set at the beginning, then only read. Owned. */
  char             *name;
  QsGrace          *grace; /* has the cancellable */
  QsSourceListener *listener;

  pid_t pid;

  int phase;       /* atomic: QsSourceRunPhase */
  int stop_called; /* atomic: the stop vfunc was called */

  /* Atomic, and set once, the producer last. Owned. */
  QsTopic    *topic;
  QsProducer *producer;

  /* The topic as the producer knows it; found at the first record. Atomic; owned by
   * the producer. */
  QsProducerTopic *producer_topic;

  int has_timer; /* atomic: another thread than run()'s commits, too */

  QsRunCounts counts;
  gint64      flush_started; /* monotonic; of whoever holds the lock of flushes */

  /* Guards what follows. */
  GMutex   flush_lock;
  GCond    changed;
  gboolean is_flushing;
  guint    n_producing; /* other threads than run()'s that produce just now */

  GMutex   lock;
  gboolean is_paused;
  GError  *failure; /* owned; nullable */
  char    *detail;  /* of the failure; owned; nullable */

  GCond    stop_changed;
  gboolean is_stop_expected; /* the stop vfunc is called, or soon will be */
  gboolean has_stopped;      /* it has returned */
};

/* Takes all three. */
static QsSourceRun *
new_run (char *name, QsGrace *grace, QsSourceListener *listener)
{
  QsSourceRun *self = g_new0 (QsSourceRun, 1);

  self->ref_count = 1;
  self->name = name;
  self->pid = getpid ();
  self->grace = grace;
  self->listener = listener;
  qs_run_counts_init (&self->counts);
  g_mutex_init (&self->flush_lock);
  g_cond_init (&self->changed);
  g_mutex_init (&self->lock);
  g_cond_init (&self->stop_changed);

  return self;
}

QsSourceRun *
qs_source_run_new (const char *name, QsSourceListener *listener)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  return new_run (g_strdup (name), qs_grace_new (cancellable, -1), listener);
}

QsSourceRun *
qs_source_run_new_next (QsSourceRun *self)
{
  return new_run (
      g_strdup (self->name), qs_grace_ref (self->grace), g_atomic_rc_box_acquire (self->listener));
}

QsSourceRun *
qs_source_run_ref (QsSourceRun *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
qs_source_run_unref (QsSourceRun *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;

  g_clear_object (&self->producer);
  g_clear_object (&self->topic);
  g_clear_pointer (&self->grace, qs_grace_unref);
  g_clear_pointer (&self->listener, qs_source_listener_unref);
  g_clear_error (&self->failure);
  g_free (self->detail);
  g_free (self->name);
  g_mutex_clear (&self->flush_lock);
  g_cond_clear (&self->changed);
  qs_run_counts_clear (&self->counts);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->stop_changed);
  g_free (self);
}

QsSourceRunPhase
qs_source_run_get_phase (QsSourceRun *self)
{
  return (QsSourceRunPhase) g_atomic_int_get (&self->phase);
}

gboolean
qs_source_run_advance (QsSourceRun *self, QsSourceRunPhase from, QsSourceRunPhase to)
{
  g_assert (from < to);

  return g_atomic_int_compare_and_exchange (&self->phase, (int) from, (int) to);
}

void
qs_source_run_check_process (QsSourceRun *self)
{
  if (self->pid != getpid ())
    _exit (EXIT_SUCCESS);
}

void
qs_source_run_end (QsSourceRun *self, gboolean ok)
{
  /* A thread inside a produce call might wait for room while brokers are away: wait for it only
   * if a flush has waited for that, too. */
  if (ok)
    qs_source_run_lock (self, G_MAXINT64, NULL);
  g_atomic_int_set (&self->phase, QS_SOURCE_RUN_ENDED);
  if (ok)
    qs_source_run_unlock (self);
}

void
qs_source_run_configure (QsSourceRun *self, QsTopic *topic, QsProducer *producer)
{
  gboolean is_paused = FALSE;

  g_assert (self->producer == NULL);

  g_atomic_pointer_set (&self->topic, g_object_ref (topic));

  g_mutex_lock (&self->lock);
  is_paused = self->is_paused;
  g_atomic_pointer_set (&self->producer, g_object_ref (producer));
  qs_producer_set_paused (producer, is_paused);
  g_mutex_unlock (&self->lock);
}

QsTopic *
qs_source_run_get_topic (QsSourceRun *self)
{
  return g_atomic_pointer_get (&self->topic);
}

QsProducer *
qs_source_run_get_producer (QsSourceRun *self)
{
  return g_atomic_pointer_get (&self->producer);
}

GCancellable *
qs_source_run_get_cancellable (QsSourceRun *self)
{
  return qs_grace_get_cancellable (self->grace);
}

QsGrace *
qs_source_run_get_grace (QsSourceRun *self)
{
  return self->grace;
}

gboolean
qs_source_run_is_stopping (QsSourceRun *self)
{
  return g_cancellable_is_cancelled (qs_grace_get_cancellable (self->grace));
}

void
qs_source_run_cancel (QsSourceRun *self)
{
  g_cancellable_cancel (qs_grace_get_cancellable (self->grace));
}

void
qs_source_run_expect_stop (QsSourceRun *self)
{
  g_mutex_lock (&self->lock);
  self->is_stop_expected = TRUE;
  g_mutex_unlock (&self->lock);
}

gboolean
qs_source_run_take_stop (QsSourceRun *self)
{
  if (!g_atomic_int_compare_and_exchange (&self->stop_called, FALSE, TRUE))
    return FALSE;

  qs_source_run_expect_stop (self);

  return TRUE;
}

void
qs_source_run_note_stopped (QsSourceRun *self)
{
  g_mutex_lock (&self->lock);
  self->has_stopped = TRUE;
  g_cond_broadcast (&self->stop_changed);
  g_mutex_unlock (&self->lock);
}

gboolean
qs_source_run_is_stop_pending (QsSourceRun *self)
{
  gboolean is_pending = FALSE;

  g_mutex_lock (&self->lock);
  is_pending = self->is_stop_expected && !self->has_stopped;
  g_mutex_unlock (&self->lock);

  return is_pending;
}

gboolean
qs_source_run_wait_for_stop (QsSourceRun *self, gint64 deadline)
{
  gboolean is_in_time = TRUE;

  g_mutex_lock (&self->lock);
  while (self->is_stop_expected && !self->has_stopped && is_in_time)
    is_in_time = g_cond_wait_until (&self->stop_changed, &self->lock, deadline);
  is_in_time = !self->is_stop_expected || self->has_stopped;
  g_mutex_unlock (&self->lock);

  return is_in_time;
}

QsSourceListener *
qs_source_run_get_listener (QsSourceRun *self)
{
  return self->listener;
}

/* Keeps @error unless another one was first, or it is how a source looks that was
 * asked to stop. */
static gboolean
take_failure (QsSourceRun *self, const GError *error, const char *detail)
{
  gboolean is_first = FALSE;

  if (qs_source_run_get_phase (self) == QS_SOURCE_RUN_ENDED ||
      (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) &&
       qs_source_run_is_stopping (self)))
    return FALSE;

  g_mutex_lock (&self->lock);
  is_first = self->failure == NULL;
  if (is_first)
    {
      self->failure = g_error_copy (error);
      self->detail = g_strdup (detail);
    }
  g_mutex_unlock (&self->lock);

  return is_first;
}

gboolean
qs_source_run_fail (QsSourceRun *self, const GError *error, const char *detail)
{
  const QsSourceEvent event = { .type = QS_SOURCE_EVENT_STOPPING, .error = (GError *) error };
  QsProducer         *producer = qs_source_run_get_producer (self);
  gboolean            is_told = FALSE;

  if (!take_failure (self, error, detail))
    return TRUE;

  if (producer != NULL)
    qs_producer_poison (producer, error);

  /* First of all, since cancelling may call handlers of the user's. */
  is_told = qs_source_listener_tell (self->listener, &event);
  qs_source_run_cancel (self);

  return is_told;
}

GError *
qs_source_run_dup_failure (QsSourceRun *self, char **detail)
{
  GError *failure = NULL;

  g_mutex_lock (&self->lock);
  if (self->failure != NULL)
    failure = g_error_copy (self->failure);
  if (failure != NULL && detail != NULL)
    *detail = g_strdup (self->detail);
  g_mutex_unlock (&self->lock);

  return failure;
}

void
qs_source_run_set_paused (QsSourceRun *self, gboolean is_paused)
{
  g_mutex_lock (&self->lock);
  self->is_paused = is_paused;
  if (self->producer != NULL)
    qs_producer_set_paused (self->producer, is_paused);
  g_mutex_unlock (&self->lock);
}

GVariant *
qs_source_run_dup_stats (QsSourceRun *self)
{
  QsProducer *producer = qs_source_run_get_producer (self);

  return producer != NULL
             ? qs_run_counts_dup_stats (&self->counts, qs_producer_dup_stats (producer))
             : NULL;
}

QsRunCounts *
qs_source_run_get_counts (QsSourceRun *self)
{
  return &self->counts;
}

void
qs_source_run_set_has_timer (QsSourceRun *self, gboolean has_timer)
{
  g_atomic_int_set (&self->has_timer, has_timer);
}

static gboolean
wait_for_others_locked (QsSourceRun *self, gint64 deadline)
{
  while (self->is_flushing)
    {
      if (!g_cond_wait_until (&self->changed, &self->flush_lock, deadline))
        return FALSE;
    }

  /* From now on nobody else begins to produce. */
  self->is_flushing = TRUE;
  while (self->n_producing > 0)
    {
      if (g_cond_wait_until (&self->changed, &self->flush_lock, deadline))
        continue;

      self->is_flushing = FALSE;
      g_cond_broadcast (&self->changed);
      return FALSE;
    }

  return TRUE;
}

gboolean
qs_source_run_lock (QsSourceRun *self, gint64 deadline, GError **error)
{
  gint64   begun = g_get_monotonic_time ();
  gboolean ok = FALSE;
  g_autoptr (GError) failure = NULL;

  g_mutex_lock (&self->flush_lock);
  ok = wait_for_others_locked (self, deadline);
  if (ok)
    self->flush_started = begun;
  g_mutex_unlock (&self->flush_lock);
  if (ok)
    return TRUE;

  failure = g_error_new (QS_KAFKA_ERROR,
                         QS_KAFKA_ERROR_TIMED_OUT,
                         "Cannot flush source '%s' in time: another thread was still producing or "
                         "committing",
                         self->name);
  qs_producer_poison (self->producer, failure);
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

void
qs_source_run_unlock (QsSourceRun *self)
{
  g_mutex_lock (&self->flush_lock);
  self->is_flushing = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->flush_lock);
}

static void
begin_producing (QsSourceRun *self)
{
  g_mutex_lock (&self->flush_lock);
  while (self->is_flushing)
    g_cond_wait (&self->changed, &self->flush_lock);
  self->n_producing++;
  g_mutex_unlock (&self->flush_lock);
}

static void
end_producing (QsSourceRun *self)
{
  g_mutex_lock (&self->flush_lock);
  if (--self->n_producing == 0)
    g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->flush_lock);
}

void
qs_source_run_note_flush (QsSourceRun *self, gboolean ok)
{
  qs_run_counts_note_flush (
      &self->counts, (double) (g_get_monotonic_time () - self->flush_started) / G_USEC_PER_SEC, ok);
}

/* The topic as the producer knows it. */
static QsProducerTopic *
get_producer_topic (QsSourceRun *self, QsProducer *producer, GError **error)
{
  QsProducerTopic *producer_topic = g_atomic_pointer_get (&self->producer_topic);

  if (producer_topic == NULL)
    {
      producer_topic = qs_producer_open_topic (
          producer, qs_topic_get_name (qs_source_run_get_topic (self)), error);
      g_atomic_pointer_set (&self->producer_topic, producer_topic);
    }

  return producer_topic;
}

/* Whether records are taken: before the run is configured there is nobody to take
 * them, and after its end nobody waits until they are acknowledged. */
static gboolean
check_is_open (QsSourceRun *self, GError **error)
{
  QsSourceRunPhase phase = qs_source_run_get_phase (self);

  if (phase == QS_SOURCE_RUN_ENDED)
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_INVALID_STATE,
                 "Cannot produce by source '%s': it has ended; its own threads must end before its "
                 "run() returns",
                 self->name);
  else if (qs_source_run_get_producer (self) == NULL)
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_NOT_CONFIGURED,
                 "Cannot produce by source '%s' before it is configured, "
                 "which an application's run() does",
                 self->name);
  else
    return TRUE;

  return FALSE;
}

/* Checks and locks before a record is handed to the producer; pair with leave(). In run()'s own
 * thread no flush() can run meanwhile, but for the timer's. */
static QsProducerTopic *
enter (QsSourceRun *self, gboolean is_own, gboolean *is_locked, GError **error)
{
  gboolean         has_timer = g_atomic_int_get (&self->has_timer);
  QsProducer      *producer = NULL;
  QsProducerTopic *producer_topic = NULL;

  *is_locked = FALSE;
  if (!check_is_open (self, error))
    return NULL;

  producer = qs_source_run_get_producer (self);
  qs_producer_wait_while_paused (producer, has_timer);

  *is_locked = !is_own || has_timer;
  if (*is_locked)
    begin_producing (self);
  if (!*is_locked || check_is_open (self, error))
    producer_topic = get_producer_topic (self, producer, error);

  return producer_topic;
}

static void
leave (QsSourceRun *self, gboolean is_locked)
{
  if (is_locked)
    end_producing (self);
}

gboolean
qs_source_run_send (QsSourceRun *self, QsOutgoing *record, gboolean is_own, GError **error)
{
  gboolean is_locked = FALSE;
  gboolean ok = FALSE;

  record->topic = enter (self, is_own, &is_locked, error);
  if (record->topic != NULL)
    ok = qs_producer_send (self->producer, record, error);
  leave (self, is_locked);

  return ok;
}

gboolean
qs_source_run_reject (QsSourceRun *self, QsMessage *message, gboolean is_own, GError **error)
{
  const GError    *failure = qs_message_get_failure (message);
  gboolean         is_locked = FALSE;
  QsProducerTopic *producer_topic = enter (self, is_own, &is_locked, error);
  gboolean         ok = FALSE;

  if (producer_topic != NULL && !qs_topic_can_reject (failure))
    {
      qs_producer_poison (self->producer, failure);
      g_propagate_error (error, g_error_copy (failure));
    }
  else if (producer_topic != NULL)
    ok = qs_producer_reject (self->producer, producer_topic, message, error);
  leave (self, is_locked);

  return ok;
}
