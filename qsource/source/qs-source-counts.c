/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-counts-private.h"

/* All that is to know of each count, in the order in which QsSourceStats documents its
 * properties; each is 8 bytes long. */
const QsSourceCount qs_source_counts_fields[QS_N_SOURCE_COUNTS] = {
  /**
   * QsSourceStats:n-produced:
   *
   * How many records the source has produced, whatever became of them: also those of transactions
   * that were aborted, and those that were refused.
   */
  { "n-produced",
    "Records that the source has produced, whatever became of them",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_produced),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-acknowledged: (getter get_n_acknowledged)
   *
   * How many records were acknowledged; dead letters are not among them.
   */
  { "n-acknowledged",
    "Records that the brokers have acknowledged",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_acknowledged),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:bytes-acknowledged: (getter get_bytes_acknowledged)
   *
   * How many bytes the keys and values of the acknowledged records had.
   */
  { "bytes-acknowledged",
    "Bytes of the keys and values of the acknowledged records",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, bytes_acknowledged),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-in-flight: (getter get_n_in_flight)
   *
   * How many records wait to be acknowledged.
   */
  { "n-in-flight",
    "Records that wait to be acknowledged",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_in_flight),
    QS_COUNT_NOW },

  /**
   * QsSourceStats:bytes-in-flight:
   *
   * How many bytes the records have that wait to be acknowledged.
   */
  { "bytes-in-flight",
    "Bytes of the records that wait to be acknowledged",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, bytes_in_flight),
    QS_COUNT_NOW },

  /**
   * QsSourceStats:n-failed: (getter get_n_failed)
   *
   * How many records could not be delivered, whatever was done with them; unless
   * [property@Source:errors] is `fail`, also those that could not be serialized.
   */
  { "n-failed",
    "Records that could not be delivered, whatever was done with them",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_failed),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-skipped: (getter get_n_skipped)
   *
   * How many of these were skipped.
   */
  { "n-skipped",
    "Records that could not be delivered and were skipped",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_skipped),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-dead-letters: (getter get_n_dead_letters)
   *
   * How many dead letters were acknowledged.
   */
  { "n-dead-letters",
    "Dead letters that the brokers have acknowledged",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_dead_letters),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-flushes: (getter get_n_flushes)
   *
   * How many flushes have succeeded; of a stateful source, how often it has committed.
   */
  { "n-flushes",
    "Flushes that have succeeded",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_flushes),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-failed-flushes:
   *
   * How many flushes have failed.
   */
  { "n-failed-flushes",
    "Flushes that have failed",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_failed_flushes),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:flush-seconds:
   *
   * How many seconds all flushes together took, those that failed among them.
   */
  { "flush-seconds",
    "Seconds that all flushes together took",
    G_TYPE_DOUBLE,
    G_STRUCT_OFFSET (QsSourceCounts, flush_seconds),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:ack-seconds:
   *
   * How many seconds all acknowledged records together took, each from when it was queued until it
   * was acknowledged; divided by [property@SourceStats:n-acknowledged], how long one takes.
   */
  { "ack-seconds",
    "Seconds that all acknowledged records together waited for it",
    G_TYPE_DOUBLE,
    G_STRUCT_OFFSET (QsSourceCounts, ack_seconds),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:last-produce-time:
   *
   * When the source has produced last, in milliseconds since 1970 UTC, to about a second; 0 =
   * never.
   */
  { "last-produce-time",
    "When the source has produced last, in milliseconds since 1970 UTC; 0 = never",
    G_TYPE_INT64,
    G_STRUCT_OFFSET (QsSourceCounts, last_produce_time),
    QS_COUNT_LAST },

  /**
   * QsSourceStats:last-flush-time: (getter get_last_flush_time)
   *
   * When the last flush has succeeded, in milliseconds since 1970 UTC; 0 = none has.
   */
  { "last-flush-time",
    "Time of the last successful flush, in milliseconds since 1970 UTC; 0 = none yet",
    G_TYPE_INT64,
    G_STRUCT_OFFSET (QsSourceCounts, last_flush_time),
    QS_COUNT_LAST },

  /**
   * QsSourceStats:n-restarts: (getter get_n_restarts)
   *
   * How often a worker of the source was started again in this run.
   */
  { "n-restarts",
    "Workers that were started again in this run",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_restarts),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-restarts-asked:
   *
   * How many of the restarts somebody asked for, by [method@Application.restart_source].
   */
  { "n-restarts-asked",
    "Restarts that somebody asked for",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_restarts_asked),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-restarts-killed:
   *
   * How many of the restarts followed a worker that was killed, that crashed or that could not be
   * started. The others followed an error of the source.
   */
  { "n-restarts-killed",
    "Restarts after a worker that was killed or has crashed",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_restarts_killed),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:restart-time:
   *
   * When the worker that failed is started again, in milliseconds since 1970 UTC; -1 = no restart
   * waits for its time.
   */
  { "restart-time",
    "When the failed worker is started again, in milliseconds since 1970 UTC; -1 = not",
    G_TYPE_INT64,
    G_STRUCT_OFFSET (QsSourceCounts, restart_time),
    QS_COUNT_KNOWN_GREATEST },

  /**
   * QsSourceStats:state-keys:
   *
   * How many keys the state has, as RocksDB estimates it: keys that were written several times
   * count as several until they are compacted; -1 = unknown.
   */
  { "state-keys",
    "Keys of the state, as RocksDB estimates them; -1 = unknown",
    G_TYPE_INT64,
    G_STRUCT_OFFSET (QsSourceCounts, state_keys),
    QS_COUNT_KNOWN },

  /**
   * QsSourceStats:state-bytes:
   *
   * How many bytes the state takes in memory and on disk; -1 = unknown.
   */
  { "state-bytes",
    "Bytes that the state takes in memory and on disk; -1 = unknown",
    G_TYPE_INT64,
    G_STRUCT_OFFSET (QsSourceCounts, state_bytes),
    QS_COUNT_KNOWN },

  /**
   * QsSourceStats:n-recovered: (getter get_n_recovered)
   *
   * How many records recoveries of its state have read.
   */
  { "n-recovered",
    "Records that recoveries of the state have read",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_recovered),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-to-recover: (getter get_n_to_recover)
   *
   * How many records the one that runs has still to read, at most; 0 = none runs.
   */
  { "n-to-recover",
    "Records that the current recovery still has to read, at most; 0 = none is under way",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_to_recover),
    QS_COUNT_NOW },

  /**
   * QsSourceStats:recovery-rate: (getter get_recovery_rate)
   *
   * How many records a second the one that runs reads.
   */
  { "recovery-rate",
    "Records a second that the current recovery reads",
    G_TYPE_DOUBLE,
    G_STRUCT_OFFSET (QsSourceCounts, recovery_rate),
    QS_COUNT_NOW },

  /**
   * QsSourceStats:progress-done: (getter get_progress_done)
   *
   * How much the source has done of [property@SourceStats:progress-total], in whatever unit its
   * author counts, by [method@Source.report_progress]; -1 = unknown.
   */
  { "progress-done",
    "How much the source has done, as it reports it; -1 = unknown",
    G_TYPE_DOUBLE,
    G_STRUCT_OFFSET (QsSourceCounts, progress_done),
    QS_COUNT_KNOWN },

  /**
   * QsSourceStats:progress-total: (getter get_progress_total)
   *
   * How much there is to be done; -1 = unknown.
   */
  { "progress-total",
    "How much there is to be done, as the source reports it; -1 = unknown",
    G_TYPE_DOUBLE,
    G_STRUCT_OFFSET (QsSourceCounts, progress_total),
    QS_COUNT_KNOWN },

  /**
   * QsSourceStats:lag-records: (getter get_lag_records)
   *
   * How many records the source is behind what it reads, by [method@Source.report_lag]; -1 =
   * unknown.
   */
  { "lag-records",
    "How many records the source is behind, as it reports it; -1 = unknown",
    G_TYPE_INT64,
    G_STRUCT_OFFSET (QsSourceCounts, lag_records),
    QS_COUNT_KNOWN },

  /**
   * QsSourceStats:lag-seconds: (getter get_lag_seconds)
   *
   * How many seconds the source is behind what it reads; of several workers, the one that is
   * most; -1 = unknown.
   */
  { "lag-seconds",
    "How many seconds the source is behind, as it reports it; -1 = unknown",
    G_TYPE_DOUBLE,
    G_STRUCT_OFFSET (QsSourceCounts, lag_seconds),
    QS_COUNT_KNOWN_GREATEST },

  /**
   * QsSourceStats:n-standby:
   *
   * How many partitions of the source, which run elsewhere, are warm here: kept, and in step
   * with their changelogs at least once; see [property@Application:standby-replicas].
   */
  { "n-standby",
    "Partitions that run elsewhere and are warm here",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_standby),
    QS_COUNT_NOW },

  /**
   * QsSourceStats:standby-lag:
   *
   * How many records all that are kept have still to read of their changelogs, at most.
   */
  { "standby-lag",
    "Records that partitions which are kept here have still to read, at most",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, standby_lag),
    QS_COUNT_NOW },
};

static gpointer
get_field (QsSourceCounts *counts, guint i)
{
  return G_STRUCT_MEMBER_P (counts, qs_source_counts_fields[i].offset);
}

gconstpointer
qs_source_counts_peek (const QsSourceCounts *self, guint i)
{
  return G_STRUCT_MEMBER_P (self, qs_source_counts_fields[i].offset);
}

static void
read_buckets (guint64 *found, GVariant *stats, const char *name)
{
  g_autoptr (GVariant) buckets = g_variant_lookup_value (stats, name, G_VARIANT_TYPE ("at"));
  gsize          n = 0;
  const guint64 *values =
      buckets != NULL ? g_variant_get_fixed_array (buckets, &n, sizeof (guint64)) : NULL;

  for (gsize i = 0; i < MIN (n, QS_N_BUCKETS); i++)
    found[i] = values[i];
}

void
qs_source_counts_read (QsSourceCounts *self, GVariant *stats)
{
  read_buckets (self->flush_buckets, stats, "flush-buckets");
  read_buckets (self->ack_buckets, stats, "ack-buckets");
  for (guint i = 0; i < QS_N_SOURCE_COUNTS; i++)
    {
      gpointer field = get_field (self, i);

      if (qs_source_counts_fields[i].type == G_TYPE_UINT64)
        g_variant_lookup (stats, qs_source_counts_fields[i].name, "t", field);
      else if (qs_source_counts_fields[i].type == G_TYPE_INT64)
        g_variant_lookup (stats, qs_source_counts_fields[i].name, "x", field);
      else
        g_variant_lookup (stats, qs_source_counts_fields[i].name, "d", field);
    }
}

/* Adds what is known to what is known; whichever is not counts for nothing. */
static void
add_known (guint i, gpointer field, gconstpointer added)
{
  if (qs_source_counts_fields[i].type == G_TYPE_INT64)
    {
      gint64 *sum = field;
      gint64  more = *(const gint64 *) added;

      if (more >= 0)
        *sum = qs_source_counts_fields[i].rule == QS_COUNT_KNOWN_GREATEST ? MAX (*sum, more)
                                                                          : MAX (*sum, 0) + more;
    }
  else
    {
      double *sum = field;
      double  more = *(const double *) added;

      if (more >= 0)
        *sum = qs_source_counts_fields[i].rule == QS_COUNT_KNOWN_GREATEST ? MAX (*sum, more)
                                                                          : MAX (*sum, 0) + more;
    }
}

void
qs_source_counts_add (QsSourceCounts *self, const QsSourceCounts *other, gboolean is_over)
{
  for (guint i = 0; i < QS_N_BUCKETS; i++)
    {
      self->flush_buckets[i] += other->flush_buckets[i];
      self->ack_buckets[i] += other->ack_buckets[i];
    }

  for (guint i = 0; i < QS_N_SOURCE_COUNTS; i++)
    {
      gpointer      field = get_field (self, i);
      gconstpointer added = qs_source_counts_peek (other, i);
      QsCountRule   rule = qs_source_counts_fields[i].rule;

      if (rule != QS_COUNT_SUM && rule != QS_COUNT_LAST && is_over)
        continue;

      if (rule == QS_COUNT_KNOWN || rule == QS_COUNT_KNOWN_GREATEST)
        add_known (i, field, added);
      else if (rule == QS_COUNT_LAST)
        *(gint64 *) field = MAX (*(gint64 *) field, *(const gint64 *) added);
      else if (qs_source_counts_fields[i].type == G_TYPE_UINT64)
        *(guint64 *) field += *(const guint64 *) added;
      else
        *(double *) field += *(const double *) added;
    }
}

GVariant *
qs_source_counts_describe_buckets (const guint64 *buckets)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, buckets, QS_N_BUCKETS, sizeof (guint64));
}

GVariant *
qs_source_counts_to_variant (const QsSourceCounts *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert_value (
      &dict, "flush-buckets", qs_source_counts_describe_buckets (self->flush_buckets));
  g_variant_dict_insert_value (
      &dict, "ack-buckets", qs_source_counts_describe_buckets (self->ack_buckets));
  for (guint i = 0; i < QS_N_SOURCE_COUNTS; i++)
    {
      gconstpointer field = qs_source_counts_peek (self, i);

      if (qs_source_counts_fields[i].type == G_TYPE_UINT64)
        g_variant_dict_insert (
            &dict, qs_source_counts_fields[i].name, "t", *(const guint64 *) field);
      else if (qs_source_counts_fields[i].type == G_TYPE_INT64)
        g_variant_dict_insert (
            &dict, qs_source_counts_fields[i].name, "x", *(const gint64 *) field);
      else
        g_variant_dict_insert (
            &dict, qs_source_counts_fields[i].name, "d", *(const double *) field);
    }

  return g_variant_dict_end (&dict);
}
