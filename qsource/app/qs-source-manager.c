/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-manager-private.h"

#include <string.h>

#include "qs-application-error.h"
#include "qs-assignment-private.h"
#include "qs-base-source-private.h"
#include "qs-changelog-topic-private.h"
#include "qs-log-private.h"
#include "qs-process-worker-private.h"
#include "qs-restart-policy-private.h"
#include "qs-kafka-error.h"
#include "qs-source-error.h"
#include "qs-stateful-source.h"
#include "qs-thread-worker-private.h"
#include "qs-topic-private.h"

/* One source and, while it runs, its workers. */
typedef struct
{
  QsSourceManager *manager;   /* not owned */
  QsBaseSource    *source;    /* owned */
  QsTopic         *topic;     /* owned */
  GPtrArray       *slots;     /* Slot, one for each of its partitions; owned */
  gboolean         is_ending; /* one of them has failed for good */
} Entry;

/* One partition of a source and, while it runs, its worker. */
typedef struct
{
  Entry          *entry; /* not owned */
  int             partition;
  QsWorker       *worker;        /* owned; NULL while none runs */
  GSource        *restart_timer; /* owned; NULL unless a restart is due */
  QsRestartPolicy policy;
  gint64          started_at;    /* monotonic, microseconds */
  gboolean        has_committed; /* a flush has, since the last free restart */
  gboolean        had_free_restart;
} Slot;

struct _QsSourceManager
{
  GObject parent_instance;

  const QsSourceListener *listener; /* static */
  gpointer                listener_data;

  /* Entry, in the order in which they were added. Owned. */
  GPtrArray *entries;

  /* Only while it runs. */
  const QsWorkerSettings *settings;
  GFunc                   done;
  gpointer                done_data;
  gboolean                is_stopping;

  /* What went wrong, a text for each source, in the order in which it did. Owned. */
  GPtrArray *failures;
};

G_DEFINE_FINAL_TYPE (QsSourceManager, qs_source_manager, G_TYPE_OBJECT)

static void start_slot (Slot *slot);

static void
slot_free (Slot *slot)
{
  g_assert (slot->worker == NULL && slot->restart_timer == NULL);

  g_free (slot);
}

static void
entry_free (Entry *entry)
{
  g_ptr_array_unref (entry->slots);
  g_object_unref (entry->source);
  g_object_unref (entry->topic);
  g_free (entry);
}

/* Whether a worker of the source is left, or one is due. */
static gboolean
is_running (Entry *entry)
{
  for (guint i = 0; i < entry->slots->len; i++)
    {
      Slot *slot = g_ptr_array_index (entry->slots, i);

      if (slot->worker != NULL || slot->restart_timer != NULL)
        return TRUE;
    }

  return FALSE;
}

/* Ends the run when no worker is left and none is due. */
static void
check_done (QsSourceManager *self)
{
  GFunc done = self->done;

  for (guint i = 0; i < self->entries->len; i++)
    {
      if (is_running (g_ptr_array_index (self->entries, i)))
        return;
    }

  self->done = NULL;
  if (done != NULL)
    done (self, self->done_data);
}

static void
clear_restart_timer (Slot *slot)
{
  if (slot->restart_timer == NULL)
    return;

  g_source_destroy (slot->restart_timer);
  g_clear_pointer (&slot->restart_timer, g_source_unref);
}

static gboolean
restart_cb (gpointer user_data)
{
  Slot *slot = user_data;
  g_autoptr (QsSourceManager) self = g_object_ref (slot->entry->manager);

  clear_restart_timer (slot);
  start_slot (slot);
  check_done (self);

  return G_SOURCE_REMOVE;
}

/* Whether the failure is only how a worker asks what became of its transaction,
 * which the next one reads from the changelog. A second time without a flush
 * that succeeded, it is a failure as any other. */
static gboolean
take_free_restart (Slot *slot, const GError *error)
{
  if (!QS_IS_STATEFUL_SOURCE (slot->entry->source) ||
      !g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TRANSACTION) ||
      (slot->had_free_restart && !slot->has_committed))
    return FALSE;

  slot->had_free_restart = TRUE;
  slot->has_committed = FALSE;

  return TRUE;
}

/* Starts the failed source again, later, if it may. */
static gboolean
schedule_restart (Slot *slot, const GError *error)
{
  Entry           *entry = slot->entry;
  QsSourceManager *self = entry->manager;
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  double lifetime = (double) (g_get_monotonic_time () - slot->started_at) / G_USEC_PER_SEC;
  double delay = 0;

  /* A thread that failed may have left this process in any state, and one that
   * was fenced would fence its successor. */
  if (self->is_stopping || entry->is_ending || self->settings->isolation == QS_ISOLATION_THREAD ||
      g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FENCED))
    return FALSE;

  if (take_free_restart (slot, error))
    delay = self->settings->restart_backoff;
  else
    delay = qs_restart_policy_next (&slot->policy, lifetime);
  if (delay < 0)
    return FALSE;

  qs_log_warning (qs_base_source_get_name (entry->source),
                  qs_topic_get_name (entry->topic),
                  "Failed, restart %d in %.1f s: %s",
                  slot->policy.n_restarts,
                  delay,
                  error->message);

  slot->restart_timer = g_timeout_source_new ((guint) (delay * 1000));
  g_source_set_callback (slot->restart_timer, restart_cb, slot, NULL);
  g_source_attach (slot->restart_timer, context);

  return TRUE;
}

/* The line about a failed source for run()'s error. */
static char *
describe_failure (Slot *slot, int pid, const GError *error)
{
  QsBaseSource *source = slot->entry->source;
  const char   *detail = qs_base_source_get_error_detail (source);
  const char   *name = qs_base_source_get_name (source);
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_printf (text, "source '%s'", name);
  if (slot->entry->slots->len > 1)
    g_string_append_printf (text, ", partition %d", slot->partition);
  if (pid > 0)
    g_string_append_printf (text, " (pid %d)", pid);
  g_string_append_printf (text, ": %s", error->message);
  if (error->domain != QS_SOURCE_ERROR)
    g_string_append_printf (text, " (%s, %d)", g_quark_to_string (error->domain), error->code);
  if (detail != NULL)
    g_string_append_printf (text, "\n%s", detail);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
stop_entry (Entry *entry)
{
  for (guint i = 0; i < entry->slots->len; i++)
    {
      Slot *slot = g_ptr_array_index (entry->slots, i);

      clear_restart_timer (slot);
      if (slot->worker != NULL)
        qs_worker_stop (slot->worker);
    }
}

/* A source that will not be started again has failed. */
static void
give_up (Slot *slot, int pid, const GError *error)
{
  Entry           *entry = slot->entry;
  QsSourceManager *self = entry->manager;
  gboolean         is_fenced = g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FENCED);

  qs_log_warning (qs_base_source_get_name (entry->source),
                  qs_topic_get_name (entry->topic),
                  "Failed: %s",
                  error->message);

  /* Its other partitions would do half of a job. */
  entry->is_ending = TRUE;
  stop_entry (entry);
  if (self->listener->failed (entry->source, error, self->listener_data))
    return;

  g_ptr_array_add (self->failures, describe_failure (slot, pid, error));

  /* What another instance has taken over is not missing. */
  if (!is_fenced)
    qs_source_manager_stop (self);
}

static void
started_cb (QsWorker *worker, int pid, Slot *slot)
{
  Entry           *entry = slot->entry;
  QsSourceManager *self = entry->manager;
  g_autofree char *partition = NULL;

  if (entry->slots->len > 1)
    partition = g_strdup_printf (", partition %d", slot->partition);
  qs_log_message (qs_base_source_get_name (entry->source),
                  qs_topic_get_name (entry->topic),
                  "Source started (pid %d), produces to topic '%s'%s",
                  pid,
                  qs_topic_get_name (entry->topic),
                  partition != NULL ? partition : "");
  self->listener->started (entry->source, pid, self->listener_data);
}

static void
connected_cb (QsWorker *worker, Slot *slot)
{
  QsSourceManager *self = slot->entry->manager;

  self->listener->connected (slot->entry->source, self->listener_data);
}

static void
connect_failed_cb (QsWorker *worker, GError *error, Slot *slot)
{
  QsSourceManager *self = slot->entry->manager;

  self->listener->connect_failed (slot->entry->source, error, self->listener_data);
}

static void
recovering_cb (QsWorker *worker, gint64 n_records, gint64 n_left, double rate, Slot *slot)
{
  const char *name = qs_base_source_get_name (slot->entry->source);

  if (n_left > 0)
    qs_log_message (name,
                    NULL,
                    "Reading back the state: %" G_GINT64_FORMAT " records, %.0f a second, at most "
                    "%" G_GINT64_FORMAT " to go",
                    n_records,
                    rate,
                    n_left);
  else if (n_records > 0)
    qs_log_message (name, NULL, "The state is read back (%" G_GINT64_FORMAT " records)", n_records);
}

static void
stats_cb (QsWorker *worker, GVariant *stats, Slot *slot)
{
  QsSourceManager *self = slot->entry->manager;
  guint64          n_commits = 0;

  if (g_variant_lookup (stats, "n-commits", "t", &n_commits) && n_commits > 0)
    slot->has_committed = TRUE;

  self->listener->stats (slot->entry->source, stats, self->listener_data);
}

static void
finish (Entry *entry)
{
  QsSourceManager *self = entry->manager;

  if (is_running (entry) || entry->is_ending)
    return;

  qs_log_message (
      qs_base_source_get_name (entry->source), qs_topic_get_name (entry->topic), "Source finished");
  self->listener->finished (entry->source, self->listener_data);
}

static void
ended_cb (QsWorker *worker, GError *error, const char *detail, Slot *slot)
{
  g_autoptr (QsSourceManager) self = g_object_ref (slot->entry->manager);
  g_autoptr (QsWorker) ended = g_steal_pointer (&slot->worker);

  g_signal_handlers_disconnect_by_data (ended, slot);

  if (error == NULL)
    finish (slot->entry);
  else if (!schedule_restart (slot, error))
    give_up (slot, qs_worker_get_pid (ended), error);

  check_done (self);
}

static QsWorker *
make_worker (Slot *slot)
{
  Entry                  *entry = slot->entry;
  const QsWorkerSettings *settings = entry->manager->settings;
  QsWorker               *worker = NULL;

  if (settings->isolation == QS_ISOLATION_THREAD)
    worker = qs_thread_worker_new (entry->source, entry->topic, settings->config);
  else
    worker = qs_process_worker_new (entry->source,
                                    settings->config,
                                    settings->application,
                                    settings->worker_argv,
                                    settings->startup_timeout);
  qs_worker_set_state (worker, settings->state, slot->partition);

  return worker;
}

static void
start_slot (Slot *slot)
{
  QsBaseSource *source = slot->entry->source;
  g_autoptr (GError) error = NULL;

  slot->started_at = g_get_monotonic_time ();
  slot->worker = make_worker (slot);
  g_signal_connect (slot->worker, "started", G_CALLBACK (started_cb), slot);
  g_signal_connect (slot->worker, "connected", G_CALLBACK (connected_cb), slot);
  g_signal_connect (slot->worker, "connect-failed", G_CALLBACK (connect_failed_cb), slot);
  g_signal_connect (slot->worker, "recovering", G_CALLBACK (recovering_cb), slot);
  g_signal_connect (slot->worker, "stats", G_CALLBACK (stats_cb), slot);
  g_signal_connect (slot->worker, "ended", G_CALLBACK (ended_cb), slot);

  if (qs_worker_start (slot->worker, &error))
    return;

  g_signal_handlers_disconnect_by_data (slot->worker, slot);
  g_clear_object (&slot->worker);
  qs_base_source_set_status (source, QS_SOURCE_STATUS_FAILED);
  qs_base_source_take_error (source, g_error_copy (error));
  if (!schedule_restart (slot, error))
    give_up (slot, 0, error);
}

/* Makes a slot for each partition of the source that runs here. */
static void
assign_slots (Entry *entry)
{
  const QsWorkerSettings *settings = entry->manager->settings;
  g_autoptr (QsAssignment) assignment = qs_assignment_new (entry->source);
  guint      n_partitions = 0;
  const int *partitions = qs_assignment_get_partitions (assignment, &n_partitions);

  entry->is_ending = FALSE;
  g_ptr_array_set_size (entry->slots, 0);
  for (guint i = 0; i < n_partitions; i++)
    {
      Slot *slot = g_new0 (Slot, 1);

      slot->entry = entry;
      slot->partition = partitions[i];
      slot->policy = (QsRestartPolicy){
        .max_restarts = settings->max_restarts,
        .backoff = settings->restart_backoff,
      };
      g_ptr_array_add (entry->slots, slot);
    }
}

/* One object can't run twice in one process. */
static gboolean
check_isolation (Entry *entry, GError **error)
{
  if (entry->manager->settings->isolation != QS_ISOLATION_THREAD || entry->slots->len <= 1)
    return TRUE;

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_NOT_STARTED,
               "Cannot run the %u partitions of source '%s' in threads: set "
               "QsApplication:isolation to process",
               entry->slots->len,
               qs_base_source_get_name (entry->source));
  return FALSE;
}

static void
start_entry (Entry *entry)
{
  g_autoptr (GError) error = NULL;

  assign_slots (entry);
  if (!check_isolation (entry, &error))
    {
      give_up (g_ptr_array_index (entry->slots, 0), 0, error);
      return;
    }

  for (guint i = 0; i < entry->slots->len && !entry->is_ending; i++)
    start_slot (g_ptr_array_index (entry->slots, i));
}

static void
qs_source_manager_finalize (GObject *object)
{
  QsSourceManager *self = QS_SOURCE_MANAGER (object);

  g_ptr_array_unref (self->entries);
  g_ptr_array_unref (self->failures);

  G_OBJECT_CLASS (qs_source_manager_parent_class)->finalize (object);
}

static void
qs_source_manager_class_init (QsSourceManagerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qs_source_manager_finalize;
}

static void
qs_source_manager_init (QsSourceManager *self)
{
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  self->failures = g_ptr_array_new_with_free_func (g_free);
}

QsSourceManager *
qs_source_manager_new (const QsSourceListener *listener, gpointer user_data)
{
  QsSourceManager *self = g_object_new (QS_TYPE_SOURCE_MANAGER, NULL);

  self->listener = listener;
  self->listener_data = user_data;

  return self;
}

static gboolean
check_name (QsBaseSource *source, GError **error)
{
  const char *name = qs_base_source_get_name (source);

  if (name != NULL && *name != '\0' &&
      name[strspn (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-")] == '\0')
    return TRUE;

  g_set_error (error,
               QS_APPLICATION_ERROR,
               QS_APPLICATION_ERROR_NOT_CONFIGURED,
               "Cannot add a source of class %s: its name is %s%s%s, "
               "but it must be one or more of the letters a-z and A-Z, digits, '.', '_' and '-'",
               G_OBJECT_TYPE_NAME (source),
               name != NULL ? "'" : "",
               name != NULL ? name : "not set",
               name != NULL ? "'" : "");
  return FALSE;
}

/* Whether no other source has this name or topic. */
static gboolean
check_unique (QsSourceManager *self, const char *name, QsTopic *topic, GError **error)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry      *entry = g_ptr_array_index (self->entries, i);
      const char *other = qs_base_source_get_name (entry->source);

      if (g_str_equal (other, name))
        {
          g_set_error (error,
                       QS_APPLICATION_ERROR,
                       QS_APPLICATION_ERROR_DUPLICATE,
                       "Cannot add source '%s': this application has a source of that name",
                       name);
          return FALSE;
        }

      if (g_str_equal (qs_topic_get_name (entry->topic), qs_topic_get_name (topic)))
        {
          g_set_error (error,
                       QS_APPLICATION_ERROR,
                       QS_APPLICATION_ERROR_DUPLICATE,
                       "Cannot add source '%s': source '%s' produces to topic '%s' already",
                       name,
                       other,
                       qs_topic_get_name (topic));
          return FALSE;
        }
    }

  return TRUE;
}

/* The topic of a source whose user gave none; transfer full. */
static QsTopic *
make_default_topic (QsBaseSource *source, GError **error)
{
  g_autoptr (QsTopic) topic = qs_base_source_default_topic (source);
  g_autofree char *name = NULL;

  if (topic == NULL)
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_NOT_IMPLEMENTED,
                   "Cannot add source '%s' without a topic: default_topic() of its class %s "
                   "is missing or returned nothing",
                   qs_base_source_get_name (source),
                   G_OBJECT_TYPE_NAME (source));
      return NULL;
    }

  name = g_strconcat ("source__", qs_topic_get_name (topic), NULL);

  return qs_topic_new_renamed (topic, name);
}

QsTopic *
qs_source_manager_add (QsSourceManager *self, QsBaseSource *source, QsTopic *topic, GError **error)
{
  g_autoptr (QsTopic) own_topic = topic != NULL ? g_object_ref (topic) : NULL;
  Entry *entry = NULL;

  if (!check_name (source, error))
    return NULL;

  if (own_topic == NULL)
    own_topic = make_default_topic (source, error);

  if (own_topic == NULL || !check_unique (self, qs_base_source_get_name (source), own_topic, error))
    return NULL;

  entry = g_new0 (Entry, 1);
  entry->manager = self;
  entry->source = g_object_ref (source);
  entry->topic = g_steal_pointer (&own_topic);
  entry->slots = g_ptr_array_new_with_free_func ((GDestroyNotify) slot_free);
  g_ptr_array_add (self->entries, entry);

  return entry->topic;
}

gboolean
qs_source_manager_lookup (QsSourceManager *self,
                          const char      *name,
                          QsBaseSource   **source,
                          QsTopic        **topic)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      if (!g_str_equal (qs_base_source_get_name (entry->source), name))
        continue;

      *source = entry->source;
      *topic = entry->topic;
      return TRUE;
    }

  return FALSE;
}

/* The store names of an application are told apart by nothing else. */
static gboolean
check_store_name (GHashTable *names, QsStatefulSource *source, GError **error)
{
  const char *name = qs_stateful_source_get_store_name (source);

  if (g_hash_table_add (names, g_strdup (name)))
    return TRUE;

  g_set_error (error,
               QS_APPLICATION_ERROR,
               QS_APPLICATION_ERROR_DUPLICATE,
               "Cannot run source '%s': another source of this application has the store '%s', too",
               qs_base_source_get_name (QS_BASE_SOURCE (source)),
               name);
  return FALSE;
}

GPtrArray *
qs_source_manager_get_topics (QsSourceManager *self, QsStateConfig *state, GError **error)
{
  g_autoptr (GPtrArray) topics = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry            *entry = g_ptr_array_index (self->entries, i);
      QsStatefulSource *source = NULL;
      g_autofree char  *changelog = NULL;

      g_ptr_array_add (topics, g_object_ref (entry->topic));
      if (!QS_IS_STATEFUL_SOURCE (entry->source))
        continue;

      source = QS_STATEFUL_SOURCE (entry->source);
      if (!check_store_name (names, source, error))
        return NULL;
      if (!state->use_changelog_topics)
        continue;

      changelog = qs_state_config_dup_changelog (state, qs_stateful_source_get_store_name (source));
      g_ptr_array_add (
          topics, qs_changelog_topic_new (changelog, qs_stateful_source_get_n_partitions (source)));
    }

  return g_steal_pointer (&topics);
}

GPtrArray *
qs_source_manager_get_sources (QsSourceManager *self)
{
  GPtrArray *sources = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      g_ptr_array_add (sources, g_object_ref (entry->source));
    }

  return sources;
}

gboolean
qs_source_manager_has_state (QsSourceManager *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      if (QS_IS_STATEFUL_SOURCE (entry->source))
        return TRUE;
    }

  return FALSE;
}

void
qs_source_manager_start (QsSourceManager        *self,
                         const QsWorkerSettings *settings,
                         GFunc                   done,
                         gpointer                user_data)
{
  /* The application may go with the run, which may be over in here. */
  g_autoptr (QsSourceManager) keep = g_object_ref (self);

  self->settings = settings;
  self->done = done;
  self->done_data = user_data;
  self->is_stopping = FALSE;
  g_ptr_array_set_size (self->failures, 0);

  for (guint i = 0; i < self->entries->len && !self->is_stopping; i++)
    start_entry (g_ptr_array_index (self->entries, i));

  check_done (self);
}

void
qs_source_manager_stop (QsSourceManager *self)
{
  self->is_stopping = TRUE;

  for (guint i = 0; i < self->entries->len; i++)
    stop_entry (g_ptr_array_index (self->entries, i));

  check_done (self);
}

void
qs_source_manager_kill (QsSourceManager *self)
{
  self->is_stopping = TRUE;

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      for (guint j = 0; j < entry->slots->len; j++)
        {
          Slot *slot = g_ptr_array_index (entry->slots, j);

          clear_restart_timer (slot);
          if (slot->worker != NULL)
            qs_worker_kill (slot->worker);
        }
    }
}

gboolean
qs_source_manager_take_result (QsSourceManager *self, GError **error)
{
  g_autofree char *text = NULL;

  if (self->failures->len == 0)
    return TRUE;

  g_ptr_array_add (self->failures, NULL);
  text = g_strjoinv ("\n", (char **) self->failures->pdata);
  g_ptr_array_set_size (self->failures, 0);
  g_set_error_literal (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED, text);

  return FALSE;
}
