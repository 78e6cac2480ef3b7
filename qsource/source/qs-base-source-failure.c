/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-base-source-private.h"

#include "qs-base-source-parts-private.h"
#include "qs-log-private.h"
#include "qs-source-error.h"

/* The methods of QsBaseSource that are about how it has failed. */

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
qs_base_source_take_error (QsBaseSource *self, GError *error)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_private (self);

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
 * qs_base_source_get_error_detail:
 * @self: a source
 *
 * Gets details of the source's failure that do not fit into an error message.
 *
 * Returns: (nullable): a text of several lines, such as a traceback
 */
const char *
qs_base_source_get_error_detail (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_private (self);

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), NULL);

  return priv->error_detail;
}

/**
 * qs_base_source_set_error_detail:
 * @self: a source
 * @detail: (nullable): a text of several lines
 *
 * Sets details of a failure that do not fit into an error message.
 *
 * It is for language bindings, which store a traceback here before a virtual function
 * returns the error, or before [method@BaseSource.fail]. The details are sent to the parent
 * with the error.
 */
void
qs_base_source_set_error_detail (QsBaseSource *self, const char *detail)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_private (self);
  g_autofree char     *copy = g_strdup (detail);
  char                *old = NULL;

  g_return_if_fail (QS_IS_BASE_SOURCE (self));

  g_mutex_lock (&priv->lock);
  old = priv->error_detail;
  priv->error_detail = g_steal_pointer (&copy);
  g_mutex_unlock (&priv->lock);

  g_free (old);
}

void
qs_base_source_note_cleanup (QsBaseSource *self, const GError *error, const char *detail)
{
  qs_log_warning (qs_base_source_get_name (self),
                  NULL,
                  "Failed to clean up after a failure: %s",
                  error->message);
  qs_base_source_set_error_detail (self, detail);
}

/**
 * qs_base_source_dup_error:
 * @self: a source
 *
 * Gets the error with which the source failed last.
 *
 * Call it in the process and thread that runs the application.
 *
 * Returns: (transfer full) (nullable): a copy of the error, with domain and code
 *   as in the worker; `NULL` if the source did not fail
 */
GError *
qs_base_source_dup_error (QsBaseSource *self)
{
  QsBaseSourcePrivate *priv = qs_base_source_get_private (self);

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), NULL);

  return priv->error != NULL ? g_error_copy (priv->error) : NULL;
}
