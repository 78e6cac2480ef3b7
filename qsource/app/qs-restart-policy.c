/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-restart-policy-private.h"

#include <math.h>

#include "qs-kafka-error.h"
#include "qs-source-error.h"
#include "qs-state-error.h"

double
qs_restart_policy_next (QsRestartPolicy *self, double lifetime)
{
  double delay = 0;

  if (lifetime >= QS_RESTART_MAX_DELAY)
    self->n_restarts = 0;

  if (self->max_restarts >= 0 && self->n_restarts >= self->max_restarts)
    return -1;

  delay = MIN (ldexp (self->backoff, self->n_restarts), QS_RESTART_MAX_DELAY);
  self->n_restarts++;

  return delay * g_random_double_range (0.75, 1.0);
}

gboolean
qs_restart_policy_is_permanent (const GError *error)
{
  const struct
  {
    GQuark domain;
    int    code;
  } permanent[] = {
    { QS_KAFKA_ERROR, QS_KAFKA_ERROR_FENCED },
    { QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG },
    { QS_KAFKA_ERROR, QS_KAFKA_ERROR_AUTHENTICATION },
    { QS_KAFKA_ERROR, QS_KAFKA_ERROR_NOT_AUTHORIZED },
    { QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_TOPIC },
    { QS_KAFKA_ERROR, QS_KAFKA_ERROR_TOPIC_MISMATCH },
    { QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH },
    { QS_SOURCE_ERROR, QS_SOURCE_ERROR_NOT_IMPLEMENTED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (permanent); i++)
    {
      if (g_error_matches (error, permanent[i].domain, permanent[i].code))
        return TRUE;
    }

  return FALSE;
}

void
qs_restart_policy_note_start (QsRestartPolicy *self)
{
  self->started_at = g_get_monotonic_time ();
}

/* Whether the failure is only how a worker asks what became of its transaction,
 * which the next one reads from the changelog. A second time without a flush
 * that succeeded, it is a failure as any other. */
static gboolean
take_free_restart (QsRestartPolicy *self, const GError *error, gboolean has_state)
{
  return has_state && g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TRANSACTION) &&
         qs_restart_policy_take_free (self);
}

gboolean
qs_restart_policy_take_free (QsRestartPolicy *self)
{
  if (self->had_free_restart && !self->has_committed)
    return FALSE;

  self->had_free_restart = TRUE;
  self->has_committed = FALSE;

  return TRUE;
}

double
qs_restart_policy_decide (QsRestartPolicy *self, const GError *error, gboolean has_state)
{
  double lifetime = (double) (g_get_monotonic_time () - self->started_at) / G_USEC_PER_SEC;

  /* One that was fenced would fence its successor. */
  if (qs_restart_policy_is_permanent (error))
    return -1;

  if (take_free_restart (self, error, has_state))
    return self->backoff;

  return qs_restart_policy_next (self, lifetime);
}
