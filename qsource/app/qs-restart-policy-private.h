/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The longest delay before a restart, in seconds; a run of that length also
 * makes the failures before it forgotten. */
#define QS_RESTART_MAX_DELAY 60.0

/*
 * Whether and when a source that failed is started again.
 *
 * Context: one thread at a time.   Locks: none.
 */
typedef struct
{
  int    max_restarts;   /* in a row; -1 = without end */
  double backoff;        /* seconds before the first restart; doubled for each next */
  int    n_restarts;     /* in a row, so far */

  gint64   started_at;       /* monotonic, microseconds */
  gboolean has_committed;    /* a flush has, since the last free restart; set from outside */
  gboolean had_free_restart;
} QsRestartPolicy;

/* The source is started. */
void   qs_restart_policy_note_start (QsRestartPolicy *self);

/* Decides about a source that failed with @error: the delay in seconds after which to
 * start it again; -1 = not at all. */
double qs_restart_policy_decide (QsRestartPolicy *self,
                                 const GError    *error,
                                 gboolean         has_state);

/* Takes a restart that doesn't count, unless it is the second one without a flush that
 * succeeded. */
gboolean qs_restart_policy_take_free (QsRestartPolicy *self);

/* Decides about a source that failed @lifetime seconds after its start. Returns
 * the delay in seconds after which to start it again, with jitter so that
 * sources that failed together don't come back together; -1 = not at all. */
double qs_restart_policy_next (QsRestartPolicy *self,
                               double           lifetime);

/* Whether @error is one that a new worker would meet again: a setting, a permission, a
 * state that isn't this source's, a class without a run(); or that another instance
 * has taken over. */
gboolean qs_restart_policy_is_permanent (const GError *error);

G_END_DECLS
