/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-changelog-topic-private.h"

#include <string.h>

#include "qs-admin-private.h"
#include "qs-state-error.h"
#include "qs-topic-private.h"
#include "qs-topic-settings-private.h"

/* Of the topics that we create; Kafka's own is half of it. */
#define MAX_MESSAGE_BYTES "2097152"

/* Kafka's own, where the brokers don't say. */
#define DEFAULT_RETENTION G_GINT64_CONSTANT (86400000)

/* Our own settings and those of the user, which may replace one. Floating */
static GVariant *
make_settings (GVariant *given)
{
  GVariantBuilder builder;
  GVariantIter    iter;
  const char     *key = NULL;
  const char     *value = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&builder, "{ss}", "cleanup.policy", "compact");
  if (given == NULL || !g_variant_lookup (given, "max.message.bytes", "&s", &value))
    g_variant_builder_add (&builder, "{ss}", "max.message.bytes", MAX_MESSAGE_BYTES);

  if (given != NULL)
    {
      g_variant_iter_init (&iter, given);
      while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
        /* It can only be the same. */
        if (!g_str_equal (key, "cleanup.policy"))
          g_variant_builder_add (&builder, "{ss}", key, value);
    }

  return g_variant_builder_end (&builder);
}

QsTopic *
qs_changelog_topic_new (const char      *name,
                        int              n_partitions,
                        QsStateSettings *settings,
                        QsTopic         *data)
{
  QsTopic *topic = qs_topic_new (name);

  qs_topic_set_config (topic, make_settings (settings != NULL ? settings->changelog_config : NULL));
  /* qs_changelog_topic_check() reports another number, with a better message. */
  qs_topic_suggest_partitions (topic, n_partitions);
  if (settings != NULL && settings->changelog_replication_factor > 0)
    qs_topic_set_replication_factor (topic, settings->changelog_replication_factor);
  qs_topic_follow (
      topic, data, "the application's changelog-config and changelog-replication-factor");

  return topic;
}

static gint64
lookup_number (GHashTable *settings, const char *name, gint64 fallback)
{
  const char *text = g_hash_table_lookup (settings, name);

  return text != NULL ? g_ascii_strtoll (text, NULL, 10) : fallback;
}

static gboolean
check_policy (GHashTable *settings, const char *name, GError **error)
{
  const char *policy = g_hash_table_lookup (settings, "cleanup.policy");

  if (policy == NULL || g_str_equal (policy, "compact"))
    return TRUE;

  g_set_error (error,
               QS_STATE_ERROR,
               QS_STATE_ERROR_MISMATCH,
               "Cannot use topic '%s' as a changelog: its cleanup.policy is '%s', which loses "
               "state; set it to 'compact'. If it has already lost state, the store is the only "
               "full copy: save that with 'qsource state export --from store'",
               name,
               policy);
  return FALSE;
}

static gboolean
check_partitions (const QsTopicInfo *info, const char *name, int n_partitions, GError **error)
{
  if (info->n_partitions == n_partitions)
    return TRUE;

  g_set_error (error,
               QS_STATE_ERROR,
               QS_STATE_ERROR_MISMATCH,
               "Cannot use topic '%s' as a changelog: it has %d partitions, and the source's "
               "n-partitions is %d; set that to %d. To change the number, save the state with "
               "'qsource state export', call clear_state(), and write it back with 'qsource state "
               "import'",
               name,
               info->n_partitions,
               n_partitions,
               info->n_partitions);
  return FALSE;
}

gboolean
qs_changelog_topic_check (QsKafkaConfig     *config,
                          const char        *name,
                          int                n_partitions,
                          gboolean           is_embedded,
                          QsChangelogLimits *limits,
                          GCancellable      *cancellable,
                          GError           **error)
{
  g_autoptr (QsAdmin) admin = qs_admin_new (config, error);
  g_autoptr (GHashTable) settings = NULL;
  QsTopicInfo info = { 0 };
  gboolean    exists = FALSE;
  gint64      deadline = 0;
  gint64      max_bytes = 0;

  if (admin == NULL)
    return FALSE;

  deadline = qs_admin_get_question_deadline (admin);
  if (!qs_admin_lookup_topic (admin, name, deadline, &exists, &info, cancellable, error))
    return FALSE;
  if (!exists)
    {
      g_set_error (error,
                   QS_STATE_ERROR,
                   QS_STATE_ERROR_MISMATCH,
                   "Cannot use topic '%s' as a changelog: it no longer exists",
                   name);
      return FALSE;
    }

  if (is_embedded)
    settings = g_hash_table_new (g_str_hash, g_str_equal);
  else
    settings = qs_topic_settings_dup (admin, name, deadline, cancellable, error);
  if (settings == NULL || !check_policy (settings, name, error))
    return FALSE;
  /* An embedded broker of another process creates each topic with four partitions. */
  if (!(info.n_partitions > n_partitions && qs_admin_is_embedded (admin)) &&
      !check_partitions (&info, name, n_partitions, error))
    return FALSE;

  max_bytes =
      lookup_number (settings, "max.message.bytes", g_ascii_strtoll (MAX_MESSAGE_BYTES, NULL, 10));
  limits->retention = lookup_number (settings, "delete.retention.ms", DEFAULT_RETENTION);
  limits->max_size = (gsize) MAX (max_bytes, 0);

  return TRUE;
}
