/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-harness.h"

#include "qs-deadline-private.h"
#include "qs-harness-parts-private.h"
#include "qs-harness-worker-private.h"
#include "qs-source-error.h"
#include "qs-state-admin.h"
#include "qs-state-snapshot.h"
#include "qs-state-value-private.h"
#include "qs-stateful-source.h"

/* Methods of QsHarness that have to do with its source's state. */

/**
 * qs_harness_crash_at:
 * @self: a harness
 * @point: a kill point, such as `store-before`
 * @nth: how often the process reaches it before it ends, 1 or more
 * @error: return location for an error
 *
 * Lets the next process of the source end at a kill point as by `kill -9`.
 *
 * [method@Harness.start] and [method@Harness.restart] start that process; the one after it is
 * not affected. Only a library that was built with `-Dkill_points=true` has kill points. They are,
 * in the order of a flush: `produce-before`, `produce-after`, `data-acknowledged`, `commit-before`,
 * `commit-after`, `store-before`, `store-after`; and in a recovery `recovery`, `ingest`,
 * `ingested`.
 *
 * Returns: true if there is such a kill point; false with
 *   [error@Qs.SourceError.INVALID_STATE] otherwise
 *
 * Since: 1.0
 */
gboolean
qs_harness_crash_at (QsHarness *self, const char *point, guint nth, GError **error)
{
  g_return_val_if_fail (QS_IS_HARNESS (self), FALSE);
  g_return_val_if_fail (point != NULL && nth > 0, FALSE);

  if (!qs_harness_worker_check_point (point, error))
    return FALSE;

  g_free (self->kill_point);
  self->kill_point = g_strdup_printf ("%s:%u", point, nth);

  return TRUE;
}

void
qs_harness_forget_state (QsHarness *self)
{
  /* No clear_state(): an embedded broker does not delete topics. */
  g_autofree char *group = qs_harness_make_group ();

  g_object_set (self->application, "consumer-group", group, NULL);
}

/**
 * qs_harness_dup_state:
 * @self: a harness
 * @error: return location for an error
 *
 * Gets what the source has committed to its state, which is what it would begin with if it was
 * killed now.
 *
 * Keys that are not text are left out.
 *
 * Returns: (transfer full): the values by key (`a{sv}`), or `NULL` with an error
 *
 * Since: 1.0
 */
GVariant *
qs_harness_dup_state (QsHarness *self, GError **error)
{
  GVariantDict dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (QsStateAdmin) admin = NULL;
  g_autoptr (QsStateSnapshot) snapshot = NULL;
  GLogLevelFlags fatal = 0;

  g_return_val_if_fail (QS_IS_HARNESS (self), NULL);

  if (!qs_harness_set_up (self, qs_deadline_after (QS_HARNESS_PATIENCE), error))
    return NULL;

  if (QS_IS_STATEFUL_SOURCE (self->source))
    {
      admin = g_object_new (QS_TYPE_STATE_ADMIN,
                            "application",
                            self->application,
                            "source-name",
                            qs_base_source_get_name (self->source),
                            "store-name",
                            qs_stateful_source_get_store_name (QS_STATEFUL_SOURCE (self->source)),
                            NULL);
      /* As for a run: g_test_init() makes warnings fatal. */
      fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
      snapshot = qs_state_admin_read (admin, error);
      g_log_set_always_fatal (fatal);
      if (snapshot == NULL)
        return NULL;
    }

  for (guint i = 0; snapshot != NULL && i < qs_state_snapshot_get_n_entries (snapshot); i++)
    {
      g_autoptr (GBytes) key = qs_state_snapshot_dup_key (snapshot, i);
      g_autoptr (GBytes) bytes = qs_state_snapshot_dup_value (snapshot, i);
      g_autofree char *name = NULL;
      g_autoptr (GVariant) value = NULL;

      if (!qs_state_snapshot_is_text_key (snapshot, i))
        continue;

      value =
          qs_state_value_decode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error);
      if (value == NULL)
        return g_variant_dict_clear (&dict), NULL;

      name = g_strndup (g_bytes_get_data (key, NULL), g_bytes_get_size (key));
      g_variant_dict_insert_value (&dict, name, value);
    }

  return g_variant_ref_sink (g_variant_dict_end (&dict));
}
