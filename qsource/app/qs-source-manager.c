/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-manager-private.h"

#include <string.h>

#include "qs-application-error.h"
#include "qs-base-source-private.h"
#include "qs-log-private.h"
#include "qs-process-worker-private.h"
#include "qs-restart-policy-private.h"
#include "qs-source-error.h"
#include "qs-thread-worker-private.h"
#include "qs-topic-private.h"

/* One source and, while it runs, its worker. */
typedef struct
{
  QsSourceManager *manager; /* not owned */
  QsBaseSource    *source;  /* owned */
  QsTopic         *topic;   /* owned */

  QsWorker       *worker;        /* owned; NULL while none runs */
  GSource        *restart_timer; /* owned; NULL unless a restart is due */
  QsRestartPolicy policy;
  gint64          started_at; /* monotonic, microseconds */
} Entry;

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

  /* What went wrong, one line a source, in the order in which it did. Owned. */
  GPtrArray *failures;
};

G_DEFINE_FINAL_TYPE (QsSourceManager, qs_source_manager, G_TYPE_OBJECT)

static void start_entry (Entry *entry);

static void
entry_free (Entry *entry)
{
  g_assert (entry->worker == NULL && entry->restart_timer == NULL);

  g_object_unref (entry->source);
  g_object_unref (entry->topic);
  g_free (entry);
}

/* Ends the run when no worker is left and none is due. */
static void
check_done (QsSourceManager *self)
{
  GFunc done = self->done;

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      if (entry->worker != NULL || entry->restart_timer != NULL)
        return;
    }

  self->done = NULL;
  if (done != NULL)
    done (self, self->done_data);
}

static void
clear_restart_timer (Entry *entry)
{
  if (entry->restart_timer == NULL)
    return;

  g_source_destroy (entry->restart_timer);
  g_clear_pointer (&entry->restart_timer, g_source_unref);
}

static gboolean
restart_cb (gpointer user_data)
{
  Entry *entry = user_data;

  clear_restart_timer (entry);
  start_entry (entry);
  check_done (entry->manager);

  return G_SOURCE_REMOVE;
}

/* Starts the failed source again, later, if it may. */
static gboolean
schedule_restart (Entry *entry, const GError *error)
{
  QsSourceManager *self = entry->manager;
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  double lifetime = (double) (g_get_monotonic_time () - entry->started_at) / G_USEC_PER_SEC;
  double delay = 0;

  /* A thread that failed may have left this process in any state. */
  if (self->is_stopping || self->settings->isolation == QS_ISOLATION_THREAD)
    return FALSE;

  delay = qs_restart_policy_next (&entry->policy, lifetime);
  if (delay < 0)
    return FALSE;

  qs_log_warning (qs_base_source_get_name (entry->source),
                  qs_topic_get_name (entry->topic),
                  "Failed, restart %d in %.1f s: %s",
                  entry->policy.n_restarts,
                  delay,
                  error->message);

  entry->restart_timer = g_timeout_source_new ((guint) (delay * 1000));
  g_source_set_callback (entry->restart_timer, restart_cb, entry, NULL);
  g_source_attach (entry->restart_timer, context);

  return TRUE;
}

/* The line about a failed source for run()'s error. */
static char *
describe_failure (Entry *entry, int pid, const GError *error)
{
  const char *detail = qs_base_source_get_error_detail (entry->source);
  const char *name = qs_base_source_get_name (entry->source);
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_printf (text, "source '%s'", name);
  if (pid > 0)
    g_string_append_printf (text, " (pid %d)", pid);
  g_string_append_printf (text, ": %s", error->message);
  if (error->domain != QS_SOURCE_ERROR)
    g_string_append_printf (text, " (%s, %d)", g_quark_to_string (error->domain), error->code);
  if (detail != NULL)
    g_string_append_printf (text, "\n%s", detail);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* A source that will not be started again has failed. */
static void
give_up (Entry *entry, int pid, const GError *error)
{
  QsSourceManager *self = entry->manager;

  qs_log_warning (qs_base_source_get_name (entry->source),
                  qs_topic_get_name (entry->topic),
                  "Failed: %s",
                  error->message);

  if (self->listener->failed (entry->source, error, self->listener_data))
    return;

  g_ptr_array_add (self->failures, describe_failure (entry, pid, error));
  qs_source_manager_stop (self);
}

static void
started_cb (QsWorker *worker, int pid, Entry *entry)
{
  QsSourceManager *self = entry->manager;

  qs_log_message (qs_base_source_get_name (entry->source),
                  qs_topic_get_name (entry->topic),
                  "Source started (pid %d), produces to topic '%s'",
                  pid,
                  qs_topic_get_name (entry->topic));
  self->listener->started (entry->source, pid, self->listener_data);
}

static void
connected_cb (QsWorker *worker, Entry *entry)
{
  entry->manager->listener->connected (entry->source, entry->manager->listener_data);
}

static void
connect_failed_cb (QsWorker *worker, GError *error, Entry *entry)
{
  entry->manager->listener->connect_failed (entry->source, error, entry->manager->listener_data);
}

static void
stats_cb (QsWorker *worker, GVariant *stats, Entry *entry)
{
  entry->manager->listener->stats (entry->source, stats, entry->manager->listener_data);
}

static void
ended_cb (QsWorker *worker, GError *error, const char *detail, Entry *entry)
{
  g_autoptr (QsSourceManager) self = g_object_ref (entry->manager);
  g_autoptr (QsWorker) ended = g_steal_pointer (&entry->worker);

  g_signal_handlers_disconnect_by_data (ended, entry);

  if (error == NULL)
    {
      qs_log_message (qs_base_source_get_name (entry->source),
                      qs_topic_get_name (entry->topic),
                      "Source finished");
      self->listener->finished (entry->source, self->listener_data);
    }
  else if (!schedule_restart (entry, error))
    {
      give_up (entry, qs_worker_get_pid (ended), error);
    }

  check_done (self);
}

static QsWorker *
make_worker (Entry *entry)
{
  const QsWorkerSettings *settings = entry->manager->settings;

  if (settings->isolation == QS_ISOLATION_THREAD)
    return qs_thread_worker_new (entry->source, entry->topic, settings->config);

  return qs_process_worker_new (entry->source,
                                settings->config,
                                settings->application,
                                settings->worker_argv,
                                settings->startup_timeout);
}

static void
start_entry (Entry *entry)
{
  g_autoptr (GError) error = NULL;

  entry->started_at = g_get_monotonic_time ();
  entry->worker = make_worker (entry);
  g_signal_connect (entry->worker, "started", G_CALLBACK (started_cb), entry);
  g_signal_connect (entry->worker, "connected", G_CALLBACK (connected_cb), entry);
  g_signal_connect (entry->worker, "connect-failed", G_CALLBACK (connect_failed_cb), entry);
  g_signal_connect (entry->worker, "stats", G_CALLBACK (stats_cb), entry);
  g_signal_connect (entry->worker, "ended", G_CALLBACK (ended_cb), entry);

  if (qs_worker_start (entry->worker, &error))
    return;

  g_signal_handlers_disconnect_by_data (entry->worker, entry);
  g_clear_object (&entry->worker);
  qs_base_source_set_status (entry->source, QS_SOURCE_STATUS_FAILED);
  qs_base_source_take_error (entry->source, g_error_copy (error));
  if (!schedule_restart (entry, error))
    give_up (entry, 0, error);
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

GPtrArray *
qs_source_manager_get_topics (QsSourceManager *self)
{
  GPtrArray *topics = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      g_ptr_array_add (topics, g_object_ref (entry->topic));
    }

  return topics;
}

void
qs_source_manager_start (QsSourceManager        *self,
                         const QsWorkerSettings *settings,
                         GFunc                   done,
                         gpointer                user_data)
{
  self->settings = settings;
  self->done = done;
  self->done_data = user_data;
  self->is_stopping = FALSE;
  g_ptr_array_set_size (self->failures, 0);

  for (guint i = 0; i < self->entries->len && !self->is_stopping; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      entry->policy = (QsRestartPolicy){
        .max_restarts = settings->max_restarts,
        .backoff = settings->restart_backoff,
      };
      start_entry (entry);
    }

  check_done (self);
}

void
qs_source_manager_stop (QsSourceManager *self)
{
  self->is_stopping = TRUE;

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      clear_restart_timer (entry);
      if (entry->worker != NULL)
        qs_worker_stop (entry->worker);
    }

  check_done (self);
}

void
qs_source_manager_kill (QsSourceManager *self)
{
  self->is_stopping = TRUE;

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      clear_restart_timer (entry);
      if (entry->worker != NULL)
        qs_worker_kill (entry->worker);
    }
}

gboolean
qs_source_manager_take_result (QsSourceManager *self, GError **error)
{
  g_autofree char *text = NULL;

  if (self->failures->len == 0)
    return TRUE;

  g_ptr_array_add (self->failures, NULL);
  text = g_strjoinv ("; ", (char **) self->failures->pdata);
  g_ptr_array_set_size (self->failures, 0);
  g_set_error_literal (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED, text);

  return FALSE;
}
