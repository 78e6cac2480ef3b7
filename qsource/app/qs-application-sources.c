/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-application-private.h"

#include "qs-base-source.h"

/* The methods of QsApplication that are about one of its sources. */

/**
 * qs_application_add_source:
 * @self: an application
 * @source: the source; its name must be unique in the application
 * @topic: (nullable): the topic that it produces to; `NULL` = its default topic,
 *   with `source__` before the name
 * @error: return location for an error
 *
 * Adds a source, to be run by [method@Application.run].
 *
 * There is no network involved. The application keeps a reference to both.
 *
 * Returns: (transfer none): the topic that the source will produce to
 */
QsTopic *
qs_application_add_source (QsApplication *self,
                           QsBaseSource  *source,
                           QsTopic       *topic,
                           GError       **error)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);
  g_return_val_if_fail (QS_IS_BASE_SOURCE (source), NULL);
  g_return_val_if_fail (topic == NULL || QS_IS_TOPIC (topic), NULL);

  if (!qs_application_check_not_running (self, "add a source", error))
    return NULL;

  return qs_source_manager_add (qs_application_get_manager (self), source, topic, error);
}

/**
 * qs_application_pause_source:
 * @self: an application
 * @source: one of its sources
 * @error: return location for an error
 *
 * Has what a source produces wait, until it is resumed.
 *
 * Its worker goes on: a produce blocks, in whatever thread, and what was produced
 * before is delivered. When no record is taken any more, the source's
 * [property@BaseSource:status] becomes `paused`. A `run()` that doesn't produce
 * isn't stopped by it, nor is [method@Source.flush].
 *
 * Under exactly-once, the source goes on until its next flush, and waits at the
 * first record after it: an open transaction would get too old. One that is
 * stopping doesn't wait.
 *
 * It holds for the source's workers that are started later, too, until
 * [method@Application.resume_source] or the end of run(). To pause again what is
 * paused is no error.
 *
 * Returns: true if the source is asked to pause; false if it doesn't run, or is
 *   stopping ([error@Qs.ApplicationError.NOT_RUNNING])
 */
gboolean
qs_application_pause_source (QsApplication *self, QsBaseSource *source, GError **error)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), FALSE);
  g_return_val_if_fail (QS_IS_BASE_SOURCE (source), FALSE);

  return qs_source_manager_set_paused (qs_application_get_manager (self), source, TRUE, error);
}

/**
 * qs_application_resume_source:
 * @self: an application
 * @source: one of its sources
 * @error: return location for an error
 *
 * Ends the pause of a source.
 *
 * Its [property@BaseSource:status] becomes `running` again. To resume what isn't
 * paused is no error.
 *
 * Returns: true if the source is asked to go on; false if it doesn't run, or is
 *   stopping ([error@Qs.ApplicationError.NOT_RUNNING])
 */
gboolean
qs_application_resume_source (QsApplication *self, QsBaseSource *source, GError **error)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), FALSE);
  g_return_val_if_fail (QS_IS_BASE_SOURCE (source), FALSE);

  return qs_source_manager_set_paused (qs_application_get_manager (self), source, FALSE, error);
}

/**
 * qs_application_restart_source:
 * @self: an application
 * @source: one of its sources
 * @error: return location for an error
 *
 * Stops a source in order, and starts it again.
 *
 * One that has ended, by itself or by a failure, is started at once. It doesn't
 * wait; [signal@Application::source-started] tells when it has happened.
 *
 * A source that doesn't end in order is started again, too, with a warning, unless
 * another instance has taken over. It doesn't count against
 * [property@Application:max-restarts]. A source that is paused stays so.
 *
 * Returns: true if the source is asked to; false if run() doesn't run, or is
 *   stopping ([error@Qs.ApplicationError.NOT_RUNNING])
 */
gboolean
qs_application_restart_source (QsApplication *self, QsBaseSource *source, GError **error)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), FALSE);
  g_return_val_if_fail (QS_IS_BASE_SOURCE (source), FALSE);

  return qs_source_manager_restart (qs_application_get_manager (self), source, error);
}

/**
 * qs_application_stop_source:
 * @self: an application
 * @source: one of its sources
 * @error: return location for an error
 *
 * Stops a source in order; the others go on.
 *
 * It doesn't wait; [signal@Application::source-finished] tells when it has ended.
 * run() returns when it was the last one. To stop again what has ended or is
 * stopping is no error.
 *
 * Returns: true if the source has ended, or is asked to; false if run() doesn't run,
 *   or is stopping ([error@Qs.ApplicationError.NOT_RUNNING])
 */
gboolean
qs_application_stop_source (QsApplication *self, QsBaseSource *source, GError **error)
{
  g_return_val_if_fail (QS_IS_APPLICATION (self), FALSE);
  g_return_val_if_fail (QS_IS_BASE_SOURCE (source), FALSE);

  return qs_source_manager_stop_source (qs_application_get_manager (self), source, error);
}
