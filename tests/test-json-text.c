/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>
#include <string.h>

#include "qs-json-private.h"
#include "qs-json-text-private.h"
#include "slowness.h"

#define DEEP QS_JSON_MAX_TEXT_DEPTH

/* Texts that are right though no GVariant holds what they say. */
static const char *const beyond_variants[] = {
  "\"\\u0000\"",
  "{\"a\\u0000b\":1,\"a\":2}",
  "[1e999,-1e999]",
};

/* Texts, and the path that the error tells. */
static const struct
{
  const char *json;
  const char *path; /* NULL: none */
} places[] = {
  { "\"\\u0000\"", NULL },
  { "[1,\"\\u0000\"]", "(in [1])" },
  { "{\"a\":{\"b\":[0,1,{\"c\":\"x\\u0000\"}]}}", "(in a.b[2].c)" },
  { "{\"a\":1,\"b\\u0000\":2}", NULL },
  { "{\"x\":[{},[],{\"y\":1}],\"orders\":[{},{\"amount\":1x}]}", "(in orders[1].amount)" },
  { "{\"quo\\\"te\":[\"a,b]}\",\"\\u0000\"]}", "(in quo\\\"te[1])" },
  { "{\"a\":1 \"b\":2}", "(in a)" },
};

static gboolean
check (const char *text, GError **error)
{
  /* A copy of its own, so that a look beyond its end is seen. */
  gsize              length = strlen (text);
  g_autofree guint8 *copy = length > 0 ? g_memdup2 (text, length) : NULL;

  return qs_json_check (copy, length, error);
}

static void
test_beyond_variants (void)
{
  g_test_summary ("What a GVariant can't hold passes the check, and is refused as a value");

  for (gsize i = 0; i < G_N_ELEMENTS (beyond_variants); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = NULL;

      g_assert_true (check (beyond_variants[i], &error));
      g_assert_no_error (error);
      value = qs_json_from_string (beyond_variants[i], &error);
      g_assert_null (value);
      g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA);
    }
}

static void
test_places (void)
{
  g_test_summary ("An error tells the path to what is wrong");

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = qs_json_from_string (places[i].json, &error);

      g_assert_null (value);
      g_test_message ("%s: %s", places[i].json, error->message);
      if (places[i].path != NULL)
        g_assert_true (g_str_has_suffix (error->message, places[i].path));
      else
        g_assert_null (strstr (error->message, "(in "));
    }
}

static void
test_depth (void)
{
  g_autofree char *deep = g_malloc0 (2 * DEEP + 3);
  g_autoptr (GError) error = NULL;

  g_test_summary ("As many levels as promised, and not one more");

  memset (deep, '[', DEEP);
  memset (deep + DEEP, ']', DEEP);
  g_assert_true (check (deep, &error));
  g_assert_no_error (error);

  memset (deep, '[', DEEP + 1);
  memset (deep + DEEP + 1, ']', DEEP + 1);
  g_assert_false (check (deep, &error));
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA);
  g_assert_cmpuint (strlen (error->message), <, 300);
}

/* Parts that random texts are put together from. */
static const char *const parts[] = {
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  " ",
  "\"a\"",
  "\"\"",
  "\"\\n\"",
  "\"\\ud83d\\ude00\"",
  "1",
  "-",
  "0",
  ".5",
  "e+2",
  "true",
  "false",
  "null",
  "\"\\ud800\"",
  "\"ü\"",
  "\"\xff\"",
  "\\",
  "\"",
  "\t",
  "nul",
  "\x01",
};

static void
test_oracle (void)
{
  guint n_good = 0;

  g_test_summary ("The check and the reader agree on all but what only a GVariant can't hold");

  for (int i = 0; i < 300000; i += stride ())
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GVariant) value = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) check_error = NULL;

      for (int n = g_test_rand_int_range (1, 8); n > 0; n--)
        g_string_append (text, parts[g_test_rand_int_range (0, G_N_ELEMENTS (parts))]);

      value = qs_json_read ((const guint8 *) text->str, text->len, &error);
      n_good += value != NULL;
      if (error != NULL && strstr (error->message, "too large for a double") != NULL)
        continue;

      if (check (text->str, &check_error) != (value != NULL) ||
          (error != NULL && !g_str_equal (error->message, check_error->message)))
        g_error ("'%s': %s, %s",
                 text->str,
                 error != NULL ? error->message : "read",
                 check_error != NULL ? check_error->message : "passed");
    }
  g_assert_cmpuint (n_good, >, 1000);
}

static QsTopic *
new_topic (const char *key_format, const char *value_format)
{
  g_autoptr (QsTopic) topic = qs_topic_new ("t");
  g_autoptr (QsSerializer) key = qs_serializer_for_name (key_format, NULL);
  g_autoptr (QsSerializer) value = qs_serializer_for_name (value_format, NULL);

  qs_topic_set_key_serializer (topic, key);
  qs_topic_set_value_serializer (topic, value);

  return g_steal_pointer (&topic);
}

/* What a topic makes of a key and a value; lengths are those of the results. */
static const struct
{
  const char *format;
  const char *json;
  const char *bytes;
  gsize       length;
} made[] = {
  { "json", " {\"a\\u0000\":1e999} ", " {\"a\\u0000\":1e999} ", 19 },
  { "string", "\"a\\u0000b\"", "a\0b", 3 },
  { "bytes", " \"\\u0000\" ", "\0", 1 },
  { "bytes", "\"\"", "", 0 },
  { "integer", "258", "\0\0\1\2", 4 },
  { "double", "2", "\x40\0\0\0\0\0\0\0", 8 },
};

static void
test_topic (void)
{
  g_test_summary ("A topic takes a text and makes of it what its serializers say");

  for (gsize i = 0; i < G_N_ELEMENTS (made); i++)
    {
      g_autoptr (QsTopic) topic = new_topic (made[i].format, made[i].format);
      g_autoptr (GError) error = NULL;
      const guint8 *json = (const guint8 *) made[i].json;
      gsize         length = strlen (made[i].json);
      g_autoptr (QsMessage) message =
          qs_topic_serialize_json (topic, json, length, json, length, NULL, 7, &error);
      GBytes *value = NULL;

      g_assert_no_error (error);
      value = qs_message_get_value (message);
      g_assert_cmpmem (
          g_bytes_get_data (value, NULL), g_bytes_get_size (value), made[i].bytes, made[i].length);
      g_assert_true (g_bytes_equal (qs_message_get_key (message), value));
      g_assert_cmpint (qs_message_get_timestamp (message), ==, 7);
    }
}

static void
test_topic_refuses (void)
{
  g_autoptr (QsTopic) topic = new_topic ("integer", "json");
  g_autoptr (QsMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What a topic refuses says the topic, the part and the path");

  message = qs_topic_serialize_json (topic, NULL, 0, (guint8 *) "{\"a\":[x]}", 9, NULL, 0, &error);
  g_assert_null (message);
  g_assert_cmpstr (error->message,
                   ==,
                   "Cannot serialize a value for topic 't': Invalid JSON at byte 6: expected a "
                   "value, found 'x' (in a[0])");
  g_clear_error (&error);

  message = qs_topic_serialize_json (topic, (guint8 *) "\"k\"", 3, NULL, 0, NULL, 0, &error);
  g_assert_null (message);
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE);
  g_assert_nonnull (strstr (error->message, "a key for topic 't'"));
  g_clear_error (&error);

  message = qs_topic_serialize_json (topic, NULL, 0, NULL, 0, NULL, 0, &error);
  g_assert_no_error (error);
  g_assert_null (qs_message_get_value (message));
}

static void
test_values (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autofree char *text = NULL;

  g_test_summary ("Values become text and come back; floating ones are consumed");

  bytes = qs_json_to_bytes (g_variant_new_parsed ("{'a': <int64 1>}"), &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "{\"a\":1}", 7);

  value = qs_json_from_bytes (bytes, &error);
  g_assert_no_error (error);
  text = qs_json_to_string (value, &error);
  g_assert_cmpstr (text, ==, "{\"a\":1}");

  g_assert_null (qs_json_to_string (g_variant_new_bytestring ("x"), &error));
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE);
}

static void
test_names (void)
{
  static const char *const names[] = { "bytes", "string", "integer", "double", "json" };

  g_test_summary ("A serializer knows the name that makes it");

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (QsSerializer) serializer = qs_serializer_for_name (names[i], NULL);

      g_assert_cmpstr (qs_serializer_get_name (serializer), ==, names[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/json-text/beyond-variants", test_beyond_variants);
  g_test_add_func ("/json-text/places", test_places);
  g_test_add_func ("/json-text/depth", test_depth);
  g_test_add_func ("/json-text/oracle", test_oracle);
  g_test_add_func ("/json-text/topic", test_topic);
  g_test_add_func ("/json-text/topic/refuses", test_topic_refuses);
  g_test_add_func ("/json-text/values", test_values);
  g_test_add_func ("/json-text/names", test_names);

  return g_test_run ();
}
