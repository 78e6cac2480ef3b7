/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-dataframe-producer-private.h"

#include "qs-gsource-private.h"
#include "qs-producer-private.h"

/* Milliseconds. */
#define ROOM_INTERVAL 2

struct _QsDataframeProducer
{
  QsKafkaConfig *config;           /* owned */
  char          *transactional_id; /* owned; nullable */

  /* The main context asks it while a thread that commits renews it. */
  GMutex      lock;
  QsProducer *producer; /* owned */

  /* Of the consume loop's thread. */
  GSource *room_timer; /* owned; NULL unless somebody waits for room */
  GFunc    has_room;
  gpointer user_data;
};

static QsProducer *
make_producer (QsDataframeProducer *self, GError **error)
{
  QsProducer *producer = NULL;

  if (self->transactional_id == NULL)
    producer = qs_producer_new (self->config, NULL, NULL, NULL, NULL, error);
  else
    producer = qs_producer_new_transactional (
        self->config, NULL, self->transactional_id, NULL, NULL, NULL, error);
  if (producer != NULL)
    qs_producer_set_tells_apart (producer);

  return producer;
}

static void
clear_producer (gpointer data)
{
  QsDataframeProducer *self = data;

  g_assert (self->room_timer == NULL);

  g_clear_object (&self->producer);
  g_mutex_clear (&self->lock);
  g_clear_pointer (&self->config, qs_kafka_config_unref);
  g_free (self->transactional_id);
}

static QsDataframeProducer *
make_self (QsKafkaConfig *config, const char *group, GError **error)
{
  g_autoptr (QsDataframeProducer) self = g_atomic_rc_box_new0 (QsDataframeProducer);
  g_autofree char *uuid = g_uuid_string_random ();

  g_mutex_init (&self->lock);
  self->config = qs_kafka_config_ref (config);
  /* Each process has an id of its own: that one which has been replaced can't
   * commit is seen to by the group. */
  if (group != NULL)
    self->transactional_id = g_strdup_printf ("%s-dataframe-%s", group, uuid);
  self->producer = make_producer (self, error);
  if (self->producer == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

gboolean
qs_dataframe_producer_open (QsDataframeProducer **self,
                            QsPipeline           *pipeline,
                            QsKafkaConfig        *config,
                            const char           *group,
                            GError              **error)
{
  g_autoptr (GPtrArray) topics = g_ptr_array_new_with_free_func (g_object_unref);

  qs_pipeline_add_outputs (pipeline, topics);
  if (topics->len == 0)
    return TRUE;

  *self = make_self (config, group, error);

  return *self != NULL;
}

QsDataframeProducer *
qs_dataframe_producer_ref (QsDataframeProducer *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
qs_dataframe_producer_unref (QsDataframeProducer *self)
{
  g_atomic_rc_box_release_full (self, clear_producer);
}

gboolean
qs_dataframe_producer_is_transactional (QsDataframeProducer *self)
{
  return self->transactional_id != NULL;
}

static void
fence_thread (GTask *task, gpointer object, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (qs_producer_fence (task_data, G_MAXINT64, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
qs_dataframe_producer_fence (QsDataframeProducer *self,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_task_data (task, g_object_ref (self->producer), g_object_unref);
  g_task_run_in_thread (task, fence_thread);
}

gboolean
qs_dataframe_producer_fence_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

QsProducer *
qs_dataframe_producer_get_producer (QsDataframeProducer *self)
{
  return self->producer;
}

gboolean
qs_dataframe_producer_has_room (QsDataframeProducer *self)
{
  gboolean has_room = FALSE;

  g_mutex_lock (&self->lock);
  has_room = !qs_producer_is_filling (self->producer);
  g_mutex_unlock (&self->lock);

  return has_room;
}

static gboolean
room_cb (gpointer user_data)
{
  QsDataframeProducer *self = user_data;

  if (!qs_dataframe_producer_has_room (self) && !qs_dataframe_producer_has_failed (self))
    return G_SOURCE_CONTINUE;

  qs_dataframe_producer_stop_waiting (self);
  self->has_room (self, self->user_data);

  return G_SOURCE_REMOVE;
}

void
qs_dataframe_producer_wait (QsDataframeProducer *self, GFunc func, gpointer user_data)
{
  self->has_room = func;
  self->user_data = user_data;
  self->room_timer = qs_gsource_new_timeout (ROOM_INTERVAL, room_cb, self);
}

gboolean
qs_dataframe_producer_is_waiting (QsDataframeProducer *self)
{
  return self->room_timer != NULL;
}

void
qs_dataframe_producer_stop_waiting (QsDataframeProducer *self)
{
  qs_gsource_clear (&self->room_timer);
}

gboolean
qs_dataframe_producer_has_failed (QsDataframeProducer *self)
{
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&self->lock);
  error = qs_producer_dup_error (self->producer);
  g_mutex_unlock (&self->lock);

  return error != NULL;
}

gboolean
qs_dataframe_producer_renew (QsDataframeProducer *self, gint64 deadline, GError **error)
{
  QsProducer *producer = make_producer (self, error);
  QsProducer *older = NULL;

  if (producer == NULL)
    return FALSE;

  g_mutex_lock (&self->lock);
  older = self->producer;
  self->producer = producer;
  g_mutex_unlock (&self->lock);

  /* Its end aborts what it left open. */
  g_object_unref (older);

  return self->transactional_id == NULL ||
         qs_producer_fence (self->producer, deadline, NULL, error);
}
