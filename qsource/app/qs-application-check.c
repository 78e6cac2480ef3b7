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
 * Looks at the topics that its run() would need, and changes nothing.
 *
 * It blocks, for [property@Application:request-timeout] at most in each request. Of each topic
 * it tells
 *
 * | key | type | what it is |
 * |---|---|---|
 * | `name` | `s` | its name |
 * | `action` | `s` | what run() would do: `use` it, `create` it, or fail since it is `missing` and
 * must not be created, or since its number of partitions is a `mismatch` | | `wanted-partitions`,
 * `wanted-replication-factor` | `i` | what is asked for; -1 = anything | | `n-partitions`,
 * `replication-factor` | `i` | what there is; not there if the topic isn't | | `differences` | `as`
 * | in what it is not as asked for, but is used all the same |
 *
 * Returns: (transfer full): a list of dictionaries (`aa{sv}`); `NULL` with an error where the
 *   brokers can't be reached or don't tell
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
 * Looks for what could keep its run() from working, as `qsource doctor` does: versions, file
 * descriptors, the clock, the disk and the state directory, whether the brokers answer, the
 * topics, and, with the guarantee `exactly-once`, transactions. No record is produced.
 *
 * It blocks, for [property@Application:request-timeout] at most in each request. Of each check
 * it tells
 *
 * | key | type | what it is |
 * |---|---|---|
 * | `check` | `s` | what was looked at |
 * | `state` | `s` | `ok`, `warning` or `failed` |
 * | `text` | `s` | what was found |
 * | `advice` | `s` | what to do; may be missing |
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
