/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-private.h"

#include "qs-base-source-private.h"
#include "qs-commit-timer-private.h"
#include "qs-log-private.h"
#include "qs-message.h"
#include "qs-producer-private.h"
#include "qs-source-error.h"
#include "qs-topic.h"

/**
 * QsSource:
 *
 * A source that is written as one function, run().
 *
 * Subclass it, implement [vfunc@Source.run] so that it gets data and calls
 * [method@Source.produce_data] or one of its sisters until
 * [property@Source:running] is false, and give it to
 * [method@Application.add_source].
 *
 * ## Life cycle
 *
 * ```
 * setup() ──▶ client-connect-success ──▶ run() ──▶ cleanup() ──▶ flush() of what is left
 *    └─fails─▶ client-connect-failure      └─fails─▶ cleanup(failed)
 * ```
 *
 * All of it happens in the worker, on its main thread, inside of
 * [method@BaseSource.start].
 *
 * ## Delivery
 *
 * A record counts as delivered when the broker has acknowledged it, which
 * [method@Source.flush] waits for. No record is dropped in silence: the first
 * delivery that fails for good is told by the next produce or flush, and from
 * then on, as after a produce that failed, every flush fails until the source is
 * started again.
 *
 * ## Thread safety
 *
 * The produce methods and [method@Source.serialize] may be called from any
 * thread; they wait while flush() runs. [method@Source.flush] belongs to the
 * thread of run().
 */

typedef struct
{
  /* The topic as the producer knows it; found at the first produce of a run.
   * Atomic; owned by the producer. */
  QsProducerTopic *producer_topic;

  /* start()'s thread while it runs. Atomic; not owned. */
  GThread *thread;

  /* Where records go that name no partition; -1: by their key. */
  int default_partition;

  /* Seconds; -1: only flush() commits. */
  double commit_interval;

  /* Whether another thread than run()'s commits, too. */
  gboolean has_timer;

  /* atomic: run() runs */
  int in_run;

  /* Held for writing by flush(), for reading by produce in other threads. */
  GRWLock flush_lock;
} QsSourcePrivate;

enum
{
  PROP_RUNNING = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (QsSource, qs_source, QS_TYPE_BASE_SOURCE)

static void
set_in_run (QsSource *self, gboolean in_run)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);

  g_atomic_int_set (&priv->in_run, in_run);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RUNNING]);
}

/* How long a flush may take that nobody gave a time-out for. */
static double
get_flush_timeout (QsSource *self)
{
  QsBaseSource *base = QS_BASE_SOURCE (self);

  if (qs_base_source_is_stopping (base))
    return qs_base_source_get_shutdown_timeout (base) / 2;

  return -1;
}

/* Context: the commit timer's thread: nothing of the source's user is touched. */
static void
commit_cb (gpointer user_data)
{
  QsSource        *self = user_data;
  QsSourcePrivate *priv = qs_source_get_instance_private (self);
  QsProducer      *producer = qs_base_source_get_producer (QS_BASE_SOURCE (self));
  g_autoptr (GError) error = NULL;

  g_rw_lock_writer_lock (&priv->flush_lock);
  if (!qs_producer_flush (producer, -1, &error))
    qs_producer_fail (producer, error);
  g_rw_lock_writer_unlock (&priv->flush_lock);
}

/* run(), with commits beside it if they were asked for. */
static gboolean
run_and_commit (QsSource *self, GError **error)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);
  QsProducer      *producer = qs_base_source_get_producer (QS_BASE_SOURCE (self));
  g_autoptr (QsCommitTimer) timer = NULL;
  gboolean ok = FALSE;

  priv->has_timer = priv->commit_interval > 0 && qs_producer_is_transactional (producer);
  if (priv->has_timer)
    timer = qs_commit_timer_new (priv->commit_interval, commit_cb, self);

  set_in_run (self, TRUE);
  ok = qs_source_run (self, error);
  set_in_run (self, FALSE);

  return ok;
}

/* run() and what belongs after it; the first error counts. */
static gboolean
run_and_clean_up (QsSource *self, GError **error)
{
  g_autoptr (GError) cleanup_error = NULL;
  QsProducer *producer = qs_base_source_get_producer (QS_BASE_SOURCE (self));
  gboolean    ok = FALSE;

  if (qs_base_source_init_client (QS_BASE_SOURCE (self), error))
    ok = run_and_commit (self, error);

  if (!ok)
    {
      /* What it was about to do is not committed, whatever cleanup() does. */
      qs_producer_poison (producer, *error);

      if (!qs_source_cleanup (self, TRUE, &cleanup_error))
        qs_log_warning (qs_base_source_get_name (QS_BASE_SOURCE (self)),
                        NULL,
                        "Failed to clean up after a failure: %s",
                        cleanup_error->message);

      /* What produce() had accepted before still goes out, if that is quick and
       * no transaction says that it must not. */
      if (qs_producer_is_transactional (producer))
        qs_producer_abort (producer, *error);
      else
        qs_producer_flush (
            producer, qs_base_source_get_shutdown_timeout (QS_BASE_SOURCE (self)) / 2, NULL);
      return FALSE;
    }

  /* An overridden cleanup() may not chain up: what is left is flushed anyway. */
  return qs_source_cleanup (self, FALSE, error) &&
         qs_source_flush (self, get_flush_timeout (self), error);
}

/* Whether @own_error is only how a source looks that was asked to stop. */
static gboolean
is_stopped (QsSource *self, const GError *own_error)
{
  g_autoptr (GError) producer_error =
      qs_producer_dup_error (qs_base_source_get_producer (QS_BASE_SOURCE (self)));

  return qs_base_source_is_stopping (QS_BASE_SOURCE (self)) &&
         g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_CANCELLED) &&
         (producer_error == NULL ||
          g_error_matches (producer_error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
}

static gboolean
qs_source_start (QsBaseSource *base, GError **error)
{
  QsSource        *self = QS_SOURCE (base);
  QsSourcePrivate *priv = qs_source_get_instance_private (self);
  g_autoptr (GError) own_error = NULL;
  gboolean ok = FALSE;

  g_atomic_pointer_set (&priv->producer_topic, NULL);
  g_atomic_pointer_set (&priv->thread, g_thread_self ());
  ok = run_and_clean_up (self, &own_error);
  g_atomic_pointer_set (&priv->thread, NULL);

  if (ok || is_stopped (self, own_error))
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&own_error));
  return FALSE;
}

/* The cancellable, which running reads, is all that there is to tell. */
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
qs_source_real_run (QsSource *self, GError **error)
{
  GCancellable *cancellable = qs_base_source_get_cancellable (QS_BASE_SOURCE (self));
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GSource) waker = g_cancellable_source_new (cancellable);

  g_source_set_dummy_callback (waker);
  g_source_attach (waker, context);

  while (!g_cancellable_is_cancelled (cancellable))
    g_main_context_iteration (context, TRUE);

  g_source_destroy (waker);

  return TRUE;
}

static gboolean
qs_source_real_cleanup (QsSource *self, gboolean failed, GError **error)
{
  if (failed)
    return TRUE;

  return qs_source_flush (self, get_flush_timeout (self), error);
}

static gboolean
qs_source_real_flush (QsSource *self, double timeout, GError **error)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);
  QsProducer      *producer = qs_base_source_get_producer (QS_BASE_SOURCE (self));
  gboolean         ok = FALSE;

  g_rw_lock_writer_lock (&priv->flush_lock);
  ok = qs_producer_flush (producer, timeout, error);
  g_rw_lock_writer_unlock (&priv->flush_lock);

  return ok;
}

static void
qs_source_finalize (GObject *object)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (QS_SOURCE (object));

  g_rw_lock_clear (&priv->flush_lock);

  G_OBJECT_CLASS (qs_source_parent_class)->finalize (object);
}

static void
qs_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_RUNNING:
      g_value_set_boolean (value, qs_source_get_running (QS_SOURCE (object)));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_source_class_init (QsSourceClass *klass)
{
  GObjectClass      *object_class = G_OBJECT_CLASS (klass);
  QsBaseSourceClass *base_class = QS_BASE_SOURCE_CLASS (klass);

  object_class->finalize = qs_source_finalize;
  object_class->get_property = qs_source_get_property;

  base_class->start = qs_source_start;
  base_class->stop = qs_source_stop;
  base_class->default_topic = qs_source_default_topic;

  klass->run = qs_source_real_run;
  klass->cleanup = qs_source_real_cleanup;
  klass->flush = qs_source_real_flush;

  /**
   * QsSource:running: (getter get_running)
   *
   * Whether [vfunc@Source.run] runs and was not asked to stop.
   *
   * It becomes false at once when the source is stopped; that is not notified,
   * as it happens in another thread.
   */
  props[PROP_RUNNING] =
      g_param_spec_boolean ("running",
                            NULL,
                            NULL,
                            FALSE,
                            G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_source_init (QsSource *self)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);

  g_rw_lock_init (&priv->flush_lock);
  priv->default_partition = -1;
  priv->commit_interval = -1;
}

void
qs_source_set_commit_interval (QsSource *self, double seconds)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);

  priv->commit_interval = seconds;
}

void
qs_source_set_default_partition (QsSource *self, int partition)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);

  priv->default_partition = partition;
}

void
qs_source_lock_produce (QsSource *self)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);

  g_rw_lock_writer_lock (&priv->flush_lock);
}

void
qs_source_unlock_produce (QsSource *self)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);

  g_rw_lock_writer_unlock (&priv->flush_lock);
}

/**
 * qs_source_get_running: (get-property running)
 * @self: a source
 *
 * Checks whether run() runs and was not asked to stop.
 *
 * It costs no more than reading two variables; call it in the loop of run(). It
 * may be called from any thread.
 *
 * Returns: true while the source shall go on
 */
gboolean
qs_source_get_running (QsSource *self)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);

  g_return_val_if_fail (QS_IS_SOURCE (self), FALSE);

  return g_atomic_int_get (&priv->in_run) && !qs_base_source_is_stopping (QS_BASE_SOURCE (self));
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
 * source is stopped, so that a source can be nothing but handlers, connected in
 * [vfunc@BaseSource.setup], that produce.
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
 * Unless @failed, the default flushes: without end when run() returned by
 * itself, for half of [property@BaseSource:shutdown-timeout] when the source is
 * stopping.
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

  return qs_base_source_check_result (QS_BASE_SOURCE (self), "cleanup", ok, own_error, error);
}

/* Whether the calling thread may flush now. */
static gboolean
check_can_flush (QsSource *self, GError **error)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);
  GThread         *thread = g_atomic_pointer_get (&priv->thread);

  if (qs_base_source_get_producer (QS_BASE_SOURCE (self)) == NULL)
    {
      g_set_error (
          error,
          QS_SOURCE_ERROR,
          QS_SOURCE_ERROR_NOT_CONFIGURED,
          "Cannot flush source '%s' before it is configured, which an application's run() does",
          qs_base_source_get_name (QS_BASE_SOURCE (self)));
      return FALSE;
    }

  if (thread != NULL && thread != g_thread_self ())
    {
      g_set_error (
          error,
          QS_SOURCE_ERROR,
          QS_SOURCE_ERROR_INVALID_STATE,
          "Cannot flush source '%s' from this thread: flush() belongs to the thread of run()",
          qs_base_source_get_name (QS_BASE_SOURCE (self)));
      return FALSE;
    }

  return TRUE;
}

/**
 * qs_source_flush: (virtual flush)
 * @self: a source
 * @timeout: how long to wait, in seconds; -1 = without end, but half of
 *   [property@BaseSource:shutdown-timeout] from when the source is stopping
 * @error: return location for an error
 *
 * Waits until all that was produced is acknowledged.
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

  if (!check_can_flush (self, error))
    return FALSE;

  ok = QS_SOURCE_GET_CLASS (self)->flush (self, timeout, &own_error);

  return qs_base_source_check_result (QS_BASE_SOURCE (self), "flush", ok, own_error, error);
}

/**
 * qs_source_serialize:
 * @self: a source
 * @key: (nullable): the key, of a type that the topic's key serializer takes
 * @value: (nullable): the value, of a type that the topic's value serializer takes
 * @headers: (nullable): the headers
 * @timestamp: milliseconds since 1970 UTC; 0 = now
 * @error: return location for an error
 *
 * Makes a message with the serializers of the source's topic.
 *
 * A `NULL` key or value is null in the record; a null value is a tombstone.
 * Floating variants are sunk.
 *
 * Returns: (transfer full): a new message
 */
QsMessage *
qs_source_serialize (QsSource  *self,
                     GVariant  *key,
                     GVariant  *value,
                     QsHeaders *headers,
                     gint64     timestamp,
                     GError   **error)
{
  QsTopic *topic = NULL;

  g_return_val_if_fail (QS_IS_SOURCE (self), NULL);

  topic = qs_base_source_get_topic (QS_BASE_SOURCE (self));
  if (topic == NULL)
    {
      g_autoptr (GVariant) unused_key G_GNUC_UNUSED = key != NULL ? g_variant_ref_sink (key) : NULL;
      g_autoptr (GVariant) unused_value G_GNUC_UNUSED =
          value != NULL ? g_variant_ref_sink (value) : NULL;

      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_NOT_CONFIGURED,
                   "Cannot serialize for source '%s' before it is configured, "
                   "which an application's run() does",
                   qs_base_source_get_name (QS_BASE_SOURCE (self)));
      return NULL;
    }

  return qs_topic_serialize (topic, key, value, headers, timestamp, error);
}

/* The topic as the producer knows it. */
static QsProducerTopic *
get_producer_topic (QsSource *self, GError **error)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);
  QsBaseSource    *base = QS_BASE_SOURCE (self);
  QsProducerTopic *producer_topic = g_atomic_pointer_get (&priv->producer_topic);
  QsProducer      *producer = qs_base_source_get_producer (base);

  if (producer_topic != NULL)
    return producer_topic;

  if (producer == NULL)
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_NOT_CONFIGURED,
                   "Cannot produce by source '%s' before it is configured, "
                   "which an application's run() does",
                   qs_base_source_get_name (base));
      return NULL;
    }

  producer_topic =
      qs_producer_open_topic (producer, qs_topic_get_name (qs_base_source_get_topic (base)), error);
  g_atomic_pointer_set (&priv->producer_topic, producer_topic);

  return producer_topic;
}

/* The one way of every record. */
static gboolean
send_record (QsSource     *self,
             int           partition,
             const guint8 *key,
             gsize         key_length,
             const guint8 *value,
             gsize         value_length,
             QsHeaders    *headers,
             gint64        timestamp,
             GError      **error)
{
  QsSourcePrivate *priv = qs_source_get_instance_private (self);
  QsProducerTopic *producer_topic = get_producer_topic (self, error);
  gboolean         is_foreign = g_atomic_pointer_get (&priv->thread) != g_thread_self ();
  gboolean         must_lock = is_foreign || priv->has_timer;
  gboolean         ok = FALSE;

  if (producer_topic == NULL)
    return FALSE;
  if (partition < 0)
    partition = priv->default_partition;

  /* In run()'s own thread no flush() can run meanwhile, but for the timer's. */
  if (must_lock)
    g_rw_lock_reader_lock (&priv->flush_lock);

  ok = qs_producer_send (qs_base_source_get_producer (QS_BASE_SOURCE (self)),
                         producer_topic,
                         partition,
                         key,
                         key_length,
                         value,
                         value_length,
                         headers,
                         timestamp,
                         error);

  if (must_lock)
    g_rw_lock_reader_unlock (&priv->flush_lock);

  return ok;
}

/* The bytes of @bytes; not NULL unless @bytes is: empty is not null. */
static const guint8 *
get_data (GBytes *bytes, gsize *length)
{
  const guint8 *data = NULL;

  *length = 0;
  if (bytes == NULL)
    return NULL;

  data = g_bytes_get_data (bytes, length);

  return data != NULL ? data : (const guint8 *) "";
}

/**
 * qs_source_produce:
 * @self: a source
 * @message: the message
 * @error: return location for an error
 *
 * Produces a message to the source's topic.
 *
 * It is queued, not sent: [method@Source.flush] waits for the broker. It blocks
 * while the queue is full, which a source that is stopping gives up with
 * [error@Gio.IOErrorEnum.CANCELLED]. It fails with the first delivery error that
 * was not told yet. It may be called from any thread.
 *
 * Returns: true if the message is queued
 */
gboolean
qs_source_produce (QsSource *self, QsMessage *message, GError **error)
{
  const guint8 *key = NULL;
  const guint8 *value = NULL;
  gsize         key_length = 0;
  gsize         value_length = 0;

  g_return_val_if_fail (QS_IS_SOURCE (self), FALSE);
  g_return_val_if_fail (QS_IS_MESSAGE (message), FALSE);

  key = get_data (qs_message_get_key (message), &key_length);
  value = get_data (qs_message_get_value (message), &value_length);

  return send_record (self,
                      qs_message_get_partition (message),
                      key,
                      key_length,
                      value,
                      value_length,
                      qs_message_get_headers (message),
                      qs_message_get_timestamp (message),
                      error);
}

/**
 * qs_source_produce_data:
 * @self: a source
 * @key: (array length=key_length) (nullable): the key
 * @key_length: length of @key in bytes
 * @value: (array length=value_length) (nullable): the value
 * @value_length: length of @value in bytes
 * @timestamp: milliseconds since 1970 UTC; 0 = now
 * @error: return location for an error
 *
 * Produces a record to the source's topic; otherwise like
 * [method@Source.produce].
 *
 * A `NULL` key or value is null, one of length 0 is empty. In languages that make
 * no difference between the two, use [method@Source.produce_bytes]. The bytes are
 * copied; this is the fastest way to produce.
 *
 * Returns: true if the record is queued
 */
gboolean
qs_source_produce_data (QsSource     *self,
                        const guint8 *key,
                        gsize         key_length,
                        const guint8 *value,
                        gsize         value_length,
                        gint64        timestamp,
                        GError      **error)
{
  g_return_val_if_fail (QS_IS_SOURCE (self), FALSE);

  return send_record (self, -1, key, key_length, value, value_length, NULL, timestamp, error);
}

/**
 * qs_source_produce_bytes:
 * @self: a source
 * @key: (nullable): the key; `NULL` is null, empty is empty
 * @value: (nullable): the value; `NULL` is null, empty is empty
 * @timestamp: milliseconds since 1970 UTC; 0 = now
 * @error: return location for an error
 *
 * Produces a record to the source's topic; otherwise like
 * [method@Source.produce].
 *
 * Returns: true if the record is queued
 */
gboolean
qs_source_produce_bytes (QsSource *self,
                         GBytes   *key,
                         GBytes   *value,
                         gint64    timestamp,
                         GError  **error)
{
  const guint8 *key_data = NULL;
  const guint8 *value_data = NULL;
  gsize         key_length = 0;
  gsize         value_length = 0;

  g_return_val_if_fail (QS_IS_SOURCE (self), FALSE);

  key_data = get_data (key, &key_length);
  value_data = get_data (value, &value_length);

  return send_record (
      self, -1, key_data, key_length, value_data, value_length, NULL, timestamp, error);
}

/**
 * qs_source_produce_value:
 * @self: a source
 * @key: (nullable): the key, as for [method@Source.serialize]
 * @value: (nullable): the value, as for [method@Source.serialize]
 * @error: return location for an error
 *
 * Serializes a record and produces it, with the time of now.
 *
 * A record that cannot be serialized is a failed produce: no flush succeeds after
 * it until the source is started again.
 *
 * Returns: true if the record is queued
 */
gboolean
qs_source_produce_value (QsSource *self, GVariant *key, GVariant *value, GError **error)
{
  g_autoptr (QsMessage) message = NULL;
  g_autoptr (GError) own_error = NULL;

  g_return_val_if_fail (QS_IS_SOURCE (self), FALSE);

  message = qs_source_serialize (self, key, value, NULL, 0, &own_error);
  if (message == NULL)
    {
      QsProducer *producer = qs_base_source_get_producer (QS_BASE_SOURCE (self));

      if (producer != NULL)
        qs_producer_poison (producer, own_error);
      g_propagate_error (error, g_steal_pointer (&own_error));
      return FALSE;
    }

  return qs_source_produce (self, message, error);
}
