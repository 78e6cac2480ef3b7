/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>
#include <string.h>

#define ORDERS                                                                                     \
  "{\"type\":\"object\",\"required\":[\"orders\"],\"additionalProperties\":false,\"properties\":{" \
  "\"orders\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"amount\":{"     \
  "\"type\":\"integer\",\"minimum\":0}}}}}}"

static const struct
{
  const char *schema;
  const char *value; /* in GVariant's text format */
  const char *error; /* NULL: it fits */
} checked[] = {
  { ORDERS, "{'orders': <[{'amount': <int64 1>}]>}", NULL },
  { ORDERS, "{'orders': <[{'amount': <1>}, {'amount': <'x'>}]>}", "orders[1].amount: " },
  { ORDERS, "{'orders': <[{'amount': <-1>}]>}", "orders[0].amount: " },
  { ORDERS, "@a{sv} {}", "orders" },
  { ORDERS, "{'orders': <@av []>, 'more': <1>}", "more" },
  { "{\"type\":\"string\",\"pattern\":\"^a+$\"}", "'aa'", NULL },
  { "{\"type\":\"string\",\"pattern\":\"^a+$\"}", "'ab'", "pattern" },
  { "{\"type\":[\"number\",\"null\"]}", "@mv nothing", NULL },
  { "true", "'a'", NULL },
  { "{\"type\":\"integer\"}", "3.0", NULL },
  { "{\"type\":\"integer\"}", "3.5", "type" },
  { "{\"enum\":[3]}", "3.0", NULL },
  { "{\"type\":\"number\"}", "3.0", NULL },
};

/* What is no schema, and what says so. */
static const struct
{
  const char *schema;
  const char *error;
} invalid[] = {
  { "{", "Invalid JSON Schema: Invalid JSON" },
  { "1", "Invalid JSON Schema: it is neither an object nor a boolean" },
#ifdef QS_HAVE_VALIJSON
  { "{\"type\":\"lang\"}", "Invalid JSON Schema: " },
  { "{\"$ref\":\"http://127.0.0.1:1/a.json\"}", "Invalid JSON Schema: " },
  { "{\"$ref\":\"a\"}", "Invalid JSON Schema: it refers to 'a', which does not exist" },
  { "{\"$ref\":\"#\"}", "Invalid JSON Schema: a schema refers to itself" },
  { "{\"anyOf\":[{\"type\":\"null\"},{\"not\":{\"$ref\":\"#\"}}]}",
    "Invalid JSON Schema: a schema refers to itself" },
  { "{\"$ref\":\"#/definitions/a\",\"definitions\":{\"a\":{\"$ref\":\"#/definitions/b\"},"
    "\"b\":{\"if\":{\"$ref\":\"#/definitions/a\"}}}}",
    "Invalid JSON Schema: a schema refers to itself" },
#endif
};

static GBytes *
serialize_text (QsJsonSchemaSerializer *serializer, const char *text, GError **error)
{
  g_autoptr (GVariant) value = g_variant_parse (NULL, text, NULL, NULL, error);

  g_assert_nonnull (value);

  return qs_serializer_serialize (QS_SERIALIZER (serializer), value, error);
}

static void
test_checked (void)
{
  g_test_summary ("What doesn't fit its schema is neither written nor read, and the path is told");

#ifndef QS_HAVE_VALIJSON
  g_test_skip ("built without valijson");
  return;
#endif
  for (gsize i = 0; i < G_N_ELEMENTS (checked); i++)
    {
      g_autoptr (QsJsonSchemaSerializer) serializer =
          qs_json_schema_serializer_new (checked[i].schema, NULL);
      g_autoptr (GVariant) value = g_variant_parse (NULL, checked[i].value, NULL, NULL, NULL);
      g_autoptr (GBytes) json = qs_json_to_bytes (value, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) read_error = NULL;
      g_autoptr (GBytes) bytes =
          qs_serializer_serialize (QS_SERIALIZER (serializer), value, &error);
      g_autoptr (GVariant) read =
          qs_serializer_deserialize (QS_SERIALIZER (serializer), json, &read_error);

      g_test_message ("%s: %s", checked[i].schema, checked[i].value);
      if (checked[i].error == NULL)
        {
          g_assert_no_error (error);
          g_assert_no_error (read_error);
          g_assert_true (g_bytes_equal (bytes, json));
          continue;
        }
      g_assert_null (bytes);
      g_assert_null (read);
      g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE);
      g_assert_error (read_error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA);
      if (strstr (error->message, checked[i].error) == NULL)
        g_error ("'%s' should have '%s'", error->message, checked[i].error);
      g_assert_cmpstr (read_error->message, ==, error->message);
    }
}

static void
test_invalid (void)
{
  g_test_summary ("What is no schema is an error that says so");

  for (gsize i = 0; i < G_N_ELEMENTS (invalid); i++)
    {
      g_autoptr (QsJsonSchemaSerializer) serializer =
          qs_json_schema_serializer_new (invalid[i].schema, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = serialize_text (serializer, "'a'", &error);

      g_assert_null (bytes);
      if (!g_str_has_prefix (error->message, invalid[i].error))
        g_error ("'%s' should begin with '%s'", error->message, invalid[i].error);
    }
}

static void
test_alike (void)
{
  static const char schema[] =
      "{\"anyOf\":[{\"properties\":{\"a\":{\"$ref\":\"#\"},\"b\":{\"type\":\"integer\"}}},"
      "{\"properties\":{\"a\":{\"$ref\":\"#\"},\"b\":{\"type\":\"string\"}}}]}";
  g_autoptr (QsJsonSchemaSerializer) serializer = qs_json_schema_serializer_new (schema, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_parsed ("{'b': <true>}"));
  g_autoptr (GBytes) bytes = NULL;

  g_test_summary ("What would be checked in 2^30 ways is refused in time");

#ifndef QS_HAVE_VALIJSON
  g_test_skip ("built without valijson");
  return;
#endif
  for (guint i = 0; i < 30; i++)
    {
      g_autoptr (GVariant) inner = g_steal_pointer (&value);

      value = g_variant_ref_sink (g_variant_new_parsed ("{'b': <'x'>, 'a': <%v>}", inner));
    }
  bytes = qs_serializer_serialize (QS_SERIALIZER (serializer), value, &error);
  g_assert_null (bytes);
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE);
  g_assert_nonnull (strstr (error->message, "too many steps"));
}

static void
test_unchecked (void)
{
  g_autoptr (QsJsonSchemaSerializer) serializer =
      g_object_new (QS_TYPE_JSON_SCHEMA_SERIALIZER, "schema", ORDERS, "validate", FALSE, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = serialize_text (serializer, "'a'", &error);
  g_autoptr (GVariant) value = NULL;

  g_test_summary ("Without 'validate' all is written and read");

  g_assert_no_error (error);
  value = qs_serializer_deserialize (QS_SERIALIZER (serializer), bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_variant_get_string (value, NULL), ==, "a");
}

static void
test_absent (void)
{
  g_autoptr (QsJsonSchemaSerializer) serializer = qs_json_schema_serializer_new (ORDERS, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = serialize_text (serializer, "'a'", &error);

  g_test_summary ("A library that can't check says so, and what to do; one that can, checks");

  g_assert_null (bytes);
#ifdef QS_HAVE_VALIJSON
  g_assert_null (strstr (error->message, "valijson"));
#else
  g_assert_nonnull (strstr (error->message, "-Djsonschema=enabled"));
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/json-schema/checked", test_checked);
  g_test_add_func ("/json-schema/invalid", test_invalid);
  g_test_add_func ("/json-schema/alike", test_alike);
  g_test_add_func ("/json-schema/unchecked", test_unchecked);
  g_test_add_func ("/json-schema/absent", test_absent);

  return g_test_run ();
}
