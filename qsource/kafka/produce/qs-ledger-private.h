/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

#include "qs-buckets-private.h"

G_BEGIN_DECLS

/*
 * The book of one producer's records: how many were sent, acknowledged and lost,
 * which errors occurred, and whether they were reported. QsProducer owns it, its
 * QsProducerClient writes into it.
 *
 * Context: any.   Locks: none.
 */
typedef struct
{
  _Atomic guint64  n_sent;
  _Atomic guint64  n_acknowledged;
  _Atomic guint64  n_failed;
  _Atomic guint64  n_refused;      /* never sent */
  _Atomic guint64  n_letters;      /* dead letters that were sent, too */
  _Atomic guint64  n_dead_letters; /* acknowledged, and not among the others */
  _Atomic guint64  n_own_sent;     /* of a changelog; not among the others, but sent */
  _Atomic guint64  n_own_done;
  _Atomic guint64  n_own_acknowledged; /* of these */
  _Atomic guint64  bytes_acknowledged;
  _Atomic guint64  bytes_in_flight;
  _Atomic guint64  ack_buckets[QS_N_BUCKETS]; /* of those in n_acknowledged */
  _Atomic guint64  ack_microseconds;          /* all of them together */
  _Atomic gint64   latency;                   /* of those acknowledged now, in microseconds */
  _Atomic guint    latency_bucket;
  _Atomic gboolean wants_latency;
  _Atomic gboolean trouble;        /* @failure or @untold is set */

  GMutex  lock;
  GError *failure;  /* with which everything fails from now on */
  GError *untold;   /* a delivery error that the next send reports */
  GError *poison;   /* with which flushes fail */
} QsLedger;

void     qs_ledger_init                  (QsLedger      *self);
void     qs_ledger_clear                 (QsLedger      *self);

/* Counts a record of @n_bytes before it is queued, and takes that back; the first
 * returns how many were counted before. */
guint64  qs_ledger_add_sent              (QsLedger      *self,
                                          gsize          n_bytes);
void     qs_ledger_remove_sent           (QsLedger      *self,
                                          gsize          n_bytes);

/* Likewise, a dead letter, which isn't counted in bytes. */
void     qs_ledger_add_letter            (QsLedger      *self);

/* One that was sent is done. @error (nullable): the failure that it is; without, it
 * was given up in order. */
void     qs_ledger_add_acknowledged      (QsLedger      *self,
                                          gsize          n_bytes);
void     qs_ledger_add_dead_letter       (QsLedger      *self);

/* Reports are going to be taken. */
void     qs_ledger_begin_reports         (QsLedger      *self);

/* Whether to measure how long the next acknowledgement took: the first of those that are taken
 * together, and then one of so many, for which it counts, as measuring costs more than the rest. */
gboolean qs_ledger_wants_latency         (QsLedger      *self);

/* @microseconds: from when the record was queued; -1 = unknown, and isn't counted. */
void     qs_ledger_note_latency          (QsLedger      *self,
                                          gint64         microseconds);
void     qs_ledger_add_failed            (QsLedger      *self,
                                          gsize          n_bytes,
                                          const GError  *error);

/* Counts a record of a changelog, which nobody but us has to do with: before it is
 * queued, beside add_sent(), and when it is acknowledged or failed. */
void     qs_ledger_add_own               (QsLedger      *self);
void     qs_ledger_remove_own            (QsLedger      *self);
void     qs_ledger_add_own_done          (QsLedger      *self,
                                          gsize          n_bytes,
                                          const GError  *error);

/* Counts a record that is not sent. */
void     qs_ledger_add_refused           (QsLedger      *self);

/* All that is not done; and of that what our user produced. */
guint64  qs_ledger_get_n_in_flight       (QsLedger      *self);
guint64  qs_ledger_get_n_waiting         (QsLedger      *self);

/* How many our user produced, whatever became of them. */
guint64  qs_ledger_get_n_produced        (QsLedger      *self);

/* How many are done in a good way: it grows while brokers answer. */
guint64  qs_ledger_get_n_answered        (QsLedger      *self);
guint64  qs_ledger_get_bytes_in_flight   (QsLedger      *self);
guint64  qs_ledger_get_n_acknowledged    (QsLedger      *self);
guint64  qs_ledger_get_n_failed          (QsLedger      *self);
guint64  qs_ledger_get_n_dead_letters    (QsLedger      *self);
guint64  qs_ledger_get_bytes_acknowledged (QsLedger     *self);

/* How long acknowledgements took, all together in seconds, and in buckets: an `at`, floating. */
double   qs_ledger_get_ack_seconds       (QsLedger      *self);
GVariant *qs_ledger_describe_latencies   (QsLedger      *self);

/* Makes flushes fail with @error; the first one wins. */
void     qs_ledger_poison                (QsLedger      *self,
                                          const GError  *error);

/* Closes it with @error: nothing can be delivered any more. FALSE if it was before. */
gboolean qs_ledger_fail                  (QsLedger      *self,
                                          const GError  *error);

/* Whether sending may go on: fails with the first delivery error that was not reported yet, and
 * for good when it is closed. */
gboolean qs_ledger_check                 (QsLedger      *self,
                                          GError       **error);

/* Whether waiting makes sense: fails when it is closed. */
gboolean qs_ledger_check_alive           (QsLedger      *self,
                                          GError       **error);

/* The error with which flushes fail, or NULL; with @tell, a delivery error counts as reported.
 * transfer full */
GError  *qs_ledger_dup_error             (QsLedger      *self,
                                          gboolean       tell);

G_END_DECLS
