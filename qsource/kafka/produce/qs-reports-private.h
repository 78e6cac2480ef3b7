/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-ledger-private.h"
#include "qs-rdkafka-private.h"

G_BEGIN_DECLS

/*
 * Serves the delivery reports and errors of a client, in one thread at a time: one that
 * produces or waits, since freeing a record in another thread than the one that allocated
 * it halves the speed of both; and the client's helper while nobody does.
 *
 * Context: any.   Locks: its own.
 */
typedef enum
{
  QS_REPORTS_NOBODY,
  QS_REPORTS_HELPER,
  QS_REPORTS_THREAD,
} QsReportsServer;

typedef struct
{
  rd_kafka_t       *client; /* not owned */
  QsLedger         *ledger; /* not owned */
  rd_kafka_queue_t *events; /* the client's main queue, to wake who serves */

  GMutex          lock;
  GCond           news;      /* for those that wait while another one serves */
  GCond           to_helper; /* for the helper while it doesn't */
  QsReportsServer server;
  guint           n_news;    /* how often reports were served, or threads woken */
  guint           n_turns;   /* how often a thread began to serve or wait */
  guint           n_seen;    /* of n_turns, by the helper */
  guint           n_waiting; /* threads */
  gboolean        is_helper_wanted;
} QsReports;

/* Of one thread. */
typedef struct
{
  guint n_news; /* that it knows */
} QsReportsWait;

void qs_reports_init        (QsReports     *self,
                             rd_kafka_t    *client,
                             QsLedger      *ledger);
void qs_reports_clear       (QsReports     *self);

/* Serves what is there. */
void qs_reports_serve       (QsReports     *self);

/* Between them a thread looks, before each wait(), whether there is what it waits for. */
void qs_reports_begin_wait  (QsReports     *self,
                             QsReportsWait *wait);
void qs_reports_end_wait    (QsReports     *self);

/* Waits for news, until @until (monotonic) at most; might return earlier. */
void qs_reports_wait        (QsReports     *self,
                             QsReportsWait *wait,
                             gint64         until);

/* Is news to those that wait. Context: a handler of "cancelled" as well. */
void qs_reports_wake        (QsReports     *self);

/* The helper's turn: serves for @interval milliseconds, or leaves it to others for as long
 * at most. */
void qs_reports_help        (QsReports     *self,
                             int            interval);

/* As wake(), and ends the helper's turn. */
void qs_reports_wake_all    (QsReports     *self);

G_END_DECLS
