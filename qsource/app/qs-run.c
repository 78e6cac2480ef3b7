/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-run-private.h"

#include <signal.h>

#include "qs-admin-private.h"
#include "qs-gsource-private.h"
#include "qs-log-private.h"
#include "qs-service-private.h"
#include "qs-signal-guard-private.h"
#include "qs-topic-manager-private.h"

/* Signals within so many microseconds are one. */
#define ONE_SIGNAL G_USEC_PER_SEC

typedef struct
{
  const QsRunSettings *settings;       /* not owned */
  GCancellable        *stop;           /* owned */
  QsSignalGuard       *signals;        /* owned */
  QsService           *service;        /* owned; ends with the run */
  GSource             *stop_source;    /* owned */
  GSource             *timeout_source; /* owned; NULL without a time-out */
  GError              *error;          /* owned; the first thing that went wrong */
  gboolean             has_workers;    /* they run */
  gboolean             is_reading;     /* the dataframes' loop runs */
  gint64               signalled_at;   /* monotonic, of the first signal; 0 = none came */
} Run;

static void
run_free (Run *run)
{
  g_clear_error (&run->error);
  g_object_unref (run->stop);
  g_free (run);
}

/* Takes @error (nullable); what went wrong first counts. */
static void
note_error (Run *run, GError *error)
{
  if (run->error == NULL)
    run->error = error;
  else
    g_clear_error (&error);
}

/* The end of every run; takes @task. */
static void
end_run (GTask *task)
{
  g_autoptr (GTask) own_task G_GNUC_UNUSED = task;
  Run                       *run = g_task_get_task_data (task);

  qs_gsource_clear (&run->stop_source);
  qs_gsource_clear (&run->timeout_source);
  g_clear_pointer (&run->signals, qs_signal_guard_free);
  qs_service_end (g_steal_pointer (&run->service), run->error);

  if (run->error == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&run->error));
}

static void
stop_all (Run *run)
{
  if (run->has_workers)
    qs_source_manager_stop (run->settings->manager);
  if (run->is_reading)
    qs_consume_loop_stop (run->settings->loop);
}

static void
kill_all (Run *run)
{
  if (run->has_workers)
    qs_source_manager_kill (run->settings->manager);
  if (run->is_reading)
    qs_consume_loop_abandon (run->settings->loop);
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
  Run        *run = user_data;
  const char *name = get_signal_name (GPOINTER_TO_INT (signal_number));
  gint64      now = g_get_monotonic_time ();

  /* Who signals a process and its group means it once. */
  if (run->signalled_at != 0 && now - run->signalled_at < ONE_SIGNAL)
    return;

  run->signalled_at = now;
  if (!g_cancellable_is_cancelled (run->stop))
    {
      qs_log_message (NULL, NULL, "Stopping on %s; a second one ends the sources at once", name);
      g_cancellable_cancel (run->stop);
    }
  else
    {
      qs_log_warning (NULL, NULL, "Ending the sources on a second %s", name);
      kill_all (run);
    }
}

static gboolean
timeout_cb (gpointer user_data)
{
  Run *run = user_data;

  qs_log_message (NULL, NULL, "Stopping after the run-timeout of %g s", run->settings->timeout);
  g_cancellable_cancel (run->stop);

  return G_SOURCE_REMOVE;
}

static gboolean
stop_cb (GCancellable *cancellable, gpointer user_data)
{
  Run *run = user_data;

  qs_service_stop (run->service);
  stop_all (run);

  return G_SOURCE_REMOVE;
}

static void
attach_sources (Run *run)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  run->signals = qs_signal_guard_new (signal_cb, run);

  run->stop_source = g_cancellable_source_new (run->stop);
  g_source_set_callback (run->stop_source, G_SOURCE_FUNC (stop_cb), run, NULL);
  g_source_attach (run->stop_source, context);

  if (run->settings->timeout < 0)
    return;

  run->timeout_source = qs_gsource_new_timeout (
      (guint) MIN (run->settings->timeout * 1000, G_MAXUINT), timeout_cb, run);
}

static gboolean
has_same_name (gconstpointer a, gconstpointer b)
{
  return g_str_equal (qs_topic_get_name ((QsTopic *) a), qs_topic_get_name ((QsTopic *) b));
}

/* Each topic once: as a source, a to_topic() or a dataframe has it, in this order. */
static GPtrArray *
collect_topics (const QsRunSettings *settings, GError **error)
{
  g_autoptr (GPtrArray) all = NULL;
  GPtrArray *topics = NULL;

  all = qs_source_manager_get_topics (settings->manager, settings->workers.state, error);
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

/* What the brokers have said. */
typedef struct
{
  int    max_batch_size; /* as in QsKafkaConfig */
  double id_lifetime;    /* as qs_admin_find_id_lifetime() has it */
} Facts;

/* Reaches the brokers and brings the topics in place; in a thread, as it blocks. */
static void
prepare_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  const QsRunSettings *settings = task_data;
  g_autoptr (GPtrArray) topics = NULL;
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree Facts *facts = g_new0 (Facts, 1);

  topics = collect_topics (settings, &error);
  if (topics != NULL)
    admin = qs_admin_new (settings->workers.config, &error);

  if (admin != NULL && qs_admin_connect (admin, cancellable, &error) &&
      qs_topic_manager_prepare (admin, topics, settings->create_topics, cancellable, &error))
    facts->max_batch_size =
        qs_topic_manager_find_max_batch_size (admin, topics, cancellable, &error);
  if (error == NULL)
    facts->id_lifetime = qs_admin_find_id_lifetime (admin, cancellable);

  if (error == NULL)
    g_task_return_pointer (task, g_steal_pointer (&facts), g_free);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static gboolean
end_run_cb (gpointer task)
{
  end_run (task);

  return G_SOURCE_REMOVE;
}

static void
end_run_soon (GTask *task)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, end_run_cb, task, NULL);
  g_source_attach (source, g_task_get_context (task));
}

/* The sources, or the dataframes, are done: whether the others are to go on. */
static void
go_on (GTask *task)
{
  Run *run = g_task_get_task_data (task);

  /* Not at once: whoever stopped the last one still has the run in its hands. */
  if (!run->has_workers && !run->is_reading)
    end_run_soon (task);
  else if (run->error != NULL || !run->is_reading)
    stop_all (run);
  else if (run->settings->drain)
    qs_consume_loop_drain (run->settings->loop);
}

static void
workers_done_cb (gpointer manager, gpointer user_data)
{
  GTask  *task = user_data;
  Run    *run = g_task_get_task_data (task);
  GError *error = NULL;

  run->has_workers = FALSE;
  qs_source_manager_take_result (manager, &error);
  note_error (run, error);
  go_on (task);
}

static void
reading_done_cb (gpointer loop, gpointer user_data)
{
  GTask  *task = user_data;
  Run    *run = g_task_get_task_data (task);
  GError *error = NULL;

  run->is_reading = FALSE;
  qs_consume_loop_take_result (loop, &error);
  note_error (run, error);
  go_on (task);
}

static void
start_workers (GTask *task)
{
  Run *run = g_task_get_task_data (task);

  run->has_workers = TRUE;
  qs_source_manager_start (run->settings->manager, &run->settings->workers, workers_done_cb, task);
  qs_service_set_in_place (run->service);
}

static void
in_place_cb (gpointer loop, gpointer user_data)
{
  Run *run = g_task_get_task_data (user_data);

  if (!g_cancellable_is_cancelled (run->stop))
    start_workers (user_data);
}

static void
prepared_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Run   *run = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autofree Facts *facts = g_task_propagate_pointer (G_TASK (result), &error);
  QsKafkaConfig    *config = run->settings->workers.config;

  if (facts != NULL)
    config->max_batch_size = facts->max_batch_size;
  if (facts != NULL && facts->id_lifetime >= 0)
    config->id_lifetime = facts->id_lifetime;

  if (g_cancellable_is_cancelled (run->stop))
    {
      end_run (task);
    }
  else if (error != NULL)
    {
      note_error (run, g_steal_pointer (&error));
      end_run (task);
    }
  else if (qs_pipeline_is_empty (run->settings->pipeline))
    {
      start_workers (task);
    }
  else
    {
      run->is_reading = TRUE;
      qs_consume_loop_start (
          run->settings->loop, &run->settings->consume, in_place_cb, reading_done_cb, task);
    }
}

void
qs_run_async (const QsRunSettings *settings,
              GCancellable        *stop,
              GAsyncReadyCallback  callback,
              gpointer             user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  g_autoptr (GTask) prepare_task = g_task_new (NULL, stop, prepared_cb, task);
  Run *run = g_new0 (Run, 1);

  run->settings = settings;
  run->stop = g_object_ref (stop);
  g_task_set_task_data (task, run, (GDestroyNotify) run_free);
  run->service = qs_service_new (run->settings->manager);
  attach_sources (run);

  g_task_set_task_data (prepare_task, (gpointer) run->settings, NULL);
  g_task_run_in_thread (prepare_task, prepare_thread);
}

gboolean
qs_run_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
