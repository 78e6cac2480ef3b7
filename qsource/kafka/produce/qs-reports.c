/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-reports-private.h"

#include "qs-deadline-private.h"

/* Milliseconds after which the helper looks whether those that produce still serve. */
#define TICK 50

/* Milliseconds after which a thread that waits looks by itself: librdkafka, too, serves
 * reports while it flushes, and takes the call that would wake the thread. */
#define MAX_WAIT 200

void
qs_reports_init (QsReports *self, rd_kafka_t *client, QsLedger *ledger)
{
  self->client = client;
  self->ledger = ledger;
  self->events = rd_kafka_queue_get_main (client);
  g_mutex_init (&self->lock);
  g_cond_init (&self->news);
  g_cond_init (&self->to_helper);
}

void
qs_reports_clear (QsReports *self)
{
  g_clear_pointer (&self->events, rd_kafka_queue_destroy);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->news);
  g_cond_clear (&self->to_helper);
}

/* Serves for @wait_ms, unless somebody else does. Returns with the lock held, which
 * isn't held meanwhile; FALSE: somebody else does.
 *
 * Context: holding the lock. */
static gboolean
serve_unlocked (QsReports *self, QsReportsServer server, int wait_ms)
{
  int n_served = 0;

  /* It leaves, and doesn't come back while others serve. */
  if (self->server == QS_REPORTS_HELPER)
    rd_kafka_queue_yield (self->events);
  if (self->server != QS_REPORTS_NOBODY)
    return FALSE;

  self->server = server;
  g_mutex_unlock (&self->lock);
  qs_ledger_begin_reports (self->ledger);
  n_served = rd_kafka_poll (self->client, wait_ms);
  g_mutex_lock (&self->lock);
  self->server = QS_REPORTS_NOBODY;

  /* Even without news, somebody must take over. */
  self->n_news += n_served > 0;
  g_cond_broadcast (&self->news);

  return TRUE;
}

void
qs_reports_serve (QsReports *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  self->n_turns++;
  serve_unlocked (self, QS_REPORTS_THREAD, 0);
}

void
qs_reports_begin_wait (QsReports *self, QsReportsWait *wait)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  self->n_turns++;
  self->n_waiting++;
  wait->n_news = self->n_news;
}

void
qs_reports_end_wait (QsReports *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  self->n_waiting--;
}

void
qs_reports_wait (QsReports *self, QsReportsWait *wait, gint64 until)
{
  int                             wait_ms = qs_deadline_slice (until, MAX_WAIT);
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  if (wait->n_news == self->n_news && !serve_unlocked (self, QS_REPORTS_THREAD, wait_ms))
    g_cond_wait_until (
        &self->news, &self->lock, g_get_monotonic_time () + wait_ms * G_TIME_SPAN_MILLISECOND);
  wait->n_news = self->n_news;
}

static void
wake_locked (QsReports *self)
{
  self->n_news++;
  if (self->server != QS_REPORTS_NOBODY)
    rd_kafka_queue_yield (self->events);
  g_cond_broadcast (&self->news);
}

void
qs_reports_wake (QsReports *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  wake_locked (self);
}

void
qs_reports_wake_all (QsReports *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  self->is_helper_wanted = TRUE;
  g_cond_signal (&self->to_helper);
  wake_locked (self);
}

static void
leave_to_others (QsReports *self, int wait_ms)
{
  gint64 until = g_get_monotonic_time () + wait_ms * G_TIME_SPAN_MILLISECOND;

  while (!self->is_helper_wanted && g_cond_wait_until (&self->to_helper, &self->lock, until))
    continue;
}

void
qs_reports_help (QsReports *self, int interval)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);
  gboolean                        is_busy = self->n_turns != self->n_seen;

  self->n_seen = self->n_turns;
  if (self->n_waiting > 0)
    leave_to_others (self, MIN (interval, MAX_WAIT));
  else if (is_busy || !serve_unlocked (self, QS_REPORTS_HELPER, interval))
    leave_to_others (self, MIN (interval, TICK));
  self->is_helper_wanted = FALSE;
}
