/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-application-private.h"

#include "qs-application-error.h"
#include "qs-application-parts-private.h"
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
 * Runs sources against a Kafka cluster, each in a process of its own, and passes their
 * records through dataframes.
 *
 * Create an application, add sources with [method@Application.add_source] or
 * [method@Application.dataframe], and call [method@Application.run], which creates
 * and checks the topics, starts a worker for each source, and returns when all of
 * them are done.
 *
 * A worker is the same program, started again with the same arguments. Its `main()` runs
 * again and makes the same application; `run()` detects that it is in a worker, runs only
 * the source of this worker, and never returns. Everything that `main()` does before
 * `run()` is therefore done in each worker, too; see [func@is_worker].
 *
 * ## Environment
 *
 * `QSOURCE_BROKER_ADDRESS`, `QSOURCE_CONSUMER_GROUP` and `QSOURCE_STATE_DIR` set the
 * properties of these names that the program leaves unset.
 *
 * ## Thread safety
 *
 * [method@Application.stop] may be called from any thread. Everything else belongs
 * to the thread that calls [method@Application.run]; signals are emitted there,
 * and in the parent process only.
 */

enum
{
  PROP_EMBEDDED_BROKER = QS_N_SETTINGS + 1,
  PROP_N_IGNORED
};

G_DEFINE_TYPE_WITH_PRIVATE (QsApplication, qs_application, G_TYPE_OBJECT)

QsApplicationPrivate *
qs_application_get_private (QsApplication *self)
{
  return qs_application_get_instance_private (self);
}

static void
qs_application_dispose (GObject *object)
{
  QsApplication        *self = QS_APPLICATION (object);
  QsApplicationPrivate *priv = qs_application_get_private (self);

  g_clear_pointer (&priv->overview, qs_overview_free);
  g_clear_pointer (&priv->sources, qs_source_list_free);
  g_clear_pointer (&priv->rows, qs_rows_unref);
  g_clear_object (&priv->loop);
  g_clear_object (&priv->pipeline);
  g_clear_object (&priv->embedded_broker);
  if (priv->embedded_state_dir != NULL)
    qs_state_dir_remove (priv->embedded_state_dir);
  g_clear_pointer (&priv->embedded_state_dir, g_free);

  G_OBJECT_CLASS (qs_application_parent_class)->dispose (object);
}

static void
qs_application_finalize (GObject *object)
{
  QsApplication        *self = QS_APPLICATION (object);
  QsApplicationPrivate *priv = qs_application_get_private (self);

  qs_settings_clear (&priv->settings);
  g_mutex_clear (&priv->stop_lock);

  G_OBJECT_CLASS (qs_application_parent_class)->finalize (object);
}

static void
qs_application_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsApplication        *self = QS_APPLICATION (object);
  QsApplicationPrivate *priv = qs_application_get_private (self);

  if (prop_id == PROP_EMBEDDED_BROKER)
    g_value_set_object (value, priv->embedded_broker);
  else if (prop_id == PROP_N_IGNORED)
    g_value_set_uint64 (value, qs_application_get_n_ignored (self));
  else if (!qs_settings_get_property (&priv->settings, prop_id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
qs_application_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QsApplication        *self = QS_APPLICATION (object);
  QsApplicationPrivate *priv = qs_application_get_private (self);

  if (!qs_settings_set_property (&priv->settings, prop_id, value))
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
   * The broker inside this process; `NULL` until the first run() with the broker address
   * `embedded`.
   *
   * The broker and its records live as long as the application.
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
   * How many errors handlers have ignored in the current or the last run; changes without
   * notification.
   */
  g_object_class_install_property (
      object_class,
      PROP_N_IGNORED,
      g_param_spec_uint64 (
          "n-ignored",
          NULL,
          "Number of errors that handlers have ignored in this run or the last one",
          0,
          G_MAXUINT64,
          0,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));

  qs_application_install_signals (G_TYPE_FROM_CLASS (klass));
}

static void
qs_application_init (QsApplication *self)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);
  static int            n_applications = 0;

  qs_settings_init (&priv->settings);
  priv->ordinal = (guint) g_atomic_int_add (&n_applications, 1) + 1;
  priv->sources = qs_source_list_new (G_OBJECT (self));
  priv->overview = qs_overview_new (priv->sources, G_OBJECT (self));
  priv->pipeline = qs_pipeline_new ();
  priv->loop = qs_consume_loop_new (
      priv->pipeline, &qs_application_error_listener, qs_application_emit_message_processed, self);
  g_mutex_init (&priv->stop_lock);
}

gboolean
qs_application_check_not_running (QsApplication *self, const char *what, GError **error)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

  if (priv->stop == NULL)
    return TRUE;

  g_set_error (error,
               QS_APPLICATION_ERROR,
               QS_APPLICATION_ERROR_RUNNING,
               "Cannot %s while the application's run() is running",
               what);
  return FALSE;
}

/**
 * qs_application_new:
 * @broker_address: (nullable): the address of the cluster, see
 *   [property@Application:broker-address]
 *
 * Makes an application. It connects to nothing before [method@Application.run].
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
 * Gets the address of the cluster, from the property or the environment.
 *
 * Returns: (nullable): the address, or `NULL` if neither is set
 */
const char *
qs_application_get_broker_address (QsApplication *self)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  return qs_settings_get_broker_address (&priv->settings);
}

/**
 * qs_application_get_consumer_group: (get-property consumer-group)
 * @self: an application
 *
 * Gets the name that distinguishes this application from others on the same cluster.
 *
 * Returns: the name
 */
const char *
qs_application_get_consumer_group (QsApplication *self)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  return qs_settings_get_consumer_group (&priv->settings);
}

/**
 * qs_application_get_state_dir: (get-property state-dir)
 * @self: an application
 *
 * Gets the directory for the stores of stateful sources, from the property or the
 * environment.
 *
 * Returns: the path
 */
const char *
qs_application_get_state_dir (QsApplication *self)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  return qs_settings_get_state_dir (&priv->settings);
}

/**
 * qs_application_get_embedded_broker: (get-property embedded-broker)
 * @self: an application
 *
 * Gets the broker inside this process.
 *
 * Returns: (transfer none) (nullable): the broker, or `NULL` unless run() was called with
 *   the broker address `embedded`
 */
QsEmbeddedBroker *
qs_application_get_embedded_broker (QsApplication *self)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  return priv->embedded_broker;
}

/**
 * qs_application_get_n_ignored: (get-property n-ignored)
 * @self: an application
 *
 * Gets the number of errors that handlers of [signal@Application::processing-error],
 * [signal@Application::producer-error] and [signal@Application::consumer-error]
 * have ignored.
 *
 * Returns: the number of errors in the current or the last run
 */
guint64
qs_application_get_n_ignored (QsApplication *self)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

  g_return_val_if_fail (QS_IS_APPLICATION (self), 0);

  return qs_consume_loop_get_n_ignored (priv->loop);
}

/**
 * qs_application_dataframe:
 * @self: an application
 * @topic: (nullable): the topic to read
 * @source: (nullable): a source that produces to it, to be added
 * @error: return location for an error
 *
 * Makes a dataframe, which processes the records of a topic while the application runs.
 *
 * With a @source, it adds the source with @topic as [method@Application.add_source] does,
 * and the dataframe reads the topic that this returns. Without a @source, the dataframe
 * reads @topic. It is an error if both are `NULL`. A topic can have several dataframes;
 * each of them gets all records, in the order in which the dataframes were made. The call
 * does not use the network.
 *
 * While the application runs, it is a member of the
 * [property@Application:consumer-group]: several processes of the same program share the
 * partitions. Sources start after the consumer is ready, so that no record is missed. With
 * a dataframe, run() continues until it is stopped, unless [property@Application:drain],
 * [property@Application:run-count], [property@Application:run-timeout] or
 * [property@Application:idle-timeout] ends it.
 *
 * Returns: (transfer full): the dataframe, without any steps
 */
QsDataframe *
qs_application_dataframe (QsApplication *self, QsTopic *topic, QsBaseSource *source, GError **error)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

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
                           "Cannot make a dataframe without a topic or a source: pass one of them");
      return NULL;
    }

  if (source != NULL)
    topic = qs_source_list_add (priv->sources, source, topic, error);
  if (topic == NULL)
    return NULL;

  return g_object_ref (qs_pipeline_add (priv->pipeline, topic));
}
