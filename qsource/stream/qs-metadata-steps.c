/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-step-private.h"

#include "qs-headers.h"
#include "qs-message-private.h"
#include "qs-record-private.h"

/* The steps that change what belongs to a record beside its key and value. */

typedef struct
{
  QsStep          step;
  QsHeadersFunc   headers_func; /* one of both */
  QsTimestampFunc timestamp_func;
  gpointer        user_data;
  GDestroyNotify  destroy; /* nullable */
} MetadataStep;

static QsStepResult
end_step (QsPassage *passage, QsRecord *record, GError *failure, GError **error)
{
  if (failure != NULL)
    {
      g_clear_object (&record);
      g_propagate_error (error, failure);
      return QS_STEP_FAILED;
    }
  if (record == NULL)
    return QS_STEP_NOTHING;

  passage->new_record = passage->record = record;

  return QS_STEP_NEXT;
}

static QsStepResult
headers_step_run (QsStep *step, QsPassage *passage, QsJourney *journey, GError **error)
{
  MetadataStep *self = (MetadataStep *) step;
  QsRecord     *record = NULL;
  GError       *failure = NULL;
  g_autoptr (QsHeaders) headers =
      self->headers_func (passage->value, passage->record, self->user_data, &failure);

  if (headers != NULL && failure == NULL)
    record = qs_record_new_changed (passage->record,
                                    qs_record_get_value (passage->record),
                                    headers,
                                    qs_record_get_timestamp (passage->record));

  return end_step (passage, record, failure, error);
}

static QsStepResult
timestamp_step_run (QsStep *step, QsPassage *passage, QsJourney *journey, GError **error)
{
  MetadataStep *self = (MetadataStep *) step;
  QsRecord     *record = NULL;
  GError       *failure = NULL;
  gint64        timestamp =
      self->timestamp_func (passage->value, passage->record, self->user_data, &failure);

  if (failure == NULL && qs_message_check_timestamp (timestamp, &failure) && timestamp > 0)
    record = qs_record_new_changed (passage->record,
                                    qs_record_get_value (passage->record),
                                    qs_record_get_headers (passage->record),
                                    timestamp);

  return end_step (passage, record, failure, error);
}

static void
metadata_step_free (QsStep *step)
{
  MetadataStep *self = (MetadataStep *) step;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

QsStep *
qs_headers_step_new (QsHeadersFunc func, gpointer user_data, GDestroyNotify destroy)
{
  MetadataStep *self = g_new0 (MetadataStep, 1);

  self->step.name = "set_headers";
  self->step.run = headers_step_run;
  self->step.free = metadata_step_free;
  self->headers_func = func;
  self->user_data = user_data;
  self->destroy = destroy;

  return &self->step;
}

QsStep *
qs_timestamp_step_new (QsTimestampFunc func, gpointer user_data, GDestroyNotify destroy)
{
  MetadataStep *self = g_new0 (MetadataStep, 1);

  self->step.name = "set_timestamp";
  self->step.run = timestamp_step_run;
  self->step.free = metadata_step_free;
  self->timestamp_func = func;
  self->user_data = user_data;
  self->destroy = destroy;

  return &self->step;
}
