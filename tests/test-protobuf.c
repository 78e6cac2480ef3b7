/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>
#include <string.h>

#include "slowness.h"
#include "values.h"

#define HEAD "syntax = \"proto3\"; package n;\n"

/* Message types, values in GVariant's text format, what they are in Protobuf, and what is
 * read. */
static const struct
{
  const char *schema;
  const char *value;
  const char *bytes; /* hexadecimal; NULL: whatever comes back */
  const char *read;  /* NULL: the same as value */
} written[] = {
  { HEAD "message M { int32 a = 1; }", "{'a': <int64 150>}", "089601", NULL },
  { HEAD "message M { int32 a = 1; }", "{'a': <byte 0x01>}", "0801", "{'a': <int64 1>}" },
  { HEAD "message M { int32 a = 1; }", "@a{sv} {}", "", "{'a': <int64 0>}" },
  { HEAD "message M { optional int32 a = 1; }", "@a{sv} {}", "", NULL },
  { HEAD "message M { optional int32 a = 1; }", "{'a': <@mv nothing>}", "", "@a{sv} {}" },
  { HEAD "message M { sint64 a = 1; }",
    "{'a': <int64 -9223372036854775808>}",
    "08ffffffffffffffffff01",
    NULL },
  { HEAD "message M { uint64 a = 1; }",
    "{'a': <uint64 18446744073709551615>}",
    "08ffffffffffffffffff01",
    NULL },
  { HEAD "message M { bool a = 1; double b = 2; float c = 3; }",
    "{'a': <true>, 'b': <1.5>, 'c': <2>}",
    "080111000000000000f83f1d00000040",
    "{'a': <true>, 'b': <1.5>, 'c': <2.0>}" },
  { HEAD "message M { string a = 1; bytes b = 2; }",
    "{'a': <'ü'>, 'b': <[byte 0x00, 0xff]>}",
    "0a02c3bc120200ff",
    NULL },
  { HEAD "message M { int32 some_name = 1; }",
    "{'someName': <1>}",
    "0801",
    "{'some_name': <int64 1>}" },
  { HEAD "message M { int32 a = 1; string b = 2; }",
    "(1, 'y')",
    "0801120179",
    "{'a': <int64 1>, 'b': <'y'>}" },
  { HEAD "message M { E a = 1; E b = 2; } enum E { X = 0; Y = 1; }",
    "{'a': <'Y'>, 'b': <int64 7>}",
    "08011007",
    NULL },
  { HEAD "message M { repeated int32 a = 1; }",
    "{'a': <[<int64 1>, <int64 2>]>}",
    "0a020102",
    NULL },
  { HEAD "message M { map<string, int32> a = 1; map<int32, bool> b = 2; }",
    "{'a': <{'k': <int64 1>}>, 'b': <{'-3': <true>}>}",
    "0a050a016b1001120d08fdffffffffffffffff011001",
    NULL },
  { HEAD "message M { N a = 1; repeated N b = 2; message N { optional int32 c = 1; } }",
    "{'a': <{'c': <int64 1>}>, 'b': <[<@a{sv} {}>, <{'c': <int64 2>}>]>}",
    "0a020801120012020802",
    NULL },
  { HEAD "message M { oneof o { int32 a = 1; string b = 2; } }", "{'b': <''>}", "1200", NULL },
  { HEAD "import \"google/protobuf/timestamp.proto\"; import \"google/protobuf/duration.proto\";"
         "message M { google.protobuf.Timestamp a = 1; google.protobuf.Duration b = 2; }",
    "{'a': <'1970-01-01T00:00:01.002Z'>, 'b': <'1.500s'>}",
    NULL,
    NULL },
  { HEAD "import \"google/protobuf/wrappers.proto\"; import \"google/protobuf/struct.proto\";"
         "message M { google.protobuf.Int32Value a = 1; google.protobuf.Value b = 2; }",
    "{'a': <int64 5>, 'b': <{'x': <[<1.0>, <@mv nothing>]>}>}",
    NULL,
    NULL },
};

static GBytes *
serialize_text (QsProtobufSerializer *serializer, const char *text, GError **error)
{
  g_autoptr (GVariant) value = g_variant_parse (NULL, text, NULL, NULL, error);

  g_assert_nonnull (value);

  return qs_serializer_serialize (QS_SERIALIZER (serializer), value, error);
}

#ifdef QS_HAVE_PROTOBUF

static const struct
{
  const char *schema;
  const char *value;
  const char *error;
} refused[] = {
  { HEAD "message M { repeated N orders = 1; } message N { int64 amount = 1; }",
    "{'orders': <[<{'amount': <1>}>, <{'amount': <'x'>}>]>}",
    "orders[1].amount: expected int64, got string" },
  { HEAD "message M { int32 a = 1; }", "{'b': <1>}", "b: message n.M has no such field" },
  { HEAD "message M { int32 a = 1; }",
    "{'a': <int64 2147483648>}",
    "a: 2147483648 is out of the range of int32" },
  { HEAD "message M { uint32 a = 1; }", "{'a': <-1>}", "a: -1 is out of the range of uint32" },
  { HEAD "message M { string a = 1; }", "{'a': <[byte 0x61]>}", "a: expected string, got bytes" },
  { HEAD "message M { E a = 1; } enum E { X = 0; }", "{'a': <'Z'>}", "a: enum n.E has no 'Z'" },
  { HEAD "message M { oneof o { int32 a = 1; string b = 2; } }",
    "{'a': <1>, 'b': <'x'>}",
    "of oneof 'o', 'a' is set already" },
  { HEAD "message M { map<string, int32> a = 1; }",
    "{'a': <{'k': <'x'>}>}",
    "a.k: expected int32, got string" },
  { "syntax = \"proto2\"; message M { required int32 a = 1; }", "@a{sv} {}", "a: is missing" },
  { HEAD
    "import \"google/protobuf/timestamp.proto\"; message M { google.protobuf.Timestamp a = 1; }",
    "{'a': <'today'>}",
    "a: 'today' is not a Timestamp" },
  { HEAD "message M { int32 a = 1; }", "'x'", "expected n.M, got string" },
  { HEAD "message M { lang a = 1; }", "@a{sv} {}", "\"lang\" is not defined" },
  { HEAD "message M {", "@a{sv} {}", "Invalid Protobuf schema: line 2" },
  { HEAD "import \"other.proto\"; message M { }",
    "@a{sv} {}",
    "Invalid Protobuf schema: other.proto" },
  { HEAD, "@a{sv} {}", "it has no message type" },
};

static void
assert_same (GVariant *value, const char *expected)
{
  g_autoptr (GVariant) other = g_variant_parse (NULL, expected, NULL, NULL, NULL);

  g_assert_cmpvariant (value, other);
}

static void
test_written (void)
{
  g_test_summary ("Each type becomes what Protobuf says, and comes back");

  for (gsize i = 0; i < G_N_ELEMENTS (written); i++)
    {
      g_autoptr (QsProtobufSerializer) protobuf =
          qs_protobuf_serializer_new (written[i].schema, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = serialize_text (protobuf, written[i].value, &error);
      g_autoptr (GVariant) value = NULL;
      g_autofree char *hex = NULL;

      g_test_message ("%s: %s", written[i].schema, written[i].value);
      g_assert_no_error (error);
      hex = to_hex (bytes);
      if (written[i].bytes != NULL)
        g_assert_cmpstr (hex, ==, written[i].bytes);
      value = qs_serializer_deserialize (QS_SERIALIZER (protobuf), bytes, &error);
      g_assert_no_error (error);
      assert_same (value, written[i].read != NULL ? written[i].read : written[i].value);
    }
}

static void
test_changed (void)
{
  g_test_summary ("What has a byte changed is an error or another value, no crash");

  for (gsize i = 0; i < G_N_ELEMENTS (written); i++)
    {
      g_autoptr (QsProtobufSerializer) protobuf =
          qs_protobuf_serializer_new (written[i].schema, NULL);
      g_autoptr (GBytes) bytes = serialize_text (protobuf, written[i].value, NULL);
      gsize         length = 0;
      const guint8 *data = g_bytes_get_data (bytes, &length);

      for (int round = 0; round < 500 && length > 0; round += stride ())
        {
          g_autofree guint8 *changed = g_memdup2 (data, length);
          g_autoptr (GBytes) other = NULL;
          g_autoptr (GVariant) value = NULL;

          changed[g_test_rand_int_range (0, (gint32) length)] =
              (guint8) g_test_rand_int_range (0, 256);
          other = g_bytes_new (changed, (gsize) g_test_rand_int_range (0, (gint32) length + 1));
          value = qs_serializer_deserialize (QS_SERIALIZER (protobuf), other, NULL);
          g_assert_true (value == NULL || g_variant_is_normal_form (value));
        }
    }
}

static void
test_refused (void)
{
  g_test_summary ("What a message type doesn't take is an error that tells the path");

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (QsProtobufSerializer) protobuf =
          qs_protobuf_serializer_new (refused[i].schema, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = serialize_text (protobuf, refused[i].value, &error);

      g_test_message ("%s: %s", refused[i].schema, refused[i].value);
      g_assert_null (bytes);
      if (strstr (error->message, refused[i].error) == NULL)
        g_error ("'%s' should have '%s'", error->message, refused[i].error);
    }
}

static void
test_message_type (void)
{
  static const char *const names[] = { "n.M", "M", "n.N", "n.N.I", NULL };

  g_test_summary ("The message type is the named one, else the first one");

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (QsProtobufSerializer) protobuf =
          g_object_new (QS_TYPE_PROTOBUF_SERIALIZER,
                        "schema",
                        HEAD "message M { int32 a = 1; } message N { int32 a = 2; message I { "
                             "int32 a = 3; } }",
                        "message-type",
                        names[i],
                        NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = serialize_text (protobuf, "{'a': <1>}", &error);
      g_autofree char *hex = NULL;

      g_assert_no_error (error);
      hex = to_hex (bytes);
      g_assert_cmpstr (hex, ==, i < 2 ? "0801" : i == 2 ? "1001" : "1801");
    }
}

/* A message of messages: each takes two bytes and more. */
static void
test_deep (void)
{
  g_autoptr (QsProtobufSerializer) protobuf =
      qs_protobuf_serializer_new (HEAD "message M { M m = 1; }", NULL);
  g_autoptr (GByteArray) data = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Messages that lie too deep in each other are an error");

  for (guint i = 0; i < 60; i++)
    {
      const guint8 head[] = { 0x0a, (guint8) data->len };

      g_byte_array_prepend (data, head, sizeof head);
    }
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&data));
  g_assert_null (qs_serializer_deserialize (QS_SERIALIZER (protobuf), bytes, &error));
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA);
}

#else

static void
test_absent (void)
{
  g_autoptr (QsProtobufSerializer) protobuf = qs_protobuf_serializer_new (written[0].schema, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = serialize_text (protobuf, written[0].value, &error);

  g_test_summary ("A library that has no Protobuf says so, and what to do");

  g_assert_null (bytes);
  g_assert_nonnull (strstr (error->message, "-Dprotobuf=enabled"));
}

#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#ifdef QS_HAVE_PROTOBUF
  g_test_add_func ("/protobuf/written", test_written);
  g_test_add_func ("/protobuf/changed", test_changed);
  g_test_add_func ("/protobuf/refused", test_refused);
  g_test_add_func ("/protobuf/message-type", test_message_type);
  g_test_add_func ("/protobuf/deep", test_deep);
#else
  g_test_add_func ("/protobuf/absent", test_absent);
#endif

  return g_test_run ();
}
