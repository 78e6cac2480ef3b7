/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-application-private.h"

#include "qs-application-error.h"
#include "qs-application-signals-private.h"
#include "qs-base-source.h"
#include "qs-embedded-broker-private.h"
#include "qs-log-private.h"
#include "qs-run-private.h"
#include "qs-settings-private.h"
#include "qs-state-cleaner-private.h"
#include "qs-state-dir-private.h"
#include "qs-worker-child-private.h"

/**
 * QsApplication:
 *
 * Runs sources, each in a process of its own, against a Kafka cluster, and passes
 * what they produced through dataframes.
 *
 * Make one, give it sources with [method@Application.add_source] or
 * [method@Application.dataframe], and call [method@Application.run], which creates
 * and checks the topics, starts a worker for each source, and returns when all of
 * them are done.
 *
 * A worker is this same program again: it is started with the same arguments,
 * `main()` runs again and makes the same application, and `run()` finds that it is
 * in a worker, runs its one source there, and never returns. What `main()` does
 * before `run()` is therefore done in each worker, too.
 *
 * ## Environment
 *
 * `QSOURCE_BROKER_ADDRESS`, `QSOURCE_CONSUMER_GROUP` and `QSOURCE_STATE_DIR` set
 * what the program left unset.
 *
 * ## Thread safety
 *
 * [method@Application.stop] may be called from any thread. Everything else belongs
 * to the thread that calls [method@Application.run]; signals are emitted there,
 * and in the parent process only.
 */

typedef struct
{
  /* Which application of this program it is, from 1 on: how a worker knows it. */
  guint ordinal;

  QsSettings settings;

  /* Owned. The broker is there from the first run() on an embedded one. */
  QsSourceManager  *manager;
  QsEmbeddedBroker *embedded_broker;
  QsPipeline       *pipeline;
  QsConsumeLoop    *loop;

  /* How the run goes. Owned; NULL while none does. */
  QsRunSettings *run;

  /* Of the cancellable that run() was given; 0 = none. */
  gulong cancelled_handler;

  /* What sources keep as long as an embedded broker lives: the path of a directory
   * of its own. Owned; nullable. */
  char *embedded_state_dir;

  /* Guards stop. */
  GMutex stop_lock;

  /* What stop() cancels. Owned; NULL while none runs. */
  GCancellable *stop;
} QsApplicationPrivate;

enum
{
  PROP_EMBEDDED_BROKER = QS_N_SETTINGS + 1,
  PROP_N_IGNORED
};

G_DEFINE_TYPE_WITH_PRIVATE (QsApplication, qs_application, G_TYPE_OBJECT)

static QsApplicationPrivate *
get_private (QsApplication *self)
{
  return qs_application_get_instance_private (self);
}

static void
qs_application_dispose (GObject *object)
{
  QsApplication *self = QS_APPLICATION (object);

  g_clear_object (&get_private (self)->manager);
  g_clear_object (&get_private (self)->loop);
  g_clear_object (&get_private (self)->pipeline);
  g_clear_object (&get_private (self)->embedded_broker);
  if (get_private (self)->embedded_state_dir != NULL)
    qs_state_dir_remove (get_private (self)->embedded_state_dir);
  g_clear_pointer (&get_private (self)->embedded_state_dir, g_free);

  G_OBJECT_CLASS (qs_application_parent_class)->dispose (object);
}

static void
qs_application_finalize (GObject *object)
{
  QsApplication *self = QS_APPLICATION (object);

  qs_settings_clear (&get_private (self)->settings);
  g_mutex_clear (&get_private (self)->stop_lock);

  G_OBJECT_CLASS (qs_application_parent_class)->finalize (object);
}

static void
qs_application_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsApplication *self = QS_APPLICATION (object);

  if (prop_id == PROP_EMBEDDED_BROKER)
    g_value_set_object (value, get_private (self)->embedded_broker);
  else if (prop_id == PROP_N_IGNORED)
    g_value_set_uint64 (value, qs_application_get_n_ignored (self));
  else if (!qs_settings_get_property (&get_private (self)->settings, prop_id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
qs_application_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QsApplication *self = QS_APPLICATION (object);

  if (!qs_settings_set_property (&get_private (self)->settings, prop_id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
qs_application_class_init (QsApplicationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qs_application_dispose;
  object_class->finalize = qs_application_finalize;
  object_class->get_property = qs_application_get_property;
  object_class->set_property = qs_application_set_property;

  qs_settings_install_properties (object_class);

  /**
   * QsApplication:embedded-broker: (getter get_embedded_broker)
   *
   * The broker inside this process; `NULL` until the first run() with the
   * broker-address `embedded`.
   *
   * It lives as long as the application, and what was produced with it.
   */
  g_object_class_install_property (
      object_class,
      PROP_EMBEDDED_BROKER,
      g_param_spec_object (
          "embedded-broker",
          NULL,
          "The broker inside this process; unset unless broker-address is embedded",
          QS_TYPE_EMBEDDED_BROKER,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));

  /**
   * QsApplication:n-ignored: (getter get_n_ignored)
   *
   * How many errors handlers have ignored in the run that runs, or the last one;
   * changes without notification.
   */
  g_object_class_install_property (
      object_class,
      PROP_N_IGNORED,
      g_param_spec_uint64 ("n-ignored",
                           NULL,
                           "Errors that handlers have ignored in this run or the last one",
                           0,
                           G_MAXUINT64,
                           0,
                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));

  qs_application_install_signals (G_TYPE_FROM_CLASS (klass));
}

static void
qs_application_init (QsApplication *self)
{
  static int n_applications = 0;

  qs_settings_init (&get_private (self)->settings);
  get_private (self)->ordinal = (guint) g_atomic_int_add (&n_applications, 1) + 1;
  get_private (self)->manager = qs_source_manager_new (qs_application_emit_source_event, self);
  get_private (self)->pipeline = qs_pipeline_new ();
  get_private (self)->loop = qs_consume_loop_new (get_private (self)->pipeline,
                                                  &qs_application_error_listener,
                                                  qs_application_emit_message_processed,
                                                  self);
  g_mutex_init (&get_private (self)->stop_lock);
}

gboolean
qs_application_check_not_running (QsApplication *self, const char *what, GError **error)
{
  if (get_private (self)->stop == NULL)
    return TRUE;

  g_set_error (error,
               QS_APPLICATION_ERROR,
               QS_APPLICATION_ERROR_RUNNING,
               "Cannot %s: the application's run() runs",
               what);
  return FALSE;
}

QsSourceManager *
qs_application_get_manager (QsApplication *self)
{
  return get_private (self)->manager;
}

/**
 * qs_application_new:
 * @broker_address: (nullable): where the cluster is, see
 *   [property@Application:broker-address]
 *
 * Makes an application. Nothing is connected before its run().
 *
 * Returns: (transfer full): a new application
 */
QsApplication *
qs_application_new (const char *broker_address)
{
  return g_object_new (QS_TYPE_APPLICATION, "broker-address", broker_address, NULL);
}

/**
 * qs_application_get_broker_address: (get-property broker-address)
 * @self: an application
 *
 * Gets where the cluster is, as it was set or by the environment.
 *
 * Returns: (nullable): the address, or `NULL` if neither is
 */
const char *
qs_application_get_broker_address (QsApplication *self)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  return qs_settings_get_broker_address (&get_private (self)->settings);
}

/**
 * qs_application_get_consumer_group: (get-property consumer-group)
 * @self: an application
 *
 * Gets the name that tells this application from others on the same cluster.
 *
 * Returns: the name
 */
const char *
qs_application_get_consumer_group (QsApplication *self)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  return qs_settings_get_consumer_group (&get_private (self)->settings);
}

/**
 * qs_application_get_state_dir: (get-property state-dir)
 * @self: an application
 *
 * Gets the directory for the stores of stateful sources, as it was set or by the
 * environment.
 *
 * Returns: the path
 */
const char *
qs_application_get_state_dir (QsApplication *self)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  return qs_settings_get_state_dir (&get_private (self)->settings);
}

/**
 * qs_application_get_embedded_broker: (get-property embedded-broker)
 * @self: an application
 *
 * Gets the broker inside this process.
 *
 * Returns: (transfer none) (nullable): the broker, or `NULL` unless run() was
 *   called with the broker-address `embedded`
 */
QsEmbeddedBroker *
qs_application_get_embedded_broker (QsApplication *self)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  return get_private (self)->embedded_broker;
}

/**
 * qs_application_get_n_ignored: (get-property n-ignored)
 * @self: an application
 *
 * Gets how many errors handlers of [signal@Application::processing-error],
 * [signal@Application::producer-error] and [signal@Application::consumer-error]
 * have ignored.
 *
 * Returns: the number, of the run that runs, or the last one
 */
guint64
qs_application_get_n_ignored (QsApplication *self)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), 0);

  return qs_consume_loop_get_n_ignored (get_private (self)->loop);
}

/**
 * qs_application_dataframe:
 * @self: an application
 * @topic: (nullable): the topic to read
 * @source: (nullable): a source that produces to it, to be added
 * @error: return location for an error
 *
 * Makes a dataframe of a topic: what is to be done with its records while the
 * application runs.
 *
 * With a @source it does what [method@Application.add_source] does, and reads the
 * topic that this returns. Without one, @topic is read. Neither is an error. A topic
 * may have several dataframes: each gets all of its records, in the order in which
 * they were made. There is no network involved.
 *
 * While the application runs, it is a member of the
 * [property@Application:consumer-group]: several processes of the same program
 * share the partitions. Sources start when the consumer is in place, so that
 * nothing is missed. With a dataframe, run() goes on until it is stopped, unless
 * [property@Application:drain] or [property@Application:run-count] say otherwise.
 *
 * Returns: (transfer full): the dataframe, without any steps
 */
QsDataframe *
qs_application_dataframe (QsApplication *self, QsTopic *topic, QsBaseSource *source, GError **error)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);
  g_return_val_if_fail (topic == NULL || QS_IS_TOPIC (topic), NULL);
  g_return_val_if_fail (source == NULL || QS_IS_BASE_SOURCE (source), NULL);

  if (!qs_application_check_not_running (self, "make a dataframe", error))
    return NULL;

  if (topic == NULL && source == NULL)
    {
      g_set_error_literal (error,
                           QS_APPLICATION_ERROR,
                           QS_APPLICATION_ERROR_NOT_CONFIGURED,
                           "Cannot make a dataframe of nothing: give it a topic or a source");
      return NULL;
    }

  if (source != NULL)
    topic = qs_source_manager_add (get_private (self)->manager, source, topic, error);
  if (topic == NULL)
    return NULL;

  return g_object_ref (qs_pipeline_add (get_private (self)->pipeline, topic));
}

/* Runs the source that this worker process is for; returns only if it belongs to
 * another application of the program. */
static void
run_as_worker (QsApplication *self)
{
  QsBaseSource *source = NULL;
  QsTopic      *topic = NULL;

  if (!qs_worker_child_is_for (get_private (self)->ordinal))
    return;

  qs_source_manager_lookup (
      get_private (self)->manager, qs_worker_child_get_source_name (), &source, &topic);
  qs_worker_child_run (source, topic);
}

/* The address to connect to; starts the embedded broker if that is meant. */
static const char *
find_bootstrap_servers (QsApplication *self, GError **error)
{
  const char *address = qs_settings_get_broker_address (&get_private (self)->settings);

  if (address == NULL || *address == '\0')
    {
      g_set_error_literal (error,
                           QS_APPLICATION_ERROR,
                           QS_APPLICATION_ERROR_NOT_CONFIGURED,
                           "Cannot run without a broker: set the property broker-address or "
                           "QSOURCE_BROKER_ADDRESS in the environment to 'host:port', or to "
                           "'embedded' to try things out");
      return NULL;
    }

  if (!g_str_equal (address, "embedded"))
    return address;

  if (get_private (self)->embedded_broker == NULL)
    {
      g_autoptr (QsEmbeddedBroker) broker = qs_embedded_broker_new (1);

      if (!qs_embedded_broker_start (broker, error))
        return NULL;

      get_private (self)->embedded_broker = g_steal_pointer (&broker);
      g_object_notify (G_OBJECT (self), "embedded-broker");
    }

  return qs_embedded_broker_get_address (get_private (self)->embedded_broker);
}

/* An embedded broker forgets everything with its process, and so must the stores. */
static gboolean
use_embedded_state (QsApplication *self, QsStateConfig *state, GError **error)
{
  if (get_private (self)->embedded_state_dir == NULL)
    get_private (self)->embedded_state_dir = g_dir_make_tmp ("qsource-state-XXXXXX", error);
  if (get_private (self)->embedded_state_dir == NULL)
    return FALSE;

  state->is_embedded = TRUE;
  g_free (state->state_dir);
  state->state_dir = g_strdup (get_private (self)->embedded_state_dir);

  if (qs_source_manager_has_state (get_private (self)->manager) || state->exactly_once)
    qs_log_warning (NULL,
                    NULL,
                    "On an embedded broker neither topics nor states outlive the program, and "
                    "readers see what belongs to no committed transaction, too");

  return TRUE;
}

/* Kafka takes no empty one, and it is part of the names of changelogs and stores. */
static gboolean
check_consumer_group (QsApplication *self, GError **error)
{
  if (*qs_settings_get_consumer_group (&get_private (self)->settings) != '\0')
    return TRUE;

  g_set_error_literal (
      error,
      QS_APPLICATION_ERROR,
      QS_APPLICATION_ERROR_NOT_CONFIGURED,
      "Cannot run with an empty consumer group: set the property consumer-group or "
      "QSOURCE_CONSUMER_GROUP in the environment to a name, or neither");
  return FALSE;
}

QsRunSettings *
qs_application_make_run_settings (QsApplication *self, GError **error)
{
  const char *servers = find_bootstrap_servers (self, error);
  g_autoptr (QsRunSettings) run = NULL;
  g_autoptr (QsEmbeddedBroker) embedded = NULL;

  if (servers == NULL || !check_consumer_group (self, error))
    return NULL;

  embedded = qs_embedded_broker_lookup (servers);
  run = qs_run_settings_new (&get_private (self)->settings, servers, error);
  if (run == NULL || (embedded != NULL && !use_embedded_state (self, run->workers.state, error)))
    return NULL;

  run->workers.application = get_private (self)->ordinal;
  run->workers.has_stdin = qs_source_manager_get_n_sources (get_private (self)->manager) == 1;
  run->manager = get_private (self)->manager;
  run->pipeline = get_private (self)->pipeline;
  run->loop = get_private (self)->loop;

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
  g_mutex_lock (&get_private (self)->stop_lock);
  g_set_object (&get_private (self)->stop, stop);
  g_mutex_unlock (&get_private (self)->stop_lock);
}

static void
run_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  QsApplication *self = g_task_get_source_object (task);
  GCancellable  *cancellable = g_task_get_cancellable (task);
  GError        *error = NULL;

  g_cancellable_disconnect (cancellable, get_private (self)->cancelled_handler);
  get_private (self)->cancelled_handler = 0;
  set_stop (self, NULL);
  g_clear_pointer (&get_private (self)->run, qs_run_settings_free);

  if (!qs_run_finish (result, &error) || g_cancellable_set_error_if_cancelled (cancellable, &error))
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/* Begins a run; @task and @run are taken. */
static void
begin_run (QsApplication *self, GTask *task, QsRunSettings *run)
{
  g_autoptr (GCancellable) stop = g_cancellable_new ();
  GCancellable *cancellable = g_task_get_cancellable (task);

  get_private (self)->run = run;
  qs_run_settings_begin (run);

  set_stop (self, stop);
  if (cancellable != NULL)
    get_private (self)->cancelled_handler = g_cancellable_connect (
        cancellable, G_CALLBACK (cancelled_cb), g_object_ref (stop), g_object_unref);

  qs_run_async (run, stop, run_cb, task);
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
 * In a worker it blocks, and never returns if the worker's source is one of this
 * application.
 */
void
qs_application_run_async (QsApplication      *self,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            user_data)
{
  g_autoptr (GTask) task = NULL;
  QsRunSettings *run = NULL;
  GError        *error = NULL;

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

  if (qs_application_check_not_running (self, "run", &error))
    run = qs_application_make_run_settings (self, &error);
  if (run != NULL)
    begin_run (self, g_steal_pointer (&task), run);
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
  g_return_val_if_fail (QS_IS_APPLICATION (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
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
 * With a dataframe it goes on until it is stopped, or as
 * [property@Application:drain] and [property@Application:run-count] say. In the
 * end, the offsets of all that was dealt with are committed.
 *
 * It iterates the thread-default main context of the caller. SIGINT, SIGTERM
 * and SIGHUP stop it in order, a second one ends the workers at once; afterwards
 * they have the handlers again that they had. A SIGHUP that is ignored, as under
 * `nohup`, stays ignored. It may be called again when it has returned.
 *
 * A source that fails ends the others, too, and its error is returned as
 * [error@Qs.SourceError.FAILED] with the source's name, domain, code and message,
 * unless a handler of [signal@Application::source-failed] or
 * [property@Application:max-restarts] say otherwise.
 *
 * In a worker process it never returns if the worker's source is one of this
 * application; of another one it returns true at once.
 *
 * Returns: true if all sources have ended by themselves or were stopped
 */
gboolean
qs_application_run (QsApplication *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GAsyncResult) result = NULL;

  g_return_val_if_fail (QS_IS_APPLICATION (self), FALSE);

  qs_application_run_async (self, cancellable, keep_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (context, TRUE);

  return qs_application_run_finish (self, result, error);
}

/**
 * qs_application_stop:
 * @self: an application
 *
 * Stops the run() that runs, in order: every source is asked to end.
 *
 * It may be called from any thread, and does not wait. Without a run() it does
 * nothing.
 */
void
qs_application_stop (QsApplication *self)
{
  g_autoptr (GCancellable) stop = NULL;

  g_return_if_fail (QS_IS_APPLICATION (self));

  g_mutex_lock (&get_private (self)->stop_lock);
  if (get_private (self)->stop != NULL)
    stop = g_object_ref (get_private (self)->stop);
  g_mutex_unlock (&get_private (self)->stop_lock);

  if (stop != NULL)
    g_cancellable_cancel (stop);
}

/**
 * qs_application_clear_state:
 * @self: an application
 * @error: return location for an error
 *
 * Empties the states of its sources: removes their stores, and makes their
 * changelogs anew.
 *
 * What was there can't be brought back. It blocks, and fails while a source runs,
 * here or elsewhere on this machine. Call it before run(); in a worker, where
 * main() comes along again, it does nothing. On an embedded broker, which keeps
 * its topics until the program ends, it fails after the first run().
 *
 * Returns: true on success, also if there was nothing
 */
gboolean
qs_application_clear_state (QsApplication *self, GError **error)
{
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

  sources = qs_source_manager_get_sources (get_private (self)->manager);

  return qs_state_cleaner_run (sources, run->workers.config, run->workers.state, error);
}
