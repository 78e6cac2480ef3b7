/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-restart-policy-private.h"

#include <math.h>

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
