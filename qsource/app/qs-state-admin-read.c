/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-admin-private.h"

#include "qs-state-snapshot-private.h"

/* The methods of QsStateAdmin that read a state without opening it. */

/**
 * qs_state_admin_read_store:
 * @self: an administrator of a state
 * @error: return location for an error
 *
 * Reads the store from the disk.
 *
 * It works without a broker, and while a worker has the store open. Changes that the worker
 * made within the last five minutes might still be only in its memory;
 * [method@StateAdmin.read] sees them. From a damaged store, it reads as much as possible,
 * with a warning.
 *
 * Returns: (transfer full): the entries; `NULL` on failure
 */
QsStateSnapshot *
qs_state_admin_read_store (QsStateAdmin *self, GError **error)
{
  g_autofree char *state_dir = NULL;
  g_autofree char *absolute = NULL;
  g_autofree char *group = NULL;
  g_autofree char *path = NULL;

  g_return_val_if_fail (QS_IS_STATE_ADMIN (self), NULL);

  g_object_get (qs_state_admin_get_application (self),
                "state-dir",
                &state_dir,
                "consumer-group",
                &group,
                NULL);
  absolute = g_canonicalize_filename (state_dir, NULL);
  path = qs_state_admin_dup_path (self, absolute, group);

  return qs_state_snapshot_read_store (path, error);
}

/**
 * qs_state_admin_read_changelog:
 * @self: an administrator of a state
 * @offset: the offset before which to end; -1 = at the end
 * @time: the time up to which to read, in milliseconds since 1970 UTC; -1 = now
 * @error: return location for an error
 *
 * Reads the state as it was at an offset of the changelog or at a time.
 *
 * It reads the whole changelog. With @time, it includes either all or nothing of a flush.
 * Values that were overwritten since then might be gone, because the changelog is
 * compacted: the older the time, the less exact is the result.
 *
 * It blocks, and emits [signal@StateAdmin::records-read] while it reads.
 *
 * Returns: (transfer full): the entries; `NULL` on failure
 */
QsStateSnapshot *
qs_state_admin_read_changelog (QsStateAdmin *self, gint64 offset, gint64 time, GError **error)
{
  g_autoptr (QsRunSettings) settings = NULL;
  g_autofree char *topic = NULL;

  g_return_val_if_fail (QS_IS_STATE_ADMIN (self), NULL);

  settings = qs_state_admin_make_settings (self, error);
  if (settings == NULL)
    return NULL;

  topic = qs_state_settings_dup_changelog (settings->workers.state,
                                           qs_state_admin_get_store_name (self));

  return qs_state_snapshot_read_changelog (settings->workers.config,
                                           topic,
                                           qs_state_admin_get_partition (self),
                                           offset,
                                           time,
                                           qs_state_admin_note_progress,
                                           self,
                                           error);
}

/**
 * qs_state_admin_read:
 * @self: an administrator of a state
 * @error: return location for an error
 *
 * Reads the current state, as it was committed last, whether a worker is running or not.
 *
 * It reads the changelog, or the store if there is none
 * ([property@Application:use-changelog-topics]). It blocks.
 *
 * Returns: (transfer full): the entries; `NULL` on failure
 */
QsStateSnapshot *
qs_state_admin_read (QsStateAdmin *self, GError **error)
{
  gboolean has_changelog = TRUE;

  g_return_val_if_fail (QS_IS_STATE_ADMIN (self), NULL);

  g_object_get (
      qs_state_admin_get_application (self), "use-changelog-topics", &has_changelog, NULL);

  return has_changelog ? qs_state_admin_read_changelog (self, -1, -1, error)
                       : qs_state_admin_read_store (self, error);
}
