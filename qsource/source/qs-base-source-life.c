/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-base-source-private.h"

#include <math.h>

#include "qs-base-source-parts-private.h"
#include "qs-callback-private.h"
#include "qs-deadline-private.h"
#include "qs-log-private.h"
#include "qs-producer.h"
#include "qs-source-error.h"
#include "qs-topic.h"

/* The methods of QsBaseSource that are about a run of it. */

void
qs_base_source_prepare (QsBaseSource     *self,
                        QsSourceEventFunc func,
                        gpointer          user_data,
                        GDestroyNotify    destroy)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_private (self);

  qs_base_source_set_run (
      self, qs_source_run_new (priv->name, qs_source_listener_new (func, user_data, destroy)));
  qs_base_source_set_error_detail (self, NULL);
  g_clear_error (&priv->error);
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
 * qs_base_source_get_cancellable:
 * @self: a source
 *
 * Gets the cancellable that is cancelled when the source should stop.
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
  QsBaseSourcePrivate *priv = qs_base_source_get_private (self);
  QsTopic             *old_topic = qs_source_run_get_topic (run);
  QsProducer          *old_producer = qs_source_run_get_producer (run);

  if (old_producer != NULL)
    qs_base_source_set_run (self, qs_source_run_new_next (run));
  qs_source_run_configure (priv->run, topic, producer);

  if (topic != old_topic)
    g_object_notify (G_OBJECT (self), "topic");
  if (producer != old_producer)
    g_object_notify (G_OBJECT (self), "producer");
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
 * The application calls it in the worker, before [method@BaseSource.start]. The source
 * keeps both. The default of the virtual function does nothing; override it to get the
 * topic and the producer.
 *
 * Returns: true if the source can be started
 */
gboolean
qs_base_source_configure (QsBaseSource *self, QsTopic *topic, QsProducer *producer, GError **error)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_private (self);
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

  /* Half of the time for what is in flight, half for the source's own. */
  qs_grace_set_timeout (qs_source_run_get_grace (run),
                        qs_base_source_get_shutdown_timeout (self) / 2);
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
 * The default does nothing. Call [method@BaseSource.init_client] instead, which also emits
 * the signal for the result.
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
  QsBaseSourcePrivate *priv = qs_base_source_get_private (self);
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
                 "Cannot start source '%s': its start() is already running",
                 priv->name);
  else
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_NOT_CONFIGURED,
                 "Cannot start source '%s': it must be configured before each start, as an "
                 "application's run() does",
                 priv->name);

  return FALSE;
}

/* stop() may fail, too: what start() came to is judged after it has returned. */
static void
finish_stop (QsBaseSource *self, QsSourceRun *run)
{
  double patience = qs_base_source_get_shutdown_timeout (self) / 2;
  gint64 deadline = qs_deadline_after (patience);

  if (!qs_source_run_is_stop_pending (run))
    return;

  /* Some languages run functions in their own thread only, which is this one. */
  if (qs_callback_has_thread (G_OBJECT_TYPE (self)))
    qs_base_source_stop (self);

  if (!qs_source_run_wait_for_stop (run, deadline))
    qs_log_warning (qs_base_source_get_name (self),
                    NULL,
                    "stop() has not returned %g s after start() has; its result is ignored",
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
 * long as the source runs. Being stopped is not an error. Every source must implement the
 * virtual function.
 *
 * Returns: true if the source ended by itself or was stopped
 */
gboolean
qs_base_source_start (QsBaseSource *self, GError **error)
{
  g_autoptr (QsSourceRun) run = NULL;
  GError  *own_error = NULL;
  GError  *result = NULL;
  gboolean ok = FALSE;

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), FALSE);

  run = qs_base_source_dup_run (self);
  if (!begin_start (self, run, error))
    return FALSE;

  qs_base_source_set_own_thread (self, TRUE);
  /* Makes a serializer, which knows of no source, stop waiting, too. */
  g_cancellable_push_current (qs_source_run_get_cancellable (run));
  ok = QS_BASE_SOURCE_GET_CLASS (self)->start (self, &own_error);
  if (!ok && qs_callback_was_lost (G_OBJECT_TYPE (self), "start", &own_error))
    ok = QS_BASE_SOURCE_GET_CLASS (self)->start (self, &own_error);
  g_cancellable_pop_current (qs_source_run_get_cancellable (run));
  qs_source_run_check_process (run);
  finish_stop (self, run);
  ok = qs_base_source_check_failure (
      self, qs_base_source_check_result (self, "start", ok, own_error, &result), &result);
  qs_base_source_set_own_thread (self, FALSE);
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
 * Every source must implement the virtual function; it runs in a thread of its own while
 * start() runs in another.
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
 * Ends the source as failed.
 *
 * It may be called from any thread. It is for timeouts, signal handlers and threads of the
 * source that find that the source cannot continue while run() waits.
 * [method@BaseSource.is_stopping] becomes true and waits end, as when the source is
 * stopped. Whatever start() returns then, the source fails with @error, and nothing more is
 * committed. The default [vfunc@Source.run] returns @error.
 *
 * Only the first failure counts. A [error@Gio.IOErrorEnum.CANCELLED] while the source is
 * stopping is not a failure. For a source that is not running, the call only logs a
 * warning.
 */
void
qs_base_source_fail (QsBaseSource *self, const GError *error)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_private (self);
  g_autoptr (QsSourceRun) run = NULL;
  g_autofree char *detail = NULL;

  g_return_if_fail (QS_IS_BASE_SOURCE (self));
  g_return_if_fail (error != NULL);

  run = qs_base_source_dup_run (self);
  if (qs_source_run_get_producer (run) == NULL ||
      qs_source_run_get_phase (run) == QS_SOURCE_RUN_ENDED)
    {
      qs_log_warning (priv->name, NULL, "Failed while it is not running: %s", error->message);
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
 * Does the same as [method@BaseSource.fail], for languages that cannot pass a GError.
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
 * Makes the topic that the source produces to if its user names none.
 *
 * The application puts `source__` before its name. Every source must implement the virtual
 * function.
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
 * Calls [vfunc@BaseSource.setup] and emits the signal for its result.
 *
 * [class@Source] calls it before run(); a direct subclass calls it at the beginning of its
 * start(). It emits nothing if setup() fails as cancelled because the source is stopping.
 *
 * Returns: true if the client is connected, or a handler of
 *   [signal@BaseSource::client-connect-failure] has handled the failure
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
      g_signal_emit_by_name (self, "client-connect-success");
      qs_base_source_tell (self, &connected);
      return TRUE;
    }

  if (!g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      !qs_base_source_is_stopping (self))
    {
      const QsSourceEvent failed = { .type = QS_SOURCE_EVENT_CONNECT_FAILED, .error = own_error };

      g_signal_emit_by_name (self, "client-connect-failure", own_error, &is_handled);
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
 * Waits until the time is over or the source is asked to stop.
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
  g_return_val_if_fail (!isnan (seconds), FALSE);

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
