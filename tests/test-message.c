/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-headers.h"
#include "qs-message-private.h"

static void
test_made (void)
{
  g_autoptr (GBytes) key = g_bytes_new_static ("key", 3);
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (QsMessage) message = NULL;

  g_test_summary ("A message to be produced has no topic and no offset, and headers of its own");

  qs_headers_append (headers, "a", NULL);
  message = qs_message_new (key, NULL, headers, 17, 3);
  qs_headers_append (headers, "b", NULL);

  g_assert_true (qs_message_get_key (message) == key);
  g_assert_null (qs_message_get_value (message));
  g_assert_cmpuint (qs_headers_get_length (qs_message_get_headers (message)), ==, 1);
  g_assert_cmpint (qs_message_get_timestamp (message), ==, 17);
  g_assert_cmpint (qs_message_get_partition (message), ==, 3);
  g_assert_null (qs_message_get_topic (message));
  g_assert_cmpint (qs_message_get_offset (message), ==, -1);

  g_assert_finalize_object (g_steal_pointer (&message));
}

static void
test_received (void)
{
  g_autoptr (GBytes) value = g_bytes_new_static ("", 0);
  g_autoptr (QsMessage) message = NULL;
  g_autofree char *topic = NULL;
  gint64           offset = 0;
  int              partition = 0;

  g_test_summary ("A message that was read knows where, also by its properties");

  message = qs_message_new_received (NULL, value, NULL, -1, "topic", 2, G_MAXINT64);
  g_object_get (message, "topic", &topic, "partition", &partition, "offset", &offset, NULL);

  g_assert_null (qs_message_get_key (message));
  g_assert_cmpuint (g_bytes_get_size (qs_message_get_value (message)), ==, 0);
  g_assert_null (qs_message_get_headers (message));
  g_assert_cmpint (qs_message_get_timestamp (message), ==, -1);
  g_assert_cmpstr (topic, ==, "topic");
  g_assert_cmpint (partition, ==, 2);
  g_assert_cmpint (offset, ==, G_MAXINT64);
}

static void
test_defaults (void)
{
  g_autoptr (QsMessage) message = g_object_new (QS_TYPE_MESSAGE, NULL);

  g_test_summary ("An empty message is one of now, its partition chosen by key");

  g_assert_null (qs_message_get_key (message));
  g_assert_null (qs_message_get_value (message));
  g_assert_cmpint (qs_message_get_timestamp (message), ==, 0);
  g_assert_cmpint (qs_message_get_partition (message), ==, -1);
  g_assert_cmpint (qs_message_get_offset (message), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/message/made", test_made);
  g_test_add_func ("/message/received", test_received);
  g_test_add_func ("/message/defaults", test_defaults);

  return g_test_run ();
}
