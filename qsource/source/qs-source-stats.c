/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-stats-private.h"

#include <string.h>

/**
 * QsSourceStats:
 *
 * Statistics of a source.
 *
 * [property@BaseSource:stats] is this object in the process that watches the source. It
 * counts from the beginning of [method@Application.run], over all workers of the source,
 * including those that have ended. It is updated about once a second while something
 * changes, and when a worker ends. When a worker is killed, its counts since the last
 * update are missing. [signal@Application::source-stats] has the same values as a
 * dictionary, whose keys are the names of the properties.
 *
 * ## Life cycle
 *
 * It belongs to its source and lives as long.
 *
 * ## Thread safety
 *
 * Only the thread that runs the application may use it; changes are notified there.
 */
struct _QsSourceStats
{
  GObject parent_instance;

  QsSourceCounts counts;
};

/* The place of a count in the table is the id of its property, from 1 on. */
static GParamSpec *props[QS_N_SOURCE_COUNTS + 1];

G_DEFINE_FINAL_TYPE (QsSourceStats, qs_source_stats, G_TYPE_OBJECT)

static void
qs_source_stats_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  gconstpointer field = NULL;

  if (prop_id == 0 || prop_id > QS_N_SOURCE_COUNTS)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }

  field = qs_source_counts_peek (&QS_SOURCE_STATS (object)->counts, prop_id - 1);
  if (G_VALUE_HOLDS_UINT64 (value))
    g_value_set_uint64 (value, *(const guint64 *) field);
  else if (G_VALUE_HOLDS_INT64 (value))
    g_value_set_int64 (value, *(const gint64 *) field);
  else
    g_value_set_double (value, *(const double *) field);
}

static GParamSpec *
make_property (const QsSourceCount *count)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  gboolean is_known = count->rule != QS_COUNT_KNOWN && count->rule != QS_COUNT_KNOWN_GREATEST;
  int      none = is_known ? 0 : -1;

  if (count->type == G_TYPE_UINT64)
    return g_param_spec_uint64 (count->name, NULL, count->blurb, 0, G_MAXUINT64, 0, flags);
  if (count->type == G_TYPE_INT64)
    return g_param_spec_int64 (count->name, NULL, count->blurb, none, G_MAXINT64, none, flags);

  return g_param_spec_double (count->name, NULL, count->blurb, none, G_MAXDOUBLE, none, flags);
}

static void
qs_source_stats_class_init (QsSourceStatsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = qs_source_stats_get_property;

  for (guint i = 0; i < QS_N_SOURCE_COUNTS; i++)
    props[i + 1] = make_property (&qs_source_counts_fields[i]);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
qs_source_stats_init (QsSourceStats *self)
{
  self->counts = QS_SOURCE_COUNTS_INIT;
}

QsSourceStats *
qs_source_stats_new (void)
{
  return g_object_new (QS_TYPE_SOURCE_STATS, NULL);
}

void
qs_source_stats_update (QsSourceStats *self, const QsSourceCounts *counts)
{
  QsSourceCounts before = self->counts;

  self->counts = *counts;
  g_object_freeze_notify (G_OBJECT (self));
  for (guint i = 0; i < QS_N_SOURCE_COUNTS; i++)
    {
      if (memcmp (qs_source_counts_peek (&before, i),
                  qs_source_counts_peek (counts, i),
                  sizeof (guint64)) != 0)
        g_object_notify_by_pspec (G_OBJECT (self), props[i + 1]);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

const QsSourceCounts *
qs_source_stats_get_counts (QsSourceStats *self)
{
  return &self->counts;
}

void
qs_source_stats_describe (QsSourceStats *self, GVariantBuilder *dict)
{
  qs_source_counts_describe (&self->counts, dict);
}

/**
 * qs_source_stats_get_n_acknowledged: (get-property n-acknowledged)
 * @self: statistics
 *
 * Gets how many records were acknowledged.
 *
 * Returns: the number of records
 */
guint64
qs_source_stats_get_n_acknowledged (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), 0);

  return self->counts.n_acknowledged;
}

/**
 * qs_source_stats_get_bytes_acknowledged: (get-property bytes-acknowledged)
 * @self: statistics
 *
 * Gets the total size of the keys and values of the acknowledged records, in bytes.
 *
 * Returns: the number of bytes
 */
guint64
qs_source_stats_get_bytes_acknowledged (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), 0);

  return self->counts.bytes_acknowledged;
}

/**
 * qs_source_stats_get_n_in_flight: (get-property n-in-flight)
 * @self: statistics
 *
 * Gets how many records wait to be acknowledged.
 *
 * Returns: the number of records
 */
guint64
qs_source_stats_get_n_in_flight (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), 0);

  return self->counts.n_in_flight;
}

/**
 * qs_source_stats_get_n_failed: (get-property n-failed)
 * @self: statistics
 *
 * Gets how many records could not be serialized or delivered.
 *
 * Returns: the number of records
 */
guint64
qs_source_stats_get_n_failed (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), 0);

  return self->counts.n_failed;
}

/**
 * qs_source_stats_get_n_skipped: (get-property n-skipped)
 * @self: statistics
 *
 * Gets how many records were skipped.
 *
 * Returns: the number of records
 */
guint64
qs_source_stats_get_n_skipped (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), 0);

  return self->counts.n_skipped;
}

/**
 * qs_source_stats_get_n_dead_letters: (get-property n-dead-letters)
 * @self: statistics
 *
 * Gets how many dead letters were acknowledged.
 *
 * Returns: the number of records
 */
guint64
qs_source_stats_get_n_dead_letters (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), 0);

  return self->counts.n_dead_letters;
}

/**
 * qs_source_stats_get_n_flushes: (get-property n-flushes)
 * @self: statistics
 *
 * Gets how many flushes have succeeded.
 *
 * Returns: the number of flushes
 */
guint64
qs_source_stats_get_n_flushes (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), 0);

  return self->counts.n_flushes;
}

/**
 * qs_source_stats_get_last_flush_time: (get-property last-flush-time)
 * @self: statistics
 *
 * Gets the time of the last successful flush.
 *
 * Returns: milliseconds since 1970 UTC; 0 = none
 */
gint64
qs_source_stats_get_last_flush_time (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), 0);

  return self->counts.last_flush_time;
}

/**
 * qs_source_stats_get_n_restarts: (get-property n-restarts)
 * @self: statistics
 *
 * Gets how often a worker of the source was started again in this run.
 *
 * Returns: the number of restarts
 */
guint64
qs_source_stats_get_n_restarts (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), 0);

  return self->counts.n_restarts;
}

/**
 * qs_source_stats_get_n_recovered: (get-property n-recovered)
 * @self: statistics
 *
 * Gets how many records recoveries of the state have read.
 *
 * Returns: the number of records
 */
guint64
qs_source_stats_get_n_recovered (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), 0);

  return self->counts.n_recovered;
}

/**
 * qs_source_stats_get_n_to_recover: (get-property n-to-recover)
 * @self: statistics
 *
 * Gets the maximum number of records that the current recovery still has to read.
 *
 * Returns: the number of records
 */
guint64
qs_source_stats_get_n_to_recover (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), 0);

  return self->counts.n_to_recover;
}

/**
 * qs_source_stats_get_recovery_rate: (get-property recovery-rate)
 * @self: statistics
 *
 * Gets the speed of the current recovery.
 *
 * Returns: records per second
 */
double
qs_source_stats_get_recovery_rate (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), 0);

  return self->counts.recovery_rate;
}

/**
 * qs_source_stats_get_progress_done: (get-property progress-done)
 * @self: statistics
 *
 * Gets how much of its work the source has done, as it reported last.
 *
 * Returns: the amount, in the unit of [method@Source.report_progress]; -1 = unknown
 */
double
qs_source_stats_get_progress_done (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), -1);

  return self->counts.progress_done;
}

/**
 * qs_source_stats_get_progress_total: (get-property progress-total)
 * @self: statistics
 *
 * Gets how much work the source has in all, as it reported last.
 *
 * Returns: the amount, in the unit of [method@Source.report_progress]; -1 = unknown
 */
double
qs_source_stats_get_progress_total (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), -1);

  return self->counts.progress_total;
}

/**
 * qs_source_stats_get_lag_records: (get-property lag-records)
 * @self: statistics
 *
 * Gets how many records the source is behind its input, as it reported last.
 *
 * Returns: the number of records; -1 = unknown
 */
gint64
qs_source_stats_get_lag_records (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), -1);

  return self->counts.lag_records;
}

/**
 * qs_source_stats_get_lag_seconds: (get-property lag-seconds)
 * @self: statistics
 *
 * Gets how many seconds the source is behind its input, as it reported last.
 *
 * Returns: the time, in seconds; -1 = unknown
 */
double
qs_source_stats_get_lag_seconds (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), -1);

  return self->counts.lag_seconds;
}
