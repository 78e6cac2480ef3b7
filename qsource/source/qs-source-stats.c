/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-stats-private.h"

#include <string.h>

/**
 * QsSourceStats:
 *
 * What is counted of a source.
 *
 * [property@BaseSource:stats] has it in the process that watches the source. It
 * counts from the beginning of [method@Application.run], over all workers of the
 * source, those that have ended too. It is brought up to date about once a second
 * while something changes, and when a worker ends; what a worker that is killed has
 * done since then is missing. [signal@Application::source-stats] has the same as a
 * dictionary, whose keys are the names of the properties here.
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

/* What becomes of a count when workers are put together. */
typedef enum
{
  RULE_SUM,  /* it adds up, for good */
  RULE_NOW,  /* it adds up while a worker runs */
  RULE_LAST, /* the greatest counts */

  /* While a worker runs, of those that are known: */
  RULE_KNOWN,          /* it adds up */
  RULE_KNOWN_GREATEST, /* the greatest counts */
} Rule;

typedef struct
{
  const char *name;
  GType       type;
  gsize       offset;
  Rule        rule;
} Field;

enum
{
  PROP_N_ACKNOWLEDGED = 1,
  PROP_BYTES_ACKNOWLEDGED,
  PROP_N_IN_FLIGHT,
  PROP_N_FAILED,
  PROP_N_SKIPPED,
  PROP_N_DEAD_LETTERS,
  PROP_N_FLUSHES,
  PROP_LAST_FLUSH_TIME,
  PROP_N_RESTARTS,
  PROP_N_RECOVERED,
  PROP_N_TO_RECOVER,
  PROP_RECOVERY_RATE,
  PROP_PROGRESS_DONE,
  PROP_PROGRESS_TOTAL,
  PROP_LAG_RECORDS,
  PROP_LAG_SECONDS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* By property; each is 8 bytes long. */
static const Field fields[N_PROPS] = {
  [PROP_N_ACKNOWLEDGED] = { "n-acknowledged",
                            G_TYPE_UINT64,
                            G_STRUCT_OFFSET (QsSourceCounts, n_acknowledged),
                            RULE_SUM },
  [PROP_BYTES_ACKNOWLEDGED] = { "bytes-acknowledged",
                                G_TYPE_UINT64,
                                G_STRUCT_OFFSET (QsSourceCounts, bytes_acknowledged),
                                RULE_SUM },
  [PROP_N_IN_FLIGHT] = { "n-in-flight",
                         G_TYPE_UINT64,
                         G_STRUCT_OFFSET (QsSourceCounts, n_in_flight),
                         RULE_NOW },
  [PROP_N_FAILED] = { "n-failed",
                      G_TYPE_UINT64,
                      G_STRUCT_OFFSET (QsSourceCounts, n_failed),
                      RULE_SUM },
  [PROP_N_SKIPPED] = { "n-skipped",
                       G_TYPE_UINT64,
                       G_STRUCT_OFFSET (QsSourceCounts, n_skipped),
                       RULE_SUM },
  [PROP_N_DEAD_LETTERS] = { "n-dead-letters",
                            G_TYPE_UINT64,
                            G_STRUCT_OFFSET (QsSourceCounts, n_dead_letters),
                            RULE_SUM },
  [PROP_N_FLUSHES] = { "n-flushes",
                       G_TYPE_UINT64,
                       G_STRUCT_OFFSET (QsSourceCounts, n_flushes),
                       RULE_SUM },
  [PROP_LAST_FLUSH_TIME] = { "last-flush-time",
                             G_TYPE_INT64,
                             G_STRUCT_OFFSET (QsSourceCounts, last_flush_time),
                             RULE_LAST },
  [PROP_N_RESTARTS] = { "n-restarts",
                        G_TYPE_UINT64,
                        G_STRUCT_OFFSET (QsSourceCounts, n_restarts),
                        RULE_SUM },
  [PROP_N_RECOVERED] = { "n-recovered",
                         G_TYPE_UINT64,
                         G_STRUCT_OFFSET (QsSourceCounts, n_recovered),
                         RULE_SUM },
  [PROP_N_TO_RECOVER] = { "n-to-recover",
                          G_TYPE_UINT64,
                          G_STRUCT_OFFSET (QsSourceCounts, n_to_recover),
                          RULE_NOW },
  [PROP_RECOVERY_RATE] = { "recovery-rate",
                           G_TYPE_DOUBLE,
                           G_STRUCT_OFFSET (QsSourceCounts, recovery_rate),
                           RULE_NOW },
  [PROP_PROGRESS_DONE] = { "progress-done",
                           G_TYPE_DOUBLE,
                           G_STRUCT_OFFSET (QsSourceCounts, progress_done),
                           RULE_KNOWN },
  [PROP_PROGRESS_TOTAL] = { "progress-total",
                            G_TYPE_DOUBLE,
                            G_STRUCT_OFFSET (QsSourceCounts, progress_total),
                            RULE_KNOWN },
  [PROP_LAG_RECORDS] = { "lag-records",
                         G_TYPE_INT64,
                         G_STRUCT_OFFSET (QsSourceCounts, lag_records),
                         RULE_KNOWN },
  [PROP_LAG_SECONDS] = { "lag-seconds",
                         G_TYPE_DOUBLE,
                         G_STRUCT_OFFSET (QsSourceCounts, lag_seconds),
                         RULE_KNOWN_GREATEST },
};

G_DEFINE_FINAL_TYPE (QsSourceStats, qs_source_stats, G_TYPE_OBJECT)

static gpointer
get_field (QsSourceCounts *counts, guint i)
{
  return G_STRUCT_MEMBER_P (counts, fields[i].offset);
}

static gconstpointer
peek_field (const QsSourceCounts *counts, guint i)
{
  return G_STRUCT_MEMBER_P (counts, fields[i].offset);
}

static void
qs_source_stats_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  gconstpointer field = NULL;

  if (prop_id == 0 || prop_id >= N_PROPS)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }

  field = peek_field (&QS_SOURCE_STATS (object)->counts, prop_id);
  if (fields[prop_id].type == G_TYPE_UINT64)
    g_value_set_uint64 (value, *(const guint64 *) field);
  else if (fields[prop_id].type == G_TYPE_INT64)
    g_value_set_int64 (value, *(const gint64 *) field);
  else
    g_value_set_double (value, *(const double *) field);
}

static void
install_counters (void)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  /**
   * QsSourceStats:n-acknowledged: (getter get_n_acknowledged)
   *
   * How many records were acknowledged; dead letters are not among them.
   */
  props[PROP_N_ACKNOWLEDGED] = g_param_spec_uint64 ("n-acknowledged",
                                                    NULL,
                                                    "Records that the brokers have acknowledged",
                                                    0,
                                                    G_MAXUINT64,
                                                    0,
                                                    flags);

  /**
   * QsSourceStats:bytes-acknowledged: (getter get_bytes_acknowledged)
   *
   * How many bytes the keys and values of the acknowledged records had.
   */
  props[PROP_BYTES_ACKNOWLEDGED] =
      g_param_spec_uint64 ("bytes-acknowledged",
                           NULL,
                           "Bytes of the keys and values of the acknowledged records",
                           0,
                           G_MAXUINT64,
                           0,
                           flags);

  /**
   * QsSourceStats:n-in-flight: (getter get_n_in_flight)
   *
   * How many records wait to be acknowledged.
   */
  props[PROP_N_IN_FLIGHT] = g_param_spec_uint64 (
      "n-in-flight", NULL, "Records that wait to be acknowledged", 0, G_MAXUINT64, 0, flags);

  /**
   * QsSourceStats:n-failed: (getter get_n_failed)
   *
   * How many records could not be delivered, whatever was done with them; unless
   * [property@Source:errors] is `fail`, also those that could not be serialized.
   */
  props[PROP_N_FAILED] =
      g_param_spec_uint64 ("n-failed",
                           NULL,
                           "Records that could not be delivered, whatever was done with them",
                           0,
                           G_MAXUINT64,
                           0,
                           flags);

  /**
   * QsSourceStats:n-skipped: (getter get_n_skipped)
   *
   * How many of these were skipped.
   */
  props[PROP_N_SKIPPED] =
      g_param_spec_uint64 ("n-skipped",
                           NULL,
                           "Records that could not be delivered and were skipped",
                           0,
                           G_MAXUINT64,
                           0,
                           flags);

  /**
   * QsSourceStats:n-dead-letters: (getter get_n_dead_letters)
   *
   * How many dead letters were acknowledged.
   */
  props[PROP_N_DEAD_LETTERS] =
      g_param_spec_uint64 ("n-dead-letters",
                           NULL,
                           "Dead letters that the brokers have acknowledged",
                           0,
                           G_MAXUINT64,
                           0,
                           flags);
}

static void
install_progress (void)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  /**
   * QsSourceStats:n-flushes: (getter get_n_flushes)
   *
   * How many flushes have succeeded; of a stateful source, how often it has committed.
   */
  props[PROP_N_FLUSHES] = g_param_spec_uint64 (
      "n-flushes", NULL, "Flushes that have succeeded", 0, G_MAXUINT64, 0, flags);

  /**
   * QsSourceStats:last-flush-time: (getter get_last_flush_time)
   *
   * When the last flush has succeeded, in milliseconds since 1970 UTC; 0 = none has.
   */
  props[PROP_LAST_FLUSH_TIME] = g_param_spec_int64 (
      "last-flush-time",
      NULL,
      "Time of the last successful flush, in milliseconds since 1970 UTC; 0 = none yet",
      0,
      G_MAXINT64,
      0,
      flags);

  /**
   * QsSourceStats:n-restarts: (getter get_n_restarts)
   *
   * How often a worker of the source was started again in this run.
   */
  props[PROP_N_RESTARTS] = g_param_spec_uint64 (
      "n-restarts", NULL, "Workers that were started again in this run", 0, G_MAXUINT64, 0, flags);

  /**
   * QsSourceStats:n-recovered: (getter get_n_recovered)
   *
   * How many records recoveries of its state have read.
   */
  props[PROP_N_RECOVERED] = g_param_spec_uint64 ("n-recovered",
                                                 NULL,
                                                 "Records that recoveries of the state have read",
                                                 0,
                                                 G_MAXUINT64,
                                                 0,
                                                 flags);

  /**
   * QsSourceStats:n-to-recover: (getter get_n_to_recover)
   *
   * How many records the one that runs has still to read, at most; 0 = none runs.
   */
  props[PROP_N_TO_RECOVER] = g_param_spec_uint64 (
      "n-to-recover",
      NULL,
      "Records that the current recovery still has to read, at most; 0 = none is under way",
      0,
      G_MAXUINT64,
      0,
      flags);

  /**
   * QsSourceStats:recovery-rate: (getter get_recovery_rate)
   *
   * How many records a second the one that runs reads.
   */
  props[PROP_RECOVERY_RATE] =
      g_param_spec_double ("recovery-rate",
                           NULL,
                           "Records a second that the current recovery reads",
                           0,
                           G_MAXDOUBLE,
                           0,
                           flags);
}

static void
install_reports (void)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  /**
   * QsSourceStats:progress-done: (getter get_progress_done)
   *
   * How much the source has done of [property@SourceStats:progress-total], in whatever unit its
   * author counts, by [method@Source.report_progress]; -1 = unknown.
   */
  props[PROP_PROGRESS_DONE] =
      g_param_spec_double ("progress-done",
                           NULL,
                           "How much the source has done, as it reports it; -1 = unknown",
                           -1,
                           G_MAXDOUBLE,
                           -1,
                           flags);

  /**
   * QsSourceStats:progress-total: (getter get_progress_total)
   *
   * How much there is to be done; -1 = unknown.
   */
  props[PROP_PROGRESS_TOTAL] =
      g_param_spec_double ("progress-total",
                           NULL,
                           "How much there is to be done, as the source reports it; -1 = unknown",
                           -1,
                           G_MAXDOUBLE,
                           -1,
                           flags);

  /**
   * QsSourceStats:lag-records: (getter get_lag_records)
   *
   * How many records the source is behind what it reads, by [method@Source.report_lag]; -1 =
   * unknown.
   */
  props[PROP_LAG_RECORDS] =
      g_param_spec_int64 ("lag-records",
                          NULL,
                          "How many records the source is behind, as it reports it; -1 = unknown",
                          -1,
                          G_MAXINT64,
                          -1,
                          flags);

  /**
   * QsSourceStats:lag-seconds: (getter get_lag_seconds)
   *
   * How many seconds the source is behind what it reads; of several workers, the one that is
   * most; -1 = unknown.
   */
  props[PROP_LAG_SECONDS] =
      g_param_spec_double ("lag-seconds",
                           NULL,
                           "How many seconds the source is behind, as it reports it; -1 = unknown",
                           -1,
                           G_MAXDOUBLE,
                           -1,
                           flags);
}

static void
qs_source_stats_class_init (QsSourceStatsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = qs_source_stats_get_property;

  install_counters ();
  install_progress ();
  install_reports ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_source_stats_init (QsSourceStats *self)
{
  self->counts = QS_SOURCE_COUNTS_INIT;
}

void
qs_source_counts_read (QsSourceCounts *self, GVariant *stats)
{
  for (guint i = 1; i < N_PROPS; i++)
    {
      gpointer field = get_field (self, i);

      if (fields[i].type == G_TYPE_UINT64)
        g_variant_lookup (stats, fields[i].name, "t", field);
      else if (fields[i].type == G_TYPE_INT64)
        g_variant_lookup (stats, fields[i].name, "x", field);
      else
        g_variant_lookup (stats, fields[i].name, "d", field);
    }
}

/* Adds what is known to what is known; whichever is not counts for nothing. */
static void
add_known (guint i, gpointer field, gconstpointer added)
{
  if (fields[i].type == G_TYPE_INT64)
    {
      gint64 *sum = field;
      gint64  more = *(const gint64 *) added;

      if (more >= 0)
        *sum = MAX (*sum, 0) + more;
    }
  else
    {
      double *sum = field;
      double  more = *(const double *) added;

      if (more >= 0)
        *sum = fields[i].rule == RULE_KNOWN_GREATEST ? MAX (*sum, more) : MAX (*sum, 0) + more;
    }
}

void
qs_source_counts_add (QsSourceCounts *self, const QsSourceCounts *other, gboolean is_over)
{
  for (guint i = 1; i < N_PROPS; i++)
    {
      gpointer      field = get_field (self, i);
      gconstpointer added = peek_field (other, i);
      Rule          rule = fields[i].rule;

      if (rule != RULE_SUM && rule != RULE_LAST && is_over)
        continue;

      if (rule == RULE_KNOWN || rule == RULE_KNOWN_GREATEST)
        add_known (i, field, added);
      else if (rule == RULE_LAST)
        *(gint64 *) field = MAX (*(gint64 *) field, *(const gint64 *) added);
      else if (fields[i].type == G_TYPE_UINT64)
        *(guint64 *) field += *(const guint64 *) added;
      else
        *(double *) field += *(const double *) added;
    }
}

GVariant *
qs_source_counts_to_variant (const QsSourceCounts *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  for (guint i = 1; i < N_PROPS; i++)
    {
      gconstpointer field = peek_field (self, i);

      if (fields[i].type == G_TYPE_UINT64)
        g_variant_dict_insert (&dict, fields[i].name, "t", *(const guint64 *) field);
      else if (fields[i].type == G_TYPE_INT64)
        g_variant_dict_insert (&dict, fields[i].name, "x", *(const gint64 *) field);
      else
        g_variant_dict_insert (&dict, fields[i].name, "d", *(const double *) field);
    }

  return g_variant_dict_end (&dict);
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
  for (guint i = 1; i < N_PROPS; i++)
    {
      if (memcmp (peek_field (&before, i), peek_field (counts, i), sizeof (guint64)) != 0)
        g_object_notify_by_pspec (G_OBJECT (self), props[i]);
    }
  g_object_thaw_notify (G_OBJECT (self));
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
 * Gets how many bytes the keys and values of the acknowledged records had.
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
 * Gets how many of these were skipped.
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
 * Gets when the last flush has succeeded, in milliseconds since 1970 UTC.
 *
 * Returns: milliseconds since 1970 UTC, 0 = none has
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
 * Gets how many records recoveries of its state have read.
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
 * Gets how many records the recovery that runs has still to read, at most.
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
 * Gets how many records a second the recovery that runs reads.
 *
 * Returns: records a second
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
 * Gets what the source has reported of it.
 *
 * Returns: the value, -1 = unknown
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
 * Gets what the source has reported of it.
 *
 * Returns: the value, -1 = unknown
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
 * Gets what the source has reported of it.
 *
 * Returns: the value, -1 = unknown
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
 * Gets what the source has reported of it.
 *
 * Returns: the value, -1 = unknown
 */
double
qs_source_stats_get_lag_seconds (QsSourceStats *self)
{
  g_return_val_if_fail (QS_IS_SOURCE_STATS (self), -1);

  return self->counts.lag_seconds;
}
