/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-application-private.h"

#include "qs-application-error.h"
#include "qs-application-parts-private.h"
#include "qs-base-source.h"
#include "qs-embedded-broker-private.h"
#include "qs-file-limit-private.h"
#include "qs-log-private.h"
#include "qs-run-private.h"
#include "qs-state-cleaner-private.h"
#include "qs-state-dir-private.h"
#include "qs-state-error.h"
#include "qs-worker-child-private.h"

/*
 * Methods of QsApplication that run it and stop it.
 */

static GVariant *
ref_nullable (GVariant *options)
{
  return options != NULL ? g_variant_ref (options) : NULL;
}

/* The settings of producers, with the partitioner that the user has chosen, unless he has
 * done so in librdkafka's words, too. transfer full */
static GVariant *
make_producer_config (const QsSettings *settings)
{
  g_autoptr (GVariantBuilder) builder = NULL;
  GVariant    *given = settings->producer_config;
  GVariantIter iter;
  const char  *key = NULL;
  const char  *value = NULL;

  if (settings->partitioner == QS_PARTITIONER_MURMUR2_RANDOM ||
      (given != NULL && g_variant_lookup (given, "partitioner", "&s", &value)))
    return ref_nullable (given);

  builder = g_variant_builder_new (G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (builder, "{ss}", "partitioner", "murmur2");
  if (given != NULL)
    {
      g_variant_iter_init (&iter, given);
      while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
        g_variant_builder_add (builder, "{ss}", key, value);
    }

  return g_variant_ref_sink (g_variant_builder_end (builder));
}

/* The settings of the clients, checked. */
static QsKafkaConfig *
make_config (const QsSettings *settings, const char *servers, GError **error)
{
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (servers);

  config->client_config = ref_nullable (settings->client_config);
  config->producer_config = make_producer_config (settings);
  config->consumer_config = ref_nullable (settings->consumer_config);
  config->request_timeout = settings->request_timeout;
  config->topic_create_timeout = settings->topic_create_timeout;
  config->broker_availability_timeout = settings->broker_availability_timeout;
  config->transaction_timeout = settings->transaction_timeout;

  if (!qs_kafka_config_check (config, error))
    return NULL;

  return g_steal_pointer (&config);
}

/* Fills in the settings of states: their directory and their guarantees. */
static QsStateSettings *
make_state (const QsSettings *settings, GError **error)
{
  const char      *given = qs_settings_get_state_dir (settings);
  g_autofree char *state_dir = NULL;
  g_autoptr (QsStateSettings) state = NULL;

  /* It would be the working directory, whatever that is. */
  if (*given == '\0')
    {
      g_set_error_literal (error,
                           QS_STATE_ERROR,
                           QS_STATE_ERROR_FAILED,
                           "Cannot use an empty state-dir: set it to a directory, '.' for the "
                           "working directory, or leave it unset for 'state'");
      return NULL;
    }

  state_dir = g_canonicalize_filename (given, NULL);
  state = qs_state_settings_new (state_dir, qs_settings_get_consumer_group (settings));
  state->guarantee = settings->guarantee;
  state->use_changelog_topics = settings->use_changelog_topics;
  state->is_shared = settings->assignment == QS_ASSIGNMENT_GROUP;
  state->rocksdb_options = ref_nullable (settings->rocksdb_options);
  state->changelog_config = ref_nullable (settings->changelog_config);
  state->changelog_replication_factor = settings->changelog_replication_factor;

  if (!qs_state_settings_check (state, error))
    return NULL;

  return g_steal_pointer (&state);
}

static QsRunSettings *
new_run_settings (const QsSettings *settings, const char *servers, GError **error)
{
  g_autoptr (QsKafkaConfig) config = make_config (settings, servers, error);
  g_autoptr (QsStateSettings) state = config != NULL ? make_state (settings, error) : NULL;
  QsRunSettings *self = NULL;

  if (state == NULL)
    return NULL;

  self = g_new0 (QsRunSettings, 1);
  self->consume = (QsConsumeSettings){
    .config = config,
    .group = state->group,
    .reset = settings->auto_offset_reset,
    .guarantee = settings->guarantee,
    .max_results = settings->run_count,
    .idle_timeout = settings->idle_timeout,
  };
  self->workers = (QsWorkerSettings){
    .config = g_steal_pointer (&config),
    .state = g_steal_pointer (&state),
    .isolation = settings->isolation,
    .worker_argv = (const char *const *) g_strdupv (settings->worker_argv),
    .startup_timeout = settings->startup_timeout,
    .max_restarts = settings->max_restarts,
    .restart_backoff = settings->restart_backoff,
    .share = {
        .mode = settings->assignment,
        .instance_id = g_strdup (settings->instance_id),
        .session_timeout = settings->session_timeout,
        .leave_on_stop = settings->leave_on_stop,
        .standby_replicas = settings->standby_replicas,
    },
  };
  self->drain = settings->drain;
  self->create_topics = settings->auto_create_topics;
  self->timeout = settings->run_timeout;

  return self;
}

/* Runs the source that this worker process is for; returns only if it belongs to
 * another application of the program, or if a language binding is to end this. */
static void
run_as_worker (QsApplication *self)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);
  QsBaseSource         *source = NULL;
  QsTopic              *topic = NULL;

  if (!qs_worker_child_is_for (priv->ordinal))
    return;

  qs_source_list_lookup (priv->sources, qs_worker_child_get_source_name (), &source, &topic);
  qs_worker_child_run (source, topic);
}

/* The address to connect to; starts the embedded broker if that is meant. */
static const char *
find_bootstrap_servers (QsApplication *self, GError **error)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);
  const char           *address = qs_settings_get_broker_address (&priv->settings);

  if (address == NULL || *address == '\0')
    {
      g_set_error_literal (
          error,
          QS_APPLICATION_ERROR,
          QS_APPLICATION_ERROR_NOT_CONFIGURED,
          "Cannot run without a broker: set the property broker-address or "
          "QSOURCE_BROKER_ADDRESS in the environment to 'host:port', or to 'embedded' for a trial");
      return NULL;
    }

  if (!g_str_equal (address, "embedded"))
    return address;

  if (priv->embedded_broker == NULL)
    {
      g_autoptr (QsEmbeddedBroker) broker = qs_embedded_broker_new (1);

      if (!qs_embedded_broker_start (broker, error))
        return NULL;

      priv->embedded_broker = g_steal_pointer (&broker);
      g_object_notify (G_OBJECT (self), "embedded-broker");
    }

  return qs_embedded_broker_get_address (priv->embedded_broker);
}

/* An embedded broker forgets everything with its process, and so must the stores. */
static gboolean
use_embedded_broker (QsApplication *self, const QsWorkerSettings *settings, GError **error)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);
  QsStateSettings      *state = settings->state;

  if (priv->embedded_state_dir == NULL)
    priv->embedded_state_dir = qs_state_dir_new_temporary (error);
  if (priv->embedded_state_dir == NULL)
    return FALSE;

  settings->config->broker =
      g_str_equal (qs_settings_get_broker_address (&priv->settings), "embedded")
          ? QS_BROKER_OWN
          : QS_BROKER_EMBEDDED;
  g_free (state->state_dir);
  state->state_dir = g_strdup (priv->embedded_state_dir);

  if (qs_source_list_has_state (priv->sources) || qs_guarantee_is_exactly_once (&state->guarantee))
    qs_log_warning (NULL,
                    NULL,
                    "On an embedded broker, topics and states do not outlive the program, and "
                    "readers also see records of transactions that were not committed");

  return TRUE;
}

/* A state can only follow its partition by a changelog. */
static gboolean
check_assignment (QsApplication *self, GError **error)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

  if (priv->settings.assignment == QS_ASSIGNMENT_ALL || priv->settings.use_changelog_topics ||
      !qs_source_list_has_state (priv->sources))
    return TRUE;

  g_set_error_literal (
      error,
      QS_APPLICATION_ERROR,
      QS_APPLICATION_ERROR_NOT_CONFIGURED,
      "Cannot share the partitions of stateful sources without changelogs, which carry a state to "
      "another instance: set use-changelog-topics to true, or assignment to all");
  return FALSE;
}

/* Kafka takes no empty one, and it is part of the names of changelogs and stores. */
static gboolean
check_consumer_group (QsApplication *self, GError **error)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

  const char *group = qs_settings_get_consumer_group (&priv->settings);
  gboolean    is_named =
      priv->settings.assignment == QS_ASSIGNMENT_GROUP ||
      (qs_source_list_has_state (priv->sources) && priv->settings.use_changelog_topics);

  if (*group != '\0')
    {
      g_autoptr (GError) local_error = NULL;

      if (!is_named || qs_state_settings_check_group (group, &local_error))
        return TRUE;

      /* A setting of the application is wrong, and no state. */
      g_set_error_literal (
          error, QS_APPLICATION_ERROR, QS_APPLICATION_ERROR_NOT_CONFIGURED, local_error->message);
      return FALSE;
    }

  g_set_error_literal (
      error,
      QS_APPLICATION_ERROR,
      QS_APPLICATION_ERROR_NOT_CONFIGURED,
      "Cannot run with an empty consumer group: set the property consumer-group or "
      "QSOURCE_CONSUMER_GROUP in the environment to a name, or leave both unset");
  return FALSE;
}

QsRunSettings *
qs_application_make_run_settings (QsApplication *self, GError **error)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);
  const char           *servers = find_bootstrap_servers (self, error);
  g_autoptr (QsRunSettings) run = NULL;
  g_autoptr (QsEmbeddedBroker) embedded = NULL;

  if (servers == NULL || !check_assignment (self, error) || !check_consumer_group (self, error))
    return NULL;

  embedded = qs_embedded_broker_lookup (servers);
  run = new_run_settings (&priv->settings, servers, error);
  if (run == NULL || (embedded != NULL && !use_embedded_broker (self, &run->workers, error)))
    return NULL;

  run->workers.application = priv->ordinal;
  run->workers.has_stdin = qs_source_list_has_one_worker (priv->sources);
  run->sources = priv->sources;
  run->pipeline = priv->pipeline;
  run->loop = priv->loop;

  return g_steal_pointer (&run);
}

/* The cancellable that run() was given, cancelled: in any thread. */
static void
cancelled_cb (GCancellable *cancellable, GCancellable *stop)
{
  g_cancellable_cancel (stop);
}

static void
set_stop (QsApplication *self, GCancellable *stop)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

  g_mutex_lock (&priv->stop_lock);
  g_set_object (&priv->stop, stop);
  g_mutex_unlock (&priv->stop_lock);
}

static void
run_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QsApplication        *self = g_task_get_source_object (task);
  QsApplicationPrivate *priv = qs_application_get_private (self);
  GCancellable         *cancellable = g_task_get_cancellable (task);
  GError               *error = NULL;

  g_cancellable_disconnect (cancellable, priv->cancelled_handler);
  priv->cancelled_handler = 0;
  set_stop (self, NULL);
  g_clear_pointer (&priv->attendance, qs_attendance_end);
  qs_overview_end (priv->overview);
  g_clear_pointer (&priv->run, qs_run_free);

  if (!qs_run_finish (result, &error) || g_cancellable_set_error_if_cancelled (cancellable, &error))
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/* Has it attended, before anything is done. */
static gboolean
begin_attendance (QsApplication *self, GError **error)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

  qs_overview_begin (priv->overview);
  priv->attendance = qs_attendance_begin (self, error);
  if (priv->attendance == NULL)
    qs_overview_end (priv->overview);

  return priv->attendance != NULL;
}

/* Begins a run; @task and @settings are taken. */
static void
begin_run (QsApplication *self, GTask *task, QsRunSettings *settings)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);
  g_autoptr (GCancellable) stop = g_cancellable_new ();
  GCancellable *cancellable = g_task_get_cancellable (task);

  g_clear_pointer (&priv->rows, qs_rows_unref);
  if (priv->settings.collect)
    priv->rows = qs_rows_new ();
  settings->consume.rows = priv->rows;
  priv->run = qs_run_new (settings);

  set_stop (self, stop);
  if (cancellable != NULL)
    priv->cancelled_handler = g_cancellable_connect (
        cancellable, G_CALLBACK (cancelled_cb), g_object_ref (stop), g_object_unref);

  qs_run_start (priv->run, stop, run_cb, task);
}

guint
qs_application_count_standby (QsApplication *self)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

  if (priv->settings.assignment != QS_ASSIGNMENT_GROUP || priv->settings.standby_replicas == 0)
    return 0;

  return qs_source_list_count_states (priv->sources);
}

/* First of all: GLib ends the program where it can't make a file descriptor. */
static gboolean
check_file_limit (QsApplication *self, GError **error)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

  return qs_file_limit_check (qs_source_list_get_n_sources (priv->sources),
                              priv->settings.isolation == QS_ISOLATION_THREAD,
                              qs_application_count_standby (self),
                              error);
}

/**
 * qs_application_run_async:
 * @self: an application
 * @cancellable: (nullable): a cancellable
 * @callback: called in the thread-default main context of the caller when run()
 *   is over
 * @user_data: data for @callback
 *
 * Runs the application without blocking; see [method@Application.run].
 *
 * In a worker it blocks, and never returns if the worker runs a source of this application.
 */
void
qs_application_run_async (QsApplication      *self,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (QsRunSettings) run = NULL;
  GError *error = NULL;

  g_return_if_fail (QS_IS_APPLICATION (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qs_application_run_async);
  g_task_set_check_cancellable (task, FALSE);

  if (qs_worker_child_is_active ())
    {
      run_as_worker (self);
      g_task_return_boolean (task, TRUE);
      return;
    }

  if (qs_application_check_not_running (self, "run", &error) && check_file_limit (self, &error))
    run = qs_application_make_run_settings (self, &error);
  if (run != NULL && begin_attendance (self, &error))
    begin_run (self, g_steal_pointer (&task), g_steal_pointer (&run));
  else
    g_task_return_error (task, error);
}

/**
 * qs_application_run_finish:
 * @self: an application
 * @result: the result that the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Application.run_async].
 *
 * Returns: as [method@Application.run]
 */
gboolean
qs_application_run_finish (QsApplication *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (QS_IS_APPLICATION (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  if (g_task_propagate_boolean (G_TASK (result), &local_error))
    return TRUE;

  /* Nobody else can say it. */
  if (error == NULL)
    qs_log_warning (NULL, NULL, "Failed: %s", local_error->message);
  g_propagate_error (error, g_steal_pointer (&local_error));

  return FALSE;
}

static void
keep_result_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/**
 * qs_application_run:
 * @self: an application
 * @cancellable: (nullable): cancelled to stop, which is then reported as
 *   [error@Gio.IOErrorEnum.CANCELLED]
 * @error: return location for an error
 *
 * Creates and checks the topics, runs each source in a worker, and returns when
 * all of them are done.
 *
 * With a dataframe, it continues until it is stopped, or until
 * [property@Application:drain], [property@Application:run-count],
 * [property@Application:run-timeout] or [property@Application:idle-timeout] ends it. Before
 * it returns, it commits the offsets of all processed records.
 *
 * It iterates the thread-default main context of the caller. SIGINT, SIGTERM and SIGHUP
 * stop it in order; a second signal ends the workers at once. The previous signal handlers
 * are restored afterwards. A SIGHUP that is ignored, as under `nohup`, stays ignored. run()
 * can be called again after it has returned.
 *
 * A source that fails ends the other sources, too. Its error is returned as
 * [error@Qs.SourceError.FAILED] with the source's name and the message of the error;
 * [method@BaseSource.dup_error] has its domain and code. [property@Application:max-restarts]
 * and a handler of [signal@Application::source-failed] can prevent this.
 *
 * In a worker process it never returns if the worker runs a source of this application; it
 * returns true at once if the source belongs to another application.
 *
 * Returns: true if all sources finished by themselves or were stopped; false with an error
 *   otherwise
 */
gboolean
qs_application_run (QsApplication *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GAsyncResult) result = NULL;

  g_return_val_if_fail (QS_IS_APPLICATION (self), FALSE);

  /* Nothing else is to happen when its source has ended. */
  if (qs_worker_child_is_active ())
    {
      run_as_worker (self);
      return TRUE;
    }

  qs_application_run_async (self, cancellable, keep_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (context, TRUE);

  return qs_application_run_finish (self, result, error);
}

/**
 * qs_application_stop:
 * @self: an application
 *
 * Stops the current run() in order by asking every source to end.
 *
 * It may be called from any thread, and does not wait. It does nothing if run() is not
 * running.
 */
void
qs_application_stop (QsApplication *self)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);
  g_autoptr (GCancellable) stop = NULL;

  g_return_if_fail (QS_IS_APPLICATION (self));

  g_mutex_lock (&priv->stop_lock);
  if (priv->stop != NULL)
    stop = g_object_ref (priv->stop);
  g_mutex_unlock (&priv->stop_lock);

  if (stop != NULL)
    g_cancellable_cancel (stop);
}

/**
 * qs_application_clear_state:
 * @self: an application
 * @error: return location for an error
 *
 * Empties the states of all sources: removes their stores, and deletes and creates their
 * changelogs.
 *
 * The old states cannot be brought back. The call blocks, and fails while a source is
 * running, here or elsewhere on this machine. Call it before run(); in a worker, where
 * main() runs again, it does nothing. It fails after the first run() on an embedded broker,
 * which keeps its topics until the program ends.
 *
 * Returns: true on success, also if there was no state
 */
gboolean
qs_application_clear_state (QsApplication *self, GError **error)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);
  g_autoptr (GPtrArray) sources = NULL;
  g_autoptr (QsRunSettings) run = NULL;

  g_return_val_if_fail (QS_IS_APPLICATION (self), FALSE);

  if (qs_worker_child_is_active ())
    return TRUE;
  if (!qs_application_check_not_running (self, "clear the state", error))
    return FALSE;

  run = qs_application_make_run_settings (self, error);
  if (run == NULL)
    return FALSE;

  sources = qs_source_list_dup_sources (priv->sources);

  return qs_state_cleaner_run (sources, run->workers.config, run->workers.state, error);
}
