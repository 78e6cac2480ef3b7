/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-output-private.h"

#include <stdatomic.h>

#include "qs-kafka-error.h"
#include "qs-producer-private.h"
#include "qs-source-error.h"
#include "qs-topic.h"

struct _QsSourceOutput
{
  QsBaseSource *source; /* not owned: it owns this */

  /* The topic as the producer knows it; found at the first record of a run.
   * Atomic; owned by the producer. */
  QsProducerTopic *producer_topic;

  /* start()'s thread while it runs. Atomic; not owned. */
  GThread *thread;

  /* Where records go that name no partition; -1: by their key. */
  int partition;

  /* Whether another thread than run()'s commits, too. */
  gboolean has_timer;

  _Atomic guint64 n_flushes;
  _Atomic gint64  last_flush_time;

  QsRejectPolicy policy;

  /* Guards what follows. */
  GMutex   lock;
  GCond    changed;
  gboolean is_flushing;
  guint    n_producing; /* other threads than run()'s that produce just now */
};

/* The topic as the producer knows it. */
static QsProducerTopic *
get_producer_topic (QsSourceOutput *self, GError **error)
{
  QsProducerTopic *producer_topic = g_atomic_pointer_get (&self->producer_topic);
  QsProducer      *producer = qs_base_source_get_producer (self->source);

  if (producer_topic != NULL)
    return producer_topic;

  if (producer == NULL)
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_NOT_CONFIGURED,
                   "Cannot produce by source '%s' before it is configured, "
                   "which an application's run() does",
                   qs_base_source_get_name (self->source));
      return NULL;
    }

  producer_topic = qs_producer_open_topic (
      producer, qs_topic_get_name (qs_base_source_get_topic (self->source)), error);
  g_atomic_pointer_set (&self->producer_topic, producer_topic);

  return producer_topic;
}

QsSourceOutput *
qs_source_output_new (QsBaseSource *source)
{
  QsSourceOutput *self = g_new0 (QsSourceOutput, 1);

  self->source = source;
  self->partition = -1;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);

  return self;
}

void
qs_source_output_free (QsSourceOutput *self)
{
  g_clear_object (&self->policy.dead_letter_topic);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

QsRejectPolicy *
qs_source_output_get_policy (QsSourceOutput *self)
{
  return &self->policy;
}

void
qs_source_output_set_partition (QsSourceOutput *self, int partition)
{
  self->partition = partition;
}

void
qs_source_output_set_has_timer (QsSourceOutput *self, gboolean has_timer)
{
  self->has_timer = has_timer;
}

void
qs_source_output_begin (QsSourceOutput *self)
{
  atomic_store (&self->n_flushes, 0);
  atomic_store (&self->last_flush_time, 0);
  g_atomic_pointer_set (&self->producer_topic, NULL);
  g_atomic_pointer_set (&self->thread, g_thread_self ());
}

void
qs_source_output_end (QsSourceOutput *self)
{
  g_atomic_pointer_set (&self->thread, NULL);
}

gboolean
qs_source_output_is_foreign (QsSourceOutput *self)
{
  GThread *thread = g_atomic_pointer_get (&self->thread);

  return thread != NULL && thread != g_thread_self ();
}

static gboolean
wait_for_others_locked (QsSourceOutput *self, gint64 deadline)
{
  while (self->is_flushing)
    {
      if (!g_cond_wait_until (&self->changed, &self->lock, deadline))
        return FALSE;
    }

  /* From now on nobody else begins to produce. */
  self->is_flushing = TRUE;
  while (self->n_producing > 0)
    {
      if (g_cond_wait_until (&self->changed, &self->lock, deadline))
        continue;

      self->is_flushing = FALSE;
      g_cond_broadcast (&self->changed);
      return FALSE;
    }

  return TRUE;
}

gboolean
qs_source_output_lock (QsSourceOutput *self, gint64 deadline, GError **error)
{
  QsProducer *producer = qs_base_source_get_producer (self->source);
  gboolean    ok = FALSE;
  g_autoptr (GError) failure = NULL;

  g_mutex_lock (&self->lock);
  ok = wait_for_others_locked (self, deadline);
  g_mutex_unlock (&self->lock);
  if (ok)
    return TRUE;

  failure = g_error_new (QS_KAFKA_ERROR,
                         QS_KAFKA_ERROR_TIMED_OUT,
                         "Cannot flush source '%s' in time: another thread was still producing or "
                         "committing",
                         qs_base_source_get_name (self->source));
  qs_producer_poison (producer, failure);
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

void
qs_source_output_unlock (QsSourceOutput *self)
{
  g_mutex_lock (&self->lock);
  self->is_flushing = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
begin_producing (QsSourceOutput *self)
{
  g_mutex_lock (&self->lock);
  while (self->is_flushing)
    g_cond_wait (&self->changed, &self->lock);
  self->n_producing++;
  g_mutex_unlock (&self->lock);
}

static void
end_producing (QsSourceOutput *self)
{
  g_mutex_lock (&self->lock);
  if (--self->n_producing == 0)
    g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
qs_source_output_note_flush (QsSourceOutput *self)
{
  atomic_store (&self->last_flush_time, g_get_real_time () / 1000);
  atomic_fetch_add (&self->n_flushes, 1);
}

guint64
qs_source_output_get_n_flushes (QsSourceOutput *self)
{
  return atomic_load (&self->n_flushes);
}

gint64
qs_source_output_get_last_flush_time (QsSourceOutput *self)
{
  return atomic_load (&self->last_flush_time);
}

/* What must be so before a record is handed to the producer; leave() after it. */
static QsProducerTopic *
enter (QsSourceOutput *self, gboolean *is_locked, GError **error)
{
  QsProducerTopic *producer_topic = get_producer_topic (self, error);
  gboolean         is_own = g_atomic_pointer_get (&self->thread) == g_thread_self ();

  if (producer_topic == NULL)
    return NULL;

  qs_producer_wait_while_paused (qs_base_source_get_producer (self->source), self->has_timer);

  /* In run()'s own thread no flush() can run meanwhile, but for the timer's. */
  *is_locked = !is_own || self->has_timer;
  if (*is_locked)
    begin_producing (self);

  return producer_topic;
}

static void
leave (QsSourceOutput *self, gboolean is_locked)
{
  if (is_locked)
    end_producing (self);
}

gboolean
qs_source_output_send (QsSourceOutput *self, QsOutgoing *record, GError **error)
{
  gboolean is_locked = FALSE;
  gboolean ok = FALSE;

  record->topic = enter (self, &is_locked, error);
  if (record->topic == NULL)
    return FALSE;

  if (record->partition < 0)
    record->partition = self->partition;
  ok = qs_producer_send (qs_base_source_get_producer (self->source), record, error);
  leave (self, is_locked);

  return ok;
}

gboolean
qs_source_output_reject (QsSourceOutput *self, QsMessage *message, GError **error)
{
  gboolean         is_locked = FALSE;
  QsProducerTopic *producer_topic = enter (self, &is_locked, error);
  gboolean         ok = FALSE;

  if (producer_topic == NULL)
    return FALSE;

  ok = qs_producer_reject (
      qs_base_source_get_producer (self->source), producer_topic, message, error);
  leave (self, is_locked);

  return ok;
}
