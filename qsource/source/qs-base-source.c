/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-base-source-private.h"

#include "qs-callback-private.h"
#include "qs-deadline-private.h"
#include "qs-enum-types.h"
#include "qs-log-private.h"
#include "qs-producer.h"
#include "qs-source-error.h"
#include "qs-source-stats-private.h"
#include "qs-topic.h"

/**
 * QsBaseSource:
 *
 * The least that an application can run as a source.
 *
 * It asks for three virtual functions: [vfunc@BaseSource.start], which gets data
 * and produces it, [vfunc@BaseSource.stop], which asks start() to return, and
 * [vfunc@BaseSource.default_topic]. Most sources are better served by
 * [class@Source], which needs nothing but a run().
 *
 * ## Life cycle
 *
 * ```
 * new ──configure()──▶ configured ──start()──▶ running ──returns──▶ ended
 *                                                 ▲
 *                                    stop(), from any thread
 * ```
 *
 * [method@Application.run] does these steps, in the worker process. A source
 * that was stopped stays stopped until an application starts it again; an ended
 * one has to be configured again.
 *
 * ## Thread safety
 *
 * [method@BaseSource.stop], [method@BaseSource.fail],
 * [method@BaseSource.is_stopping], [method@BaseSource.wait] and
 * [method@BaseSource.get_status] may be called from any thread, also while the source
 * ends and is started again. Everything else belongs to the thread that calls
 * [method@BaseSource.start]; signals are emitted there too.
 */

typedef struct
{
  /* Set at construction, then only read. Owned. */
  char *name;

  /* Seconds. Set before the source is started, then only read. */
  double shutdown_timeout;

  int status; /* atomic: QsSourceStatus */

  /* start()'s while it runs, as get_thread() tells it. Atomic. */
  gconstpointer thread;

  /* The newest. Changed in the thread of start() only, so that this one needs neither
   * the lock nor a reference. Owned. */
  GMutex       lock;
  QsSourceRun *run;
  char        *error_detail; /* owned; nullable */

  /* Of the thread that watches. Owned. */
  QsSourceStats *stats;

  /* How it failed, if it did. Only the thread that watches. Owned. */
  GError *error;
} QsBaseSourcePrivate;

enum
{
  PROP_NAME = 1,
  PROP_SHUTDOWN_TIMEOUT,
  PROP_TOPIC,
  PROP_PRODUCER,
  PROP_STATUS,
  PROP_STATS,
  N_PROPS
};

enum
{
  SIGNAL_CLIENT_CONNECT_SUCCESS,
  SIGNAL_CLIENT_CONNECT_FAILURE,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint       signals[N_SIGNALS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (QsBaseSource, qs_base_source, G_TYPE_OBJECT)

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

  /* start() fails with it, and that is told of. */
  qs_log_info (priv->name, NULL, "Failed to connect: %s", error->message);
  return FALSE;
}

static void
qs_base_source_constructed (GObject *object)
{
  QsBaseSource *self = QS_BASE_SOURCE (object);

  G_OBJECT_CLASS (qs_base_source_parent_class)->constructed (object);

  qs_base_source_prepare (self, NULL, NULL, NULL);
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
  g_free (priv->name);
  g_mutex_clear (&priv->lock);

  G_OBJECT_CLASS (qs_base_source_parent_class)->finalize (object);
}

static void
qs_base_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsBaseSource *self = QS_BASE_SOURCE (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, qs_base_source_get_name (self));
      break;

    case PROP_SHUTDOWN_TIMEOUT:
      g_value_set_double (value, qs_base_source_get_shutdown_timeout (self));
      break;

    case PROP_TOPIC:
      g_value_set_object (value, qs_base_source_get_topic (self));
      break;

    case PROP_PRODUCER:
      g_value_set_object (value, qs_base_source_get_producer (self));
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

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* What its user gives it. */
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
   * How long the source may take to end when it is stopped, in seconds; after
   * that its process is ended by force.
   *
   * Half of it is for what is not acknowledged yet.
   */
  props[PROP_SHUTDOWN_TIMEOUT] =
      g_param_spec_double ("shutdown-timeout",
                           NULL,
                           "Seconds that the source may take to end when it is stopped",
                           0,
                           86400,
                           10,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
}

/* What becomes of it in a run. */
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
                           "What the source produces with; unset until it is configured",
                           QS_TYPE_PRODUCER,
                           flags);

  /**
   * QsBaseSource:status: (getter get_status)
   *
   * What the source is doing.
   *
   * Changes are notified in the process that watches the source, in the thread
   * of [method@Application.run].
   */
  props[PROP_STATUS] = g_param_spec_enum ("status",
                                          NULL,
                                          "What the source is doing",
                                          QS_TYPE_SOURCE_STATUS,
                                          QS_SOURCE_STATUS_IDLE,
                                          flags | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * QsBaseSource:stats: (getter get_stats)
   *
   * What is counted of the source, in the process that watches it.
   */
  props[PROP_STATS] =
      g_param_spec_object ("stats",
                           NULL,
                           "What is counted of the source, in the process that watches it",
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
  signals[SIGNAL_CLIENT_CONNECT_SUCCESS] =
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
   * Returns: true if the failure is dealt with and the source goes on; false if
   *   start() shall fail with @error
   */
  signals[SIGNAL_CLIENT_CONNECT_FAILURE] =
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

static void
set_run (QsBaseSource *self, QsSourceRun *run)
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

void
qs_base_source_prepare (QsBaseSource     *self,
                        QsSourceEventFunc func,
                        gpointer          user_data,
                        GDestroyNotify    destroy)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  set_run (self, qs_source_run_new (priv->name, qs_source_listener_new (func, user_data, destroy)));
  qs_base_source_set_error_detail (self, NULL);
  g_clear_error (&priv->error);
}

/* Tells the calling thread from all others that run. For each record of a source:
 * g_thread_self() takes three times as long. */
static gconstpointer
get_thread (void)
{
  /* Initialized: mold 1.10 maps a program in which a thread has only zeroes so that it can't be
   * started. */
  static _Thread_local char self = 1;

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

gboolean
qs_base_source_check_failure (QsBaseSource *self, gboolean ok, GError **error)
{
  g_autoptr (QsSourceRun) run = qs_base_source_dup_run (self);
  g_autofree char *detail = NULL;
  g_autoptr (GError) failure = qs_source_run_dup_failure (run, &detail);

  if (failure == NULL)
    return ok;

  g_clear_error (error);
  g_propagate_error (error, g_steal_pointer (&failure));
  qs_base_source_set_error_detail (self, detail);

  return FALSE;
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

void
qs_base_source_take_error (QsBaseSource *self, GError *error)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  g_clear_error (&priv->error);
  priv->error = error;
}

gboolean
qs_base_source_check_result (QsBaseSource *self,
                             const char   *vfunc,
                             gboolean      result,
                             GError       *own_error,
                             GError      **error)
{
  const char *detail = qs_base_source_get_error_detail (self);

  if (own_error != NULL)
    g_propagate_error (error, own_error);
  else if (!result && detail != NULL)
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_FAILED,
                 "%s() of source '%s' failed: %.*s",
                 vfunc,
                 qs_base_source_get_name (self),
                 (int) strcspn (detail, "\n"),
                 detail);
  else if (!result)
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_FAILED,
                 "%s() of source '%s' failed without an error: it returned FALSE and set none "
                 "(in other languages: it returned nothing, or an exception was printed and lost)",
                 vfunc,
                 qs_base_source_get_name (self));

  return result && own_error == NULL;
}

/**
 * qs_base_source_get_name: (get-property name)
 * @self: a source
 *
 * Gets the name of the source.
 *
 * Returns: (nullable): the name; `NULL` if it was made without one, which no
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
 * Gets how long the source may take to end when it is stopped.
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
 * Sets how long the source may take to end when it is stopped.
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
 * qs_base_source_get_topic: (get-property topic)
 * @self: a source
 *
 * Gets the topic that the source produces to.
 *
 * Returns: (transfer none) (nullable): the topic; `NULL` until the source is
 *   configured
 */
QsTopic *
qs_base_source_get_topic (QsBaseSource *self)
{
  QsSourceRun *run = NULL;
  QsTopic     *topic = NULL;

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), NULL);

  run = qs_base_source_enter_run (self);
  topic = qs_source_run_get_topic (run);
  qs_base_source_leave_run (self, run);

  return topic;
}

/**
 * qs_base_source_get_producer: (get-property producer)
 * @self: a source
 *
 * Gets the producer that the source produces with.
 *
 * Returns: (transfer none) (nullable): the producer; `NULL` until the source is
 *   configured
 */
QsProducer *
qs_base_source_get_producer (QsBaseSource *self)
{
  QsSourceRun *run = NULL;
  QsProducer  *producer = NULL;

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), NULL);

  run = qs_base_source_enter_run (self);
  producer = qs_source_run_get_producer (run);
  qs_base_source_leave_run (self, run);

  return producer;
}

/**
 * qs_base_source_get_status: (get-property status)
 * @self: a source
 *
 * Gets what the source is doing.
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
 * Gets what is counted of the source.
 *
 * It counts in the process that watches the source; call it in the thread that
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

/**
 * qs_base_source_get_cancellable:
 * @self: a source
 *
 * Gets the cancellable that is cancelled when the source is to stop.
 *
 * Pass it to whatever the source waits for. Its `cancelled` signal comes from
 * another thread: connect to it in C only.
 *
 * Returns: (transfer none): the cancellable of this run
 */
GCancellable *
qs_base_source_get_cancellable (QsBaseSource *self)
{
  QsSourceRun  *run = NULL;
  GCancellable *cancellable = NULL;

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), NULL);

  run = qs_base_source_enter_run (self);
  cancellable = qs_source_run_get_cancellable (run);
  qs_base_source_leave_run (self, run);

  return cancellable;
}

/**
 * qs_base_source_get_error_detail:
 * @self: a source
 *
 * Gets more about the failure of the source than fits into an error's message.
 *
 * Returns: (nullable): a text of several lines, such as a traceback
 */
const char *
qs_base_source_get_error_detail (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), NULL);

  return priv->error_detail;
}

/**
 * qs_base_source_set_error_detail:
 * @self: a source
 * @detail: (nullable): a text of several lines
 *
 * Sets more about a failure than fits into an error's message.
 *
 * It is for language bindings, which keep a traceback here before a virtual
 * function returns with the error, or before [method@BaseSource.fail]; it travels to
 * the parent with it.
 */
void
qs_base_source_set_error_detail (QsBaseSource *self, const char *detail)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);
  g_autofree char     *copy = g_strdup (detail);
  char                *old = NULL;

  g_return_if_fail (QS_IS_BASE_SOURCE (self));

  g_mutex_lock (&priv->lock);
  old = priv->error_detail;
  priv->error_detail = g_steal_pointer (&copy);
  g_mutex_unlock (&priv->lock);

  g_free (old);
}

/**
 * qs_base_source_dup_error:
 * @self: a source
 *
 * Gets the error with which the source failed last.
 *
 * Call it in the process and thread that run the application.
 *
 * Returns: (transfer full) (nullable): a copy of the error, with domain and code
 *   as in the worker; `NULL` if the source did not fail
 */
GError *
qs_base_source_dup_error (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), NULL);

  return priv->error != NULL ? g_error_copy (priv->error) : NULL;
}

static gboolean
is_started (QsSourceRun *run)
{
  QsSourceRunPhase phase = qs_source_run_get_phase (run);

  return phase == QS_SOURCE_RUN_STARTED || phase == QS_SOURCE_RUN_LEAVING;
}

/* Has @run, or the next one if that had them already, know what to produce with. */
static void
give_tools (QsBaseSource *self, QsSourceRun *run, QsTopic *topic, QsProducer *producer)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);
  QsTopic             *old_topic = qs_source_run_get_topic (run);
  QsProducer          *old_producer = qs_source_run_get_producer (run);

  if (old_producer != NULL)
    set_run (self, qs_source_run_new_next (run));
  qs_source_run_configure (priv->run, topic, producer);

  if (topic != old_topic)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TOPIC]);
  if (producer != old_producer)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PRODUCER]);
}

/**
 * qs_base_source_configure: (virtual configure)
 * @self: a source
 * @topic: the topic to produce to
 * @producer: the producer to produce with
 * @error: return location for an error
 *
 * Gives the source its topic and its producer.
 *
 * The application calls it in the worker, before [method@BaseSource.start]. The
 * source keeps both; the virtual function, whose default does nothing, is for
 * sources that want to know.
 *
 * Returns: true if the source can be started
 */
gboolean
qs_base_source_configure (QsBaseSource *self, QsTopic *topic, QsProducer *producer, GError **error)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);
  g_autoptr (QsSourceRun) run = NULL;
  GError  *own_error = NULL;
  gboolean ok = FALSE;

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), FALSE);
  g_return_val_if_fail (QS_IS_TOPIC (topic), FALSE);
  g_return_val_if_fail (QS_IS_PRODUCER (producer), FALSE);

  run = qs_base_source_dup_run (self);
  if (is_started (run))
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_INVALID_STATE,
                   "Cannot configure source '%s' while its start() runs",
                   qs_base_source_get_name (self));
      return FALSE;
    }

  give_tools (self, run, topic, producer);

  ok = QS_BASE_SOURCE_GET_CLASS (self)->configure (self, topic, producer, &own_error);
  if (!ok && qs_callback_was_lost (G_OBJECT_TYPE (self), "configure", &own_error))
    ok = QS_BASE_SOURCE_GET_CLASS (self)->configure (self, topic, producer, &own_error);
  if (!qs_base_source_check_result (self, "configure", ok, own_error, error))
    return FALSE;

  qs_source_run_advance (priv->run, QS_SOURCE_RUN_NEW, QS_SOURCE_RUN_CONFIGURED);

  return TRUE;
}

/**
 * qs_base_source_setup: (virtual setup)
 * @self: a source
 * @error: return location for an error
 *
 * Connects and authenticates the client of the outside system.
 *
 * The default does nothing. Call [method@BaseSource.init_client] instead, which
 * tells the signals' handlers how it went.
 *
 * Returns: true if the client is connected
 */
gboolean
qs_base_source_setup (QsBaseSource *self, GError **error)
{
  GError  *own_error = NULL;
  gboolean ok = FALSE;

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), FALSE);

  ok = QS_BASE_SOURCE_GET_CLASS (self)->setup (self, &own_error);
  if (!ok && qs_callback_was_lost (G_OBJECT_TYPE (self), "setup", &own_error))
    ok = QS_BASE_SOURCE_GET_CLASS (self)->setup (self, &own_error);

  return qs_base_source_check_result (self, "setup", ok, own_error, error);
}

/* Whether start() may be called now; if so, nobody else may any more. */
static gboolean
begin_start (QsBaseSource *self, QsSourceRun *run, GError **error)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);
  QsBaseSourceClass   *klass = QS_BASE_SOURCE_GET_CLASS (self);

  if (klass->start == NULL || klass->stop == NULL)
    {
      g_set_error (
          error,
          QS_SOURCE_ERROR,
          QS_SOURCE_ERROR_NOT_IMPLEMENTED,
          "Cannot start source '%s': its class %s has no %s(), which every source must have",
          priv->name,
          G_OBJECT_TYPE_NAME (self),
          klass->start == NULL ? "start" : "stop");
      return FALSE;
    }

  if (qs_source_run_advance (run, QS_SOURCE_RUN_CONFIGURED, QS_SOURCE_RUN_STARTED))
    return TRUE;

  if (is_started (run))
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_INVALID_STATE,
                 "Cannot start source '%s': its start() runs already",
                 priv->name);
  else
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_NOT_CONFIGURED,
                 "Cannot start source '%s': it has to be configured before each start, "
                 "as an application's run() does",
                 priv->name);

  return FALSE;
}

/* stop() may fail, too: what start() came to is judged after it has returned. */
static void
finish_stop (QsBaseSource *self, QsSourceRun *run)
{
  double patience = qs_base_source_get_shutdown_timeout (self) / 2;

  if (!qs_source_run_is_stop_pending (run))
    return;

  /* Some languages run functions in their own thread only, which is this one. */
  if (qs_callback_has_thread (G_OBJECT_TYPE (self)))
    qs_base_source_stop (self);

  if (!qs_source_run_wait_for_stop (run, patience))
    qs_log_warning (qs_base_source_get_name (self),
                    NULL,
                    "stop() has not returned %g s after start() has; whether it fails is not "
                    "waited for any longer",
                    patience);
}

/**
 * qs_base_source_start: (virtual start)
 * @self: a source
 * @error: return location for an error
 *
 * Gets data and produces it until there is no more or the source is stopped.
 *
 * The application calls it in the worker, on its main thread; it blocks for as
 * long as the source runs. Being stopped is not an error. Every source must have
 * the virtual function.
 *
 * Returns: true if the source ended by itself or was stopped
 */
gboolean
qs_base_source_start (QsBaseSource *self, GError **error)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);
  g_autoptr (QsSourceRun) run = NULL;
  GError  *own_error = NULL;
  GError  *result = NULL;
  gboolean ok = FALSE;

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), FALSE);

  run = qs_base_source_dup_run (self);
  if (!begin_start (self, run, error))
    return FALSE;

  g_atomic_pointer_set (&priv->thread, get_thread ());
  ok = QS_BASE_SOURCE_GET_CLASS (self)->start (self, &own_error);
  if (!ok && qs_callback_was_lost (G_OBJECT_TYPE (self), "start", &own_error))
    ok = QS_BASE_SOURCE_GET_CLASS (self)->start (self, &own_error);
  qs_source_run_check_process (run);
  finish_stop (self, run);
  ok = qs_base_source_check_failure (
      self, qs_base_source_check_result (self, "start", ok, own_error, &result), &result);
  g_atomic_pointer_set (&priv->thread, NULL);
  qs_source_run_end (run, ok);

  if (!ok)
    g_propagate_error (error, result);

  return ok;
}

/**
 * qs_base_source_stop: (virtual stop)
 * @self: a source
 *
 * Asks [method@BaseSource.start] to return soon.
 *
 * It may be called from any thread and at any moment, also before the source has
 * started; it does not wait. It cancels the source's cancellable, which ends
 * [method@BaseSource.wait], and then calls the virtual function, once in a run.
 * Every source must have the virtual function; it runs in a thread of its own
 * while start() runs in another.
 */
void
qs_base_source_stop (QsBaseSource *self)
{
  g_autoptr (QsSourceRun) run = NULL;
  QsBaseSourceClass *klass = NULL;

  g_return_if_fail (QS_IS_BASE_SOURCE (self));

  run = qs_base_source_dup_run (self);
  qs_source_run_cancel (run);

  klass = QS_BASE_SOURCE_GET_CLASS (self);
  if (klass->stop != NULL && qs_source_run_take_stop (run))
    {
      qs_callback_prepare (G_OBJECT_TYPE (self), "stop");
      klass->stop (self);
      qs_source_run_note_stopped (run);
    }
}

/**
 * qs_base_source_fail:
 * @self: a source
 * @error: what went wrong
 *
 * Has the source end as failed.
 *
 * It may be called from any thread, by whatever finds that the source can't go on
 * while run() waits: a timeout, a signal handler, a thread of the source's own.
 * [method@BaseSource.is_stopping] becomes true and waits end, as when the source is
 * stopped; whatever start() returns then, the source has failed with @error, and
 * nothing is committed any more. The default [vfunc@Source.run] returns @error.
 *
 * The first failure counts. A [error@Gio.IOErrorEnum.CANCELLED] while the source is
 * stopping is none; a source that isn't running can't fail, which is warned of.
 */
void
qs_base_source_fail (QsBaseSource *self, const GError *error)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_instance_private (self);
  g_autoptr (QsSourceRun) run = NULL;
  g_autofree char *detail = NULL;

  g_return_if_fail (QS_IS_BASE_SOURCE (self));
  g_return_if_fail (error != NULL);

  run = qs_base_source_dup_run (self);
  if (qs_source_run_get_producer (run) == NULL ||
      qs_source_run_get_phase (run) == QS_SOURCE_RUN_ENDED)
    {
      qs_log_warning (priv->name, NULL, "Failed while it isn't running: %s", error->message);
      return;
    }

  g_mutex_lock (&priv->lock);
  detail = g_strdup (priv->error_detail);
  g_mutex_unlock (&priv->lock);

  /* Without anybody who stops it then. */
  if (!qs_source_run_fail (run, error, detail))
    qs_base_source_stop (self);
}

/**
 * qs_base_source_fail_message:
 * @self: a source
 * @domain: the domain of the error
 * @code: its code
 * @message: what went wrong
 *
 * Does what [method@BaseSource.fail] does, for languages that can't hand over a GError.
 */
void
qs_base_source_fail_message (QsBaseSource *self, GQuark domain, int code, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (domain != 0);
  g_return_if_fail (message != NULL);

  error = g_error_new_literal (domain, code, message);
  qs_base_source_fail (self, error);
}

/**
 * qs_base_source_default_topic: (virtual default_topic)
 * @self: a source
 *
 * Makes the topic that the source produces to when its user gives none.
 *
 * The application puts `source__` before its name. Every source must have the
 * virtual function.
 *
 * Returns: (transfer full) (nullable): a new topic; `NULL` if the class has none
 */
QsTopic *
qs_base_source_default_topic (QsBaseSource *self)
{
  QsBaseSourceClass *klass = NULL;

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), NULL);

  klass = QS_BASE_SOURCE_GET_CLASS (self);

  if (klass->default_topic == NULL)
    return NULL;

  qs_callback_prepare (G_OBJECT_TYPE (self), "default_topic");

  return klass->default_topic (self);
}

/**
 * qs_base_source_init_client:
 * @self: a source
 * @error: return location for an error
 *
 * Calls [vfunc@BaseSource.setup] and emits the signal for how it went.
 *
 * [class@Source] does it before run(); a direct subclass does it at the beginning
 * of its start(). A setup() that fails as cancelled because the source is
 * stopping emits nothing.
 *
 * Returns: true if the client is connected, or a handler of
 *   [signal@BaseSource::client-connect-failure] has dealt with its failure
 */
gboolean
qs_base_source_init_client (QsBaseSource *self, GError **error)
{
  const QsSourceEvent connected = { .type = QS_SOURCE_EVENT_CONNECTED };
  g_autoptr (GError) own_error = NULL;
  gboolean is_handled = FALSE;

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), FALSE);

  if (qs_base_source_check_failure (self, qs_base_source_setup (self, &own_error), &own_error))
    {
      g_signal_emit (self, signals[SIGNAL_CLIENT_CONNECT_SUCCESS], 0);
      qs_base_source_tell (self, &connected);
      return TRUE;
    }

  if (!g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      !qs_base_source_is_stopping (self))
    {
      const QsSourceEvent failed = { .type = QS_SOURCE_EVENT_CONNECT_FAILED, .error = own_error };

      g_signal_emit (self, signals[SIGNAL_CLIENT_CONNECT_FAILURE], 0, own_error, &is_handled);
      qs_base_source_tell (self, &failed);
    }

  if (!is_handled)
    g_propagate_error (error, g_steal_pointer (&own_error));

  return is_handled;
}

/**
 * qs_base_source_is_stopping:
 * @self: a source
 *
 * Checks whether the source was asked to stop.
 *
 * In the thread of run() it costs no more than reading a variable.
 *
 * Returns: true if it was
 */
gboolean
qs_base_source_is_stopping (QsBaseSource *self)
{
  QsSourceRun *run = NULL;
  gboolean     is_stopping = FALSE;

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), TRUE);

  run = qs_base_source_enter_run (self);
  is_stopping = qs_source_run_is_stopping (run);
  qs_base_source_leave_run (self, run);

  return is_stopping;
}

/**
 * qs_base_source_wait:
 * @self: a source
 * @seconds: how long to wait, in seconds; -1 = until the source is stopped
 *
 * Waits, and wakes up when the source is asked to stop.
 *
 * Returns: true when the time is over; false, at once, when the source is
 *   stopping
 */
gboolean
qs_base_source_wait (QsBaseSource *self, double seconds)
{
  g_autoptr (QsSourceRun) run = NULL;
  GCancellable *cancellable = NULL;
  gint64        deadline = qs_deadline_after (seconds);
  GPollFD       fd = { 0 };
  gboolean      has_fd = FALSE;

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), FALSE);

  run = qs_base_source_dup_run (self);
  cancellable = qs_source_run_get_cancellable (run);
  has_fd = g_cancellable_make_pollfd (cancellable, &fd);

  while (!g_cancellable_is_cancelled (cancellable) && !qs_deadline_passed (deadline))
    {
      /* Without a descriptor to spare, it looks ten times a second. */
      g_poll (&fd, has_fd ? 1 : 0, qs_deadline_slice (deadline, has_fd ? G_MAXINT : 100));
    }

  if (has_fd)
    g_cancellable_release_fd (cancellable);

  return !g_cancellable_is_cancelled (cancellable);
}
