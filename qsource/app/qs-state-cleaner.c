/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-cleaner-private.h"

#include "qs-admin-private.h"
#include "qs-changelog-topic-private.h"
#include "qs-deadline-private.h"
#include "qs-log-private.h"
#include "qs-producer-private.h"
#include "qs-stateful-source.h"
#include "qs-store-private.h"
#include "qs-topic-private.h"

/* Seconds to wait for another process to let go of a store. */
#define LOCK_TIMEOUT 5.0

/* The source whose state is cleared. Borrowed. */
typedef struct
{
  const char      *name;
  const char      *store_name;
  int              n_partitions;
  QsKafkaConfig   *kafka;
  QsStateSettings *state;
  gint64           lock_deadline; /* of waiting for who has a store open */
} Target;

/* Ends whoever writes the state, here or elsewhere: what he commits later would be
 * lost, or would be all that is in the new changelog. */
static gboolean
fence (const Target *target, GError **error)
{
  for (int i = 0; i < target->n_partitions; i++)
    {
      g_autofree char *path =
          qs_store_path_build (target->state->state_dir, target->state->group, target->name, i);
      g_autofree char *id =
          qs_state_settings_dup_transactional_id (target->state, target->store_name, i);
      g_autoptr (QsProducer) producer = NULL;

      /* One that runs here is not to be ended by a call that will be refused. */
      if (!qs_store_check_free (path, target->lock_deadline, error))
        return FALSE;

      producer =
          qs_producer_new_transactional (target->kafka, target->name, id, NULL, NULL, NULL, error);
      if (producer == NULL || !qs_producer_fence (producer, G_MAXINT64, NULL, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
remove_stores (const Target *target, GError **error)
{
  for (int i = 0; i < target->n_partitions; i++)
    {
      g_autofree char *path =
          qs_store_path_build (target->state->state_dir, target->state->group, target->name, i);

      if (!qs_store_remove (path, target->lock_deadline, NULL, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
renew_changelog (const Target *target, GError **error)
{
  g_autofree char *name = qs_state_settings_dup_changelog (target->state, target->store_name);
  g_autoptr (QsAdmin) admin = qs_admin_new (target->kafka, error);
  g_autoptr (QsTopic) topic =
      qs_changelog_topic_new (name, target->n_partitions, target->state, NULL);
  const int   wanted = target->state->changelog_replication_factor;
  QsTopicInfo info = { 0 };
  gboolean    exists = FALSE;

  if (admin == NULL || !qs_admin_connect (admin, NULL, error) ||
      !qs_admin_lookup_topic (admin, name, G_MAXINT64, &exists, &info, NULL, error))
    return FALSE;
  if (!exists)
    return TRUE;

  if (!qs_admin_delete_topic (admin, name, NULL, error) ||
      !qs_admin_create_topic (admin,
                              name,
                              qs_topic_get_initial_partitions (topic),
                              wanted > 0 ? wanted : info.replication_factor,
                              qs_topic_get_config (topic),
                              NULL,
                              error))
    return FALSE;

  qs_log_message (
      target->name, name, "The state is cleared: changelog '%s' was deleted and created", name);

  return TRUE;
}

gboolean
qs_state_cleaner_clear (const char      *name,
                        const char      *store_name,
                        int              n_partitions,
                        QsKafkaConfig   *kafka,
                        QsStateSettings *state,
                        GError         **error)
{
  const Target   target = { name,  store_name, n_partitions,
                            kafka, state,      qs_deadline_after (LOCK_TIMEOUT) };
  const gboolean has_writers = state->use_changelog_topics && !qs_kafka_config_is_embedded (kafka);

  if ((!has_writers || fence (&target, error)) && remove_stores (&target, error) &&
      (!state->use_changelog_topics || renew_changelog (&target, error)))
    return TRUE;

  g_prefix_error (error, "Cannot clear the state of source '%s': ", name);

  return FALSE;
}

gboolean
qs_state_cleaner_run (GPtrArray       *sources,
                      QsKafkaConfig   *kafka,
                      QsStateSettings *state,
                      GError         **error)
{
  for (guint i = 0; i < sources->len; i++)
    {
      QsBaseSource     *base = g_ptr_array_index (sources, i);
      QsStatefulSource *source = NULL;

      if (!QS_IS_STATEFUL_SOURCE (base))
        continue;

      source = QS_STATEFUL_SOURCE (base);
      if (!qs_state_cleaner_clear (qs_base_source_get_name (base),
                                   qs_stateful_source_get_store_name (source),
                                   qs_stateful_source_get_n_partitions (source),
                                   kafka,
                                   state,
                                   error))
        return FALSE;
    }

  return TRUE;
}
