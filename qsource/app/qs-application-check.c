/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-application-private.h"

#include "qs-admin-private.h"
#include "qs-application-parts-private.h"
#include "qs-diagnosis-private.h"
#include "qs-topic-manager-private.h"

/* The methods of QsApplication that look at whether it could run, and change nothing. */

/**
 * qs_application_check_topics:
 * @self: an application
 * @error: return location for an error
 *
 * Checks the topics that run() would need, without changing anything.
 *
 * It blocks, for at most [property@Application:request-timeout] in each request. Each
 * dictionary describes one topic:
 *
 * | key | type | what it is |
 * |---|---|---|
 * | `name` | `s` | its name |
 * | `action` | `s` | what run() would do: `use`, `create`, or fail: `missing` or `mismatch` |
 * | `wanted-partitions`, `wanted-replication-factor` | `i` | what is asked for; -1 = anything |
 * | `n-partitions`, `replication-factor` | `i` | what the topic has; missing without a topic |
 * | `differences` | `as` | the settings that differ but do not prevent its use |
 *
 * With `missing`, the topic does not exist and must not be created; with `mismatch`, it has
 * another number of partitions than is asked for.
 *
 * Returns: (transfer full): a list of dictionaries (`aa{sv}`); `NULL` with an error if the
 *   brokers cannot be reached or do not describe the topics
 *
 * Since: 1.0
 */
GVariant *
qs_application_check_topics (QsApplication *self, GError **error)
{
  g_autoptr (QsRunSettings) run = NULL;
  g_autoptr (GPtrArray) topics = NULL;
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (GVariantBuilder) builder = NULL;

  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  if (!qs_application_check_not_running (self, "check its topics", error))
    return NULL;

  run = qs_application_make_run_settings (self, error);
  if (run == NULL)
    return NULL;
  topics = qs_run_settings_dup_topics (run, error);
  if (topics == NULL)
    return NULL;
  admin = qs_admin_new (run->workers.config, error);
  if (admin == NULL || !qs_admin_connect (admin, NULL, error))
    return NULL;

  builder = g_variant_builder_new (G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < topics->len; i++)
    {
      GVariant *topic =
          qs_topic_manager_describe (admin, topics->pdata[i], run->create_topics, NULL, error);

      if (topic == NULL)
        return NULL;
      g_variant_builder_add_value (builder, topic);
    }

  return g_variant_ref_sink (g_variant_builder_end (builder));
}

/**
 * qs_application_diagnose:
 * @self: an application
 *
 * Looks for anything that could keep run() from working, as `qsource doctor` does. It
 * checks versions, file descriptors, the clock, the disk and the state directory, the
 * brokers, the topics and, with the guarantee `exactly-once`, transactions. It produces no
 * record.
 *
 * It blocks, for at most [property@Application:request-timeout] in each request. Each
 * dictionary describes one check:
 *
 * | key | type | what it is |
 * |---|---|---|
 * | `check` | `s` | what was looked at |
 * | `state` | `s` | `ok`, `warning` or `failed` |
 * | `text` | `s` | what was found |
 * | `advice` | `s` | what to do; missing if there is nothing to do |
 *
 * Returns: (transfer full): a list of dictionaries (`aa{sv}`)
 *
 * Since: 1.0
 */
GVariant *
qs_application_diagnose (QsApplication *self)
{
  QsApplicationPrivate *priv = qs_application_get_private (self);
  g_autoptr (QsRunSettings) run = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder builder;

  g_return_val_if_fail (QS_IS_APPLICATION (self), NULL);

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  qs_diagnosis_add_local (&builder,
                          qs_settings_get_state_dir (&priv->settings),
                          qs_source_list_get_n_sources (priv->sources),
                          priv->settings.isolation == QS_ISOLATION_THREAD,
                          qs_application_count_standby (self));
  if (qs_application_check_not_running (self, "diagnose it", &error))
    run = qs_application_make_run_settings (self, &error);
  if (run != NULL)
    qs_diagnosis_add_remote (&builder, run);
  else
    qs_diagnosis_add_error (&builder, "configuration", error, NULL);

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
