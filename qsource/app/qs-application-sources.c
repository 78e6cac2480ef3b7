/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-application-private.h"

#include "qs-application-error.h"
#include "qs-application-parts-private.h"

/* The methods of QsApplication that are about one of its sources. */

/* Gets the manager of @source, if @verb is possible now; transfer none. */
static QsManagedSource *
find_managed (QsApplication *self, QsBaseSource *source, const char *verb, GError **error)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);
  QsManagedSource      *managed = qs_source_list_find (priv->sources, source);
  const char           *name = qs_base_source_get_name (source);
  const char           *why = "has not started its sources";

  if (managed == NULL)
    {
      g_set_error (error,
                   QS_APPLICATION_ERROR,
                   QS_APPLICATION_ERROR_NOT_FOUND,
                   "Cannot %s source '%s': it was not added to this application",
                   verb,
                   name);
      return NULL;
    }

  if (priv->run == NULL || !qs_run_has_sources (priv->run, &why))
    {
      g_set_error (error,
                   QS_APPLICATION_ERROR,
                   QS_APPLICATION_ERROR_NOT_RUNNING,
                   "Cannot %s source '%s': the application %s",
                   verb,
                   name,
                   why);
      return NULL;
    }

  return managed;
}

static gboolean
set_paused (QsApplication *self, QsBaseSource *source, gboolean is_paused, GError **error)
{
  const char      *verb = is_paused ? "pause" : "resume";
  QsManagedSource *managed = find_managed (self, source, verb, error);

  if (managed == NULL)
    return FALSE;

  if (!qs_managed_source_is_running (managed) || qs_managed_source_is_stopping (managed))
    {
      g_set_error (error,
                   QS_APPLICATION_ERROR,
                   QS_APPLICATION_ERROR_NOT_RUNNING,
                   "Cannot %s source '%s': it %s",
                   verb,
                   qs_base_source_get_name (source),
                   qs_managed_source_is_running (managed) ? "is stopping" : "has ended");
      return FALSE;
    }

  qs_managed_source_set_paused (managed, is_paused);

  return TRUE;
}

/**
 * qs_application_add_source:
 * @self: an application
 * @source: the source; its name must be unique in the application
 * @topic: (nullable): the topic that it produces to; `NULL` = its default topic,
 *   with `source__` before the name
 * @error: return location for an error
 *
 * Adds a source for [method@Application.run] to run.
 *
 * It does not use the network. The application keeps a reference to both.
 *
 * Returns: (transfer none): the topic that the source will produce to
 */
QsTopic *
qs_application_add_source (QsApplication *self,
                           QsBaseSource  *source,
                           QsTopic       *topic,
                           GError       **error)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);

  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);
  g_return_val_if_fail (QS_IS_BASE_SOURCE (source), NULL);
  g_return_val_if_fail (topic == NULL || QS_IS_TOPIC (topic), NULL);

  if (!qs_application_check_not_running (self, "add a source", error))
    return NULL;

  return qs_source_list_add (priv->sources, source, topic, error);
}

/**
 * qs_application_pause_source:
 * @self: an application
 * @source: one of its sources
 * @error: return location for an error
 *
 * Pauses a source: its produce calls block until it is resumed.
 *
 * The worker continues to run. A produce call blocks in any thread, and records that were
 * produced before are delivered. The source's [property@BaseSource:status] becomes `paused`
 * as soon as no further record is accepted. A pause blocks neither a `run()` that does not
 * produce nor [method@Source.flush].
 *
 * Under exactly-once, the source continues until its next flush and blocks at the first
 * record after it, because an open transaction would time out. A source that is stopping
 * does not block.
 *
 * The pause also applies to workers of the source that are started later, until
 * [method@Application.resume_source] or the end of run(). Pausing a paused source is not an
 * error.
 *
 * Returns: true if the source was asked to pause; false if it is not running, or is
 *   stopping ([error@Qs.ApplicationError.NOT_RUNNING])
 */
gboolean
qs_application_pause_source (QsApplication *self, QsBaseSource *source, GError **error)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), FALSE);
  g_return_val_if_fail (QS_IS_BASE_SOURCE (source), FALSE);

  return set_paused (self, source, TRUE, error);
}

/**
 * qs_application_resume_source:
 * @self: an application
 * @source: one of its sources
 * @error: return location for an error
 *
 * Ends the pause of a source.
 *
 * Its [property@BaseSource:status] becomes `running` again. Resuming a source that is not
 * paused is not an error.
 *
 * Returns: true if the source was asked to continue; false if it is not running, or is
 *   stopping ([error@Qs.ApplicationError.NOT_RUNNING])
 */
gboolean
qs_application_resume_source (QsApplication *self, QsBaseSource *source, GError **error)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), FALSE);
  g_return_val_if_fail (QS_IS_BASE_SOURCE (source), FALSE);

  return set_paused (self, source, FALSE, error);
}

/**
 * qs_application_restart_source:
 * @self: an application
 * @source: one of its sources
 * @error: return location for an error
 *
 * Stops a source in order, and starts it again.
 *
 * A source that has finished or failed is started at once. The call does not wait;
 * [signal@Application::source-started] reports the start.
 *
 * A source that does not end in order is started again, too, with a warning, unless another
 * instance has taken over. The restart does not count against
 * [property@Application:max-restarts]. A paused source stays paused.
 *
 * Returns: true if the source was asked to restart; false if run() is not running, or is
 *   stopping ([error@Qs.ApplicationError.NOT_RUNNING])
 */
gboolean
qs_application_restart_source (QsApplication *self, QsBaseSource *source, GError **error)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);
  QsManagedSource      *managed = NULL;

  g_return_val_if_fail (QS_IS_APPLICATION (self), FALSE);
  g_return_val_if_fail (QS_IS_BASE_SOURCE (source), FALSE);

  managed = find_managed (self, source, "restart", error);
  if (managed == NULL)
    return FALSE;

  qs_managed_source_restart (managed);
  qs_run_check_sources (priv->run);

  return TRUE;
}

/**
 * qs_application_stop_source:
 * @self: an application
 * @source: one of its sources
 * @error: return location for an error
 *
 * Stops a source in order; the others continue.
 *
 * The call does not wait; [signal@Application::source-finished] reports the end. run()
 * returns when the last source has ended. Stopping a source that has ended or is stopping
 * is not an error.
 *
 * Returns: true if the source has ended, or was asked to; false if run() is not running, or
 *   is stopping ([error@Qs.ApplicationError.NOT_RUNNING])
 */
gboolean
qs_application_stop_source (QsApplication *self, QsBaseSource *source, GError **error)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);
  QsManagedSource      *managed = NULL;

  g_return_val_if_fail (QS_IS_APPLICATION (self), FALSE);
  g_return_val_if_fail (QS_IS_BASE_SOURCE (source), FALSE);

  managed = find_managed (self, source, "stop", error);
  if (managed == NULL)
    return FALSE;

  qs_managed_source_stop (managed);
  qs_run_check_sources (priv->run);

  return TRUE;
}
