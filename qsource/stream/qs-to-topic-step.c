/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-step-private.h"

#include "qs-message.h"
#include "qs-topic-private.h"

static QsStepResult
to_topic_step_run (QsStep *step, QsPassage *passage, QsJourney *journey, GError **error)
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

  if (!qs_topic_serialize_bytes (
          topic, qs_record_get_key (passage->record), passage->value, &key, &value, error))
    return QS_STEP_FAILED;

  if (qs_topic_produce (topic, journey->producer, -1, key, value, headers, timestamp, error))
    return QS_STEP_NEXT;

  journey->undelivered = qs_message_new (key, value, headers, timestamp, -1);

  return QS_STEP_FAILED;
}

QsStep *
qs_to_topic_step_new (QsTopic *topic)
{
  QsStep *self = g_new0 (QsStep, 1);

  self->name = "to_topic";
  self->run = to_topic_step_run;
  self->free = (void (*) (QsStep *)) g_free;
  self->topic = g_object_ref (topic);

  return self;
}
