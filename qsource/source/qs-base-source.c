/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-base-source-private.h"

#include "qs-base-source-parts-private.h"
#include "qs-enum-types.h"
#include "qs-log-private.h"
#include "qs-producer.h"
#include "qs-source-stats-private.h"
#include "qs-topic.h"

/**
 * QsBaseSource:
 *
 * Base class of everything that an application can run as a source.
 *
 * A subclass must implement three virtual functions: [vfunc@BaseSource.start], which gets
 * data and produces it, [vfunc@BaseSource.stop], which asks start() to return, and
 * [vfunc@BaseSource.default_topic]. Derive most sources from [class@Source] instead, which
 * needs only a run().
 *
 * ## Life cycle
 *
 * ```text
 * new ──configure()──▶ configured ──start()──▶ running ──returns──▶ ended
 *                                                 ▲
 *                                    stop(), from any thread
 * ```
 *
 * [method@Application.run] performs these steps in the worker process. A source that was
 * stopped stays stopped until an application starts it again; a source that has ended must
 * be configured again.
 *
 * ## Thread safety
 *
 * [method@BaseSource.stop], [method@BaseSource.fail],
 * [method@BaseSource.is_stopping], [method@BaseSource.wait] and
 * [method@BaseSource.get_status] may be called from any thread, also while the source
 * ends and is started again. Everything else belongs to the thread that calls
 * [method@BaseSource.start]; signals are emitted there too.
 */

enum
{
  PROP_NAME = 1,
  PROP_SHUTDOWN_TIMEOUT,
  PROP_WORKER_ARGV,
  PROP_TOPIC,
  PROP_PRODUCER,
  PROP_STATUS,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (QsBaseSource, qs_base_source, G_TYPE_OBJECT)

QsBaseSourcePrivate *
qs_base_source_get_private (QsBaseSource *self)
{
  return qs_base_source_get_instance_private (self);
}

static gboolean
qs_base_source_real_configure (QsBaseSource *self,
                               QsTopic      *topic,
                               QsProducer   *producer,
                               GError      **error)
{
  return TRUE;
}

static gboolean
qs_base_source_real_setup (QsBaseSource *self, GError **error)
{
  return TRUE;
}

static void
qs_base_source_real_client_connect_success (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  /* Without a setup() of its own there is nothing that it is connected to. */
  if (QS_BASE_SOURCE_GET_CLASS (self)->setup != qs_base_source_real_setup)
    qs_log_message (priv->name, NULL, "Connected");
}

static gboolean
qs_base_source_real_client_connect_failure (QsBaseSource *self, const GError *error)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  /* start() fails with it, which is reported. */
  qs_log_info (priv->name, NULL, "Failed to connect: %s", error->message);
  return FALSE;
}

static void
qs_base_source_constructed (GObject *object)
{
  QsBaseSource        *self = QS_BASE_SOURCE (object);
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  G_OBJECT_CLASS (qs_base_source_parent_class)->constructed (object);

  qs_base_source_set_run (
      self, qs_source_run_new (priv->name, qs_source_listener_new (NULL, NULL, NULL)));
}

static void
qs_base_source_finalize (GObject *object)
{
  QsBaseSource        *self = QS_BASE_SOURCE (object);
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  g_clear_pointer (&priv->run, qs_source_run_unref);
  g_clear_object (&priv->stats);
  g_clear_error (&priv->error);
  g_free (priv->error_detail);
  g_strfreev (priv->worker_argv);
  g_free (priv->name);
  g_mutex_clear (&priv->lock);

  G_OBJECT_CLASS (qs_base_source_parent_class)->finalize (object);
}

static void
qs_base_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsBaseSource        *self = QS_BASE_SOURCE (object);
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);
  g_autoptr (QsSourceRun) run = qs_base_source_dup_run (self);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, qs_base_source_get_name (self));
      break;

    case PROP_SHUTDOWN_TIMEOUT:
      g_value_set_double (value, qs_base_source_get_shutdown_timeout (self));
      break;

    case PROP_WORKER_ARGV:
      g_value_set_boxed (value, priv->worker_argv);
      break;

    case PROP_TOPIC:
      g_value_set_object (value, qs_source_run_get_topic (run));
      break;

    case PROP_PRODUCER:
      g_value_set_object (value, qs_source_run_get_producer (run));
      break;

    case PROP_STATUS:
      g_value_set_enum (value, qs_base_source_get_status (self));
      break;

    case PROP_STATS:
      g_value_set_object (value, qs_base_source_get_stats (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_base_source_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QsBaseSource        *self = QS_BASE_SOURCE (object);
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  switch (prop_id)
    {
    case PROP_NAME:
      priv->name = g_value_dup_string (value);
      break;

    case PROP_SHUTDOWN_TIMEOUT:
      qs_base_source_set_shutdown_timeout (self, g_value_get_double (value));
      break;

    case PROP_WORKER_ARGV:
      g_strfreev (priv->worker_argv);
      priv->worker_argv = g_value_dup_boxed (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* Makes the properties that its user sets. */
static void
make_user_properties (void)
{
  /**
   * QsBaseSource:name: (getter get_name)
   *
   * The name of the source: letters, digits and `.`, `_`, `-`; unique in an
   * application.
   *
   * It names the source's topic, state and log lines. A source of the same name
   * and consumer group on another machine is the *same* source.
   */
  props[PROP_NAME] = g_param_spec_string (
      "name",
      NULL,
      "Name of the source: letters, digits and . _ -; unique in an application",
      NULL,
      G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * QsBaseSource:shutdown-timeout: (getter get_shutdown_timeout) (setter set_shutdown_timeout)
   *
   * How long the source can take to end when it is stopped, in seconds, 0 to 86400; 10 by
   * default. After that its process is ended by force.
   *
   * Half of the time is reserved for records that are not acknowledged yet.
   */
  props[PROP_SHUTDOWN_TIMEOUT] =
      g_param_spec_double ("shutdown-timeout",
                           NULL,
                           "Seconds that the source can take to end when it is stopped",
                           0,
                           86400,
                           10,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * QsBaseSource:worker-argv:
   *
   * The command that starts a worker of this source; `NULL` = the command of its
   * application, see [property@Application:worker-argv].
   *
   * The program, in any language, adds a source of the same name and kind to its first
   * application and calls its run(). This way one application can run sources of several
   * programs. Set it before the source is started.
   */
  props[PROP_WORKER_ARGV] =
      g_param_spec_boxed ("worker-argv",
                          NULL,
                          "Command that starts a worker of this source; unset = the application's",
                          G_TYPE_STRV,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
}

/* Makes the properties that a run sets. */
static void
make_run_properties (void)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * QsBaseSource:topic: (getter get_topic)
   *
   * The topic that the source produces to; `NULL` until it is configured.
   */
  props[PROP_TOPIC] =
      g_param_spec_object ("topic",
                           NULL,
                           "The topic that the source produces to; unset until it is configured",
                           QS_TYPE_TOPIC,
                           flags);

  /**
   * QsBaseSource:producer: (getter get_producer)
   *
   * The producer that the source produces with; `NULL` until it is configured,
   * which happens in the worker.
   */
  props[PROP_PRODUCER] =
      g_param_spec_object ("producer",
                           NULL,
                           "The producer of the source; unset until it is configured",
                           QS_TYPE_PRODUCER,
                           flags);

  /**
   * QsBaseSource:status: (getter get_status)
   *
   * The status of the source.
   *
   * Changes are notified in the process that watches the source, in the thread
   * of [method@Application.run].
   */
  props[PROP_STATUS] = g_param_spec_enum ("status",
                                          NULL,
                                          "Status of the source",
                                          QS_TYPE_SOURCE_STATUS,
                                          QS_SOURCE_STATUS_IDLE,
                                          flags | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * QsBaseSource:stats: (getter get_stats)
   *
   * The statistics of the source, in the process that watches it.
   */
  props[PROP_STATS] =
      g_param_spec_object ("stats",
                           NULL,
                           "Statistics of the source, in the process that watches it",
                           QS_TYPE_SOURCE_STATS,
                           flags);
}

static void
install_signals (QsBaseSourceClass *klass)
{
  /**
   * QsBaseSource::client-connect-success:
   * @self: the emitter
   *
   * Emitted once, after [vfunc@BaseSource.setup] has succeeded.
   *
   * Handlers run in the worker, in the thread of [method@BaseSource.start]. The
   * parent's application emits [signal@Application::source-connected]. The
   * default handler logs a line.
   */
  g_signal_new ("client-connect-success",
                G_TYPE_FROM_CLASS (klass),
                G_SIGNAL_RUN_LAST,
                G_STRUCT_OFFSET (QsBaseSourceClass, client_connect_success),
                NULL,
                NULL,
                NULL,
                G_TYPE_NONE,
                0);

  /**
   * QsBaseSource::client-connect-failure:
   * @self: the emitter
   * @error: why [vfunc@BaseSource.setup] failed
   *
   * Emitted once, after [vfunc@BaseSource.setup] has failed.
   *
   * Handlers run in the worker, in the thread of [method@BaseSource.start]. The
   * parent's application emits [signal@Application::source-connect-failed]. The
   * default handler logs a line and returns false.
   *
   * Returns: true if the failure is handled and the source continues; false to let start()
   *   fail with @error
   */
  g_signal_new ("client-connect-failure",
                G_TYPE_FROM_CLASS (klass),
                G_SIGNAL_RUN_LAST,
                G_STRUCT_OFFSET (QsBaseSourceClass, client_connect_failure),
                g_signal_accumulator_true_handled,
                NULL,
                NULL,
                G_TYPE_BOOLEAN,
                1,
                G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
qs_base_source_class_init (QsBaseSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = qs_base_source_constructed;
  object_class->finalize = qs_base_source_finalize;
  object_class->get_property = qs_base_source_get_property;
  object_class->set_property = qs_base_source_set_property;

  klass->configure = qs_base_source_real_configure;
  klass->setup = qs_base_source_real_setup;
  klass->client_connect_success = qs_base_source_real_client_connect_success;
  klass->client_connect_failure = qs_base_source_real_client_connect_failure;

  make_user_properties ();
  make_run_properties ();
  g_object_class_install_properties (object_class, N_PROPS, props);
  install_signals (klass);
}

static void
qs_base_source_init (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  g_mutex_init (&priv->lock);
  priv->shutdown_timeout = 10;
  priv->stats = qs_source_stats_new ();
}

void
qs_base_source_set_run (QsBaseSource *self, QsSourceRun *run)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);
  QsSourceRun         *old = NULL;

  g_mutex_lock (&priv->lock);
  old = priv->run;
  priv->run = run;
  g_mutex_unlock (&priv->lock);

  /* Outside of the lock: its producer may go with it. */
  g_clear_pointer (&old, qs_source_run_unref);
}

/* Distinguishes the calling thread from all others that run. It is asked for each record:
 * g_thread_self() takes three times as long. The initial-exec model spares a call into the
 * loader; a library that is loaded late finds room for a byte. */
static gconstpointer
get_thread (void)
{
  /* Initialized: mold 1.10 maps a program in which a thread has only zeroes so that it can't be
   * started. */
  static _Thread_local char self __attribute__ ((tls_model ("initial-exec"))) = 1;

  return &self;
}

gboolean
qs_base_source_is_own_thread (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  return g_atomic_pointer_get (&priv->thread) == get_thread ();
}

gboolean
qs_base_source_is_foreign_thread (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);
  gconstpointer        thread = g_atomic_pointer_get (&priv->thread);

  return thread != NULL && thread != get_thread ();
}

void
qs_base_source_set_own_thread (QsBaseSource *self, gboolean is_own)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  g_atomic_pointer_set (&priv->thread, is_own ? get_thread () : NULL);
}

QsSourceRun *
qs_base_source_dup_run (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);
  QsSourceRun         *run = NULL;

  g_mutex_lock (&priv->lock);
  run = qs_source_run_ref (priv->run);
  g_mutex_unlock (&priv->lock);

  return run;
}

QsSourceRun *
qs_base_source_get_own_run (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  return G_LIKELY (g_atomic_pointer_get (&priv->thread) == get_thread ()) ? priv->run : NULL;
}

QsSourceRun *
qs_base_source_enter_run (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  return qs_base_source_is_own_thread (self) ? priv->run : qs_base_source_dup_run (self);
}

void
qs_base_source_leave_run (QsBaseSource *self, QsSourceRun *run)
{
  if (!qs_base_source_is_own_thread (self))
    qs_source_run_unref (run);
}

void
qs_base_source_tell (QsBaseSource *self, const QsSourceEvent *event)
{
  g_autoptr (QsSourceRun) run = qs_base_source_dup_run (self);

  qs_source_listener_tell (qs_source_run_get_listener (run), event);
}

void
qs_base_source_set_status (QsBaseSource *self, QsSourceStatus status)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  if ((QsSourceStatus) g_atomic_int_get (&priv->status) == status)
    return;

  g_atomic_int_set (&priv->status, status);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATUS]);
}

/**
 * qs_base_source_get_name: (get-property name)
 * @self: a source
 *
 * Gets the name of the source.
 *
 * Returns: (nullable): the name; `NULL` if the source was made without one, which no
 *   application accepts
 */
const char *
qs_base_source_get_name (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), NULL);

  return priv->name;
}

/**
 * qs_base_source_get_shutdown_timeout: (get-property shutdown-timeout)
 * @self: a source
 *
 * Gets how long the source can take to end when it is stopped.
 *
 * Returns: a duration in seconds
 */
double
qs_base_source_get_shutdown_timeout (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), 0);

  return priv->shutdown_timeout;
}

/**
 * qs_base_source_set_shutdown_timeout: (set-property shutdown-timeout)
 * @self: a source
 * @seconds: a duration in seconds, 0 to 86400
 *
 * Sets how long the source can take to end when it is stopped.
 *
 * Set it before the source is started.
 */
void
qs_base_source_set_shutdown_timeout (QsBaseSource *self, double seconds)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  g_return_if_fail (QS_IS_BASE_SOURCE (self));
  g_return_if_fail (seconds >= 0 && seconds <= 86400);

  if (priv->shutdown_timeout == seconds)
    return;

  priv->shutdown_timeout = seconds;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SHUTDOWN_TIMEOUT]);
}

/**
 * qs_base_source_get_status: (get-property status)
 * @self: a source
 *
 * Gets the status of the source.
 *
 * Returns: the status
 */
QsSourceStatus
qs_base_source_get_status (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), QS_SOURCE_STATUS_IDLE);

  return (QsSourceStatus) g_atomic_int_get (&priv->status);
}

/**
 * qs_base_source_get_stats: (get-property stats)
 * @self: a source
 *
 * Gets the statistics of the source.
 *
 * They are available in the process that watches the source; call it in the thread that
 * runs the application.
 *
 * Returns: (transfer none): the same object as long as the source lives
 */
QsSourceStats *
qs_base_source_get_stats (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), NULL);

  return priv->stats;
}
