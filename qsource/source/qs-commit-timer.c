/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-commit-timer-private.h"

struct _QsCommitTimer
{
  gint64       interval; /* microseconds */
  QsCommitFunc commit;
  gpointer     user_data;
  GThread     *thread;

  GMutex   lock;
  GCond    wake;
  gboolean is_ending;
};

static gpointer
timer_main (gpointer user_data)
{
  QsCommitTimer *self = user_data;
  gint64         next = g_get_monotonic_time () + self->interval;

  g_mutex_lock (&self->lock);
  while (!self->is_ending)
    {
      if (g_cond_wait_until (&self->wake, &self->lock, next))
        continue;

      g_mutex_unlock (&self->lock);
      self->commit (self->user_data);
      next = g_get_monotonic_time () + self->interval;
      g_mutex_lock (&self->lock);
    }
  g_mutex_unlock (&self->lock);

  return NULL;
}

QsCommitTimer *
qs_commit_timer_new (double interval, QsCommitFunc commit, gpointer user_data)
{
  QsCommitTimer *self = g_new0 (QsCommitTimer, 1);

  self->interval = (gint64) (interval * G_USEC_PER_SEC);
  self->commit = commit;
  self->user_data = user_data;
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  self->thread = g_thread_new ("qs-commit", timer_main, self);

  return self;
}

void
qs_commit_timer_free (QsCommitTimer *self)
{
  g_mutex_lock (&self->lock);
  self->is_ending = TRUE;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);

  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_free (self);
}
