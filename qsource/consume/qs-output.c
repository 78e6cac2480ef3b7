/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-output-private.h"

#include "qs-gsource-private.h"
#include "qs-producer-private.h"

/* Milliseconds. */
#define ROOM_INTERVAL 2

struct _QsOutput
{
  QsKafkaConfig *config;           /* owned */
  char          *transactional_id; /* owned; nullable */
  QsProducer    *producer;         /* owned */

  /* Of the consume loop's thread. */
  GSource *room_timer; /* owned; NULL unless somebody waits for room */
  GFunc    has_room;
  gpointer user_data;
};

static QsProducer *
make_producer (QsOutput *self, GError **error)
{
  QsProducer *producer = NULL;

  if (self->transactional_id == NULL)
    producer = qs_producer_new (self->config, NULL, NULL, -1, NULL, NULL, error);
  else
    producer = qs_producer_new_transactional (
        self->config, NULL, self->transactional_id, NULL, -1, NULL, NULL, error);
  if (producer != NULL)
    qs_producer_set_tells_apart (producer);

  return producer;
}

static void
clear_output (gpointer data)
{
  QsOutput *self = data;

  g_assert (self->room_timer == NULL);

  g_clear_object (&self->producer);
  g_clear_pointer (&self->config, qs_kafka_config_unref);
  g_free (self->transactional_id);
}

QsOutput *
qs_output_new (QsKafkaConfig *config, const char *group, GError **error)
{
  g_autoptr (QsOutput) self = g_atomic_rc_box_new0 (QsOutput);
  g_autofree char *uuid = g_uuid_string_random ();

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
qs_output_open (QsOutput     **output,
                QsPipeline    *pipeline,
                QsKafkaConfig *config,
                const char    *group,
                GError       **error)
{
  g_autoptr (GPtrArray) topics = g_ptr_array_new_with_free_func (g_object_unref);

  qs_pipeline_add_outputs (pipeline, topics);
  if (topics->len == 0)
    return TRUE;

  *output = qs_output_new (config, group, error);

  return *output != NULL;
}

QsOutput *
qs_output_ref (QsOutput *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
qs_output_unref (QsOutput *self)
{
  g_atomic_rc_box_release_full (self, clear_output);
}

gboolean
qs_output_is_transactional (QsOutput *self)
{
  return self->transactional_id != NULL;
}

static void
fence_thread (GTask *task, gpointer object, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (qs_producer_fence (task_data, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
qs_output_fence (QsOutput           *self,
                 GCancellable       *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_task_data (task, g_object_ref (self->producer), g_object_unref);
  g_task_run_in_thread (task, fence_thread);
}

gboolean
qs_output_fence_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

QsProducer *
qs_output_get_producer (QsOutput *self)
{
  return self->producer;
}

gboolean
qs_output_has_room (QsOutput *self)
{
  return !qs_producer_is_filling (self->producer);
}

static gboolean
room_cb (gpointer user_data)
{
  QsOutput *self = user_data;

  if (!qs_output_has_room (self) && !qs_output_has_failed (self))
    return G_SOURCE_CONTINUE;

  qs_output_stop_waiting (self);
  self->has_room (self, self->user_data);

  return G_SOURCE_REMOVE;
}

void
qs_output_wait (QsOutput *self, GFunc func, gpointer user_data)
{
  self->has_room = func;
  self->user_data = user_data;
  self->room_timer = qs_gsource_new_timeout (ROOM_INTERVAL, room_cb, self);
}

gboolean
qs_output_is_waiting (QsOutput *self)
{
  return self->room_timer != NULL;
}

void
qs_output_stop_waiting (QsOutput *self)
{
  qs_gsource_clear (&self->room_timer);
}

gboolean
qs_output_has_failed (QsOutput *self)
{
  g_autoptr (GError) error = qs_producer_dup_error (self->producer);

  return error != NULL;
}

gboolean
qs_output_renew (QsOutput *self, GError **error)
{
  g_autoptr (QsProducer) producer = make_producer (self, error);

  if (producer == NULL)
    return FALSE;

  /* The end of the older one aborts what it left open. */
  g_set_object (&self->producer, producer);

  return self->transactional_id == NULL || qs_producer_fence (self->producer, NULL, error);
}
