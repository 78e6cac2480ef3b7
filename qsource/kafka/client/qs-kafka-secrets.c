/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-kafka-secrets-private.h"

#include <string.h>

gboolean
qs_kafka_secrets_is_one (const char *key)
{
  return strstr (key, "password") != NULL || strstr (key, "secret") != NULL ||
         g_str_equal (key, "ssl.key.pem") || g_str_equal (key, "ssl_key") ||
         g_str_equal (key, "sasl.oauthbearer.config");
}

GVariant *
qs_kafka_secrets_redact (GVariant *map)
{
  GVariantBuilder builder;
  GVariantIter    iter;
  const char     *key = NULL;
  const char     *value = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_variant_iter_init (&iter, map);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
    g_variant_builder_add (
        &builder, "{ss}", key, qs_kafka_secrets_is_one (key) ? QS_KAFKA_REDACTED : value);

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

GVariant *
qs_kafka_secrets_restore (GVariant *map, GVariant *old)
{
  GVariantBuilder builder;
  GVariantIter    iter;
  const char     *key = NULL;
  const char     *value = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_variant_iter_init (&iter, map);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
    {
      if (old != NULL && qs_kafka_secrets_is_one (key) && g_str_equal (value, QS_KAFKA_REDACTED))
        g_variant_lookup (old, key, "&s", &value);
      g_variant_builder_add (&builder, "{ss}", key, value);
    }

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
