/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>
#include <string.h>

#include "slowness.h"
#include "values.h"

#ifdef QS_HAVE_AVRO
#define HAS_AVRO TRUE
#else
#define HAS_AVRO FALSE
#endif

/* Schemas, values in GVariant's text format, what they are in Avro, and what is read. */
static const struct
{
  const char *schema;
  const char *value;
  const char *bytes; /* hexadecimal */
  const char *read;  /* NULL: the same as value */
} written[] = {
  { "\"null\"", "@mv nothing", "", NULL },
  { "\"boolean\"", "true", "01", NULL },
  { "\"int\"", "int64 -64", "7f", NULL },
  { "\"int\"", "byte 0x01", "02", "int64 1" },
  { "\"long\"", "int64 -9223372036854775808", "ffffffffffffffffff01", NULL },
  { "\"long\"", "int64 9223372036854775807", "feffffffffffffffff01", NULL },
  { "\"float\"", "1.5", "0000c03f", NULL },
  { "\"double\"", "1.5", "000000000000f83f", NULL },
  { "\"double\"", "2", "0000000000000040", "2.0" },
  { "\"bytes\"", "[byte 0x00, 0xff]", "0400ff", NULL },
  { "\"string\"", "'ü'", "04c3bc", NULL },
  { "{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}", "[byte 0x01, 0x02]", "0102", NULL },
  { "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}", "'B'", "02", NULL },
  { "{\"type\":\"array\",\"items\":\"int\"}", "[<int64 1>, <int64 2>]", "04020400", NULL },
  { "{\"type\":\"array\",\"items\":\"int\"}", "@ai []", "00", "@av []" },
  { "{\"type\":\"map\",\"values\":\"int\"}", "{'a': <int64 1>}", "0202610200", NULL },
  { "[\"null\",\"string\"]", "'a'", "020261", NULL },
  { "[\"null\",\"string\"]", "@ms nothing", "00", "@mv nothing" },
  /* The branch that fits exactly, then by widening. */
  { "[\"double\",\"long\"]", "int64 1", "0202", NULL },
  { "[\"string\",\"double\"]", "int64 1", "02000000000000f03f", "1.0" },
  { "[\"float\",\"double\"]", "0.1", "029a9999999999b93f", NULL },
  { "[\"float\",\"double\"]", "0.5", "000000003f", NULL },
  { "[{\"type\":\"array\",\"items\":\"int\"},\"bytes\"]", "[byte 0x39]", "020239", NULL },
  { "[{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":3},\"int\"]",
    "int64 5",
    "020a",
    NULL },
  /* Defaults: bytes are texts, of which one has a NUL, and of a union the first branch is meant. */
  { "{\"type\":\"record\",\"name\":\"R\",\"fields\":["
    "{\"name\":\"a\",\"type\":\"bytes\",\"default\":\"\\u0000\\u00ff\"},"
    "{\"name\":\"b\",\"type\":[\"double\",\"long\"],\"default\":1},"
    "{\"name\":\"c\",\"type\":{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4,"
    "\"scale\":2},\"default\":\"\\u0005\"},"
    "{\"name\":\"d\",\"type\":{\"type\":\"map\",\"values\":{\"type\":\"fixed\",\"name\":\"F\","
    "\"size\":1}},\"default\":{\"k\":\"\\u0001\"}}]}",
    "@a{sv} {}",
    "0400ff"
    "00000000000000f03f"
    "0205"
    "02026b0100",
    "{'a': <[byte 0x00, 0xff]>, 'b': <1.0>, 'c': <'0.05'>, 'd': <{'k': <[byte 0x01]>}>}" },
  { "{\"type\":\"record\",\"name\":\"n.R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},"
    "{\"name\":\"b\",\"type\":\"string\",\"default\":\"x\"},"
    "{\"name\":\"c\",\"type\":[\"null\",\"R\"]}]}",
    "{'a': <int64 1>, 'c': <{'a': <int64 2>, 'b': <'y'>}>}",
    "0202780204027900",
    "{'a': <int64 1>, 'b': <'x'>, 'c': <{'a': <int64 2>, 'b': <'y'>, 'c': <@mv nothing>}>}" },
  { "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},"
    "{\"name\":\"b\",\"type\":\"string\"}]}",
    "(1, 'y')",
    "020279",
    "{'a': <int64 1>, 'b': <'y'>}" },
  { "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":6,\"scale\":2}",
    "'-12.5'",
    "04fb1e",
    "'-12.50'" },
  { "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":6,\"scale\":0}",
    "-128",
    "0280",
    "'-128'" },
  { "{\"type\":\"fixed\",\"name\":\"D\",\"size\":4,\"logicalType\":\"decimal\",\"scale\":1}",
    "5",
    "00000032",
    "'5.0'" },
  { "{\"type\":\"int\",\"logicalType\":\"date\"}", "'1970-01-03'", "04", "int64 2" },
  { "{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}",
    "'1970-01-01T00:00:01.002Z'",
    "d40f",
    "int64 1002" },
};

#define ORDERS                                                                                     \
  "{\"type\":\"record\",\"name\":\"O\",\"fields\":[{\"name\":\"orders\",\"type\":{\"type\":"       \
  "\"array\",\"items\":{\"type\":\"record\",\"name\":\"I\",\"fields\":[{\"name\":\"amount\","      \
  "\"type\":\"long\"}]}}}]}"

static const struct
{
  const char *schema;
  const char *value;
  const char *error;
} refused[] = {
  { ORDERS,
    "{'orders': <[<{'amount': <int64 1>}>, <{'amount': <'x'>}>]>}",
    "orders[1].amount: expected long, got string" },
  { ORDERS, "{'orders': <[<@a{sv} {}>]>}", "orders[0].amount: is missing" },
  { ORDERS, "{'order': <1>}", "order: record O has no such field" },
  { "\"int\"", "int64 2147483648", "2147483648 is out of the range of int" },
  { "\"string\"", "@mv nothing", "expected string, got null" },
  { "\"string\"", "[byte 0x61]", "expected string, got bytes" },
  { "[\"null\",\"int\"]", "'x'", "expected int, got string" },
  { "[\"boolean\",\"int\"]", "'x'", "no branch of the union accepts string" },
  { "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}", "'B'", "enum E has no 'B'" },
  { "{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}",
    "[byte 0x01]",
    "expected 2 bytes for F, got 1" },
  { "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"scale\":1}",
    "'1.25'",
    "is not a decimal of scale 1" },
  { "{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}",
    "'today'",
    "is not a time in ISO 8601" },
  { "\"lang\"", "1", "there is no type 'lang'" },
  { "{\"type\":\"record\",\"name\":\"R\"}", "1", "record 'R' has no array 'fields'" },
  { "{", "1", "Invalid Avro schema: Invalid JSON" },
  { ORDERS, "'x'", "expected O, got string" },
  { ORDERS, "1", "expected O, got integer" },
  { ORDERS, "{'orders': <['x']>}", "orders[0]: expected I, got string" },
  { "\"float\"", "1e300", "1.0000000000000001e+300 is out of the range of float" },
  { "\"float\"", "16777217", "float cannot hold the integer 16777217 exactly" },
  { "\"double\"", "int64 9007199254740993", "double cannot hold the integer 9007199254740993" },
  { "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":3,\"scale\":1}",
    "'100'",
    "is not a decimal of scale 1 with at most 3 digits" },
  { "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"string\","
    "\"default\":\"\\u0000\"}]}",
    "@a{sv} {}",
    "a: expected string, got bytes" },
};

static GBytes *
serialize_text (QsAvroSerializer *avro, const char *text, GError **error)
{
  g_autoptr (GVariant) value = parse (text);

  return qs_serializer_serialize (QS_SERIALIZER (avro), value, error);
}

static void
test_written (void)
{
  g_test_summary ("Each type becomes what Avro says, and comes back");

  for (gsize i = 0; i < G_N_ELEMENTS (written); i++)
    {
      g_autoptr (QsAvroSerializer) avro = qs_avro_serializer_new (written[i].schema, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = serialize_text (avro, written[i].value, &error);
      g_autoptr (GVariant) expected =
          parse (written[i].read != NULL ? written[i].read : written[i].value);
      g_autoptr (GVariant) value = NULL;
      g_autofree char *hex = NULL;

      g_test_message ("%s: %s", written[i].schema, written[i].value);
      g_assert_no_error (error);
      hex = to_hex (bytes);
      g_assert_cmpstr (hex, ==, written[i].bytes);
      value = qs_serializer_deserialize (QS_SERIALIZER (avro), bytes, &error);
      g_assert_no_error (error);
      g_assert_cmpvariant (value, expected);
    }
}

static void
test_truncated (void)
{
  g_test_summary ("What is cut, or has a byte changed, is an error or another value, no crash");

  for (gsize i = 0; i < G_N_ELEMENTS (written); i++)
    {
      g_autoptr (QsAvroSerializer) avro = qs_avro_serializer_new (written[i].schema, NULL);
      g_autoptr (GBytes) bytes = serialize_text (avro, written[i].value, NULL);
      gsize         length = 0;
      const guint8 *data = g_bytes_get_data (bytes, &length);

      for (gsize cut = 0; cut < length; cut++)
        {
          g_autoptr (GBytes) shorter = g_bytes_new (data, cut);
          g_autoptr (GError) error = NULL;
          g_autoptr (GVariant) value =
              qs_serializer_deserialize (QS_SERIALIZER (avro), shorter, &error);

          g_assert_null (value);
          g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA);
        }
      for (int round = 0; round < 2000 && length > 0; round += stride ())
        {
          g_autofree guint8 *changed = g_memdup2 (data, length);
          g_autoptr (GBytes) other = NULL;
          g_autoptr (GVariant) value = NULL;

          changed[g_test_rand_int_range (0, (gint32) length)] =
              (guint8) g_test_rand_int_range (0, 256);
          other = g_bytes_new (changed, length);
          value = qs_serializer_deserialize (QS_SERIALIZER (avro), other, NULL);
          g_assert_true (value == NULL || g_variant_is_normal_form (value));
        }
    }
}

static void
test_huge (void)
{
  /* 2^60 items that take no bytes; a length of 2^62; a number that doesn't end. */
  static const struct
  {
    const char *schema;
    const char *bytes;
  } texts[] = {
    { "{\"type\":\"array\",\"items\":\"null\"}", "\x80\x80\x80\x80\x80\x80\x80\x80\x20" },
    { "\"string\"", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01" },
    { "\"long\"", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" },
  };

  g_test_summary ("Lengths that nobody has are errors at once");

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (QsAvroSerializer) avro = qs_avro_serializer_new (texts[i].schema, NULL);
      g_autoptr (GBytes) bytes = g_bytes_new_static (texts[i].bytes, strlen (texts[i].bytes));
      g_autoptr (GError) error = NULL;

      g_assert_null (qs_serializer_deserialize (QS_SERIALIZER (avro), bytes, &error));
      g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA);
    }
}

static void
test_refused (void)
{
  g_test_summary ("What a schema doesn't take is an error that tells the path");

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (QsAvroSerializer) avro = qs_avro_serializer_new (refused[i].schema, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = serialize_text (avro, refused[i].value, &error);

      g_assert_null (bytes);
      g_assert_nonnull (error);
      if (strstr (error->message, refused[i].error) == NULL)
        g_error ("'%s' should have '%s'", error->message, refused[i].error);
    }
}

/* Two records that differ in the last field only; what is in them fits the second one. */
static const char alike[] =
    "[\"null\",{\"type\":\"record\",\"name\":\"A\",\"fields\":["
    "{\"name\":\"in\",\"type\":[\"null\",\"A\",{\"type\":\"record\",\"name\":\"B\",\"fields\":["
    "{\"name\":\"in\",\"type\":[\"null\",\"A\",\"B\"]},{\"name\":\"op\",\"type\":{\"type\":"
    "\"enum\",\"name\":\"E\",\"symbols\":[\"Y\"]}}]}]},"
    "{\"name\":\"op\",\"type\":{\"type\":\"enum\",\"name\":\"D\",\"symbols\":[\"X\"]}}]},\"B\"]";

static GVariant *
nest (guint depth, const char *innermost)
{
  GVariant *value = g_variant_new ("{sv}", "op", g_variant_new_string (innermost));

  value = g_variant_new_array (NULL, &value, 1);
  for (guint i = 0; i < depth; i++)
    {
      GVariantBuilder builder;

      g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&builder, "{sv}", "in", value);
      g_variant_builder_add (&builder, "{sv}", "op", g_variant_new_string (i % 2 == 0 ? "Y" : "X"));
      value = g_variant_builder_end (&builder);
    }

  return value;
}

static void
test_alike (void)
{
  g_autoptr (QsAvroSerializer) avro = qs_avro_serializer_new (alike, NULL);

  g_test_summary ("Branches that look alike, deep in each other, are each tried once");

  /* 2^30 tries would take hours. In both forms that a variant has. */
  for (guint round = 0; round < 4; round++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) tree = g_variant_ref_sink (nest (30, round % 2 == 0 ? "Y" : "Z"));
      g_autoptr (GBytes) form = g_variant_get_data_as_bytes (tree);
      g_autoptr (GVariant) value =
          round < 2
              ? g_variant_ref (tree)
              : g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, form, TRUE));
      g_autoptr (GBytes) bytes = qs_serializer_serialize (QS_SERIALIZER (avro), value, &error);
      g_autoptr (GVariant) read = NULL;

      if (round % 2 == 1)
        {
          g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE);
          continue;
        }
      g_assert_no_error (error);
      g_assert_cmpuint (((const guint8 *) g_bytes_get_data (bytes, NULL))[0], ==, 2);
      g_assert_cmpuint (g_bytes_get_size (bytes), ==, 31 * 2 + 1);
    }
}

/* Each in the only branch of the other one that isn't null. */
static void
test_optional (void)
{
  static const char schema[] =
      "[\"null\",{\"type\":\"record\",\"name\":\"A\",\"fields\":["
      "{\"name\":\"in\",\"type\":[\"null\",\"A\"]},{\"name\":\"op\",\"type\":\"string\"}]}]";
  g_autoptr (QsAvroSerializer) avro = qs_avro_serializer_new (schema, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = g_variant_ref_sink (nest (30, "Y"));
  g_autoptr (GVariant) wrong = NULL;
  g_autoptr (GVariant) deep = NULL;
  g_autoptr (GBytes) bytes = qs_serializer_serialize (QS_SERIALIZER (avro), value, &error);

  g_test_summary ("What is wrong deep in optional records is told at once, with its path");

  g_assert_no_error (error);
  wrong = parse ("{'in': <{'in': <{'op': <1>}>, 'op': <'x'>}>, 'op': <'x'>}");
  g_clear_pointer (&bytes, g_bytes_unref);
  bytes = qs_serializer_serialize (QS_SERIALIZER (avro), wrong, &error);
  g_assert_null (bytes);
  g_assert_cmpstr (error->message, ==, "in.in.op: expected string, got integer");
  g_clear_error (&error);

  deep = g_variant_ref_sink (nest (40, "Y"));
  bytes = qs_serializer_serialize (QS_SERIALIZER (avro), deep, &error);
  g_assert_null (bytes);
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_OUT_OF_RANGE);
}

static void
test_no_topic (void)
{
  g_autoptr (QsSchemaRegistry) registry = qs_schema_registry_new ("http://127.0.0.1:1");
  g_autoptr (QsAvroSerializer) avro = qs_avro_serializer_new ("\"int\"", registry);
  g_autoptr (GError) error = NULL;

  g_test_summary ("With a registry, a value needs a topic");

  g_assert_null (qs_serializer_serialize (QS_SERIALIZER (avro), g_variant_new_int32 (1), &error));
  g_assert_nonnull (strstr (error->message, "needs a topic"));
}

static void
test_absent (void)
{
  g_autoptr (QsAvroSerializer) avro = qs_avro_serializer_new ("\"int\"", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = serialize_text (avro, "1", &error);

  g_test_summary ("What was built without Avro says so");

  if (HAS_AVRO)
    {
      g_assert_no_error (error);
      return;
    }
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_SCHEMA);
  g_assert_nonnull (strstr (error->message, "-Davro=enabled"));
}

static void
test_no_soup (void)
{
  g_autoptr (QsSchemaRegistry) registry =
      g_object_new (QS_TYPE_SCHEMA_REGISTRY, "url", "http://127.0.0.1:1", "timeout", 0.1, NULL);
  g_autoptr (QsJsonSchemaSerializer) json = qs_json_schema_serializer_new ("{}", registry);
  g_autoptr (QsTopic) topic = qs_topic_new ("t");
  g_autoptr (QsMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What was built without a registry says so at the first question");

  g_object_set (topic, "value-serializer", json, NULL);
  message = qs_topic_serialize (topic, NULL, g_variant_new_string ("x"), NULL, 0, &error);
  g_assert_null (message);
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_REGISTRY);
#ifndef QS_HAVE_SOUP
  g_assert_nonnull (strstr (error->message, "-Dregistry=enabled"));
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/avro/absent", test_absent);
  g_test_add_func ("/avro/no-soup", test_no_soup);
  if (!HAS_AVRO)
    return g_test_run ();

  g_test_add_func ("/avro/written", test_written);
  g_test_add_func ("/avro/truncated", test_truncated);
  g_test_add_func ("/avro/huge", test_huge);
  g_test_add_func ("/avro/refused", test_refused);
  g_test_add_func ("/avro/alike", test_alike);
  g_test_add_func ("/avro/optional", test_optional);
  g_test_add_func ("/avro/no-topic", test_no_topic);

  return g_test_run ();
}
