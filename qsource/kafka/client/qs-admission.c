/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-admission-private.h"

#include "qs-kafka-error-private.h"

void
qs_admission_init (QsAdmission *self, const char *what, double patience)
{
  *self =
      (QsAdmission){ .what = g_strdup (what), .patience = (gint64) (patience * G_USEC_PER_SEC) };
}

void
qs_admission_clear (QsAdmission *self)
{
  g_clear_pointer (&self->what, g_free);
  g_clear_pointer (&self->cause, g_free);
  g_clear_error (&self->error);
}

static void
note_error (QsAdmission *self, const char *cause)
{
  if (self->error == NULL)
    qs_kafka_error_set (&self->error, RD_KAFKA_RESP_ERR__AUTHENTICATION, self->what, cause);
}

void
qs_admission_note (QsAdmission *self, rd_kafka_resp_err_t code, const char *reason)
{
  g_autofree char *cause = qs_kafka_error_dup_cause (reason);

  if (qs_kafka_error_refuses_admission (code, reason))
    note_error (self, cause);

  if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !qs_kafka_error_is_suspicious (reason))
    self->suspected_at = 0;
  else if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && self->suspected_at == 0)
    self->suspected_at = g_get_monotonic_time ();

  if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || self->cause == NULL)
    {
      g_free (self->cause);
      self->cause = g_steal_pointer (&cause);
    }
}

void
qs_admission_prove (QsAdmission *self)
{
  self->is_proven = TRUE;
}

const char *
qs_admission_peek_cause (QsAdmission *self)
{
  if (self->cause != NULL && qs_kafka_error_is_suspicious (self->cause))
    return "it accepts connections, but closes them before it answers; if it is not just starting, "
           "check security.protocol in client-config";

  return self->cause;
}

static gboolean
has_lasted (QsAdmission *self, gint64 patience)
{
  return !self->is_proven && self->suspected_at != 0 &&
         g_get_monotonic_time () - self->suspected_at >= patience;
}

static gboolean
check_after (QsAdmission *self, gint64 patience, GError **error)
{
  if (has_lasted (self, patience))
    note_error (self, self->cause);
  if (self->error == NULL)
    return TRUE;

  g_propagate_error (error, g_error_copy (self->error));
  return FALSE;
}

gboolean
qs_admission_check (QsAdmission *self, GError **error)
{
  return check_after (self, self->patience, error);
}

gboolean
qs_admission_conclude (QsAdmission *self, GError **error)
{
  return check_after (self, 0, error);
}
