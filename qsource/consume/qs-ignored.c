/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-ignored-private.h"

#include "qs-log-private.h"

/* After the first of these, only every thousandth is logged. */
#define MAX_TOLD 10
#define TELL_EVERY 1000

static gboolean
count (QsIgnored *self, gboolean is_ignored, const GError *error)
{
  if (!is_ignored)
    return FALSE;

  self->n_ignored++;
  if (self->n_ignored <= MAX_TOLD || self->n_ignored % TELL_EVERY == 0)
    qs_log_warning (
        NULL, NULL, "Ignored error %" G_GUINT64_FORMAT ": %s", self->n_ignored, error->message);

  return TRUE;
}

gboolean
qs_ignored_ask_processing (QsIgnored *self, QsRecord *record, const GError *error)
{
  return count (self, self->listener->processing_error (record, error, self->user_data), error);
}

gboolean
qs_ignored_ask_producer (QsIgnored *self, QsMessage *message, const GError *error)
{
  return count (self, self->listener->producer_error (message, error, self->user_data), error);
}

gboolean
qs_ignored_ask_consumer (QsIgnored *self, QsMessage *message, const GError *error)
{
  return count (self, self->listener->consumer_error (message, error, self->user_data), error);
}

void
qs_ignored_warn (QsIgnored *self)
{
  if (self->n_ignored > 0)
    qs_log_warning (NULL, NULL, "Errors ignored in this run: %" G_GUINT64_FORMAT, self->n_ignored);
}
