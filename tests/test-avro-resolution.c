/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-avro-codec-private.h"
#include "qs-avro-resolution-private.h"
#include "qs-serialization-error.h"

#include <pthread.h>
#include <string.h>

#define RECORD(fields) "{\"type\":\"record\",\"name\":\"n.R\",\"fields\":[" fields "]}"
#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"
#define DEFAULT(name, type, value) "{\"name\":\"" name "\",\"type\":" type ",\"default\":" value "}"
#define ALIAS(name, type, alias)                                                                   \
  "{\"name\":\"" name "\",\"type\":" type ",\"aliases\":[\"" alias "\"]}"
#define ENUM(name, symbols, more)                                                                  \
  "{\"type\":\"enum\",\"name\":\"" name "\",\"symbols\":[" symbols "]" more "}"
#define FIXED(name, size, more) "{\"type\":\"fixed\",\"name\":\"" name "\",\"size\":" size more "}"
#define ARRAY(items) "{\"type\":\"array\",\"items\":" items "}"
#define MAP(values) "{\"type\":\"map\",\"values\":" values "}"
#define DECIMAL(scale)                                                                             \
  "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":9,\"scale\":" scale "}"
#define TIME(unit) "{\"type\":\"long\",\"logicalType\":\"timestamp-" unit "\"}"
#define INNER(type) "{\"type\":\"record\",\"name\":\"I\",\"fields\":[" FIELD ("b", type) "]}"
#define ALL                                                                                                                           \
  "{\"type\":\"record\",\"name\":\"All\",\"fields\":[" FIELD ("a", ARRAY ("\"int\"")) "," FIELD ("b", MAP ("\"string\"")) "," FIELD ( \
      "c",                                                                                                                            \
      FIXED (                                                                                                                         \
          "F",                                                                                                                        \
          "2",                                                                                                                        \
          "")) "," FIELD ("d",                                                                                                        \
                          "\"float\"") "," FIELD ("e",                                                                                \
                                                  "\"double\"") "," FIELD ("f",                                                       \
                                                                           "\"boolean\"") "," FIELD ("g",                             \
                                                                                                     ENUM (                           \
                                                                                                         "E",                         \
                                                                                                         "\"X\",\"Y\"",               \
                                                                                                         "")) "," FIELD ("h",         \
                                                                                                                         "[\"null\",\"string\"]") "]}"
#define LIST(more)                                                                                 \
  "{\"type\":\"record\",\"name\":\"L\",\"fields\":[{\"name\":\"next\",\"type\":[\"null\","         \
  "\"L\"]}" more "]}"

/* The writer's schema and the reader's, a value in GVariant's text format that the one writes,
 * and what the other one reads; or a part of the error. */
static const struct
{
  const char *written;
  const char *wanted;
  const char *value;
  const char *read;
  const char *error;
} cases[] = {
  /* Promotions. */
  { "\"int\"", "\"long\"", "int64 7", "int64 7", NULL },
  { "\"int\"", "\"float\"", "int64 7", "7.0", NULL },
  { "\"int\"", "\"double\"", "int64 -7", "-7.0", NULL },
  { "\"long\"", "\"float\"", "int64 7", "7.0", NULL },
  { "\"long\"", "\"double\"", "int64 7", "7.0", NULL },
  { "\"float\"", "\"double\"", "1.5", "1.5", NULL },
  { "\"string\"", "\"bytes\"", "'ab'", "[byte 0x61, 0x62]", NULL },
  { "\"bytes\"", "\"string\"", "[byte 0x61]", "'a'", NULL },
  { "\"bytes\"", "\"string\"", "[byte 0xff]", NULL, "a string is not UTF-8" },
  { "\"long\"", "\"int\"", "int64 7", NULL, "expected int, but it was written as long" },
  { "\"double\"", "\"float\"", "7.0", NULL, "expected float, but it was written as double" },
  { "\"string\"", "\"int\"", "'7'", NULL, "expected int, but it was written as string" },
  { "\"null\"",
    "\"boolean\"",
    "@mv nothing",
    NULL,
    "expected boolean, but it was written as null" },
  /* Fields that are gone, new, renamed, in another order. */
  { RECORD (FIELD ("a", "\"int\"") "," FIELD ("b", "\"string\"")),
    RECORD (FIELD ("b", "\"string\"")),
    "{'a': <1>, 'b': <'x'>}",
    "{'b': <'x'>}",
    NULL },
  { RECORD (FIELD ("a", "\"int\"")),
    RECORD (DEFAULT ("b", "[\"null\",\"string\"]", "null") "," FIELD ("a", "\"long\"")),
    "{'a': <1>}",
    "{'a': <int64 1>, 'b': <@mv nothing>}",
    NULL },
  { RECORD (""),
    RECORD (DEFAULT ("b", ARRAY (MAP ("\"bytes\"")), "[{\"k\":\"\\u00ff\"}]")),
    "@a{sv} {}",
    "{'b': <[<{'k': <[byte 0xff]>}>]>}",
    NULL },
  { RECORD (""),
    RECORD (FIELD ("b", "\"long\"")),
    "@a{sv} {}",
    NULL,
    "b: was not written, and the reader's schema has no default for this long" },
  { RECORD (""),
    RECORD (DEFAULT ("b", "\"long\"", "\"x\"")),
    "@a{sv} {}",
    NULL,
    "b: the reader's default does not fit: expected long, got string" },
  { RECORD (FIELD ("old", "\"int\"")),
    RECORD (ALIAS ("new", "\"double\"", "old")),
    "{'old': <1>}",
    "{'new': <1.0>}",
    NULL },
  { RECORD (FIELD ("new", "\"int\"") "," FIELD ("old", "\"int\"")),
    RECORD (ALIAS ("new", "\"int\"", "old")),
    "{'new': <1>, 'old': <2>}",
    "{'new': <int64 1>}",
    NULL },
  { "{\"type\":\"record\",\"name\":\"a.Old\",\"fields\":[]}",
    "{\"type\":\"record\",\"name\":\"b.New\",\"aliases\":[\"a.Old\"],\"fields\":[]}",
    "@a{sv} {}",
    "@a{sv} {}",
    NULL },
  { "{\"type\":\"record\",\"name\":\"a.Old\",\"fields\":[]}",
    RECORD (""),
    "@a{sv} {}",
    NULL,
    "expected record n.R, but it was written as record a.Old" },
  { RECORD (FIELD ("a", ARRAY (INNER ("\"string\"")))),
    RECORD (FIELD ("a", ARRAY (INNER ("\"long\"")))),
    "{'a': <[<{'b': <'x'>}>]>}",
    NULL,
    "a[0].b: expected long, but it was written as string" },
  { RECORD (FIELD ("a", ARRAY (INNER ("\"string\"")))),
    RECORD (FIELD ("a", ARRAY (INNER ("\"long\"")))),
    "{'a': <@av []>}",
    "{'a': <@av []>}",
    NULL },
  /* What is skipped isn't looked at: bytes that no string has, and what lies too deep. */
  { RECORD (FIELD ("a", "\"bytes\"") "," FIELD ("b", "\"int\"")),
    RECORD (FIELD ("b", "\"int\"")),
    "{'a': <[byte 0xff]>, 'b': <1>}",
    "{'b': <int64 1>}",
    NULL },
  { RECORD (FIELD ("a", ALL) "," FIELD ("b", "\"int\"")),
    RECORD (FIELD ("b", "\"int\"")),
    "{'a': <{'a': <[<1>, <2>]>, 'b': <{'k': <'v'>}>, 'c': <[byte 1, 2]>, 'd': <1.0>, 'e': <2.0>, "
    "'f': <true>, 'g': <'Y'>, 'h': <'u'>}>, 'b': <1>}",
    "{'b': <int64 1>}",
    NULL },
  /* Enums, fixed, arrays and maps. */
  { ENUM ("a.E", "\"X\",\"Y\"", ""), ENUM ("b.E", "\"Y\"", ""), "'Y'", "'Y'", NULL },
  { ENUM ("E", "\"X\",\"Y\"", ""),
    ENUM ("E", "\"Y\"", ""),
    "'X'",
    NULL,
    "enum E has no 'X', which was written, and no default" },
  { ENUM ("E", "\"X\",\"Y\"", ""),
    ENUM ("E", "\"Y\",\"Z\"", ",\"default\":\"Z\""),
    "'X'",
    "'Z'",
    NULL },
  { ENUM ("E", "\"X\"", ""),
    ENUM ("F", "\"X\"", ""),
    "'X'",
    NULL,
    "expected enum F, but it was written as enum E" },
  { FIXED ("F", "2", ""),
    FIXED ("G", "2", ",\"aliases\":[\"F\"]"),
    "[byte 1, 2]",
    "[byte 1, 2]",
    NULL },
  { FIXED ("F", "2", ""),
    FIXED ("F", "3", ""),
    "[byte 1, 2]",
    NULL,
    "expected fixed F of 3 bytes, but it was written as fixed F of 2 bytes" },
  { ARRAY ("\"int\""), ARRAY ("\"double\""), "[1]", "[<1.0>]", NULL },
  { MAP ("\"int\""), MAP ("\"long\""), "{'k': <1>}", "{'k': <int64 1>}", NULL },
  { MAP ("\"int\""),
    MAP ("\"string\""),
    "@a{sv} {}",
    NULL,
    "expected map of string, but it was written as map of int" },
  { MAP ("\"int\""), ARRAY ("\"int\""), "{'k': <1>}", NULL, "expected array of int, but it was" },
  /* Unions: the branch that was written, and the first one that takes it. */
  { "[\"null\",\"int\"]", "\"int\"", "1", "int64 1", NULL },
  { "[\"null\",\"int\"]",
    "\"int\"",
    "@mv nothing",
    NULL,
    "expected int, but it was written as null" },
  { "\"int\"", "[\"null\",\"int\"]", "1", "int64 1", NULL },
  { "\"int\"", "[\"null\",\"double\",\"long\"]", "1", "1.0", NULL },
  { "\"int\"", "[\"double\",\"int\"]", "1", "int64 1", NULL },
  { "\"string\"", "[\"bytes\",\"string\"]", "'x'", "'x'", NULL },
  { "\"string\"",
    "[\"null\",\"int\"]",
    "'x'",
    NULL,
    "expected union of null, int, but it was written as string" },
  { "[\"int\",\"string\"]", "[\"string\",\"long\"]", "1", "int64 1", NULL },
  { "[\"int\",\"string\"]", "[\"null\",\"long\"]", "1", "int64 1", NULL },
  { "[\"int\",\"string\"]",
    "[\"null\",\"long\"]",
    "'x'",
    NULL,
    "expected union of null, long, but" },
  { ARRAY ("[\"int\",\"string\"]"), ARRAY ("\"long\""), "[<1>]", "[<int64 1>]", NULL },
  { ARRAY ("[\"int\",\"string\"]"),
    ARRAY ("\"long\""),
    "[<1>, <'x'>]",
    NULL,
    "[1]: expected long" },
  /* Logical types: what would be another number is refused. */
  { DECIMAL ("2"), DECIMAL ("2"), "'1.25'", "'1.25'", NULL },
  { DECIMAL ("2"),
    DECIMAL ("3"),
    "'1.25'",
    NULL,
    "expected bytes (decimal of scale 3), but it was written as bytes (decimal of scale 2)" },
  { DECIMAL ("2"), "\"bytes\"", "'1.25'", "[byte 0x7d]", NULL },
  { DECIMAL ("2"), "\"string\"", "'1.25'", NULL, "expected string, but it was written as bytes" },
  { "\"bytes\"", DECIMAL ("2"), "[byte 0x7d]", "'1.25'", NULL },
  { TIME ("millis"),
    TIME ("micros"),
    "int64 1",
    NULL,
    "expected long (timestamp-micros), but it was" },
  { TIME ("millis"), "\"long\"", "int64 1", "int64 1", NULL },
  { "\"long\"", TIME ("millis"), "int64 1", "int64 1", NULL },
  { TIME ("millis"), "\"double\"", "int64 1", "1.0", NULL },
  /* Types that lie in themselves. */
  { LIST (""),
    LIST (",{\"name\":\"a\",\"type\":\"int\",\"default\":3}"),
    "{'next': <{'next': <@mv nothing>}>}",
    "{'next': <{'next': <@mv nothing>, 'a': <int64 3>}>, 'a': <int64 3>}",
    NULL },
  { LIST (",{\"name\":\"a\",\"type\":\"int\"}"),
    LIST (""),
    "{'next': <{'next': <@mv nothing>, 'a': <3>}>, 'a': <3>}",
    "{'next': <{'next': <@mv nothing>}>}",
    NULL },
};

static QsAvroSchema *
parse_schema (const char *text)
{
  g_autoptr (GError) error = NULL;
  QsAvroSchema *schema = qs_avro_schema_new (text, NULL, &error);

  g_assert_no_error (error);

  return schema;
}

static void
check (const char *written,
       const char *wanted,
       const char *value,
       const char *read,
       const char *failure)
{
  g_autoptr (QsAvroSchema) writer = parse_schema (written);
  g_autoptr (QsAvroSchema) reader = parse_schema (wanted);
  g_autoptr (QsAvroResolution) resolution = qs_avro_resolution_new (writer, reader);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) given = g_variant_parse (NULL, value, NULL, NULL, &error);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GVariant) got = NULL;
  g_autoptr (GVariant) expected = NULL;

  g_assert_no_error (error);
  qs_avro_encode (qs_avro_schema_get_root (writer), given, out, &error);
  g_assert_no_error (error);
  got = qs_avro_decode (qs_avro_resolution_get_root (resolution), out->data, out->len, &error);

  if (failure != NULL)
    {
      g_assert_null (got);
      g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA);
      if (strstr (error->message, failure) == NULL)
        g_error ("'%s' should have '%s'", error->message, failure);
      return;
    }
  g_assert_no_error (error);
  expected = g_variant_parse (NULL, read, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpvariant (got, expected);
}

static void
test_cases (void)
{
  g_test_summary ("What one schema has written is read as another one wants it");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s as %s: %s", cases[i].written, cases[i].wanted, cases[i].value);
      check (cases[i].written, cases[i].wanted, cases[i].value, cases[i].read, cases[i].error);
    }
}

static void *
resolve (void *data)
{
  QsAvroSchema **schemas = data;
  g_autoptr (QsAvroResolution) resolution = qs_avro_resolution_new (schemas[0], schemas[1]);

  g_assert_nonnull (qs_avro_resolution_get_root (resolution));

  return NULL;
}

static void
test_deep_types (void)
{
  g_autoptr (GString) text = g_string_new ("[{\"type\":\"record\",\"name\":\"R0\",\"fields\":[]}");
  g_autoptr (QsAvroSchema) writer = NULL;
  g_autoptr (QsAvroSchema) reader = NULL;
  QsAvroSchema  *schemas[2];
  pthread_attr_t attributes;
  pthread_t      thread;

  g_test_summary ("Types that lie in each other 5000 deep need no stack");

  for (guint i = 1; i < 5000; i++)
    g_string_append_printf (text,
                            ",{\"type\":\"record\",\"name\":\"R%u\",\"fields\":[{\"name\":\"a\","
                            "\"type\":\"R%u\"}]}",
                            i,
                            i - 1);
  g_string_append (text, "]");
  writer = parse_schema (text->str);
  reader = parse_schema (text->str);

  schemas[0] = writer;
  schemas[1] = reader;
  pthread_attr_init (&attributes);
  pthread_attr_setstacksize (&attributes, 256 * 1024);
  g_assert_cmpint (pthread_create (&thread, &attributes, resolve, schemas), ==, 0);
  g_assert_cmpint (pthread_join (thread, NULL), ==, 0);
  pthread_attr_destroy (&attributes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/avro-resolution/cases", test_cases);
  g_test_add_func ("/avro-resolution/deep-types", test_deep_types);

  return g_test_run ();
}
