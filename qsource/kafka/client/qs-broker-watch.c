/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-broker-watch-private.h"

#define WARN_AFTER (4 * G_USEC_PER_SEC)
#define MAX_STEP (G_USEC_PER_SEC)
#define MAX_INTERVAL 250
#define MIN_INTERVAL 10
/* While nothing waits: whatever the brokers say wakes who looks. */
#define IDLE_INTERVAL 2000

void
qs_broker_watch_init (QsBrokerWatch *watch, double limit)
{
  *watch = (QsBrokerWatch){ 0 };
  /* Treats a limit that does not fit into microseconds as none. */
  watch->limit = limit >= 0 && limit < 1e12 ? (gint64) (limit * G_USEC_PER_SEC) : G_MAXINT64;
}

int
qs_broker_watch_get_interval (const QsBrokerWatch *watch)
{
  return (int) CLAMP (
      watch->limit / 4000, MIN_INTERVAL, watch->was_idle ? IDLE_INTERVAL : MAX_INTERVAL);
}

QsBrokerVerdict
qs_broker_watch_look (QsBrokerWatch *watch, gint64 now, guint64 n_waiting, guint64 n_acknowledged)
{
  gint64   step = watch->last_look != 0 ? MIN (now - watch->last_look, MAX_STEP) : 0;
  gboolean moves = n_waiting == 0 || n_acknowledged != watch->n_acknowledged;

  /* The waiting records might have come just before this look. */
  if (watch->was_idle)
    step = 0;
  watch->was_idle = n_waiting == 0;
  watch->last_look = now;
  watch->n_acknowledged = n_acknowledged;

  if (moves)
    {
      gboolean back = watch->warned;

      watch->waited = 0;
      watch->warned = FALSE;
      return back ? QS_BROKER_WATCH_BACK : QS_BROKER_WATCH_FINE;
    }

  watch->waited += step;
  if (watch->waited > watch->limit)
    return QS_BROKER_WATCH_GIVE_UP;
  if (watch->waited > WARN_AFTER && !watch->warned)
    {
      watch->warned = TRUE;
      watch->n_at_warning = n_acknowledged;
      return QS_BROKER_WATCH_WARN;
    }

  return QS_BROKER_WATCH_FINE;
}
