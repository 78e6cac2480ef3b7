/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qs-headers.h"
#include "qs-message-private.h"
#include "qs-record.h"
#include "qs-serialization-error.h"
#include "qs-serializer.h"
#include "qs-topic-private.h"

typedef struct
{
  QsTopic *topic;
  guint    n_notified;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  fixture->topic = qs_topic_new ("numbers");
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_assert_finalize_object (fixture->topic);
}

static void
assert_bytes (GBytes *bytes, const char *expected)
{
  g_assert_nonnull (bytes);
  g_assert_cmpmem (
      g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected, strlen (expected));
}

static void
test_defaults (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("Keys are bytes, values JSON, the rest is up to the broker");

  g_assert_cmpstr (qs_topic_get_name (fixture->topic), ==, "numbers");
  g_assert_cmpstr (qs_serializer_get_content_type (qs_topic_get_key_serializer (fixture->topic)),
                   ==,
                   "application/octet-stream");
  g_assert_cmpstr (qs_serializer_get_content_type (qs_topic_get_value_serializer (fixture->topic)),
                   ==,
                   "application/json");
  g_assert_cmpint (qs_topic_get_n_partitions (fixture->topic), ==, -1);
  g_assert_cmpint (qs_topic_get_replication_factor (fixture->topic), ==, -1);
  g_assert_null (qs_topic_get_config (fixture->topic));
}

static void
notify_cb (Fixture *fixture)
{
  fixture->n_notified++;
}

static void
test_properties (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsSerializer) serializer = qs_serializer_for_name ("double", NULL);
  g_autoptr (QsSerializer) key_serializer = NULL;
  g_autoptr (QsSerializer) value_serializer = NULL;
  g_autoptr (GVariant) config = NULL;
  int n_partitions;
  int replication_factor;

  g_test_summary ("What is set is read back, and notified when it changes");

  g_signal_connect_swapped (fixture->topic, "notify", G_CALLBACK (notify_cb), fixture);
  for (guint i = 0; i < 2; i++)
    g_object_set (fixture->topic,
                  "key-serializer",
                  serializer,
                  "value-serializer",
                  serializer,
                  "n-partitions",
                  3,
                  "replication-factor",
                  2,
                  NULL);
  g_assert_cmpuint (fixture->n_notified, ==, 4);
  qs_topic_set_config (fixture->topic, g_variant_new_parsed ("{'cleanup.policy': 'compact'}"));
  g_assert_cmpuint (fixture->n_notified, ==, 5);

  g_object_get (fixture->topic,
                "key-serializer",
                &key_serializer,
                "value-serializer",
                &value_serializer,
                "n-partitions",
                &n_partitions,
                "replication-factor",
                &replication_factor,
                "config",
                &config,
                NULL);
  g_assert_true (key_serializer == serializer);
  g_assert_true (value_serializer == serializer);
  g_assert_cmpint (n_partitions, ==, 3);
  g_assert_cmpint (replication_factor, ==, 2);
  g_assert_cmpuint (g_variant_n_children (config), ==, 1);

  qs_topic_set_config (fixture->topic, NULL);
  g_assert_null (qs_topic_get_config (fixture->topic));
  qs_topic_set_value_serializer (fixture->topic, NULL);
  g_assert_cmpstr (qs_serializer_get_content_type (qs_topic_get_value_serializer (fixture->topic)),
                   ==,
                   "application/json");
}

static void
test_zero_partitions (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A number of partitions that can't be is a warning, and nothing changes");

  g_test_expect_message ("QSource", G_LOG_LEVEL_CRITICAL, "*n_partitions > 0*");
  qs_topic_set_n_partitions (fixture->topic, 0);
  g_test_assert_expected_messages ();
  g_assert_cmpint (qs_topic_get_n_partitions (fixture->topic), ==, -1);
}

static void
test_renamed (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsSerializer) serializer = qs_serializer_for_name ("double", NULL);
  g_autoptr (QsTopic) renamed = NULL;

  g_test_summary ("A renamed topic has everything but the name");

  qs_topic_set_key_serializer (fixture->topic, serializer);
  qs_topic_set_value_serializer (fixture->topic, serializer);
  qs_topic_set_n_partitions (fixture->topic, 3);
  qs_topic_set_replication_factor (fixture->topic, 2);
  qs_topic_set_config (fixture->topic, g_variant_new_parsed ("{'cleanup.policy': 'compact'}"));

  renamed = qs_topic_new_renamed (fixture->topic, "source__numbers");
  g_assert_cmpstr (qs_topic_get_name (renamed), ==, "source__numbers");
  g_assert_true (qs_topic_get_key_serializer (renamed) == serializer);
  g_assert_true (qs_topic_get_value_serializer (renamed) == serializer);
  g_assert_cmpint (qs_topic_get_n_partitions (renamed), ==, 3);
  g_assert_cmpint (qs_topic_get_replication_factor (renamed), ==, 2);
  g_assert_cmpvariant (qs_topic_get_config (renamed), qs_topic_get_config (fixture->topic));
  g_assert_cmpstr (qs_topic_get_name (fixture->topic), ==, "numbers");
}

static void
test_serialize (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (QsMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A message has the serializers' bytes, the headers and the timestamp");

  qs_headers_append (headers, "h", NULL);
  message = qs_topic_serialize (fixture->topic,
                                g_variant_new_string ("range"),
                                g_variant_new_int32 (1),
                                headers,
                                1700,
                                &error);
  g_assert_no_error (error);
  assert_bytes (qs_message_get_key (message), "range");
  assert_bytes (qs_message_get_value (message), "1");
  g_assert_cmpuint (qs_headers_get_length (qs_message_get_headers (message)), ==, 1);
  g_assert_cmpint (qs_message_get_timestamp (message), ==, 1700);
  g_assert_cmpint (qs_message_get_partition (message), ==, -1);
}

static void
test_serialize_null (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsMessage) nulls = NULL;
  g_autoptr (QsMessage) empties = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("NULL is null, without a serializer; nothing is JSON's null, empty is empty");

  nulls = qs_topic_serialize (fixture->topic, NULL, NULL, NULL, 0, &error);
  g_assert_no_error (error);
  g_assert_null (qs_message_get_key (nulls));
  g_assert_null (qs_message_get_value (nulls));

  empties = qs_topic_serialize (fixture->topic,
                                g_variant_new_string (""),
                                g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL),
                                NULL,
                                0,
                                &error);
  g_assert_no_error (error);
  assert_bytes (qs_message_get_key (empties), "");
  assert_bytes (qs_message_get_value (empties), "null");
}

static void
test_serialize_fails (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("An error names the topic, and says whether it was the key or the value");

  message = qs_topic_serialize (
      fixture->topic, g_variant_new_int32 (1), g_variant_new_int32 (1), NULL, 0, &error);
  g_assert_null (message);
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE);
  g_assert_true (g_str_has_prefix (error->message, "Cannot serialize a key for topic 'numbers': "));

  g_clear_error (&error);
  message =
      qs_topic_serialize (fixture->topic, NULL, g_variant_new_bytestring ("x"), NULL, 0, &error);
  g_assert_null (message);
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE);
  g_assert_true (
      g_str_has_prefix (error->message, "Cannot serialize a value for topic 'numbers': "));
}

static void
test_negative_timestamp (Fixture *fixture, gconstpointer user_data)
{
  const gint64 timestamps[] = { -1, -7000, G_MININT64 };

  g_test_summary ("A negative timestamp is an error that names it, and milliseconds");

  for (guint i = 0; i < G_N_ELEMENTS (timestamps); i++)
    {
      g_autofree char *number = g_strdup_printf ("timestamp %" G_GINT64_FORMAT, timestamps[i]);
      g_autoptr (QsMessage) message = NULL;
      g_autoptr (QsMessage) of_json = NULL;
      g_autoptr (GError) error = NULL;

      message = qs_topic_serialize (fixture->topic, NULL, NULL, NULL, timestamps[i], &error);
      g_assert_null (message);
      g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_OUT_OF_RANGE);
      g_assert_nonnull (strstr (error->message, number));
      g_assert_nonnull (strstr (error->message, "milliseconds"));

      g_clear_error (&error);
      of_json =
          qs_topic_serialize_json (fixture->topic, NULL, 0, NULL, 0, NULL, timestamps[i], &error);
      g_assert_null (of_json);
      g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_OUT_OF_RANGE);
    }
}

static void
test_deserialize (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GBytes) key = g_bytes_new ("k", 1);
  g_autoptr (GBytes) value = g_bytes_new ("[1]", 3);
  g_autoptr (QsMessage) message = qs_message_new_received (key, value, NULL, 1700, "x", 3, 42);
  g_autoptr (QsMessage) tombstone = qs_message_new_received (NULL, NULL, NULL, 1700, "x", 3, 42);
  g_autoptr (QsRecord) record = NULL;
  g_autoptr (QsRecord) nothing = NULL;
  g_autoptr (GVariant) expected = g_variant_ref_sink (g_variant_new_parsed ("[<int64 1>]"));
  g_autoptr (GError) error = NULL;

  g_test_summary ("A record has the deserialized key and value; null is NULL");

  record = qs_topic_deserialize (fixture->topic, message, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_variant_get_type_string (qs_record_get_key (record)), ==, "ay");
  g_assert_cmpvariant (qs_record_get_value (record), expected);
  g_assert_cmpint (qs_record_get_offset (record), ==, 42);

  nothing = qs_topic_deserialize (fixture->topic, tombstone, &error);
  g_assert_no_error (error);
  g_assert_null (qs_record_get_key (nothing));
  g_assert_null (qs_record_get_value (nothing));
}

static void
test_deserialize_fails (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsSerializer) integer = qs_serializer_for_name ("integer", NULL);
  g_autoptr (GBytes) bytes = g_bytes_new ("{", 1);
  g_autoptr (QsMessage) message = qs_message_new_received (bytes, bytes, NULL, 0, "x", 3, 42);
  g_autoptr (QsRecord) record = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("An error names topic, partition, offset, and which of key and value it was");

  record = qs_topic_deserialize (fixture->topic, message, &error);
  g_assert_null (record);
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA);
  g_assert_true (g_str_has_prefix (error->message,
                                   "Cannot deserialize the value of the message in "
                                   "topic 'x', partition 3, offset 42: "));

  g_clear_error (&error);
  qs_topic_set_key_serializer (fixture->topic, integer);
  record = qs_topic_deserialize (fixture->topic, message, &error);
  g_assert_null (record);
  g_assert_true (
      g_str_has_prefix (error->message, "Cannot deserialize the key of the message in "));
}

static void
add (const char *path, void (*test) (Fixture *fixture, gconstpointer user_data))
{
  g_test_add (path, Fixture, NULL, fixture_set_up, test, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("/topic/defaults", test_defaults);
  add ("/topic/properties", test_properties);
  add ("/topic/zero-partitions", test_zero_partitions);
  add ("/topic/renamed", test_renamed);
  add ("/topic/serialize", test_serialize);
  add ("/topic/serialize/null", test_serialize_null);
  add ("/topic/serialize/fails", test_serialize_fails);
  add ("/topic/serialize/negative-timestamp", test_negative_timestamp);
  add ("/topic/deserialize", test_deserialize);
  add ("/topic/deserialize/fails", test_deserialize_fails);

  return g_test_run ();
}
