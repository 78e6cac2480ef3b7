/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-step-private.h"

#include "qs-message.h"
#include "qs-topic.h"

typedef struct
{
  QsStep   step;
  QsTopic *topic; /* owned */
} ToTopicStep;

static QsStepResult
to_topic_step_run (QsStep *step, QsPassage *passage, GError **error)
{
  ToTopicStep *self = (ToTopicStep *) step;
  gint64       timestamp = qs_record_get_timestamp (passage->record);
  g_autoptr (QsMessage) message = NULL;

  g_assert (passage->producer != NULL);

  message = qs_topic_serialize (self->topic,
                                qs_record_get_key (passage->record),
                                passage->value,
                                qs_record_get_headers (passage->record),
                                MAX (timestamp, 0),
                                error);
  if (message == NULL)
    return QS_STEP_FAILED;

  if (qs_producer_produce (passage->producer, self->topic, message, error))
    return QS_STEP_NEXT;

  g_set_object (&passage->undelivered, message);

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
