/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "kafka-source-fixture.h"

#include "qs-kafka-config-private.h"

/* How tests connect to the Kafka of tests/kafka/secure_kafka.py. */

/* FALSE if the test is skipped. */
static inline gboolean
need_secure_kafka (void)
{
  return qs_test_kafka_secure () != NULL;
}

static inline char *
dup_entry (const char *group, const char *key)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  char *value = NULL;

  g_assert_true (
      g_key_file_load_from_file (file, qs_test_kafka_secure (), G_KEY_FILE_NONE, NULL));
  value = g_key_file_get_value (file, group, key, NULL);
  g_assert_nonnull (value);

  return value;
}

/* Where the listener of that name is. */
static inline char *
dup_address (const char *listener)
{
  return dup_entry ("addresses", listener);
}

/* The same by a name that its certificate doesn't have. */
static inline char *
dup_other_address (const char *listener)
{
  g_autofree char *address = dup_address (listener);

  return g_strconcat ("localhost", strrchr (address, ':'), NULL);
}

/* @text with what it stands for: DIR is the directory of the certificates, PASSWORD
 * the right one. */
static inline char *
expand (const char *text)
{
  g_autofree char *dir = g_path_get_dirname (qs_test_kafka_secure ());
  g_autofree char *password = dup_entry ("credentials", "password");
  g_autoptr (GString) expanded = g_string_new (text);

  g_string_replace (expanded, "DIR", dir, 0);
  g_string_replace (expanded, "PASSWORD", password, 0);

  return g_string_free (g_steal_pointer (&expanded), FALSE);
}

/* "key=value key=value" as a{ss}; floating. */
static inline GVariant *
parse_config (const char *text)
{
  g_autofree char *expanded = expand (text);
  g_auto (GStrv) words = g_strsplit (expanded, " ", -1);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; words[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (words[i], "=", 2);

      g_variant_builder_add (&builder, "{ss}", parts[0], parts[1]);
    }

  return g_variant_builder_end (&builder);
}

#define WITH_TLS "security.protocol=ssl ssl.ca.location=DIR/ca.pem"
#define WITH_SASL_TLS "security.protocol=sasl_ssl ssl.ca.location=DIR/ca.pem sasl.mechanism=PLAIN "
#define WITH_SASL "security.protocol=sasl_plaintext sasl.mechanism=PLAIN "
#define AS_ADMIN "sasl.username=admin sasl.password=PASSWORD"
#define AS_ALICE "sasl.username=alice sasl.password=PASSWORD"
#define AS_BOB "sasl.username=bob sasl.password=PASSWORD"
#define WRONGLY "sasl.username=admin sasl.password=hunter1"

/* An application for @listener with a source, as fixture_init(). It never gives up by
 * itself: what fails must be known to fail. */
static inline void
secure_fixture_init (Fixture    *self,
                     const char *listener,
                     const char *client_config,
                     const char *behaviour)
{
  g_autofree char *address = dup_address (listener);

  fixture_init (self, address, behaviour);
  g_object_set (self->app,
                "client-config",
                parse_config (client_config),
                "request-timeout",
                3600.0,
                "broker-availability-timeout",
                -1.0,
                NULL);
}

/* The settings of a client of its own. */
static inline QsKafkaConfig *
make_config (const char *listener, const char *client_config)
{
  g_autofree char *address = dup_address (listener);
  QsKafkaConfig   *config = qs_kafka_config_new (address);

  config->client_config = g_variant_ref_sink (parse_config (client_config));
  config->request_timeout = 3600;
  config->broker_availability_timeout = -1;

  return config;
}

/* 0 ... 9, and waits until they are acknowledged. */
static inline gboolean
run_ten (QsSource *source, GError **error)
{
  for (int i = 0; i < 10; i++)
    {
      char text[2] = { (char) ('0' + i), '\0' };

      if (!produce_text (source, "key", text, error))
        return FALSE;
    }

  return qs_source_flush (source, -1, error);
}
