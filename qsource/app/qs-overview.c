/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-overview-private.h"

#include <string.h>

#include "qs-base-source.h"
#include "qs-enum-types.h"
#include "qs-moves-private.h"
#include "qs-source-stats-private.h"

/* Over how many microseconds a rate is. */
#define RATE_WINDOW (5 * G_USEC_PER_SEC)

/* Counters come once a second: enough for the window. */
#define N_SAMPLES 16

/* How many errors of a source are kept. */
#define N_ERRORS 20

typedef struct
{
  gint64  time; /* monotonic, microseconds */
  guint64 n;
} Sample;

typedef struct
{
  gint64 time; /* milliseconds since 1970 */
  char  *message;
  char  *detail; /* nullable */
} Problem;

/* The data of one source. */
typedef struct
{
  QsOverview   *overview; /* not owned */
  QsBaseSource *source;   /* owned */
  int           pid;      /* of the worker that was started last; 0 = none runs */
  gint64        since;    /* of its status, milliseconds since 1970 */
  Sample        samples[N_SAMPLES];
  guint         n_samples;
  GQueue        problems; /* Problem, the newest first */
  guint64       n_problems;
  QsMoves       moves;
} Entry;

struct _QsOverview
{
  QsSourceList *sources;     /* not owned */
  GObject      *application; /* not owned */
  GPtrArray    *entries;     /* Entry, in the order of the sources; owned */
  GHashTable   *by_source;   /* the same, by source; it owns neither */
  gint64        started;     /* milliseconds since 1970; 0 = never */
  gboolean      is_running;
};

/* The first that a source has is the one of the whole application. */
static const QsSourceStatus order[] = {
  QS_SOURCE_STATUS_FAILED, QS_SOURCE_STATUS_RECOVERING, QS_SOURCE_STATUS_STARTING,
  QS_SOURCE_STATUS_PAUSED, QS_SOURCE_STATUS_STOPPING,   QS_SOURCE_STATUS_RUNNING,
  QS_SOURCE_STATUS_IDLE,   QS_SOURCE_STATUS_FINISHED,
};

static gint64
get_now (void)
{
  return g_get_real_time () / 1000;
}

static void
problem_free (gpointer data)
{
  Problem *self = data;

  g_free (self->message);
  g_free (self->detail);
  g_free (self);
}

static void
add_problem (Entry *entry, const GError *error, const char *detail)
{
  Problem *newest = g_queue_peek_head (&entry->problems);
  Problem *problem = NULL;

  entry->n_problems++;
  /* An error that is reported twice, such as a failed connection that ends the source, counts
   * once. */
  if (newest != NULL && newest->detail == NULL &&
      g_str_has_suffix (error->message, newest->message))
    {
      problem_free (g_queue_pop_head (&entry->problems));
      entry->n_problems--;
    }

  problem = g_new0 (Problem, 1);
  problem->time = get_now ();
  problem->message = g_utf8_make_valid (error->message, -1);
  problem->detail = detail != NULL ? g_utf8_make_valid (detail, -1) : NULL;
  g_queue_push_head (&entry->problems, problem);
  if (entry->problems.length > N_ERRORS)
    problem_free (g_queue_pop_tail (&entry->problems));
}

static void
status_cb (Entry *entry)
{
  g_autoptr (GError) error = NULL;

  entry->since = get_now ();
  switch (qs_base_source_get_status (entry->source))
    {
    case QS_SOURCE_STATUS_FAILED:
      entry->pid = 0;
      error = qs_base_source_dup_error (entry->source);
      if (error != NULL)
        add_problem (entry, error, qs_base_source_get_error_detail (entry->source));
      break;

    case QS_SOURCE_STATUS_FINISHED:
      entry->pid = 0;
      break;

    case QS_SOURCE_STATUS_IDLE:
    case QS_SOURCE_STATUS_STARTING:
    case QS_SOURCE_STATUS_RECOVERING:
    case QS_SOURCE_STATUS_RUNNING:
    case QS_SOURCE_STATUS_PAUSED:
    case QS_SOURCE_STATUS_STOPPING:
    default:
      break;
    }
}

static void
entry_free (gpointer data)
{
  Entry *self = data;

  g_signal_handlers_disconnect_by_data (self->source, self);
  g_queue_clear_full (&self->problems, problem_free);
  qs_moves_clear (&self->moves);
  g_object_unref (self->source);
  g_free (self);
}

static Entry *
find_entry (QsOverview *self, QsBaseSource *source)
{
  return g_hash_table_lookup (self->by_source, source);
}

static void
add_entry (QsOverview *self, QsBaseSource *source)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->overview = self;
  entry->source = g_object_ref (source);
  entry->since = get_now ();
  g_queue_init (&entry->problems);
  qs_moves_init (&entry->moves);
  g_signal_connect_swapped (source, "notify::status", G_CALLBACK (status_cb), entry);
  g_ptr_array_add (self->entries, entry);
  g_hash_table_insert (self->by_source, source, entry);
}

static void
add_sample (Entry *entry)
{
  const Sample sample = {
    .time = g_get_monotonic_time (),
    .n = qs_source_stats_get_n_acknowledged (qs_base_source_get_stats (entry->source)),
  };

  if (entry->n_samples == N_SAMPLES)
    memmove (entry->samples, entry->samples + 1, (N_SAMPLES - 1) * sizeof (Sample));
  else
    entry->n_samples++;
  entry->samples[entry->n_samples - 1] = sample;
}

static void
started_cb (QsOverview *self, QsBaseSource *source, int pid)
{
  Entry *entry = find_entry (self, source);

  if (entry != NULL)
    entry->pid = pid;
}

static void
connect_failed_cb (QsOverview *self, QsBaseSource *source, const GError *error)
{
  Entry *entry = find_entry (self, source);

  if (entry != NULL)
    add_problem (entry, error, NULL);
}

static void
stats_cb (QsOverview *self, QsBaseSource *source)
{
  Entry *entry = find_entry (self, source);

  if (entry != NULL)
    add_sample (entry);
}

static void
assigned_cb (QsOverview *self, QsBaseSource *source, int partition)
{
  Entry *entry = find_entry (self, source);

  if (entry != NULL)
    qs_moves_add (&entry->moves, partition, QS_MOVE_ASSIGNED, get_now ());
}

static void
revoked_cb (QsOverview *self, QsBaseSource *source, int partition, gboolean is_lost)
{
  Entry *entry = find_entry (self, source);

  if (entry != NULL)
    qs_moves_add (&entry->moves, partition, is_lost ? QS_MOVE_LOST : QS_MOVE_GIVEN, get_now ());
}

QsOverview *
qs_overview_new (QsSourceList *sources, GObject *application)
{
  QsOverview *self = g_new0 (QsOverview, 1);

  self->sources = sources;
  self->application = application;
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->by_source = g_hash_table_new (NULL, NULL);
  g_signal_connect_swapped (application, "source-started", G_CALLBACK (started_cb), self);
  g_signal_connect_swapped (
      application, "source-connect-failed", G_CALLBACK (connect_failed_cb), self);
  g_signal_connect_swapped (application, "source-stats", G_CALLBACK (stats_cb), self);
  g_signal_connect_swapped (application, "partition-assigned", G_CALLBACK (assigned_cb), self);
  g_signal_connect_swapped (application, "partition-revoked", G_CALLBACK (revoked_cb), self);

  return self;
}

void
qs_overview_free (QsOverview *self)
{
  g_signal_handlers_disconnect_by_data (self->application, self);
  g_hash_table_unref (self->by_source);
  g_ptr_array_unref (self->entries);
  g_free (self);
}

void
qs_overview_begin (QsOverview *self)
{
  g_autoptr (GPtrArray) sources = qs_source_list_dup_sources (self->sources);

  self->started = get_now ();
  self->is_running = TRUE;
  g_hash_table_remove_all (self->by_source);
  g_ptr_array_set_size (self->entries, 0);
  for (guint i = 0; i < sources->len; i++)
    add_entry (self, sources->pdata[i]);
}

void
qs_overview_end (QsOverview *self)
{
  self->is_running = FALSE;
  for (guint i = 0; i < self->entries->len; i++)
    qs_moves_end (&((Entry *) self->entries->pdata[i])->moves);
}

gint64
qs_overview_get_started (QsOverview *self)
{
  return self->started;
}

guint64
qs_overview_get_n_errors (QsOverview *self, QsBaseSource *source)
{
  Entry *entry = find_entry (self, source);

  return entry != NULL ? entry->n_problems : 0;
}

/* Records a second. Counters that don't come have not changed. */
static double
get_rate (QsOverview *self, Entry *entry)
{
  gint64  now = g_get_monotonic_time ();
  gint64  start = now - RATE_WINDOW;
  guint64 before = 0;
  gint64  run = (get_now () - self->started) * 1000;

  if (entry->n_samples == 0 || !self->is_running)
    return 0;

  for (guint i = 0; i < entry->n_samples && entry->samples[i].time <= start; i++)
    before = entry->samples[i].n;

  return (double) (entry->samples[entry->n_samples - 1].n - before) * G_USEC_PER_SEC /
         (double) CLAMP (run, G_USEC_PER_SEC, RATE_WINDOW);
}

const char *
qs_overview_get_status (QsOverview *self)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (QS_TYPE_SOURCE_STATUS);

  if (!self->is_running)
    return "idle";

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    for (guint j = 0; j < self->entries->len; j++)
      {
        Entry *entry = g_ptr_array_index (self->entries, j);

        if (qs_base_source_get_status (entry->source) == order[i])
          return g_enum_get_value (klass, (int) order[i])->value_nick;
      }

  return "running";
}

static GVariant *
describe_problems (Entry *entry)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (GList *link = entry->problems.head; link != NULL; link = link->next)
    {
      Problem *problem = link->data;

      g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&builder, "{sv}", "time", g_variant_new_int64 (problem->time));
      g_variant_builder_add (&builder, "{sv}", "message", g_variant_new_string (problem->message));
      if (problem->detail != NULL)
        g_variant_builder_add (&builder, "{sv}", "detail", g_variant_new_string (problem->detail));
      g_variant_builder_close (&builder);
    }

  return g_variant_builder_end (&builder);
}

GVariant *
qs_overview_describe_source (QsOverview *self, QsBaseSource *source)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (QS_TYPE_SOURCE_STATUS);
  const char      *name = qs_base_source_get_name (source);
  Entry           *entry = find_entry (self, source);
  Problem         *problem = entry != NULL ? g_queue_peek_head (&entry->problems) : NULL;
  QsBaseSource    *found = NULL;
  QsTopic         *topic = NULL;
  QsManagedSource *managed = NULL;
  GVariantBuilder  dict;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "name", g_variant_new ("s", name));
  g_variant_builder_add (&dict, "{sv}", "type", g_variant_new ("s", G_OBJECT_TYPE_NAME (source)));
  if (qs_source_list_lookup (self->sources, name, &found, &topic))
    g_variant_builder_add (&dict, "{sv}", "topic", g_variant_new ("s", qs_topic_get_name (topic)));
  g_variant_builder_add (
      &dict,
      "{sv}",
      "status",
      g_variant_new (
          "s", g_enum_get_value (klass, (int) qs_base_source_get_status (source))->value_nick));
  qs_source_stats_describe (qs_base_source_get_stats (source), &dict);
  managed = qs_source_list_find (self->sources, source);
  if (managed != NULL && self->is_running)
    qs_managed_source_describe (managed, &dict);
  if (entry == NULL)
    return g_variant_builder_end (&dict);

  g_variant_builder_add (&dict, "{sv}", "since", g_variant_new ("x", entry->since));
  g_variant_builder_add (&dict, "{sv}", "pid", g_variant_new ("i", entry->pid));
  g_variant_builder_add (&dict, "{sv}", "rate", g_variant_new ("d", get_rate (self, entry)));
  g_variant_builder_add (&dict, "{sv}", "n-errors", g_variant_new ("t", entry->n_problems));
  if (problem != NULL)
    {
      g_variant_builder_add (&dict, "{sv}", "last-error", g_variant_new ("s", problem->message));
      g_variant_builder_add (&dict, "{sv}", "last-error-time", g_variant_new ("x", problem->time));
    }
  g_variant_builder_add (&dict, "{sv}", "errors", describe_problems (entry));
  qs_moves_describe (&entry->moves, &dict);

  return g_variant_builder_end (&dict);
}

GVariant *
qs_overview_describe_sources (QsOverview *self)
{
  g_autoptr (GPtrArray) sources = qs_source_list_dup_sources (self->sources);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < sources->len; i++)
    g_variant_builder_add_value (&builder, qs_overview_describe_source (self, sources->pdata[i]));

  return g_variant_builder_end (&builder);
}
