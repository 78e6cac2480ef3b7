/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-counts-private.h"

/* All that is to know of each count, in the order in which QsSourceStats documents its
 * properties; each is 8 bytes long. */
const QsSourceCount qs_source_counts_fields[QS_N_SOURCE_COUNTS] = {
  /**
   * QsSourceStats:n-produced:
   *
   * The number of records that the source has produced, including records of aborted
   * transactions and records that were refused.
   */
  { "n-produced",
    "Records that the source has produced, including refused ones",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_produced),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-acknowledged: (getter get_n_acknowledged)
   *
   * The number of acknowledged records; dead letters are not included.
   */
  { "n-acknowledged",
    "Records that the brokers have acknowledged",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_acknowledged),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:bytes-acknowledged: (getter get_bytes_acknowledged)
   *
   * The total size of the keys and values of the acknowledged records, in bytes.
   */
  { "bytes-acknowledged",
    "Bytes of the keys and values of the acknowledged records",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, bytes_acknowledged),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-in-flight: (getter get_n_in_flight)
   *
   * The number of records that wait to be acknowledged.
   */
  { "n-in-flight",
    "Records that wait to be acknowledged",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_in_flight),
    QS_COUNT_NOW },

  /**
   * QsSourceStats:bytes-in-flight:
   *
   * The total size of the records that wait to be acknowledged, in bytes.
   */
  { "bytes-in-flight",
    "Bytes of the records that wait to be acknowledged",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, bytes_in_flight),
    QS_COUNT_NOW },

  /**
   * QsSourceStats:n-failed: (getter get_n_failed)
   *
   * The number of records that could not be delivered, whether they were skipped or not;
   * unless [property@Source:errors] is `fail`, also of those that could not be serialized.
   */
  { "n-failed",
    "Records that could not be delivered, including skipped ones",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_failed),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-skipped: (getter get_n_skipped)
   *
   * The number of records that were skipped.
   */
  { "n-skipped",
    "Records that could not be delivered and were skipped",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_skipped),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-dead-letters: (getter get_n_dead_letters)
   *
   * The number of acknowledged dead letters.
   */
  { "n-dead-letters",
    "Dead letters that the brokers have acknowledged",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_dead_letters),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-flushes: (getter get_n_flushes)
   *
   * The number of successful flushes; for a stateful source, the number of commits.
   */
  { "n-flushes",
    "Flushes that have succeeded",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_flushes),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-failed-flushes:
   *
   * The number of failed flushes.
   */
  { "n-failed-flushes",
    "Flushes that have failed",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_failed_flushes),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:flush-seconds:
   *
   * The total duration of all flushes, including failed ones, in seconds.
   */
  { "flush-seconds",
    "Seconds that all flushes together took",
    G_TYPE_DOUBLE,
    G_STRUCT_OFFSET (QsSourceCounts, flush_seconds),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:ack-seconds:
   *
   * The total time from producing to acknowledgement over all acknowledged records, in
   * seconds. Divided by [property@SourceStats:n-acknowledged], it is the average time of a
   * record.
   */
  { "ack-seconds",
    "Seconds that all acknowledged records together waited",
    G_TYPE_DOUBLE,
    G_STRUCT_OFFSET (QsSourceCounts, ack_seconds),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:last-produce-time:
   *
   * The time of the last produce call, in milliseconds since 1970 UTC, exact to about a
   * second; 0 = none.
   */
  { "last-produce-time",
    "Time of the last produce call, in milliseconds since 1970 UTC; 0 = none yet",
    G_TYPE_INT64,
    G_STRUCT_OFFSET (QsSourceCounts, last_produce_time),
    QS_COUNT_LAST },

  /**
   * QsSourceStats:last-flush-time: (getter get_last_flush_time)
   *
   * The time of the last successful flush, in milliseconds since 1970 UTC; 0 = none.
   */
  { "last-flush-time",
    "Time of the last successful flush, in milliseconds since 1970 UTC; 0 = none yet",
    G_TYPE_INT64,
    G_STRUCT_OFFSET (QsSourceCounts, last_flush_time),
    QS_COUNT_LAST },

  /**
   * QsSourceStats:n-restarts: (getter get_n_restarts)
   *
   * The number of restarts of the source's workers in this run.
   */
  { "n-restarts",
    "Workers that were started again in this run",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_restarts),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-restarts-asked:
   *
   * The number of restarts that were requested by [method@Application.restart_source].
   */
  { "n-restarts-asked",
    "Restarts that were requested",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_restarts_asked),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-restarts-killed:
   *
   * The number of restarts after a worker was killed, crashed or could not be started. All
   * other restarts followed an error of the source.
   */
  { "n-restarts-killed",
    "Restarts after a worker was killed or crashed",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_restarts_killed),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:restart-time:
   *
   * The time at which a failed worker will be started again, in milliseconds since 1970
   * UTC; -1 = no restart is pending.
   */
  { "restart-time",
    "Time of the next restart, in milliseconds since 1970 UTC; -1 = none is pending",
    G_TYPE_INT64,
    G_STRUCT_OFFSET (QsSourceCounts, restart_time),
    QS_COUNT_KNOWN_GREATEST },

  /**
   * QsSourceStats:state-keys:
   *
   * The number of keys in the state, as estimated by RocksDB: a key that was written
   * several times counts several times until it is compacted; -1 = unknown.
   */
  { "state-keys",
    "Keys of the state, as RocksDB estimates them; -1 = unknown",
    G_TYPE_INT64,
    G_STRUCT_OFFSET (QsSourceCounts, state_keys),
    QS_COUNT_KNOWN },

  /**
   * QsSourceStats:state-bytes:
   *
   * The size of the state in memory and on disk, in bytes; -1 = unknown.
   */
  { "state-bytes",
    "Bytes that the state takes in memory and on disk; -1 = unknown",
    G_TYPE_INT64,
    G_STRUCT_OFFSET (QsSourceCounts, state_bytes),
    QS_COUNT_KNOWN },

  /**
   * QsSourceStats:n-recovered: (getter get_n_recovered)
   *
   * The number of records that recoveries of the state have read.
   */
  { "n-recovered",
    "Records that recoveries of the state have read",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_recovered),
    QS_COUNT_SUM },

  /**
   * QsSourceStats:n-to-recover: (getter get_n_to_recover)
   *
   * The maximum number of records that the current recovery still has to read; 0 = no
   * recovery is running.
   */
  { "n-to-recover",
    "Records that the current recovery still has to read, at most; 0 = none is under way",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_to_recover),
    QS_COUNT_NOW },

  /**
   * QsSourceStats:recovery-rate: (getter get_recovery_rate)
   *
   * The speed of the current recovery, in records per second.
   */
  { "recovery-rate",
    "Records per second that the current recovery reads",
    G_TYPE_DOUBLE,
    G_STRUCT_OFFSET (QsSourceCounts, recovery_rate),
    QS_COUNT_NOW },

  /**
   * QsSourceStats:progress-done: (getter get_progress_done)
   *
   * How much of [property@SourceStats:progress-total] is done, in a unit of the source's
   * choice, as reported by [method@Source.report_progress]; -1 = unknown.
   */
  { "progress-done",
    "How much the source has done, as it reports it; -1 = unknown",
    G_TYPE_DOUBLE,
    G_STRUCT_OFFSET (QsSourceCounts, progress_done),
    QS_COUNT_KNOWN },

  /**
   * QsSourceStats:progress-total: (getter get_progress_total)
   *
   * How much there is to do, in the unit of [property@SourceStats:progress-done]; -1 =
   * unknown.
   */
  { "progress-total",
    "How much there is to do, as the source reports it; -1 = unknown",
    G_TYPE_DOUBLE,
    G_STRUCT_OFFSET (QsSourceCounts, progress_total),
    QS_COUNT_KNOWN },

  /**
   * QsSourceStats:lag-records: (getter get_lag_records)
   *
   * How many records the source is behind its input, as reported by
   * [method@Source.report_lag]; -1 = unknown.
   */
  { "lag-records",
    "How many records the source is behind, as it reports it; -1 = unknown",
    G_TYPE_INT64,
    G_STRUCT_OFFSET (QsSourceCounts, lag_records),
    QS_COUNT_KNOWN },

  /**
   * QsSourceStats:lag-seconds: (getter get_lag_seconds)
   *
   * How many seconds the source is behind its input; with several workers, the largest
   * value; -1 = unknown.
   */
  { "lag-seconds",
    "How many seconds the source is behind, as it reports it; -1 = unknown",
    G_TYPE_DOUBLE,
    G_STRUCT_OFFSET (QsSourceCounts, lag_seconds),
    QS_COUNT_KNOWN_GREATEST },

  /**
   * QsSourceStats:n-standby:
   *
   * The number of standbys in this instance that are warm, which means that they have been
   * in step with their changelogs at least once; see
   * [property@Application:standby-replicas].
   */
  { "n-standby",
    "Standbys in this instance that are warm",
    G_TYPE_UINT64,
    G_STRUCT_OFFSET (QsSourceCounts, n_standby),
    QS_COUNT_NOW },

  /**
   * QsSourceStats:standby-lag:
   *
   * The maximum number of records of the changelogs that all standbys in this instance
   * still have to read.
   */
  { "standby-lag",
    "Records that standbys in this instance still have to read, at most",
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

static void
add_value (GVariantBuilder *dict, const char *name, GVariant *value)
{
  g_variant_builder_add_value (
      dict, g_variant_new_dict_entry (g_variant_new_string (name), g_variant_new_variant (value)));
}

void
qs_source_counts_describe (const QsSourceCounts *self, GVariantBuilder *dict)
{
  for (guint i = 0; i < QS_N_SOURCE_COUNTS; i++)
    {
      const char   *name = qs_source_counts_fields[i].name;
      gconstpointer field = qs_source_counts_peek (self, i);

      if (qs_source_counts_fields[i].type == G_TYPE_UINT64)
        add_value (dict, name, g_variant_new_uint64 (*(const guint64 *) field));
      else if (qs_source_counts_fields[i].type == G_TYPE_INT64)
        add_value (dict, name, g_variant_new_int64 (*(const gint64 *) field));
      else
        add_value (dict, name, g_variant_new_double (*(const double *) field));
    }
  add_value (dict, "flush-buckets", qs_source_counts_describe_buckets (self->flush_buckets));
  add_value (dict, "ack-buckets", qs_source_counts_describe_buckets (self->ack_buckets));
}

GVariant *
qs_source_counts_to_variant (const QsSourceCounts *self)
{
  GVariantBuilder dict;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  qs_source_counts_describe (self, &dict);

  return g_variant_builder_end (&dict);
}
