/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-run-private.h"

#include <signal.h>
#include <unistd.h>

#include "qs-admin-private.h"
#include "qs-cancel-watch-private.h"
#include "qs-gsource-private.h"
#include "qs-log-private.h"
#include "qs-program-private.h"
#include "qs-service-private.h"
#include "qs-signal-guard-private.h"
#include "qs-source-error.h"
#include "qs-topic-manager-private.h"

/* Signals within so many microseconds are one. */
#define ONE_SIGNAL G_USEC_PER_SEC

struct _QsRun
{
  QsRunSettings *settings;       /* owned */
  GPtrArray     *topics;         /* QsTopic, which must be there; owned */
  GTask         *task;           /* owned */
  GCancellable  *stop;           /* owned */
  QsSignalGuard *signals;        /* owned */
  QsService     *service;        /* owned; ends with the run */
  QsCancelWatch *stop_watch;     /* owned */
  GSource       *timeout_source; /* owned; NULL without a time-out */
  GError        *error;          /* owned; the first thing that went wrong */
  GPtrArray     *failures;       /* a text for each source that failed, in this order; owned */
  gboolean       has_sources;    /* they run */
  gboolean       is_stopping;    /* they were asked to end */
  gboolean       is_reading;     /* the dataframes' loop runs */
  gint64         signalled_at;   /* monotonic, of the first signal; 0 = none came */
};

void
qs_run_settings_free (QsRunSettings *self)
{
  qs_kafka_config_unref (self->workers.config);
  qs_state_settings_unref (self->workers.state);
  g_strfreev ((char **) self->workers.worker_argv);
  g_free ((char *) self->workers.share.instance_id);
  g_clear_pointer (&self->workers.share.thread, qs_claim_thread_free);
  g_free (self);
}

QsRun *
qs_run_new (QsRunSettings *settings)
{
  QsRun *self = g_new0 (QsRun, 1);

  self->settings = settings;
  self->failures = g_ptr_array_new_with_free_func (g_free);

  return self;
}

void
qs_run_free (QsRun *self)
{
  qs_run_settings_free (self->settings);
  g_clear_pointer (&self->topics, g_ptr_array_unref);
  g_clear_object (&self->stop);
  g_clear_error (&self->error);
  g_ptr_array_unref (self->failures);
  g_free (self);
}

/* Decides where sources run: in a thread only if a process is not possible. */
static QsIsolation
choose_isolation (const QsWorkerSettings *settings)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = NULL;

  if (settings->isolation != QS_ISOLATION_AUTO)
    return settings->isolation;

  if (settings->worker_argv != NULL)
    return QS_ISOLATION_PROCESS;

  argv = qs_program_dup_argv (&error);
  if (argv != NULL)
    return QS_ISOLATION_PROCESS;

  qs_log_message (NULL, NULL, "Sources run in threads: %s", error->message);

  return QS_ISOLATION_THREAD;
}

static void
log_start (const QsWorkerSettings *settings)
{
  qs_log_message (NULL,
                  NULL,
                  "Starting: broker_address='%s' consumer_group='%s' processing_guarantee=%s "
                  "isolation=%s%s",
                  settings->config->bootstrap_servers,
                  settings->state->group,
                  qs_guarantee_is_exactly_once (&settings->state->guarantee) ? "exactly-once"
                                                                             : "at-least-once",
                  settings->isolation == QS_ISOLATION_THREAD ? "thread" : "process",
                  settings->share.mode == QS_ASSIGNMENT_GROUP ? " assignment=group" : "");

  /* Our workers are reaped; other processes cannot be distinguished from children of the
   * program. */
  if (getpid () == 1)
    qs_log_message (NULL,
                    NULL,
                    "This is process 1, which inherits the processes that sources leave behind and "
                    "does not reap them: run it under an init, as with 'docker run --init'");
}

/* Takes @error (nullable); what went wrong first counts. */
static void
note_error (QsRun *self, GError *error)
{
  if (self->error == NULL)
    self->error = error;
  else
    g_clear_error (&error);
}

static void
stop_sources (QsRun *self)
{
  GPtrArray *sources = qs_source_list_get_managed (self->settings->sources);

  self->is_stopping = TRUE;
  for (guint i = 0; i < sources->len; i++)
    qs_managed_source_stop (sources->pdata[i]);
}

/* The end of every run; @self may be freed by who hears of it. */
static void
end_run (QsRun *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  g_clear_pointer (&self->stop_watch, qs_cancel_watch_free);
  qs_gsource_clear (&self->timeout_source);
  g_clear_pointer (&self->signals, qs_signal_guard_free);
  qs_service_end (g_steal_pointer (&self->service), self->error);

  if (self->error == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&self->error));
}

static void
stop_all (QsRun *self)
{
  if (self->has_sources)
    {
      stop_sources (self);
      qs_run_check_sources (self);
    }
  if (self->is_reading)
    qs_consume_loop_stop (self->settings->loop);
}

static void
kill_all (QsRun *self)
{
  GPtrArray *sources = qs_source_list_get_managed (self->settings->sources);

  self->is_stopping = TRUE;
  for (guint i = 0; self->has_sources && i < sources->len; i++)
    qs_managed_source_kill (sources->pdata[i]);
  if (self->is_reading)
    qs_consume_loop_abandon (self->settings->loop);
}

static const char *
get_signal_name (int signal_number)
{
  switch (signal_number)
    {
    case SIGINT:
      return "SIGINT";

    case SIGHUP:
      return "SIGHUP";

    default:
      return "SIGTERM";
    }
}

static void
signal_cb (gpointer signal_number, gpointer user_data)
{
  QsRun      *self = user_data;
  const char *name = get_signal_name (GPOINTER_TO_INT (signal_number));
  gint64      now = g_get_monotonic_time ();

  /* Counts a signal to the process and to its group once. */
  if (self->signalled_at != 0 && now - self->signalled_at < ONE_SIGNAL)
    return;

  self->signalled_at = now;
  if (!g_cancellable_is_cancelled (self->stop))
    {
      qs_log_message (NULL, NULL, "Stopping on %s; a second signal ends the sources at once", name);
      g_cancellable_cancel (self->stop);
    }
  else
    {
      qs_log_warning (NULL, NULL, "Ending the sources on a second %s", name);
      kill_all (self);
    }
}

static gboolean
timeout_cb (gpointer user_data)
{
  QsRun *self = user_data;

  qs_log_message (NULL, NULL, "Stopping after the run-timeout of %g s", self->settings->timeout);
  g_cancellable_cancel (self->stop);

  return G_SOURCE_REMOVE;
}

static gboolean
stop_cb (gpointer user_data)
{
  QsRun *self = user_data;

  qs_service_stop (self->service);
  stop_all (self);

  return G_SOURCE_REMOVE;
}

static void
attach_sources (QsRun *self)
{
  self->signals = qs_signal_guard_new (signal_cb, self);
  self->stop_watch = qs_cancel_watch_new (self->stop, stop_cb, self);

  if (self->settings->timeout < 0)
    return;

  self->timeout_source = qs_gsource_new_timeout (
      (guint) MIN (self->settings->timeout * 1000, G_MAXUINT), timeout_cb, self);
}

static gboolean
has_same_name (gconstpointer a, gconstpointer b)
{
  return g_str_equal (qs_topic_get_name ((QsTopic *) a), qs_topic_get_name ((QsTopic *) b));
}

GPtrArray *
qs_run_settings_dup_topics (const QsRunSettings *settings, GError **error)
{
  g_autoptr (GPtrArray) all = NULL;
  GPtrArray *topics = NULL;

  all = qs_source_list_dup_topics (settings->sources, settings->workers.state, error);
  if (all == NULL)
    return NULL;

  topics = g_ptr_array_new_with_free_func (g_object_unref);
  qs_pipeline_add_outputs (settings->pipeline, all);
  qs_pipeline_add_inputs (settings->pipeline, all);

  for (guint i = 0; i < all->len; i++)
    {
      if (!g_ptr_array_find_with_equal_func (topics, all->pdata[i], has_same_name, NULL))
        g_ptr_array_add (topics, g_object_ref (all->pdata[i]));
    }

  return topics;
}

/* The answers of the brokers. */
typedef struct
{
  int    max_batch_size; /* as in QsKafkaConfig */
  double id_lifetime;    /* as qs_admin_find_id_lifetime() has it */
} Facts;

/* Reaches the brokers and brings the topics in place; in a thread, as it blocks, which
 * only reads what is a script's. */
static void
prepare_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  QsRun               *self = task_data;
  const QsRunSettings *settings = self->settings;
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree Facts *facts = g_new0 (Facts, 1);

  admin = qs_admin_new (settings->workers.config, &error);

  if (admin != NULL && qs_admin_connect (admin, cancellable, &error) &&
      qs_topic_manager_prepare (admin, self->topics, settings->create_topics, cancellable, &error))
    facts->max_batch_size =
        qs_topic_manager_find_max_batch_size (admin, self->topics, cancellable, &error);
  if (error == NULL)
    facts->id_lifetime = qs_admin_find_id_lifetime (admin, cancellable);

  if (error == NULL)
    g_task_return_pointer (task, g_steal_pointer (&facts), g_free);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static gboolean
end_run_cb (gpointer self)
{
  end_run (self);

  return G_SOURCE_REMOVE;
}

static void
end_run_soon (QsRun *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, end_run_cb, self, NULL);
  g_source_attach (source, g_task_get_context (self->task));
}

/* The sources, or the dataframes, are done: whether the others are to go on. */
static void
go_on (QsRun *self)
{
  /* Not at once: whoever stopped the last one still has the run in its hands. */
  if (!self->has_sources && !self->is_reading)
    end_run_soon (self);
  else if (self->error != NULL || !self->is_reading)
    stop_all (self);
  else if (self->settings->drain)
    qs_consume_loop_drain (self->settings->loop);
}

static gboolean
is_any_running (QsRun *self)
{
  GPtrArray *sources = qs_source_list_get_managed (self->settings->sources);
  gboolean   is_running = FALSE;

  for (guint i = 0; i < sources->len; i++)
    is_running |= qs_managed_source_is_running (sources->pdata[i]);

  return is_running;
}

/* Whether one isn't about to end. */
static gboolean
does_any_go_on (QsRun *self)
{
  GPtrArray *sources = qs_source_list_get_managed (self->settings->sources);

  for (guint i = 0; i < sources->len; i++)
    {
      if (qs_managed_source_is_running (sources->pdata[i]) &&
          !qs_managed_source_is_stopping (sources->pdata[i]))
        return TRUE;
    }

  return FALSE;
}

/* Keeps why @managed has failed, if it has; that ends the others, unless it isn't missing. */
static void
take_failure (QsRun *self, QsManagedSource *managed)
{
  gboolean is_fenced = FALSE;
  char    *failure = qs_managed_source_take_failure (managed, &is_fenced);

  if (failure == NULL)
    return;

  g_ptr_array_add (self->failures, failure);
  if (!is_fenced)
    {
      qs_service_note_failure (self->service);
      stop_sources (self);
    }
  /* Its turn in run()'s error may be long in coming. */
  else if (does_any_go_on (self))
    {
      qs_log_warning (NULL, NULL, "The other sources continue: %s", failure);
    }
}

static void
end_sources (QsRun *self)
{
  GPtrArray       *sources = qs_source_list_get_managed (self->settings->sources);
  g_autofree char *text = NULL;

  self->has_sources = FALSE;
  for (guint i = 0; i < sources->len; i++)
    qs_managed_source_detach (sources->pdata[i]);

  if (self->failures->len > 0)
    {
      g_ptr_array_add (self->failures, NULL);
      text = g_strjoinv ("\n", (char **) self->failures->pdata);
      note_error (self, g_error_new_literal (QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED, text));
    }
  go_on (self);
}

void
qs_run_check_sources (QsRun *self)
{
  GPtrArray *sources = qs_source_list_get_managed (self->settings->sources);

  if (!self->has_sources)
    return;

  for (guint i = 0; i < sources->len; i++)
    take_failure (self, sources->pdata[i]);
  if (!is_any_running (self))
    end_sources (self);
}

static void
source_ended_cb (gpointer self)
{
  qs_run_check_sources (self);
}

static void
reading_done_cb (gpointer loop, gpointer user_data)
{
  QsRun  *self = user_data;
  GError *error = NULL;

  self->is_reading = FALSE;
  qs_consume_loop_take_result (loop, &error);
  note_error (self, error);
  go_on (self);
}

static void
start_sources (QsRun *self)
{
  GPtrArray *sources = qs_source_list_get_managed (self->settings->sources);

  self->has_sources = TRUE;
  for (guint i = 0; i < sources->len && !self->is_stopping; i++)
    {
      qs_managed_source_start (sources->pdata[i], &self->settings->workers, source_ended_cb, self);
      take_failure (self, sources->pdata[i]);
    }
  qs_run_check_sources (self);

  qs_service_set_in_place (self->service);
}

static void
in_place_cb (gpointer loop, gpointer user_data)
{
  QsRun *self = user_data;

  if (!g_cancellable_is_cancelled (self->stop))
    start_sources (self);
}

static void
prepared_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  QsRun *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree Facts *facts = g_task_propagate_pointer (G_TASK (result), &error);
  QsKafkaConfig    *config = self->settings->workers.config;

  if (facts != NULL)
    config->max_batch_size = facts->max_batch_size;
  if (facts != NULL && facts->id_lifetime >= 0)
    config->id_lifetime = facts->id_lifetime;

  if (g_cancellable_is_cancelled (self->stop))
    {
      end_run (self);
    }
  else if (error != NULL)
    {
      note_error (self, g_steal_pointer (&error));
      end_run (self);
    }
  else if (qs_pipeline_is_empty (self->settings->pipeline))
    {
      start_sources (self);
    }
  else
    {
      self->is_reading = TRUE;
      qs_consume_loop_start (
          self->settings->loop, &self->settings->consume, in_place_cb, reading_done_cb, self);
    }
}

void
qs_run_start (QsRun *self, GCancellable *stop, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) prepare_task = g_task_new (NULL, stop, prepared_cb, self);
  GError *error = NULL;

  self->task = g_task_new (NULL, NULL, callback, user_data);
  self->stop = g_object_ref (stop);
  self->settings->workers.isolation = choose_isolation (&self->settings->workers);
  log_start (&self->settings->workers);
  if (self->settings->workers.share.mode == QS_ASSIGNMENT_GROUP)
    self->settings->workers.share.thread = qs_claim_thread_new ();
  self->service = qs_service_new (self->settings->sources);
  attach_sources (self);

  self->topics = qs_run_settings_dup_topics (self->settings, &error);
  if (self->topics == NULL)
    {
      note_error (self, error);
      end_run_soon (self);
      return;
    }

  g_task_set_task_data (prepare_task, self, NULL);
  g_task_run_in_thread (prepare_task, prepare_thread);
}

gboolean
qs_run_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
qs_run_has_sources (QsRun *self, const char **why)
{
  if (self->is_stopping)
    *why = "is stopping";
  else if (!self->has_sources)
    *why = "has not started its sources";

  return self->has_sources && !self->is_stopping;
}
