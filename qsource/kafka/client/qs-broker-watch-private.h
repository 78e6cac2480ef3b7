/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * For how long records have waited without any being acknowledged: when that
 * is worth a warning, and when it is too long. It counts only time in which
 * this process ran, so that one that was stopped or sleeping for an hour
 * doesn't take the hour for an outage.
 *
 * Context: one thread.   Locks: none.
 */
typedef struct
{
  gint64   limit;            /* microseconds; G_MAXINT64 = without end */
  gint64   last_look;        /* monotonic, 0 = none */
  gint64   waited;           /* microseconds */
  guint64  n_acknowledged;   /* at the last look */
  guint64  n_at_warning;     /* acknowledged, when it was given */
  gboolean warned;
  gboolean was_idle;         /* at the last look */
} QsBrokerWatch;

typedef enum
{
  QS_BROKER_WATCH_FINE,       /* nothing to report */
  QS_BROKER_WATCH_WARN,       /* no broker answers; reported once per outage */
  QS_BROKER_WATCH_BACK,       /* after a warning, an acknowledgement came */
  QS_BROKER_WATCH_GIVE_UP,    /* it lasted for longer than the limit */
} QsBrokerVerdict;

/* @limit: seconds, -1 = without end. */
void            qs_broker_watch_init (QsBrokerWatch *watch,
                                      double         limit);

/* How often to look, in milliseconds, so that no limit is overlooked. */
int             qs_broker_watch_get_interval (const QsBrokerWatch *watch);

/* @now: monotonic time. */
QsBrokerVerdict qs_broker_watch_look (QsBrokerWatch *watch,
                                      gint64         now,
                                      guint64        n_waiting,
                                      guint64        n_acknowledged);

G_END_DECLS
