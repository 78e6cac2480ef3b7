/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls a class's own functions for languages that cannot. */

#include "qs-source.h"

#include "qs-source-error.h"
#include "qs-split-source.h"

/**
 * qs_base_source_chain_up:
 * @self: a source
 * @type: the class whose function to call: that of @self, or a parent class
 * @name: the name of a virtual function that can fail: `configure`, `setup`, `start`,
 *   `run`, `cleanup`, `flush` or `run_splits`
 * @argument: for `cleanup` whether the source has failed (0 or 1), for `flush` the
 *   timeout in seconds, otherwise ignored
 * @error: return location for an error
 *
 * Calls a class's own implementation of a virtual function, even if @self overrides it.
 *
 * It is for language bindings, such as lgi, that cannot call a function in a class's struct
 * if it takes a [struct@GLib.Error]. Call it only where the virtual function may be called.
 *
 * Returns: true on success; false, also without @error set, on failure
 */
gboolean
qs_base_source_chain_up (QsBaseSource *self,
                         GType         type,
                         const char   *name,
                         double        argument,
                         GError      **error)
{
  QsBaseSourceClass *base = NULL;
  QsSourceClass     *source = NULL;

  g_return_val_if_fail (QS_IS_BASE_SOURCE (self), FALSE);
  g_return_val_if_fail (g_type_is_a (type, QS_TYPE_BASE_SOURCE), FALSE);
  g_return_val_if_fail (g_type_is_a (G_OBJECT_TYPE (self), type), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  base = g_type_class_peek (type);
  source = g_type_is_a (type, QS_TYPE_SOURCE) ? g_type_class_peek (type) : NULL;

  if (g_str_equal (name, "configure"))
    return base->configure == NULL ||
           base->configure (
               self, qs_base_source_get_topic (self), qs_base_source_get_producer (self), error);
  if (g_str_equal (name, "setup"))
    return base->setup == NULL || base->setup (self, error);
  if (g_str_equal (name, "start") && base->start != NULL)
    return base->start (self, error);
  if (source != NULL && g_str_equal (name, "run") && source->run != NULL)
    return source->run (QS_SOURCE (self), error);
  if (source != NULL && g_str_equal (name, "cleanup") && source->cleanup != NULL)
    return source->cleanup (QS_SOURCE (self), argument != 0, error);
  if (source != NULL && g_str_equal (name, "flush") && source->flush != NULL)
    return source->flush (QS_SOURCE (self), argument, error);
  if (g_str_equal (name, "run_splits") && g_type_is_a (type, QS_TYPE_SPLIT_SOURCE))
    return ((QsSplitSourceClass *) g_type_class_peek (type))
        ->run_splits (QS_SPLIT_SOURCE (self), error);

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_NOT_IMPLEMENTED,
               "%s has no %s() that can fail",
               g_type_name (type),
               name);
  return FALSE;
}
