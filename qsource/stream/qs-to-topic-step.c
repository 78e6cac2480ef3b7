/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-step-private.h"

#include "qs-message.h"
#include "qs-topic-private.h"

typedef struct
{
  QsStep   step;
  QsTopic *topic; /* owned */
} ToTopicStep;

static QsStepResult
to_topic_step_run (QsStep *step, QsPassage *passage, GError **error)
{
  ToTopicStep *self = (ToTopicStep *) step;
  gint64       timestamp = MAX (qs_record_get_timestamp (passage->record), 0);
  QsHeaders   *headers = qs_record_get_headers (passage->record);
  g_autoptr (GBytes) key = NULL;
  g_autoptr (GBytes) value = NULL;

  g_assert (passage->producer != NULL);

  if (!qs_topic_serialize_bytes (
          self->topic, qs_record_get_key (passage->record), passage->value, &key, &value, error))
    return QS_STEP_FAILED;

  if (qs_topic_produce (self->topic, passage->producer, -1, key, value, headers, timestamp, error))
    return QS_STEP_NEXT;

  passage->undelivered = qs_message_new (key, value, headers, timestamp, -1);

  return QS_STEP_FAILED;
}

static void
to_topic_step_free (QsStep *step)
{
  ToTopicStep *self = (ToTopicStep *) step;

  g_object_unref (self->topic);
  g_free (self);
}

QsStep *
qs_to_topic_step_new (QsTopic *topic)
{
  ToTopicStep *self = g_new0 (ToTopicStep, 1);

  self->step.name = "to_topic";
  self->step.run = to_topic_step_run;
  self->step.free = to_topic_step_free;
  self->topic = g_object_ref (topic);

  return &self->step;
}
