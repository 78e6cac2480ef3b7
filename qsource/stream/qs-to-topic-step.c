/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-step-private.h"

#include "qs-message.h"
#include "qs-topic-private.h"

typedef struct
{
  QsStep         step;
  QsApplyFunc    key_func; /* nullable */
  gpointer       user_data;
  GDestroyNotify destroy; /* nullable */
} ToTopicStep;

static QsStepResult
produce (QsStep *step, QsPassage *passage, QsJourney *journey, GVariant *key_value, GError **error)
{
  QsTopic   *topic = step->topic;
  gint64     timestamp = MAX (qs_record_get_timestamp (passage->record), 0);
  QsHeaders *headers = qs_record_get_headers (passage->record);
  g_autoptr (GBytes) key = NULL;
  g_autoptr (GBytes) value = NULL;

  if (journey->producer == NULL)
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_NOT_INITIALIZED,
                   "Cannot produce to topic '%s': to_topic() was called while the application runs",
                   qs_topic_get_name (topic));
      return QS_STEP_FAILED;
    }

  if (!qs_topic_serialize_bytes (topic, key_value, passage->value, &key, &value, error))
    return QS_STEP_FAILED;

  if (qs_topic_produce (topic, journey->producer, -1, key, value, headers, timestamp, error))
    return QS_STEP_NEXT;

  journey->undelivered = qs_message_new (key, value, headers, timestamp, -1);

  return QS_STEP_FAILED;
}

static QsStepResult
to_topic_step_run (QsStep *step, QsPassage *passage, QsJourney *journey, GError **error)
{
  ToTopicStep *self = (ToTopicStep *) step;
  g_autoptr (GVariant) key = NULL;
  g_autoptr (GVariant) inner = NULL;
  g_autoptr (GError) failure = NULL;

  if (self->key_func == NULL)
    return produce (step, passage, journey, qs_record_get_key (passage->record), error);

  key = self->key_func (passage->value, passage->record, self->user_data, &failure);
  if (key != NULL)
    g_variant_take_ref (key);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return QS_STEP_FAILED;
    }
  if (key == NULL)
    return QS_STEP_NOTHING;

  /* A maybe of nothing is no key. */
  if (g_variant_is_of_type (key, G_VARIANT_TYPE_MAYBE))
    inner = g_variant_get_maybe (key);
  else
    inner = g_variant_ref (key);

  return produce (step, passage, journey, inner, error);
}

static void
to_topic_step_free (QsStep *step)
{
  ToTopicStep *self = (ToTopicStep *) step;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

QsStep *
qs_to_topic_step_new (QsTopic       *topic,
                      QsApplyFunc    key_func,
                      gpointer       user_data,
                      GDestroyNotify destroy)
{
  ToTopicStep *self = g_new0 (ToTopicStep, 1);

  self->step.name = "to_topic";
  self->step.topic = g_object_ref (topic);
  self->step.run = to_topic_step_run;
  self->step.free = to_topic_step_free;
  self->key_func = key_func;
  self->user_data = user_data;
  self->destroy = destroy;

  return &self->step;
}
