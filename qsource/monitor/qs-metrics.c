/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-metrics-private.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "qs-source-counts-private.h"

#define RESTARTS "qsource_source_restarts_total"

/* A family of samples: one for each source. */
typedef struct
{
  const char *name; /* a counter's without _total */
  gboolean    is_counter;
  const char *key;     /* in the source's status */
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
  GVariant   *status; /* owned */
  GHashTable *values; /* key, of status → GVariant */
  char       *labels; /* {source="…",topic="…" */
} Source;

/* FALSE if it is unknown, which is negative. */
static gboolean
read_number (const Source *source, const char *key, double *number)
{
  GVariant *value = g_hash_table_lookup (source->values, key);

  if (value == NULL)
    return FALSE;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    *number = (double) g_variant_get_uint64 (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    *number = (double) g_variant_get_int64 (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    *number = g_variant_get_double (value);
  else
    return FALSE;

  return *number >= 0;
}

static void
source_free (gpointer data)
{
  Source *self = data;

  g_hash_table_unref (self->values);
  g_variant_unref (self->status);
  g_free (self->labels);
  g_free (self);
}

static const char *
read_text (const Source *source, const char *key)
{
  GVariant *value = g_hash_table_lookup (source->values, key);

  return value != NULL ? g_variant_get_string (value, NULL) : "";
}

/* Nothing may call g_variant_lookup() for @status: that moves the keys. */
static Source *
source_new (GVariant *status)
{
  Source      *self = g_new0 (Source, 1);
  GString     *labels = g_string_new ("{source=\"");
  GVariantIter iter;
  const char  *key = NULL;
  GVariant    *value = NULL;

  self->status = g_variant_ref (status);
  self->values =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_variant_unref);
  g_variant_iter_init (&iter, status);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    g_hash_table_insert (self->values, (gpointer) key, value);

  append_label (labels, read_text (self, "name"));
  g_string_append (labels, "\",topic=\"");
  append_label (labels, read_text (self, "topic"));
  g_string_append_c (labels, '"');
  self->labels = g_string_free (labels, FALSE);

  return self;
}

/* Of all sources, as @status has them; transfer full. */
static GPtrArray *
list_sources (GVariant *status)
{
  GPtrArray *sources = g_ptr_array_new_with_free_func (source_free);
  g_autoptr (GVariant) list = g_variant_lookup_value (status, "sources", G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) source = g_variant_get_child_value (list, i);

      g_ptr_array_add (sources, source_new (source));
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
append_family (GString *out, const Family *family, GPtrArray *sources, gboolean is_open)
{
  g_autofree char *name = g_strconcat (family->name, family->is_counter ? "_total" : "", NULL);
  gboolean         has_head = FALSE;

  for (guint i = 0; i < sources->len; i++)
    {
      const Source *source = sources->pdata[i];
      double        number = 0;

      if (!read_number (source, family->key, &number))
        continue;
      if (!has_head)
        append_head (
            out, family->name, family->is_counter ? "counter" : "gauge", family->help, is_open);
      has_head = TRUE;
      append_sample (out, name, source, "", number / family->divisor);
    }
}

/* Counters that a label distinguishes: @labels are pairs of its text and a key. */
static void
append_split (GString          *out,
              const char       *family,
              const char       *help,
              const char *const labels[][2],
              GPtrArray        *sources,
              gboolean          is_open)
{
  g_autofree char *name = g_strconcat (family, "_total", NULL);

  append_head (out, family, "counter", help, is_open);
  for (guint i = 0; i < sources->len; i++)
    {
      const Source *source = sources->pdata[i];

      for (gsize j = 0; labels[j][0] != NULL; j++)
        {
          double number = 0;

          if (read_number (source, labels[j][1], &number))
            append_sample (out, name, source, labels[j][0], number);
        }
    }
}

/* How long something took, by source. */
typedef struct
{
  const char *name;
  const char *buckets; /* keys in the source's status */
  const char *seconds;
  const char *help;
} Histogram;

static const Histogram histograms[] = {
  { "qsource_source_flush_duration_seconds",
    "flush-buckets",
    "flush-seconds",
    "Duration of flushes, including failed ones." },
  { "qsource_source_ack_latency_seconds",
    "ack-buckets",
    "ack-seconds",
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
append_histogram (GString *out, const Histogram *self, GPtrArray *sources, gboolean is_open)
{
  g_autofree char *bucket = g_strconcat (self->name, "_bucket", NULL);
  g_autofree char *total = g_strconcat (self->name, "_sum", NULL);
  g_autofree char *count = g_strconcat (self->name, "_count", NULL);
  g_auto (GStrv) bounds = dup_bounds ();

  append_head (out, self->name, "histogram", self->help, is_open);
  for (guint i = 0; i < sources->len; i++)
    {
      const Source  *source = sources->pdata[i];
      GVariant      *buckets = g_hash_table_lookup (source->values, self->buckets);
      double         seconds = 0;
      guint64        sum = 0;
      gsize          n = 0;
      const guint64 *values = buckets != NULL ? g_variant_get_fixed_array (buckets, &n, 8) : NULL;

      for (guint j = 0; j < MIN (n, QS_N_BUCKETS); j++)
        {
          sum += values[j];
          append_sample (out, bucket, source, bounds[j], (double) sum);
        }
      read_number (source, self->seconds, &seconds);
      append_sample (out, total, source, "", seconds);
      append_sample (out, count, source, "", (double) sum);
    }
}

static void
append_restarts (GString *out, GPtrArray *sources, gboolean is_open)
{
  append_head (out,
               "qsource_source_restarts",
               "counter",
               "Restarts of workers by reason: on request, because the worker was killed or "
               "crashed, or because its source failed.",
               is_open);
  for (guint i = 0; i < sources->len; i++)
    {
      const Source *source = sources->pdata[i];
      double        all = 0, asked = 0, killed = 0;

      read_number (source, "n-restarts", &all);
      read_number (source, "n-restarts-asked", &asked);
      read_number (source, "n-restarts-killed", &killed);
      append_sample (out, RESTARTS, source, ",reason=\"asked\"", asked);
      append_sample (out, RESTARTS, source, ",reason=\"killed\"", killed);
      append_sample (out, RESTARTS, source, ",reason=\"failed\"", all - asked - killed);
    }
}

static void
append_statuses (GString *out, GPtrArray *sources, gboolean is_open)
{
  append_head (out,
               "qsource_source_status",
               "gauge",
               "1 for the current status of the source, 0 for all others.",
               is_open);
  for (guint i = 0; i < sources->len; i++)
    {
      const Source *source = sources->pdata[i];
      const char   *status = read_text (source, "status");

      for (gsize j = 0; j < G_N_ELEMENTS (statuses); j++)
        append_sample (out,
                       "qsource_source_status",
                       source,
                       statuses[j][1],
                       g_str_equal (status, statuses[j][0]) ? 1 : 0);
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

/* g_variant_lookup() would write all of @dict into one block for it. */
static void
append_text (GString *out, GVariant *dict, const char *key)
{
  g_autoptr (GVariant) text = g_variant_lookup_value (dict, key, G_VARIANT_TYPE_STRING);

  if (text != NULL)
    append_label (out, g_variant_get_string (text, NULL));
}

static void
append_build (GString *out, GVariant *status, gboolean is_open)
{
  append_head (
      out, "qsource_build_info", "gauge", "Versions of the library and of what it uses.", is_open);
  g_string_append (out, "qsource_build_info{version=\"");
  append_text (out, status, "version");
  g_string_append (out, "\",librdkafka=\"");
  append_text (out, status, "librdkafka-version");
  g_string_append (out, "\",rocksdb=\"" QS_ROCKSDB_VERSION "\"} 1\n");
}

char *
qs_metrics_to_text (GVariant *status, gboolean is_open)
{
  static const char *const flushes[][2] = { { ",result=\"ok\"", "n-flushes" },
                                            { ",result=\"failed\"", "n-failed-flushes" },
                                            { NULL } };
  static const char *const errors[][2] = { { ",kind=\"delivery\"", "n-failed" },
                                           { ",kind=\"user\"", "n-errors" },
                                           { NULL } };
  GString                 *out = g_string_new (NULL);
  g_autoptr (GPtrArray) sources = list_sources (status);
  g_autoptr (GVariant) started = g_variant_lookup_value (status, "started", G_VARIANT_TYPE_INT64);

  append_build (out, status, is_open);
  append_statuses (out, sources, is_open);
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    append_family (out, &families[i], sources, is_open);
  append_split (out, "qsource_source_flushes", "Flushes by result.", flushes, sources, is_open);
  for (gsize i = 0; i < G_N_ELEMENTS (histograms); i++)
    append_histogram (out, &histograms[i], sources, is_open);
  append_restarts (out, sources, is_open);
  append_split (out, "qsource_source_errors", "Errors by kind.", errors, sources, is_open);
  if (started != NULL)
    append_plain (out,
                  "qsource_application_start_timestamp_seconds",
                  "gauge",
                  "Start of the run.",
                  (double) g_variant_get_int64 (started) / 1000,
                  is_open);
  append_process (out, is_open);
  if (is_open)
    g_string_append (out, "# EOF\n");

  return g_string_free (out, FALSE);
}
