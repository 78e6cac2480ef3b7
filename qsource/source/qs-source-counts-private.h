/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "qs-buckets-private.h"

G_BEGIN_DECLS

/*
 * The counts of a source: of one worker, and, as their sum, of all of them. A worker sends
 * it as an a{sv} with the names of QsSourceStats' properties.
 */
typedef struct
{
  guint64 n_produced;
  guint64 n_acknowledged;
  guint64 bytes_acknowledged;
  guint64 n_in_flight;
  guint64 bytes_in_flight;
  guint64 n_failed;
  guint64 n_skipped;
  guint64 n_dead_letters;
  guint64 n_flushes;
  guint64 n_failed_flushes;
  double  flush_seconds;
  double  ack_seconds;
  gint64  last_produce_time; /* milliseconds since 1970 UTC; 0 = never, as below */
  gint64  last_flush_time;  /* milliseconds since 1970 UTC; 0 = never */
  guint64 n_restarts;
  guint64 n_restarts_asked;
  guint64 n_restarts_killed;
  gint64  restart_time;     /* milliseconds since 1970 UTC; -1 = none is planned */
  gint64  state_keys;       /* -1 = unknown, as below */
  gint64  state_bytes;
  guint64 n_recovered;
  guint64 n_to_recover;
  double  recovery_rate;
  double  progress_done;    /* as its author reports it; -1 = unknown, as below */
  double  progress_total;
  gint64  lag_records;
  double  lag_seconds;
  guint64 n_standby;        /* these two are the parent's */
  guint64 standby_lag;

  guint64 flush_buckets[QS_N_BUCKETS]; /* how long flushes took */
  guint64 ack_buckets[QS_N_BUCKETS];   /* how long records took from queue to acknowledgement */
} QsSourceCounts;

/* Nothing is counted, and nothing was reported. */
#define QS_SOURCE_COUNTS_INIT                                                         \
  ((QsSourceCounts){                                                                  \
      .progress_done = -1, .progress_total = -1, .lag_records = -1, .lag_seconds = -1, \
      .restart_time = -1, .state_keys = -1, .state_bytes = -1                         \
  })

/* Sets what @stats, an a{sv}, has; the rest stays.
 *
 * Context: any.   Locks: none. */
void           qs_source_counts_read      (QsSourceCounts       *self,
                                           GVariant             *stats);

/* Adds those of a worker; @is_over: it has ended, so that only what adds up
 * counts.
 *
 * Context: any.   Locks: none. */
void           qs_source_counts_add       (QsSourceCounts       *self,
                                           const QsSourceCounts *other,
                                           gboolean              is_over);

/* As an a{sv}; floating.
 *
 * Context: any.   Locks: none. */
GVariant      *qs_source_counts_to_variant (const QsSourceCounts *self);
void           qs_source_counts_describe  (const QsSourceCounts *self,
                                           GVariantBuilder      *dict);

/* QS_N_BUCKETS counts as an `at`; floating.
 *
 * Context: any.   Locks: none. */
GVariant      *qs_source_counts_describe_buckets (const guint64 *buckets);

/* How the count of several workers is combined. */
typedef enum
{
  QS_COUNT_SUM,  /* it adds up, for good */
  QS_COUNT_NOW,  /* it adds up while a worker runs */
  QS_COUNT_LAST, /* the greatest counts */

  /* While a worker runs, of those that are known; -1 if none is: */
  QS_COUNT_KNOWN,          /* it adds up */
  QS_COUNT_KNOWN_GREATEST, /* the greatest counts */
} QsCountRule;

typedef struct
{
  const char  *name;   /* of the property, and where it travels */
  const char  *blurb;
  GType        type;   /* G_TYPE_UINT64, G_TYPE_INT64 or G_TYPE_DOUBLE */
  gsize        offset; /* in QsSourceCounts */
  QsCountRule  rule;
} QsSourceCount;

#define QS_N_SOURCE_COUNTS 29
extern const QsSourceCount qs_source_counts_fields[QS_N_SOURCE_COUNTS];

gconstpointer  qs_source_counts_peek      (const QsSourceCounts *self,
                                           guint                 i);

G_END_DECLS
