/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-split-source-private.h"

#include <string.h>

#include "qs-source-error.h"
#include "qs-state-private.h"

/*
 * Methods of QsSplitSource about what is remembered of a split.
 */

/**
 * qs_split_source_get_split_state:
 * @self: a source
 * @split: the name of a split of this worker
 * @error: return location for an error
 *
 * Gets the state of a split.
 *
 * It is a part of the state of [method@StatefulSource.get_state], with keys of its own, and
 * is valid for the same time: [method@Source.flush] commits it together with all other
 * splits of this worker, and ends it. In the whole state, its keys begin with `split LENGTH
 * NAME `, where LENGTH is the number of bytes of the name.
 *
 * Returns: (transfer full): the state; `NULL` if the source is not running, or nothing can
 *   be committed any more
 *
 * Since: 1.0
 */
QsState *
qs_split_source_get_split_state (QsSplitSource *self, const char *split, GError **error)
{
  g_autoptr (QsState) whole = NULL;
  g_autofree char *prefix = NULL;
  gboolean         is_own = FALSE;

  g_return_val_if_fail (QS_IS_SPLIT_SOURCE (self), NULL);
  g_return_val_if_fail (split != NULL, NULL);

  whole = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);
  if (whole == NULL || !qs_split_source_check_own (self, split, &is_own, error))
    return NULL;
  if (!is_own)
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_FAILED,
                   "Cannot get the state of split '%s' in partition %d of source '%s': it belongs "
                   "to another partition; use those of get_splits()",
                   split,
                   qs_stateful_source_get_partition (QS_STATEFUL_SOURCE (self)),
                   qs_base_source_get_name (QS_BASE_SOURCE (self)));
      return NULL;
    }

  prefix = g_strdup_printf ("split %" G_GSIZE_FORMAT " %s ", strlen (split), split);

  return qs_state_new_part (whole, prefix);
}
