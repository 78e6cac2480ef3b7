/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qs-serialization-error.h"
#include "qs-serializer.h"
#include "values.h"

/* A serializer of somebody else, which does what the test tells it. */

#define TEST_TYPE_SERIALIZER (test_serializer_get_type ())
G_DECLARE_FINAL_TYPE (TestSerializer, test_serializer, TEST, SERIALIZER, GObject)

struct _TestSerializer
{
  GObject parent_instance;

  GBytes   *bytes; /* what serialize() returns, transfer full */
  GVariant *value; /* what deserialize() returns */
  gboolean  fails; /* whether both set an error */
  GVariant *seen;
};

static GBytes *
test_serializer_serialize (QsSerializer *serializer, GVariant *value, GError **error)
{
  TestSerializer *self = TEST_SERIALIZER (serializer);

  g_assert_false (g_variant_is_floating (value));
  self->seen = value;
  if (self->fails)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");

  return g_steal_pointer (&self->bytes);
}

static GVariant *
test_serializer_deserialize (QsSerializer *serializer, GBytes *bytes, GError **error)
{
  TestSerializer *self = TEST_SERIALIZER (serializer);

  if (self->fails)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");

  return g_steal_pointer (&self->value);
}

static void
test_serializer_iface_init (QsSerializerInterface *iface)
{
  iface->serialize = test_serializer_serialize;
  iface->deserialize = test_serializer_deserialize;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestSerializer,
                               test_serializer,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (QS_TYPE_SERIALIZER,
                                                      test_serializer_iface_init))

static void
test_serializer_class_init (TestSerializerClass *klass)
{
}

static void
test_serializer_init (TestSerializer *self)
{
}

/* One that implements nothing. */

#define TEST_TYPE_EMPTY (test_empty_get_type ())
G_DECLARE_FINAL_TYPE (TestEmpty, test_empty, TEST, EMPTY, GObject)

struct _TestEmpty
{
  GObject parent_instance;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (TestEmpty,
                               test_empty,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (QS_TYPE_SERIALIZER, NULL))

static void
test_empty_class_init (TestEmptyClass *klass)
{
}

static void
test_empty_init (TestEmpty *self)
{
}

/* Values in GVariant's text format; the bytes of them; what comes back, NULL
 * for the same value. */
static const struct
{
  const char *name;
  const char *value;
  const char *bytes;
  gsize       length;
  const char *back;
} cases[] = {
  { "bytes", "[byte 0x00, 0x01, 0xff]", "\x00\x01\xff", 3, NULL },
  { "bytes", "@ay []", "", 0, NULL },
  { "bytes", "'ab'", "ab", 2, "[byte 0x61, 0x62]" },
  { "bytes", "''", "", 0, "@ay []" },
  { "string", "'日'", "\xe6\x97\xa5", 3, NULL },
  { "str", "''", "", 0, NULL },
  { "integer", "5", "\0\0\0\5", 4, NULL },
  { "int", "-2", "\xff\xff\xff\xfe", 4, NULL },
  { "integer", "int64 2147483647", "\x7f\xff\xff\xff", 4, "2147483647" },
  { "integer", "int64 -2147483648", "\x80\0\0\0", 4, "-2147483648" },
  { "integer", "byte 7", "\0\0\0\7", 4, "7" },
  { "integer", "int16 -1", "\xff\xff\xff\xff", 4, "-1" },
  { "integer", "uint16 65535", "\0\0\xff\xff", 4, "65535" },
  { "integer", "uint32 2147483647", "\x7f\xff\xff\xff", 4, "2147483647" },
  { "integer", "uint64 1", "\0\0\0\1", 4, "1" },
  { "double", "1.5", "\x3f\xf8\0\0\0\0\0\0", 8, NULL },
  { "double", "-0.0", "\x80\0\0\0\0\0\0\0", 8, NULL },
  { "double", "int64 -3", "\xc0\x08\0\0\0\0\0\0", 8, "-3.0" },
  { "double", "uint64 9223372036854775808", "\x43\xe0\0\0\0\0\0\0", 8, "9223372036854775808.0" },
  { "double", "int64 -9223372036854775808", "\xc3\xe0\0\0\0\0\0\0", 8, "-9223372036854775808.0" },
  { "json", "{'a': <int64 1>, 'b': <@mv nothing>}", "{\"a\":1,\"b\":null}", 16, NULL },
};

static const struct
{
  const char          *name;
  const char          *value;
  QsSerializationError code;
  const char          *message;
} refused[] = {
  { "bytes",
    "5",
    QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE,
    "The serializer 'bytes' takes bytes (ay) and strings (s), not a value of type 'i'" },
  { "string",
    "b'x'",
    QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE,
    "The serializer 'string' takes strings (s), not a value of type 'ay'" },
  { "integer", "1.0", QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE, "not a value of type 'd'" },
  { "integer", "true", QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE, "not a value of type 'b'" },
  { "integer", "handle 1", QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE, "not a value of type 'h'" },
  { "integer", "uint32 2147483648", QS_SERIALIZATION_ERROR_OUT_OF_RANGE, "2147483648" },
  { "integer", "int64 -2147483649", QS_SERIALIZATION_ERROR_OUT_OF_RANGE, "-2147483649" },
  { "integer", "uint64 18446744073709551615", QS_SERIALIZATION_ERROR_OUT_OF_RANGE, "32 bits" },
  { "double", "'1.5'", QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE, "not a value of type 's'" },
  { "double", "int64 9007199254740993", QS_SERIALIZATION_ERROR_OUT_OF_RANGE, "9007199254740993" },
  { "double", "uint64 18446744073709551615", QS_SERIALIZATION_ERROR_OUT_OF_RANGE, "exactly" },
  { "json",
    "{'a': <b'x'>}",
    QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE,
    "Cannot write a value of type 'a{sv}' as JSON: JSON has no bytes" },
};

static const struct
{
  const char *name;
  const char *bytes;
  gsize       length;
  const char *message;
} unreadable[] = {
  { "string", "a\xff", 2, "at byte 1" },
  { "string", "a\0b", 3, "at byte 1" },
  { "integer", "\0\0\0", 3, "An integer has 4 bytes, not 3" },
  { "integer", "", 0, "An integer has 4 bytes, not 0" },
  { "double", "\0\0\0\0", 4, "A double has 8 bytes, not 4" },
  { "json", "", 0, "Invalid JSON at byte 0" },
  { "json", "{", 1, "Invalid JSON at byte 1" },
};

static QsSerializer *
for_name (const char *name)
{
  g_autoptr (GError) error = NULL;
  QsSerializer *serializer = qs_serializer_for_name (name, &error);

  g_assert_no_error (error);
  g_assert_true (QS_IS_SERIALIZER (serializer));

  return serializer;
}

static void
assert_message (const GError *error, const char *part)
{
  if (strstr (error->message, part) == NULL)
    g_error ("'%s' is not in '%s'", part, error->message);
}

static void
test_domain (void)
{
  g_test_summary ("The domain has the name by which other languages know it");

  g_assert_cmpstr (g_quark_to_string (QS_SERIALIZATION_ERROR), ==, "qs-serialization-error-quark");
}

static void
test_unknown_name (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsSerializer) serializer = qs_serializer_for_name ("avro", &error);

  g_test_summary ("An unknown name is an error that says it and the names that there are");

  g_assert_null (serializer);
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_UNKNOWN_SERIALIZER);
  assert_message (error, "'avro'");
  assert_message (error, "'bytes', 'string' (or 'str'), 'integer' (or 'int'), 'double' and 'json'");
}

static void
test_content_type (void)
{
  g_autoptr (QsSerializer) json = for_name ("json");
  g_autoptr (QsSerializer) string = for_name ("string");
  g_autoptr (QsSerializer) other = g_object_new (TEST_TYPE_SERIALIZER, NULL);

  g_test_summary ("The content type is that of the format; an implementation may have none");

  g_assert_cmpstr (qs_serializer_get_content_type (json), ==, "application/json");
  g_assert_cmpstr (qs_serializer_get_content_type (string), ==, "text/plain; charset=utf-8");
  g_assert_null (qs_serializer_get_content_type (other));
}

static void
test_wire (void)
{
  g_test_summary ("The bytes are those of Quix Streams, and come back as the value");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (QsSerializer) serializer = for_name (cases[i].name);
      g_autoptr (GVariant) value = parse (cases[i].value);
      g_autoptr (GVariant) expected =
          parse (cases[i].back != NULL ? cases[i].back : cases[i].value);
      g_autoptr (GVariant) back = NULL;
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GError) error = NULL;

      bytes = qs_serializer_serialize (serializer, value, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (g_bytes_get_data (bytes, NULL),
                       g_bytes_get_size (bytes),
                       cases[i].bytes,
                       cases[i].length);

      back = qs_serializer_deserialize (serializer, bytes, &error);
      g_assert_no_error (error);
      g_assert_false (g_variant_is_floating (back));
      g_assert_cmpvariant (back, expected);
    }
}

static void
test_refused (void)
{
  g_test_summary (
      "A value that doesn't fit is an error that says what was given and what is taken");

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (QsSerializer) serializer = for_name (refused[i].name);
      g_autoptr (GVariant) value = parse (refused[i].value);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = qs_serializer_serialize (serializer, value, &error);

      g_assert_null (bytes);
      g_assert_error (error, QS_SERIALIZATION_ERROR, (int) refused[i].code);
      assert_message (error, refused[i].message);
    }
}

static void
test_unreadable (void)
{
  g_test_summary ("Bytes of another format are an error");

  for (gsize i = 0; i < G_N_ELEMENTS (unreadable); i++)
    {
      g_autoptr (QsSerializer) serializer = for_name (unreadable[i].name);
      g_autoptr (GBytes) bytes = g_bytes_new (unreadable[i].bytes, unreadable[i].length);
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = qs_serializer_deserialize (serializer, bytes, &error);

      g_assert_null (value);
      g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA);
      assert_message (error, unreadable[i].message);
    }
}

static void
test_unaligned (void)
{
  static const char *const names[] = { "bytes", "string", "integer", "double", "json" };
  static const char        data[] = "\0\0\0\0"
                                    "12345678";
  static const gsize       lengths[] = { 5, 5, 4, 8, 5 };

  g_test_summary ("Bytes that lie anywhere in memory are read right");

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    for (gsize offset = 0; offset < 8; offset++)
      {
        g_autoptr (QsSerializer) serializer = for_name (names[i]);
        g_autofree char *copy = g_malloc (24);
        g_autoptr (GBytes) bytes = NULL;
        g_autoptr (GBytes) again = NULL;
        g_autoptr (GVariant) value = NULL;
        g_autoptr (GError) error = NULL;

        memcpy (copy + offset, data + 4, lengths[i]);
        bytes = g_bytes_new_static (copy + offset, lengths[i]);
        value = qs_serializer_deserialize (serializer, bytes, &error);
        g_assert_no_error (error);
        again = qs_serializer_serialize (serializer, value, &error);
        g_assert_no_error (error);
        g_assert_true (g_bytes_equal (bytes, again));
      }
}

static void
test_bytes_of_slice (void)
{
  g_autoptr (QsSerializer) serializer = for_name ("bytes");
  g_autoptr (GVariant) tuple = parse ("(1, [byte 0x00, 0x01, 0x00], @ay [], 'z')");
  g_autoptr (GVariant) serialized = g_variant_take_ref (g_variant_byteswap (tuple));
  g_autoptr (GVariant) some = g_variant_get_child_value (serialized, 1);
  g_autoptr (GVariant) none = g_variant_get_child_value (serialized, 2);
  g_autoptr (GBytes) some_bytes = qs_serializer_serialize (serializer, some, NULL);
  g_autoptr (GBytes) no_bytes = qs_serializer_serialize (serializer, none, NULL);

  g_test_summary ("Bytes that are part of a larger value are only these bytes");

  g_assert_cmpmem (g_bytes_get_data (some_bytes, NULL), g_bytes_get_size (some_bytes), "\0\1\0", 3);
  g_assert_cmpuint (g_bytes_get_size (no_bytes), ==, 0);
}

static void
test_floating (void)
{
  TestSerializer *serializer = g_object_new (TEST_TYPE_SERIALIZER, NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A floating value is consumed, and a floating result is sunk");

  serializer->bytes = g_bytes_new ("x", 1);
  bytes = qs_serializer_serialize (QS_SERIALIZER (serializer), g_variant_new_int32 (5), &error);
  g_assert_no_error (error);
  g_assert_nonnull (serializer->seen);

  serializer->value = g_variant_new_int32 (6);
  value = qs_serializer_deserialize (QS_SERIALIZER (serializer), bytes, &error);
  g_assert_no_error (error);
  g_assert_false (g_variant_is_floating (value));

  g_assert_finalize_object (serializer);
}

static void
test_silent_failure (void)
{
  g_autoptr (QsSerializer) serializer = g_object_new (TEST_TYPE_SERIALIZER, NULL);
  g_autoptr (GBytes) some = g_bytes_new ("x", 1);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Nothing without an error is a failure that names the type");

  bytes = qs_serializer_serialize (serializer, g_variant_new_int32 (5), &error);
  g_assert_null (bytes);
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_FAILED);
  assert_message (error, "serialize() of serializer type 'TestSerializer' returned nothing");

  g_clear_error (&error);
  value = qs_serializer_deserialize (serializer, some, &error);
  g_assert_null (value);
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_FAILED);
  assert_message (error, "deserialize() of serializer type 'TestSerializer' returned nothing");

  g_assert_null (qs_serializer_serialize (serializer, g_variant_new_int32 (5), NULL));
}

static void
test_error_and_result (void)
{
  g_autoptr (TestSerializer) serializer = g_object_new (TEST_TYPE_SERIALIZER, NULL);
  g_autoptr (GBytes) some = g_bytes_new ("x", 1);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("An error counts, also where a result came with it");

  serializer->fails = TRUE;
  serializer->bytes = g_bytes_ref (some);
  bytes = qs_serializer_serialize (QS_SERIALIZER (serializer), g_variant_new_int32 (5), &error);
  g_assert_null (bytes);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);

  g_clear_error (&error);
  serializer->value = g_variant_new_int32 (6);
  value = qs_serializer_deserialize (QS_SERIALIZER (serializer), some, &error);
  g_assert_null (value);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
}

static void
test_not_implemented (void)
{
  g_autoptr (QsSerializer) serializer = g_object_new (TEST_TYPE_EMPTY, NULL);
  g_autoptr (GBytes) some = g_bytes_new ("x", 1);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A function that isn't implemented is an error that says so");

  bytes = qs_serializer_serialize (serializer, g_variant_new_int32 (5), &error);
  g_assert_null (bytes);
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_FAILED);
  assert_message (error, "'TestEmpty' does not implement serialize()");

  g_clear_error (&error);
  value = qs_serializer_deserialize (serializer, some, &error);
  g_assert_null (value);
  assert_message (error, "'TestEmpty' does not implement deserialize()");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/serializer/domain", test_domain);
  g_test_add_func ("/serializer/unknown-name", test_unknown_name);
  g_test_add_func ("/serializer/content-type", test_content_type);
  g_test_add_func ("/serializer/wire", test_wire);
  g_test_add_func ("/serializer/refused", test_refused);
  g_test_add_func ("/serializer/unreadable", test_unreadable);
  g_test_add_func ("/serializer/unaligned", test_unaligned);
  g_test_add_func ("/serializer/bytes-of-slice", test_bytes_of_slice);
  g_test_add_func ("/serializer/floating", test_floating);
  g_test_add_func ("/serializer/silent-failure", test_silent_failure);
  g_test_add_func ("/serializer/error-and-result", test_error_and_result);
  g_test_add_func ("/serializer/not-implemented", test_not_implemented);

  return g_test_run ();
}
