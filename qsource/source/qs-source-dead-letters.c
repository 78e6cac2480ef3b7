/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-private.h"

#include "qs-topic.h"

/* Methods of QsSource about records that cannot be delivered. */

/* Of a topic's max.message.bytes. */
#define DEFAULT_MAX_BYTES 1048588

/* A topic that takes records as large as one with @config (nullable) does, and no
 * smaller ones than brokers take by default. */
static QsTopic *
new_dead_letter_topic (const char *name, GVariant *config)
{
  g_autoptr (QsTopic) topic = qs_topic_new (name);
  const char     *max_bytes = NULL;
  GVariantBuilder builder;

  if (config == NULL || !g_variant_lookup (config, "max.message.bytes", "&s", &max_bytes) ||
      g_ascii_strtoull (max_bytes, NULL, 10) <= DEFAULT_MAX_BYTES)
    return g_steal_pointer (&topic);

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&builder, "{ss}", "max.message.bytes", max_bytes);
  g_object_set (topic, "config", g_variant_builder_end (&builder), NULL);

  return g_steal_pointer (&topic);
}

QsTopic *
qs_source_dup_dead_letter_topic (QsSource *self, QsTopic *topic)
{
  QsTopic         *own = qs_source_get_dead_letter_topic (self);
  g_autofree char *name = NULL;

  if (qs_source_get_errors (self) != QS_ERROR_HANDLING_DEAD_LETTER)
    return NULL;
  if (own != NULL)
    return g_object_ref (own);

  name = g_strconcat ("dead-letter__", qs_topic_get_name (topic), NULL);

  return new_dead_letter_topic (name, qs_topic_get_config (topic));
}

/**
 * qs_source_set_errors: (set-property errors)
 * @self: a source
 * @errors: the treatment
 *
 * Sets the treatment of records that cannot be serialized or delivered.
 *
 * Set it before the source is started.
 */
void
qs_source_set_errors (QsSource *self, QsErrorHandling errors)
{
  g_return_if_fail (QS_IS_SOURCE (self));

  g_object_set (self, "errors", errors, NULL);
}

/**
 * qs_source_set_dead_letter_topic: (set-property dead-letter-topic)
 * @self: a source
 * @topic: (nullable): a topic other than the source's own
 *
 * Sets the topic for records that cannot be delivered.
 *
 * Set it before the source is started.
 */
void
qs_source_set_dead_letter_topic (QsSource *self, QsTopic *topic)
{
  g_return_if_fail (QS_IS_SOURCE (self));
  g_return_if_fail (topic == NULL || QS_IS_TOPIC (topic));

  g_object_set (self, "dead-letter-topic", topic, NULL);
}
