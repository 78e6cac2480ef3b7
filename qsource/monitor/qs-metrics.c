/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-metrics-private.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "qs-application-parts-private.h"
#include "qs-enum-types.h"
#include "qs-kafka-config-private.h"
#include "qs-source-stats-private.h"
#include "qs-version.h"

#define ERRORS "qsource_source_errors_total"
#define FLUSHES "qsource_source_flushes_total"
#define RESTARTS "qsource_source_restarts_total"

/* A family of samples: one for each source. */
typedef struct
{
  const char *name; /* a counter's without _total */
  gboolean    is_counter;
  const char *key;     /* of the count, as its property is called */
  double      divisor; /* from the unit there to the one of the name */
  const char *help;
} Family;

static const Family families[] = {
  { "qsource_source_records_produced",
    TRUE,
    "n-produced",
    1,
    "Records that the source has produced, including refused ones." },
  { "qsource_source_records_acked",
    TRUE,
    "n-acknowledged",
    1,
    "Records that the brokers have acknowledged." },
  { "qsource_source_bytes_acked",
    TRUE,
    "bytes-acknowledged",
    1,
    "Bytes of the keys and values of the acknowledged records." },
  { "qsource_source_records_in_flight",
    FALSE,
    "n-in-flight",
    1,
    "Records that wait to be acknowledged." },
  { "qsource_source_bytes_in_flight",
    FALSE,
    "bytes-in-flight",
    1,
    "Bytes of the records that wait to be acknowledged." },
  { "qsource_source_last_produce_timestamp_seconds",
    FALSE,
    "last-produce-time",
    1000,
    "Time of the last produce call; 0 = none." },
  { "qsource_source_next_restart_timestamp_seconds",
    FALSE,
    "restart-time",
    1000,
    "Time of the next restart." },
  { "qsource_source_dead_letters",
    TRUE,
    "n-dead-letters",
    1,
    "Dead letters that the brokers have acknowledged." },
  { "qsource_source_skipped",
    TRUE,
    "n-skipped",
    1,
    "Records that could not be delivered and were skipped." },
  { "qsource_source_last_flush_timestamp_seconds",
    FALSE,
    "last-flush-time",
    1000,
    "Time of the last successful flush; 0 = none." },
  { "qsource_source_lag_records",
    FALSE,
    "lag-records",
    1,
    "Records that the source is behind, as it reports." },
  { "qsource_source_lag_seconds",
    FALSE,
    "lag-seconds",
    1,
    "Seconds that the source is behind, as it reports." },
  { "qsource_source_progress_done",
    FALSE,
    "progress-done",
    1,
    "How much is done, in a unit of the source's choice." },
  { "qsource_source_progress_total",
    FALSE,
    "progress-total",
    1,
    "How much there is to do, in the same unit." },
  { "qsource_state_keys",
    FALSE,
    "state-keys",
    1,
    "Keys of the state, as RocksDB estimates them before it compacts." },
  { "qsource_state_bytes",
    FALSE,
    "state-bytes",
    1,
    "Bytes that the state takes in memory and on disk." },
  { "qsource_state_restored_records",
    TRUE,
    "n-recovered",
    1,
    "Records of the changelog that were read back." },
  { "qsource_state_changelog_lag_records",
    FALSE,
    "n-to-recover",
    1,
    "Records of the changelog that the recovery still has to read, at most." },
  { "qsource_standby_partitions",
    FALSE,
    "n-standby",
    1,
    "Standbys in this instance that are warm." },
  { "qsource_standby_changelog_lag_records",
    FALSE,
    "standby-lag",
    1,
    "Records that standbys in this instance still have to read, at most." },
};

/* Each with its label. */
static const char *const statuses[][2] = {
  { "idle", ",status=\"idle\"" },
  { "starting", ",status=\"starting\"" },
  { "recovering", ",status=\"recovering\"" },
  { "running", ",status=\"running\"" },
  { "paused", ",status=\"paused\"" },
  { "stopping", ",status=\"stopping\"" },
  { "finished", ",status=\"finished\"" },
  { "failed", ",status=\"failed\"" },
};

/* A value of a label, as both formats escape it. */
static void
append_label (GString *out, const char *value)
{
  for (const char *c = value; *c != '\0'; c++)
    switch (*c)
      {
      case '\\':
        g_string_append (out, "\\\\");
        break;

      case '"':
        g_string_append (out, "\\\"");
        break;

      case '\n':
        g_string_append (out, "\\n");
        break;

      default:
        g_string_append_c (out, *c);
        break;
      }
}

static void
append_head (GString *out, const char *name, const char *type, const char *help, gboolean is_open)
{
  const char *suffix = !is_open && g_str_equal (type, "counter") ? "_total" : "";

  g_string_append_printf (out, "# HELP %s%s %s\n", name, suffix, help);
  g_string_append_printf (out, "# TYPE %s%s %s\n", name, suffix, type);
}

static void
append_number (GString *out, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE] = "0";

  /* As much as a time in milliseconds has; most numbers are 0. */
  if (value != 0 && value == (double) (gint64) value && value > -1e15 && value < 1e15)
    g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, (gint64) value);
  else if (value != 0)
    g_ascii_formatd (text, sizeof text, "%.14g", value);

  g_string_append_c (out, ' ');
  g_string_append (out, text);
  g_string_append_c (out, '\n');
}

/* A source, with what is asked for again and again at hand. */
typedef struct
{
  const QsSourceCounts *counts; /* not owned */
  guint64               n_errors;
  const char           *status;
  char                 *labels; /* {source="…",topic="…" */
} Source;

/* FALSE if it is unknown, which is negative. */
static gboolean
read_number (const Source *source, const QsSourceCount *count, double *number)
{
  gconstpointer field = G_STRUCT_MEMBER_P (source->counts, count->offset);

  if (count->type == G_TYPE_UINT64)
    *number = (double) *(const guint64 *) field;
  else if (count->type == G_TYPE_INT64)
    *number = (double) *(const gint64 *) field;
  else
    *number = *(const double *) field;

  return *number >= 0;
}

static const QsSourceCount *
find_count (const char *name)
{
  for (guint i = 0; i < QS_N_SOURCE_COUNTS; i++)
    if (g_str_equal (qs_source_counts_fields[i].name, name))
      return &qs_source_counts_fields[i];

  g_assert_not_reached ();
}

static void
source_clear (gpointer data)
{
  Source *self = data;

  g_free (self->labels);
}

static char *
dup_labels (QsManagedSource *managed)
{
  GString *labels = g_string_new ("{source=\"");

  append_label (labels, qs_base_source_get_name (qs_managed_source_get_source (managed)));
  g_string_append (labels, "\",topic=\"");
  append_label (labels, qs_topic_get_name (qs_managed_source_get_topic (managed)));
  g_string_append_c (labels, '"');

  return g_string_free (labels, FALSE);
}

/* Of all sources, Source; transfer full. */
static GArray *
list_sources (QsApplicationPrivate *application)
{
  g_autoptr (GEnumClass) words = g_type_class_ref (QS_TYPE_SOURCE_STATUS);
  GPtrArray *managed = qs_source_list_get_managed (application->sources);
  GArray    *sources = g_array_sized_new (FALSE, FALSE, sizeof (Source), managed->len);

  g_array_set_clear_func (sources, source_clear);
  for (guint i = 0; i < managed->len; i++)
    {
      QsBaseSource *base = qs_managed_source_get_source (managed->pdata[i]);
      Source        source = {
               .counts = qs_source_stats_get_counts (qs_base_source_get_stats (base)),
               .n_errors = qs_overview_get_n_errors (application->overview, base),
               .status = g_enum_get_value (words, (int) qs_base_source_get_status (base))->value_nick,
               .labels = dup_labels (managed->pdata[i]),
      };

      g_array_append_val (sources, source);
    }

  return sources;
}

/* name{source="…",topic="…" and @more, as it is. */
static void
append_sample (GString *out, const char *name, const Source *source, const char *more, double value)
{
  g_string_append (out, name);
  g_string_append (out, source->labels);
  g_string_append (out, more);
  g_string_append_c (out, '}');
  append_number (out, value);
}

/* Samples of one family stand together, and its head only where there are some. */
static void
append_family (GString *out, const Family *family, GArray *sources, gboolean is_open)
{
  g_autofree char     *name = g_strconcat (family->name, family->is_counter ? "_total" : "", NULL);
  const QsSourceCount *count = find_count (family->key);
  gboolean             has_head = FALSE;

  for (guint i = 0; i < sources->len; i++)
    {
      const Source *source = &g_array_index (sources, Source, i);
      double        number = 0;

      if (!read_number (source, count, &number))
        continue;
      if (!has_head)
        append_head (
            out, family->name, family->is_counter ? "counter" : "gauge", family->help, is_open);
      has_head = TRUE;
      append_sample (out, name, source, "", number / family->divisor);
    }
}

/* How long something took, by source. */
typedef struct
{
  const char *name;
  gsize       buckets; /* offsets in QsSourceCounts */
  gsize       seconds;
  const char *help;
} Histogram;

static const Histogram histograms[] = {
  { "qsource_source_flush_duration_seconds",
    G_STRUCT_OFFSET (QsSourceCounts, flush_buckets),
    G_STRUCT_OFFSET (QsSourceCounts, flush_seconds),
    "Duration of flushes, including failed ones." },
  { "qsource_source_ack_latency_seconds",
    G_STRUCT_OFFSET (QsSourceCounts, ack_buckets),
    G_STRUCT_OFFSET (QsSourceCounts, ack_seconds),
    "Time of records from the queue of their producer to their acknowledgement." },
};

/* The label of a bucket, as Prometheus' own libraries write it. */
static char *
dup_bound (guint bucket)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE] = "+Inf";

  if (bucket < QS_N_BUCKETS - 1)
    g_ascii_formatd (text, sizeof text, "%.3g", qs_buckets_bounds[bucket]);
  if (bucket < QS_N_BUCKETS - 1 && strchr (text, '.') == NULL)
    g_strlcat (text, ".0", sizeof text);

  return g_strdup_printf (",le=\"%s\"", text);
}

/* Of all buckets, ended by NULL. */
static char **
dup_bounds (void)
{
  char **bounds = g_new0 (char *, QS_N_BUCKETS + 1);

  for (guint i = 0; i < QS_N_BUCKETS; i++)
    bounds[i] = dup_bound (i);

  return bounds;
}

static void
append_histogram (GString *out, const Histogram *self, GArray *sources, gboolean is_open)
{
  g_autofree char *bucket = g_strconcat (self->name, "_bucket", NULL);
  g_autofree char *total = g_strconcat (self->name, "_sum", NULL);
  g_autofree char *count = g_strconcat (self->name, "_count", NULL);
  g_auto (GStrv) bounds = dup_bounds ();

  append_head (out, self->name, "histogram", self->help, is_open);
  for (guint i = 0; i < sources->len; i++)
    {
      const Source  *source = &g_array_index (sources, Source, i);
      const guint64 *buckets = G_STRUCT_MEMBER_P (source->counts, self->buckets);
      guint64        sum = 0;

      for (guint j = 0; j < QS_N_BUCKETS; j++)
        {
          sum += buckets[j];
          append_sample (out, bucket, source, bounds[j], (double) sum);
        }
      append_sample (
          out, total, source, "", G_STRUCT_MEMBER (double, source->counts, self->seconds));
      append_sample (out, count, source, "", (double) sum);
    }
}

/* Counters that a label distinguishes. */
static void
append_flushes (GString *out, GArray *sources, gboolean is_open)
{
  append_head (out, "qsource_source_flushes", "counter", "Flushes by result.", is_open);
  for (guint i = 0; i < sources->len; i++)
    {
      const Source         *source = &g_array_index (sources, Source, i);
      const QsSourceCounts *counts = source->counts;

      append_sample (out, FLUSHES, source, ",result=\"ok\"", (double) counts->n_flushes);
      append_sample (out, FLUSHES, source, ",result=\"failed\"", (double) counts->n_failed_flushes);
    }
}

static void
append_errors (GString *out, GArray *sources, gboolean is_open)
{
  append_head (out, "qsource_source_errors", "counter", "Errors by kind.", is_open);
  for (guint i = 0; i < sources->len; i++)
    {
      const Source *source = &g_array_index (sources, Source, i);

      append_sample (out, ERRORS, source, ",kind=\"delivery\"", (double) source->counts->n_failed);
      append_sample (out, ERRORS, source, ",kind=\"user\"", (double) source->n_errors);
    }
}

static void
append_restarts (GString *out, GArray *sources, gboolean is_open)
{
  append_head (out,
               "qsource_source_restarts",
               "counter",
               "Restarts of workers by reason: on request, because the worker was killed or "
               "crashed, or because its source failed.",
               is_open);
  for (guint i = 0; i < sources->len; i++)
    {
      const Source *source = &g_array_index (sources, Source, i);
      guint64       asked = source->counts->n_restarts_asked;
      guint64       killed = source->counts->n_restarts_killed;
      double        failed = (double) source->counts->n_restarts - (double) (asked + killed);

      append_sample (out, RESTARTS, source, ",reason=\"asked\"", (double) asked);
      append_sample (out, RESTARTS, source, ",reason=\"killed\"", (double) killed);
      append_sample (out, RESTARTS, source, ",reason=\"failed\"", failed);
    }
}

static void
append_statuses (GString *out, GArray *sources, gboolean is_open)
{
  append_head (out,
               "qsource_source_status",
               "gauge",
               "1 for the current status of the source, 0 for all others.",
               is_open);
  for (guint i = 0; i < sources->len; i++)
    {
      const Source *source = &g_array_index (sources, Source, i);

      for (gsize j = 0; j < G_N_ELEMENTS (statuses); j++)
        append_sample (out,
                       "qsource_source_status",
                       source,
                       statuses[j][1],
                       g_str_equal (source->status, statuses[j][0]) ? 1 : 0);
    }
}

static void
append_plain (GString    *out,
              const char *name,
              const char *type,
              const char *help,
              double      value,
              gboolean    is_open)
{
  append_head (out, name, type, help, is_open);
  g_string_append_printf (out, "%s%s", name, g_str_equal (type, "counter") ? "_total" : "");
  append_number (out, value);
}

static guint
count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;

  return n;
}

/* The metrics of a process that Prometheus' own libraries have, for the application's process. */
static void
append_process (GString *out, gboolean is_open)
{
  struct rusage usage;
  struct rlimit limit;
  unsigned long size = 0, resident = 0;
  FILE         *statm = fopen ("/proc/self/statm", "re");

  if (statm != NULL && fscanf (statm, "%lu %lu", &size, &resident) != 2)
    size = resident = 0;
  g_clear_pointer (&statm, fclose);

  if (getrusage (RUSAGE_SELF, &usage) == 0)
    append_plain (out,
                  "process_cpu_seconds",
                  "counter",
                  "CPU time of the application's process, in seconds.",
                  (double) usage.ru_utime.tv_sec + (double) usage.ru_stime.tv_sec +
                      (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
                  is_open);
  append_plain (out,
                "process_resident_memory_bytes",
                "gauge",
                "Resident memory of the application's process.",
                (double) resident * (double) sysconf (_SC_PAGESIZE),
                is_open);
  append_plain (out,
                "process_virtual_memory_bytes",
                "gauge",
                "Virtual memory of the application's process.",
                (double) size * (double) sysconf (_SC_PAGESIZE),
                is_open);
  append_plain (
      out, "process_open_fds", "gauge", "Open file descriptors.", count_files (), is_open);
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    append_plain (out,
                  "process_max_fds",
                  "gauge",
                  "Limit of open file descriptors.",
                  (double) limit.rlim_cur,
                  is_open);
}

static void
append_build (GString *out, gboolean is_open)
{
  append_head (
      out, "qsource_build_info", "gauge", "Versions of the library and of what it uses.", is_open);
  g_string_append_printf (
      out,
      "qsource_build_info{version=\"%u.%u\",librdkafka=\"%s\",rocksdb=\"%s\"} 1\n",
      QS_MAJOR_VERSION,
      QS_MINOR_VERSION,
      qs_kafka_config_get_version (),
      QS_ROCKSDB_VERSION);
}

char *
qs_metrics_to_text (QsApplication *application, gboolean is_open)
{
  QsApplicationPrivate *priv = qs_application_get_private (application);
  GString              *out = g_string_new (NULL);
  g_autoptr (GArray) sources = list_sources (priv);

  append_build (out, is_open);
  append_statuses (out, sources, is_open);
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    append_family (out, &families[i], sources, is_open);
  append_flushes (out, sources, is_open);
  for (gsize i = 0; i < G_N_ELEMENTS (histograms); i++)
    append_histogram (out, &histograms[i], sources, is_open);
  append_restarts (out, sources, is_open);
  append_errors (out, sources, is_open);
  append_plain (out,
                "qsource_application_start_timestamp_seconds",
                "gauge",
                "Start of the run.",
                (double) qs_overview_get_started (priv->overview) / 1000,
                is_open);
  append_process (out, is_open);
  if (is_open)
    g_string_append (out, "# EOF\n");

  return g_string_free (out, FALSE);
}
