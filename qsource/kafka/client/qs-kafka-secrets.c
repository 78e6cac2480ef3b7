/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-kafka-secrets-private.h"

#include <string.h>

gboolean
qs_kafka_secrets_is_one (const char *key)
{
  /* The settings that librdkafka marks as sensitive, and that newer versions might: rather one
   * too many. */
  static const char *const parts[] = {
    "password",   "passphrase",         "passwd",  "secret",
    "credential", "private.key",        "pem",     "jaas",
    "api.key",    "oauthbearer.config", "ssl_key", "access.key",
  };
  g_autofree char *name = g_ascii_strdown (key, -1);

  /* The location of something, which is not a secret. */
  if (g_str_has_suffix (name, ".location") || g_str_has_suffix (name, ".file") ||
      g_str_has_suffix (name, ".url"))
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      if (strstr (name, parts[i]) != NULL)
        return TRUE;
    }

  return strstr (name, "token") != NULL && strstr (name, "endpoint") == NULL;
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
