/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-headers.h"
#include "qs-message-private.h"
#include "qs-record-private.h"

static void
test_full (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new ("x", 1);
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (QsMessage) message = NULL;
  g_autoptr (GVariant) key = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (QsHeaders) got_headers = NULL;
  g_autofree char *topic = NULL;
  QsRecord        *record;
  gint64           timestamp;
  gint64           offset;
  int              partition;

  g_test_summary ("A record is its message, with key and value as values");

  qs_headers_append (headers, "h", bytes);
  message = qs_message_new_received (bytes, bytes, headers, 1700, "numbers", 3, 42);
  record = qs_record_new (message, g_variant_new_string ("k"), g_variant_new_int64 (5));

  g_assert_cmpstr (g_variant_get_string (qs_record_get_key (record), NULL), ==, "k");
  g_assert_cmpint (g_variant_get_int64 (qs_record_get_value (record)), ==, 5);
  g_assert_cmpstr (qs_headers_get_name (qs_record_get_headers (record), 0), ==, "h");
  g_assert_cmpint (qs_record_get_timestamp (record), ==, 1700);
  g_assert_cmpstr (qs_record_get_topic (record), ==, "numbers");
  g_assert_cmpint (qs_record_get_partition (record), ==, 3);
  g_assert_cmpint (qs_record_get_offset (record), ==, 42);

  g_object_get (record,
                "key",
                &key,
                "value",
                &value,
                "headers",
                &got_headers,
                "timestamp",
                &timestamp,
                "topic",
                &topic,
                "partition",
                &partition,
                "offset",
                &offset,
                NULL);
  g_assert_true (key == qs_record_get_key (record));
  g_assert_true (value == qs_record_get_value (record));
  g_assert_cmpuint (qs_headers_get_length (got_headers), ==, 1);
  g_assert_cmpint (timestamp, ==, 1700);
  g_assert_cmpstr (topic, ==, "numbers");
  g_assert_cmpint (partition, ==, 3);
  g_assert_cmpint (offset, ==, 42);

  g_assert_finalize_object (record);
}

static void
test_null (void)
{
  g_autoptr (QsMessage) message = qs_message_new (NULL, NULL, NULL, 0, -1);
  QsRecord *record = qs_record_new (message, NULL, NULL);

  g_test_summary ("A null key, a null value and no headers are NULL");

  g_assert_null (qs_record_get_key (record));
  g_assert_null (qs_record_get_value (record));
  g_assert_null (qs_record_get_headers (record));
  g_assert_null (qs_record_get_topic (record));
  g_assert_cmpint (qs_record_get_partition (record), ==, -1);

  g_assert_finalize_object (record);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/record/full", test_full);
  g_test_add_func ("/record/null", test_null);

  return g_test_run ();
}
