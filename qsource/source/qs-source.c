/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-private.h"

#include <stdatomic.h>

#include "qs-base-source-private.h"
#include "qs-callback-private.h"
#include "qs-commit-timer-private.h"
#include "qs-deadline-private.h"
#include "qs-enum-types.h"
#include "qs-producer-private.h"
#include "qs-topic.h"

/**
 * QsSource:
 *
 * Base class of a source that is written as one function, run().
 *
 * Subclass it and implement [vfunc@Source.run]: get data and call
 * [method@Source.produce_data], or another produce method, until
 * [property@Source:running] is false. Then pass it to
 * [method@Application.add_source].
 *
 * ## Life cycle
 *
 * ```text
 * setup() ──▶ client-connect-success ──▶ run() ──▶ cleanup() ──▶ flush() of what is left
 *    └─fails─▶ client-connect-failure      └─fails─▶ cleanup(failed)
 * ```
 *
 * All of it happens in the worker, on its main thread, inside of
 * [method@BaseSource.start].
 *
 * ## Delivery
 *
 * A record counts as delivered when the broker has acknowledged it;
 * [method@Source.flush] waits for that. No record is dropped in silence: the next produce or
 * flush reports the first delivery that fails for good. From then on, as after a produce
 * that failed, every flush fails until the source is started again. With
 * [property@Source:errors], a record that cannot be delivered can be skipped, or produced
 * to a dead-letter topic, instead.
 *
 * ## Thread safety
 *
 * The produce methods and [method@Source.serialize] may be called from any
 * thread; they wait while flush() runs. [method@Source.flush] belongs to the
 * thread of run().
 */

typedef struct
{
  /* Set before it is started, then only read. */
  QsErrorHandling errors;
  QsTopic        *dead_letter_topic; /* owned; nullable */

  guint64 max_records; /* 0 = without end */

  /* Seconds; -1: only flush() commits. */
  double commit_interval;

  _Atomic guint64 n_sent; /* records of this run; counted only if there is a limit */
} QsSourcePrivate;

enum
{
  PROP_RUNNING = 1,
  PROP_ERRORS,
  PROP_DEAD_LETTER_TOPIC,
  PROP_MAX_RECORDS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (QsSource, qs_source, QS_TYPE_BASE_SOURCE)

static gboolean
has_timer (QsSource *self, QsSourceRun *run)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);

  return priv->commit_interval > 0 &&
         qs_producer_is_transactional (qs_source_run_get_producer (run));
}

/* run(), with commits beside it if they were asked for. */
static gboolean
run_and_commit (QsSource *self, QsSourceRun *run, GError **error)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);
  g_autoptr (QsCommitTimer) timer = NULL;
  gboolean ok = FALSE;

  if (has_timer (self, run))
    timer = qs_commit_timer_new (priv->commit_interval, qs_source_commit_cb, run);

  atomic_store (&priv->n_sent, 0);
  ok = qs_source_run (self, error);
  qs_source_run_check_process (run);
  ok = qs_base_source_check_failure (QS_BASE_SOURCE (self), ok, error);

  qs_source_run_advance (run, QS_SOURCE_RUN_STARTED, QS_SOURCE_RUN_LEAVING);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RUNNING]);

  return ok;
}

/* run() and what belongs after it; the first error counts. */
static gboolean
run_and_clean_up (QsSource *self, QsSourceRun *run, GError **error)
{
  g_autoptr (GError) cleanup_error = NULL;
  g_autofree char *detail = NULL;
  QsProducer      *producer = qs_source_run_get_producer (run);
  gboolean         ok = FALSE;

  if (qs_base_source_init_client (QS_BASE_SOURCE (self), error))
    ok = run_and_commit (self, run, error);

  if (!ok)
    {
      /* Commit nothing of the failed work, whatever cleanup() does. */
      qs_producer_poison (producer, *error);

      detail = g_strdup (qs_base_source_get_error_detail (QS_BASE_SOURCE (self)));
      if (!qs_source_cleanup (self, TRUE, &cleanup_error))
        qs_base_source_note_cleanup (QS_BASE_SOURCE (self), cleanup_error, detail);

      /* Still sends the records that produce() had accepted, if that is quick and no transaction
       * forbids it. */
      if (qs_producer_is_transactional (producer))
        qs_producer_abandon (producer, *error);
      else
        qs_producer_flush (
            producer, qs_base_source_get_shutdown_timeout (QS_BASE_SOURCE (self)) / 2, NULL);
      return FALSE;
    }

  /* An overriding cleanup() might not chain up, so flush here too. */
  return qs_source_cleanup (self, FALSE, error) &&
         qs_source_flush (self, qs_source_get_flush_timeout (run), error);
}

/* Whether @own_error is only how a source looks that was asked to stop. */
static gboolean
is_stopped (QsSource *self, const GError *own_error)
{
  g_autoptr (GError) producer_error =
      qs_producer_dup_error (qs_base_source_get_producer (QS_BASE_SOURCE (self)));

  /* A failure that it was made to have is seen by start(). */
  return qs_base_source_is_stopping (QS_BASE_SOURCE (self)) &&
         g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_CANCELLED) &&
         (producer_error == NULL ||
          g_error_matches (producer_error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
}

static gboolean
qs_source_start (QsBaseSource *base, GError **error)
{
  QsSource    *self = QS_SOURCE (base);
  QsSourceRun *run = qs_base_source_enter_run (base);
  g_autoptr (GError) own_error = NULL;

  qs_source_run_set_has_timer (run, has_timer (self, run));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RUNNING]);

  if (run_and_clean_up (self, run, &own_error) || is_stopped (self, own_error))
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&own_error));
  return FALSE;
}

/* Only the cancellable, which running reads, has to change. */
static void
qs_source_stop (QsBaseSource *base)
{
}

static QsTopic *
qs_source_default_topic (QsBaseSource *base)
{
  return qs_topic_new (qs_base_source_get_name (base));
}

static gboolean
qs_source_real_cleanup (QsSource *self, gboolean failed, GError **error)
{
  g_autoptr (QsSourceRun) run = qs_base_source_dup_run (QS_BASE_SOURCE (self));

  return failed || qs_source_flush (self, qs_source_get_flush_timeout (run), error);
}

static gboolean
qs_source_real_flush (QsSource *self, double timeout, GError **error)
{
  g_autoptr (QsSourceRun) run = qs_base_source_dup_run (QS_BASE_SOURCE (self));
  gint64   deadline = qs_deadline_after (timeout);
  gboolean ok = FALSE;

  if (!qs_source_run_lock (run, deadline, error))
    return FALSE;
  ok = qs_producer_flush_until (qs_source_run_get_producer (run), deadline, error);
  qs_source_run_note_flush (run, ok);
  qs_source_run_unlock (run);

  return ok;
}

static void
qs_source_finalize (GObject *object)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (QS_SOURCE (object));

  g_clear_object (&priv->dead_letter_topic);

  G_OBJECT_CLASS (qs_source_parent_class)->finalize (object);
}

static void
qs_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (QS_SOURCE (object));

  switch (prop_id)
    {
    case PROP_RUNNING:
      g_value_set_boolean (value, qs_source_get_running (QS_SOURCE (object)));
      break;

    case PROP_ERRORS:
      g_value_set_enum (value, qs_source_get_errors (QS_SOURCE (object)));
      break;

    case PROP_DEAD_LETTER_TOPIC:
      g_value_set_object (value, qs_source_get_dead_letter_topic (QS_SOURCE (object)));
      break;

    case PROP_MAX_RECORDS:
      g_value_set_uint64 (value, priv->max_records);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_source_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (QS_SOURCE (object));

  switch (prop_id)
    {
    case PROP_ERRORS:
      if (priv->errors != (QsErrorHandling) g_value_get_enum (value))
        {
          priv->errors = g_value_get_enum (value);
          g_object_notify_by_pspec (object, pspec);
        }
      break;

    case PROP_DEAD_LETTER_TOPIC:
      if (g_set_object (&priv->dead_letter_topic, g_value_get_object (value)))
        g_object_notify_by_pspec (object, pspec);
      break;

    case PROP_MAX_RECORDS:
      if (priv->max_records != g_value_get_uint64 (value))
        {
          priv->max_records = g_value_get_uint64 (value);
          g_object_notify_by_pspec (object, pspec);
        }
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
make_properties (void)
{
  /**
   * QsSource:running: (getter get_running)
   *
   * Whether the source runs, from the beginning of [method@BaseSource.start] until
   * [vfunc@Source.run] is over, and was not asked to stop.
   *
   * It becomes false at once when the source is stopped; that is not notified,
   * as it happens in another thread.
   */
  props[PROP_RUNNING] =
      g_param_spec_boolean ("running",
                            NULL,
                            "Whether run() runs and was not asked to stop",
                            FALSE,
                            G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * QsSource:errors: (getter get_errors) (setter set_errors)
   *
   * The treatment of a record that cannot be serialized or delivered; `fail` by default.
   *
   * It applies to a record that its serializer does not accept, that the source rejects
   * with [ctor@Message.new_rejected], that is larger than `message.max.bytes`, whose
   * partition does not exist, or whose content the brokers refuse. Errors that are not
   * about one record, such as unavailable brokers, a missing permission to write to the
   * topic or an unavailable schema registry, always fail.
   *
   * Under exactly-once, a record that the brokers refuse always fails its transaction and
   * the source. Keep `message.max.bytes` in [property@Application:producer-config] equal to
   * the topic's `max.message.bytes`, so that a record that is too large is detected before
   * it is sent.
   */
  props[PROP_ERRORS] =
      g_param_spec_enum ("errors",
                         NULL,
                         "Treatment of a record that cannot be serialized or delivered",
                         QS_TYPE_ERROR_HANDLING,
                         QS_ERROR_HANDLING_FAIL,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * QsSource:dead-letter-topic: (getter get_dead_letter_topic) (setter set_dead_letter_topic)
   *
   * The topic for records that cannot be delivered, if [property@Source:errors] is
   * `dead-letter`; `NULL` = `dead-letter__` and the name of the source's topic.
   *
   * Its serializers are not used. It is created and checked together with the source's
   * topic.
   */
  props[PROP_DEAD_LETTER_TOPIC] = g_param_spec_object (
      "dead-letter-topic",
      NULL,
      "Topic for records that cannot be delivered; unset = dead-letter__ and the name of the topic",
      QS_TYPE_TOPIC,
      G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
}

static void
install_properties (GObjectClass *object_class)
{
  make_properties ();

  /**
   * QsSource:max-records: (getter get_max_records) (setter set_max_records)
   *
   * The number of records after which the source is stopped in order, as by
   * [method@BaseSource.stop]; 0, the default, means no limit.
   *
   * Set it before the source is started. Each worker of the source counts its own records
   * that are queued since its start. A source that checks [property@Source:running] after
   * each record produces exactly this number.
   */
  props[PROP_MAX_RECORDS] =
      g_param_spec_uint64 ("max-records",
                           NULL,
                           "Records after which the source stops; 0 = no limit",
                           0,
                           G_MAXINT64,
                           0,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_source_class_init (QsSourceClass *klass)
{
  GObjectClass      *object_class = G_OBJECT_CLASS (klass);
  QsBaseSourceClass *base_class = QS_BASE_SOURCE_CLASS (klass);

  object_class->finalize = qs_source_finalize;
  object_class->get_property = qs_source_get_property;
  object_class->set_property = qs_source_set_property;

  base_class->start = qs_source_start;
  base_class->stop = qs_source_stop;
  base_class->default_topic = qs_source_default_topic;

  klass->run = qs_source_run_default;
  klass->cleanup = qs_source_real_cleanup;
  klass->flush = qs_source_real_flush;

  install_properties (object_class);
}

static void
qs_source_init (QsSource *self)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);

  priv->commit_interval = -1;
}

void
qs_source_set_commit_interval (QsSource *self, double seconds)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);

  priv->commit_interval = seconds;
}

/* A record was queued: the one that is the last one stops the source. */
static void
count_sent (QsSource *self)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);

  if (atomic_fetch_add (&priv->n_sent, 1) + 1 == priv->max_records)
    qs_base_source_stop (QS_BASE_SOURCE (self));
}

gboolean
qs_source_send (QsSource *self, QsOutgoing *record, GError **error)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);
  QsBaseSource    *base = &self->parent_instance; /* unchecked: for each record */
  QsSourceRun     *own_run = qs_base_source_get_own_run (base);
  QsSourceRun     *run = own_run != NULL ? own_run : qs_base_source_dup_run (base);
  gboolean         ok = qs_source_run_send (run, record, own_run != NULL, error);

  if (own_run == NULL)
    qs_source_run_unref (run);
  if (ok && G_UNLIKELY (priv->max_records > 0))
    count_sent (self);

  return ok;
}

gboolean
qs_source_reject (QsSource *self, QsMessage *message, GError **error)
{
  QsBaseSource *base = QS_BASE_SOURCE (self);
  QsSourceRun  *run = qs_base_source_enter_run (base);
  gboolean ok = qs_source_run_reject (run, message, qs_base_source_is_own_thread (base), error);

  qs_base_source_leave_run (base, run);

  return ok;
}

/**
 * qs_source_get_errors: (get-property errors)
 * @self: a source
 *
 * Gets the treatment of a record that cannot be serialized or delivered.
 *
 * Returns: the treatment
 */
QsErrorHandling
qs_source_get_errors (QsSource *self)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);

  g_return_val_if_fail (QS_IS_SOURCE (self), QS_ERROR_HANDLING_FAIL);

  return priv->errors;
}

/**
 * qs_source_get_dead_letter_topic: (get-property dead-letter-topic)
 * @self: a source
 *
 * Gets the topic for records that cannot be delivered.
 *
 * Returns: (transfer none) (nullable): the topic, `NULL` if none was set
 */
QsTopic *
qs_source_get_dead_letter_topic (QsSource *self)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);

  g_return_val_if_fail (QS_IS_SOURCE (self), NULL);

  return priv->dead_letter_topic;
}

/**
 * qs_source_get_running: (get-property running)
 * @self: a source
 *
 * Checks whether the source runs and was not asked to stop.
 *
 * In the thread of run() it costs no more than reading two variables; call it in
 * every loop of [vfunc@BaseSource.setup] and run(). It may be called from any thread.
 *
 * Returns: true while the source should continue
 */
gboolean
qs_source_get_running (QsSource *self)
{
  QsSourceRun *run = NULL;
  gboolean     running = FALSE;

  g_return_val_if_fail (QS_IS_SOURCE (self), FALSE);

  run = qs_base_source_enter_run (QS_BASE_SOURCE (self));
  running =
      qs_source_run_get_phase (run) == QS_SOURCE_RUN_STARTED && !qs_source_run_is_stopping (run);
  qs_base_source_leave_run (QS_BASE_SOURCE (self), run);

  return running;
}

/**
 * qs_source_run: (virtual run)
 * @self: a source
 * @error: return location for an error
 *
 * Gets data and produces it while [property@Source:running] is true, or until
 * there is no more.
 *
 * The default iterates the thread-default main context of the caller until the
 * source is stopped, so that a source can consist of nothing but handlers that produce,
 * connected in [vfunc@BaseSource.setup].
 *
 * Returns: true if it ended by itself or was stopped; a
 *   [error@Gio.IOErrorEnum.CANCELLED] while stopping counts as stopped, too
 */
gboolean
qs_source_run (QsSource *self, GError **error)
{
  GError  *own_error = NULL;
  gboolean ok = FALSE;

  g_return_val_if_fail (QS_IS_SOURCE (self), FALSE);

  ok = QS_SOURCE_GET_CLASS (self)->run (self, &own_error);
  if (!ok && qs_callback_was_lost (G_OBJECT_TYPE (self), "run", &own_error))
    ok = QS_SOURCE_GET_CLASS (self)->run (self, &own_error);

  return qs_base_source_check_result (QS_BASE_SOURCE (self), "run", ok, own_error, error);
}

/**
 * qs_source_cleanup: (virtual cleanup)
 * @self: a source
 * @failed: whether setup() or run() failed
 * @error: return location for an error
 *
 * Cleans up after run().
 *
 * Unless @failed, the default flushes: without a time limit if run() returned by itself,
 * for half of [property@BaseSource:shutdown-timeout] when the source is stopping.
 *
 * Returns: true on success
 */
gboolean
qs_source_cleanup (QsSource *self, gboolean failed, GError **error)
{
  GError  *own_error = NULL;
  gboolean ok = FALSE;

  g_return_val_if_fail (QS_IS_SOURCE (self), FALSE);

  ok = QS_SOURCE_GET_CLASS (self)->cleanup (self, failed, &own_error);
  if (!ok && qs_callback_was_lost (G_OBJECT_TYPE (self), "cleanup", &own_error))
    ok = QS_SOURCE_GET_CLASS (self)->cleanup (self, failed, &own_error);

  return qs_base_source_check_result (QS_BASE_SOURCE (self), "cleanup", ok, own_error, error);
}

/**
 * qs_source_flush: (virtual flush)
 * @self: a source
 * @timeout: how long to wait, in seconds; -1 = without limit, but half of
 *   [property@BaseSource:shutdown-timeout] from when the source is stopping
 * @error: return location for an error
 *
 * Waits until all records are acknowledged.
 *
 * Call it in the thread of run().
 *
 * Returns: true if every record is acknowledged; false if one was not in time
 *   ([error@Qs.KafkaError.TIMED_OUT]), could not be delivered, or was refused by a
 *   produce before
 */
gboolean
qs_source_flush (QsSource *self, double timeout, GError **error)
{
  GError  *own_error = NULL;
  gboolean ok = FALSE;

  g_return_val_if_fail (QS_IS_SOURCE (self), FALSE);

  if (!qs_deadline_check (timeout, error) ||
      !qs_source_check_can_flush (QS_BASE_SOURCE (self), error))
    return FALSE;

  ok = QS_SOURCE_GET_CLASS (self)->flush (self, timeout, &own_error);
  if (!ok && qs_callback_was_lost (G_OBJECT_TYPE (self), "flush", &own_error))
    ok = QS_SOURCE_GET_CLASS (self)->flush (self, timeout, &own_error);

  return qs_base_source_check_result (QS_BASE_SOURCE (self), "flush", ok, own_error, error);
}
