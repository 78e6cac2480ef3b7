/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-cleaner-private.h"

#include "qs-admin-private.h"
#include "qs-changelog-topic-private.h"
#include "qs-log-private.h"
#include "qs-producer-private.h"
#include "qs-stateful-source.h"
#include "qs-store-private.h"
#include "qs-topic-private.h"

/* Seconds to wait for another process to let go of a store. */
#define LOCK_TIMEOUT 5.0

/* Ends whoever writes the state, here or elsewhere: what he commits later would be
 * lost, or would be all that is in the new changelog. */
static gboolean
fence (QsStatefulSource *source, QsKafkaConfig *kafka, QsStateConfig *state, GError **error)
{
  const char *name = qs_base_source_get_name (QS_BASE_SOURCE (source));

  for (int i = 0; i < qs_stateful_source_get_n_partitions (source); i++)
    {
      g_autofree char *path = qs_store_path_build (state->state_dir, state->group, name, i);
      g_autofree char *id = qs_state_config_dup_transactional_id (
          state, qs_stateful_source_get_store_name (source), i);
      g_autoptr (QsProducer) producer = NULL;

      /* One that runs here is not to be ended by a call that will be refused. */
      if (qs_store_check_free (path, LOCK_TIMEOUT, error))
        producer = qs_producer_new_transactional (kafka, name, id, NULL, 0, NULL, NULL, error);
      if (producer == NULL || !qs_producer_fence (producer, NULL, error))
        {
          g_prefix_error (error, "Cannot clear the state of source '%s': ", name);
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
remove_stores (QsStatefulSource *source, QsStateConfig *state, GError **error)
{
  const char *name = qs_base_source_get_name (QS_BASE_SOURCE (source));

  for (int i = 0; i < qs_stateful_source_get_n_partitions (source); i++)
    {
      g_autofree char *path = qs_store_path_build (state->state_dir, state->group, name, i);

      if (!qs_store_remove (path, LOCK_TIMEOUT, NULL, error))
        {
          g_prefix_error (error, "Cannot clear the state of source '%s': ", name);
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
renew_changelog (QsStatefulSource *source, QsStateConfig *state, QsAdmin *admin, GError **error)
{
  g_autofree char *name =
      qs_state_config_dup_changelog (state, qs_stateful_source_get_store_name (source));
  g_autoptr (QsTopic) topic =
      qs_changelog_topic_new (name, qs_stateful_source_get_n_partitions (source));
  QsTopicInfo info = { 0 };
  gboolean    exists = FALSE;

  if (!qs_admin_lookup_topic (admin, name, &exists, &info, NULL, error))
    return FALSE;
  if (!exists)
    return TRUE;

  if (!qs_admin_delete_topic (admin, name, NULL, error) ||
      !qs_admin_create_topic (admin,
                              name,
                              qs_topic_get_initial_partitions (topic),
                              info.replication_factor,
                              qs_topic_get_config (topic),
                              NULL,
                              error))
    return FALSE;

  qs_log_message (qs_base_source_get_name (QS_BASE_SOURCE (source)),
                  name,
                  "The state is cleared: changelog '%s' was made anew",
                  name);

  return TRUE;
}

gboolean
qs_state_cleaner_run (GPtrArray     *sources,
                      QsKafkaConfig *kafka,
                      QsStateConfig *state,
                      GError       **error)
{
  g_autoptr (QsAdmin) admin = NULL;

  for (guint i = 0; i < sources->len; i++)
    {
      QsBaseSource *source = g_ptr_array_index (sources, i);

      if (!QS_IS_STATEFUL_SOURCE (source))
        continue;

      if (state->use_changelog_topics && !state->is_embedded &&
          !fence (QS_STATEFUL_SOURCE (source), kafka, state, error))
        return FALSE;
      if (!remove_stores (QS_STATEFUL_SOURCE (source), state, error))
        return FALSE;
      if (!state->use_changelog_topics)
        continue;

      if (admin == NULL)
        admin = qs_admin_new (kafka, error);
      if (admin == NULL || !qs_admin_connect (admin, NULL, error) ||
          !renew_changelog (QS_STATEFUL_SOURCE (source), state, admin, error))
        return FALSE;
    }

  return TRUE;
}
