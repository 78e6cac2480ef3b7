/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <float.h>
#include <math.h>
#include <string.h>

#include "qs-json-private.h"
#include "qs-serialization-error.h"
#include "slowness.h"
#include "values.h"

/* As orjson (and, in other layout, Python's repr) prints them. */
static const struct
{
  double      value;
  const char *text;
} doubles[] = {
  { 0.0, "0.0" },
  { -0.0, "-0.0" },
  { 5.0, "5.0" },
  { -5.5, "-5.5" },
  { 0.1, "0.1" },
  { 0.1 + 0.2, "0.30000000000000004" },
  { 1.0 / 3, "0.3333333333333333" },
  { 2.0 / 3, "0.6666666666666666" },
  { 12.34, "12.34" },
  { 1e15, "1000000000000000.0" },
  { 123456789012345680.0, "1.2345678901234568e17" },
  { 9999999999999998.0, "9999999999999998.0" },
  { 1e16, "1e16" },
  { 1.5e300, "1.5e300" },
  { 0.00001, "0.00001" },
  { 0.000001, "1e-6" },
  { 0.0000012, "1.2e-6" },
  { 0x1p53, "9007199254740992.0" },
  { 0x1p63, "9.223372036854776e18" },
  { 0x1p64, "1.8446744073709552e19" },
  /* Powers of two, where the nearest decimal of 16 digits reads back as another number. */
  { 0x1p-44, "5.684341886080802e-14" },
  { 0x1p-1022, "2.2250738585072014e-308" },
  { 0x1p-24, "5.960464477539063e-8" },
  /* Subnormal numbers have fewer digits. */
  { 5e-324, "5e-324" },
  { 1e-323, "1e-323" },
  { 2.2250738585072009e-308, "2.225073858507201e-308" },
  { DBL_MAX, "1.7976931348623157e308" },
  { 4.35, "4.35" },
  { 1e23, "1e23" },
  { 9.5367431640625e-7, "9.5367431640625e-7" },
};

/* GVariants in their text format, and what they are as JSON. */
static const struct
{
  const char *value;
  const char *json;
} written[] = {
  { "true", "true" },
  { "byte 0xff", "255" },
  { "int16 -32768", "-32768" },
  { "uint16 65535", "65535" },
  { "-2147483648", "-2147483648" },
  { "uint32 4294967295", "4294967295" },
  { "int64 -9223372036854775808", "-9223372036854775808" },
  { "int64 9223372036854775807", "9223372036854775807" },
  { "uint64 18446744073709551615", "18446744073709551615" },
  { "handle 7", "7" },
  { "1.5", "1.5" },
  { "5.0", "5.0" },
  { "nan", "null" },
  { "inf", "null" },
  { "-inf", "null" },
  { "'x'", "\"x\"" },
  { "objectpath '/a/b'", "\"/a/b\"" },
  { "signature 'a{sv}'", "\"a{sv}\"" },
  { "<<5>>", "5" },
  { "@ms nothing", "null" },
  { "just 'x'", "\"x\"" },
  { "@mmi just nothing", "null" },
  { "@mv nothing", "null" },
  { "@as []", "[]" },
  { "[1, 2, 3]", "[1,2,3]" },
  { "[[1.5], []]", "[[1.5],[]]" },
  { "(1, 'a', true, <@mv nothing>)", "[1,\"a\",true,null]" },
  { "()", "[]" },
  { "@a{sv} {}", "{}" },
  { "{'a': <1.5>, 'b': <[<@mv nothing>, <true>]>, 'ü': <'日'>}",
    "{\"a\":1.5,\"b\":[null,true],\"ü\":\"日\"}" },
  { "{objectpath '/x': 1}", "{\"/x\":1}" },
  { "{signature 's': 1}", "{\"s\":1}" },
  { "@{sv} {'only', <1>}", "{\"only\":1}" },
  { "[{'a': 1}, {'b': 2}]", "[{\"a\":1},{\"b\":2}]" },
};

static const char *const unwritable[] = {
  "b'bytes'",       "@ay []",          "[b'x']",        "@aay []",
  "@may nothing",   "<b'x'>",          "{'a': <b'x'>}", "@a{is} {}",
  "{1: 'x'}",       "{true: <1>}",     "(1, b'')",      "{'a': <{2: 'b'}>}",
  "@{iv} {1, <1>}", "[<[<b'deep'>]>]",
};

/* JSON texts, and what they are read as. */
static const struct
{
  const char *json;
  const char *value;
} texts[] = {
  { "null", "@mv nothing" },
  { "true", "true" },
  { " \t\r\nfalse \n", "false" },
  { "0", "int64 0" },
  { "-0", "int64 0" },
  { "5", "int64 5" },
  { "-9223372036854775808", "int64 -9223372036854775808" },
  { "9223372036854775807", "int64 9223372036854775807" },
  { "9223372036854775808", "uint64 9223372036854775808" },
  { "18446744073709551615", "uint64 18446744073709551615" },
  { "18446744073709551616", "18446744073709551616.0" },
  { "-9223372036854775809", "-9223372036854775809.0" },
  { "5.0", "5.0" },
  { "-0.0", "-0.0" },
  { "1e2", "100.0" },
  { "1E+2", "100.0" },
  { "25e-1", "2.5" },
  { "0.1", "0.1" },
  { "1e23", "1e23" },
  { "123456789012345678901234567890.5", "1.2345678901234568e29" },
  { "1e-400", "0.0" },
  { "1.7976931348623157e308", "1.7976931348623157e308" },
  { "0.00000000000000000000000000000000000001", "1e-38" },
  { "\"\"", "''" },
  { "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "'a\"\\\\/\\b\\f\\n\\r\\t'" },
  { "\"\\u00fc\\u65E5\\ud83d\\ude00\"", "'ü日😀'" },
  { "\"ü日😀\x7f\"", "'ü日😀\x7f'" },
  { "[]", "@av []" },
  { "[1,\"a\",null,[]]", "[<int64 1>, <'a'>, <@mv nothing>, <@av []>]" },
  { "{}", "@a{sv} {}" },
  { "{ \"b\" : 1 , \"a\" : { \"\" : [ ] } }", "{'b': <int64 1>, 'a': <{'': <@av []>}>}" },
  /* As in Python: the last one's value in the first one's place. */
  { "{\"a\":1,\"b\":2,\"a\":3}", "{'a': <int64 3>, 'b': <int64 2>}" },
};

static const struct
{
  const char *json;
  const char *error;
} broken[] = {
  { "", "byte 0: expected a value, found the end" },
  { "  ", "byte 2: expected a value, found the end" },
  { "nul", "byte 0: expected a value, found 'n'" },
  { "True", "byte 0: expected a value, found 'T'" },
  { "NaN", "byte 0: expected a value" },
  { "Infinity", "byte 0: expected a value" },
  { "-Infinity", "byte 1: expected a digit" },
  { "1 2", "byte 2: expected the end, found '2'" },
  { "01", "byte 1: expected the end" },
  { "-", "byte 1: expected a digit, found the end" },
  { "+1", "byte 0: expected a value" },
  { ".5", "byte 0: expected a value" },
  { "1.", "byte 2: expected a digit" },
  { "1e", "byte 2: expected a digit" },
  { "1e+x", "byte 3: expected a digit" },
  { "[1e999]", "byte 1: the number is too large" },
  { "[1,]", "byte 3: expected a value, found ']'" },
  { "[1 2]", "byte 3: expected ',' or ']'" },
  { "[1", "byte 2: expected ',' or ']', found the end" },
  { "{1:2}", "byte 1: expected a string as a key" },
  { "{\"a\" 1}", "byte 5: expected ':'" },
  { "{\"a\":1,}", "byte 7: expected a string as a key" },
  { "{\"a\":1]", "byte 6: expected ',' or '}'" },
  { "'a'", "byte 0: expected a value" },
  { "\"a", "byte 2: expected '\"', found the end" },
  { "\"a\\", "byte 3: expected '\"', found the end" },
  { "\"a\nb\"", "byte 2: expected a character of a string" },
  { "\"\\x41\"", "byte 1: unknown escape" },
  { "\"\\u12g4\"", "byte 1: a \\u escape needs" },
  { "\"\\u12\"", "byte 1: a \\u escape needs" },
  { "\"\\u0000\"", "byte 1: a string with a NUL" },
  { "\"\\ud83d\"", "byte 1: half of a surrogate pair" },
  { "\"\\ude00\"", "byte 1: half of a surrogate pair" },
  { "\"\\ud83d\\u0041\"", "byte 1: half of a surrogate pair" },
  { "\"a\xff\"", "byte 2: invalid UTF-8" },
  { "\"\xc0\x80\"", "byte 1: invalid UTF-8" },
  { "\"\xed\xa0\x80\"", "byte 1: invalid UTF-8" },
  { "\xef\xbb\xbf"
    "1",
    "byte 0: expected a value, found byte 0xef" },
  { "/**/1", "byte 0: expected a value" },
};

static char *
write_json (GVariant *value, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);

  return qs_json_write (value, out, error) ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

static GVariant *
read_json (const char *text, gsize length, GError **error)
{
  /* Exactly as long as it is, so that a sanitizer sees a read beyond the end. */
  g_autofree guint8 *data = g_memdup2 (text, length);

  return qs_json_read (data, length, error);
}

static void
test_doubles (void)
{
  g_test_summary ("A double is written with the fewest digits that read back, as orjson does");

  for (gsize i = 0; i < G_N_ELEMENTS (doubles); i++)
    {
      char text[QS_JSON_DOUBLE_SIZE];

      g_assert_cmpuint (qs_json_format_double (doubles[i].value, text), ==, strlen (text));
      g_assert_cmpstr (text, ==, doubles[i].text);
    }
}

static void
test_doubles_read_back (void)
{
  g_test_summary ("Whatever bits a finite double has, what is written reads back as the same bits");

  for (int i = 0; i < 5000; i += stride ())
    {
      guint64 bits = (guint64) (guint32) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
      g_autoptr (GVariant) value = NULL;
      g_autoptr (GError) error = NULL;
      char   text[QS_JSON_DOUBLE_SIZE];
      double number;
      double again;

      memcpy (&number, &bits, sizeof number);
      if (!isfinite (number))
        continue;
      value = read_json (text, qs_json_format_double (number, text), &error);
      g_assert_no_error (error);
      again = g_variant_get_double (value);
      g_assert_cmpmem (&again, sizeof again, &number, sizeof number);
    }
}

static void
test_write (void)
{
  g_test_summary ("Every type that JSON has a word for is written as orjson writes it");

  for (gsize i = 0; i < G_N_ELEMENTS (written); i++)
    {
      g_autoptr (GVariant) value = parse (written[i].value);
      g_autoptr (GError) error = NULL;
      g_autofree char *json = write_json (value, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (json, ==, written[i].json);
    }
}

static void
test_write_unsupported (void)
{
  g_test_summary ("Bytes, and keys that aren't strings, are refused wherever and however empty");

  for (gsize i = 0; i < G_N_ELEMENTS (unwritable); i++)
    {
      g_autoptr (GVariant) value = parse (unwritable[i]);
      g_autoptr (GError) error = NULL;
      g_autofree char *json = write_json (value, &error);

      g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE);
      g_assert_null (json);
    }
}

static void
test_write_strings (void)
{
  static const char *const shorts[0x20] = {
    ['\b'] = "\"\\b\"", ['\t'] = "\"\\t\"", ['\n'] = "\"\\n\"",
    ['\f'] = "\"\\f\"", ['\r'] = "\"\\r\"",
  };
  g_autoptr (GVariant) raw =
      g_variant_ref_sink (g_variant_new_string ("\"\\/ \x7f \xe2\x80\xa8 \xf0\x9f\x98\x80"));
  g_autofree char *raw_json = write_json (raw, NULL);

  g_test_summary ("Only quotes, backslashes and control characters are escaped");

  g_assert_cmpstr (raw_json, ==, "\"\\\"\\\\/ \x7f \xe2\x80\xa8 \xf0\x9f\x98\x80\"");

  for (int c = 1; c < 0x20; c++)
    {
      const char text[] = { (char) c, '\0' };
      g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_string (text));
      g_autofree char *json = write_json (value, NULL);
      g_autofree char *hex = g_strdup_printf ("\"\\u%04x\"", c);
      g_autoptr (GVariant) again = read_json (json, strlen (json), NULL);

      g_assert_cmpstr (json, ==, shorts[c] != NULL ? shorts[c] : hex);
      g_assert_cmpvariant (again, value);
    }
}

static void
test_read (void)
{
  g_test_summary ("Each JSON text is read as the type that is promised");

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GVariant) expected = parse (texts[i].value);
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = read_json (texts[i].json, strlen (texts[i].json), &error);

      g_assert_no_error (error);
      g_assert_false (g_variant_is_floating (value));
      g_assert_cmpstr (g_variant_get_type_string (value), ==, g_variant_get_type_string (expected));
      g_assert_cmpvariant (value, expected);
    }
}

static void
test_read_broken (void)
{
  g_test_summary ("What is not JSON is an error that says where and why");

  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = read_json (broken[i].json, strlen (broken[i].json), &error);

      g_assert_null (value);
      g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA);
      if (strstr (error->message, broken[i].error) == NULL)
        g_error ("'%s': got '%s', not '%s'", broken[i].json, error->message, broken[i].error);
    }
}

static void
test_read_truncated (void)
{
  static const char text[] = "{\"a\":[1,-2.5e3,\"\\u00fc\\ud83d\\ude00ü\",null,true,false],"
                             "\"b\":{\"c\":[],\"d\":{}}}";

  g_test_summary ("A text that is cut anywhere is an error, and nothing behind the cut is read");

  for (gsize length = 0; length < sizeof text; length++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value G_GNUC_UNUSED = read_json (text, length, &error);

      if (length == sizeof text - 1)
        g_assert_no_error (error);
      else
        g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA);
    }
}

/* The same value after a trip through bytes: what is too deep for GVariant is
 * gone after that. */
static GVariant *
through_bytes (GVariant *value)
{
  g_autoptr (GVariant) copy = g_variant_take_ref (g_variant_byteswap (value));
  g_autoptr (GVariant) again = g_variant_take_ref (g_variant_byteswap (copy));

  g_assert_true (g_variant_is_normal_form (again));

  return g_steal_pointer (&again);
}

static void
check_depth (const char *open, const char *inner, const char *close, guint depth, gboolean allowed)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GVariant) again = NULL;
  g_autofree char *json = NULL;

  for (guint i = 0; i < depth; i++)
    g_string_append (text, open);
  g_string_append (text, inner);
  for (guint i = 0; i < depth; i++)
    g_string_append (text, close);

  value = read_json (text->str, text->len, &error);
  if (!allowed)
    {
      g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA);
      return;
    }

  g_assert_no_error (error);
  again = through_bytes (value);
  json = write_json (again, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (json, ==, text->str);
}

static void
test_read_depth (void)
{
  g_test_summary ("Up to the limit GVariant holds it all; beyond, it is an error, however deep");

  check_depth ("[", "null", "]", QS_JSON_MAX_DEPTH, TRUE);
  check_depth ("[", "null", "]", QS_JSON_MAX_DEPTH + 1, FALSE);
  check_depth ("[", "null", "]", 1000000, FALSE);
  check_depth ("{\"a\":", "null", "}", QS_JSON_MAX_DEPTH, TRUE);
  check_depth ("{\"a\":", "null", "}", QS_JSON_MAX_DEPTH + 1, FALSE);
  check_depth ("{\"a\":", "null", "}", 1000000, FALSE);
}

static void
test_write_depth (void)
{
  g_autoptr (GVariant) arrays = g_variant_ref_sink (g_variant_new_int32 (1));
  g_autoptr (GVariant) variants = g_variant_ref_sink (g_variant_new_int32 (1));

  g_test_summary ("What is nested too deep is refused before the stack is at its end");

  for (guint i = 0; i <= QS_JSON_MAX_DEPTH; i++)
    {
      g_autoptr (GVariant) inner = g_steal_pointer (&arrays);
      g_autoptr (GError) error = NULL;
      g_autofree char *json G_GNUC_UNUSED = write_json (inner, &error);

      g_assert_no_error (error);
      arrays = g_variant_ref_sink (g_variant_new_tuple (&inner, 1));
    }
  for (guint i = 0; i < 10000; i++)
    {
      g_autoptr (GVariant) inner = g_steal_pointer (&variants);

      variants = g_variant_ref_sink (g_variant_new_variant (inner));
    }

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *json G_GNUC_UNUSED = write_json (i == 0 ? arrays : variants, &error);

      g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_OUT_OF_RANGE);
    }
}

static void
test_read_large (void)
{
  g_autoptr (GString) text = g_string_new ("{");
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *json = NULL;
  gint64           number;

  g_test_summary ("Of a ten thousand members, each name is there once, with its last value");

  for (guint i = 0; i < 10000; i++)
    g_string_append_printf (text, "%s\"key%u\":%u", i > 0 ? "," : "", i % 5000, i);
  g_string_append_c (text, '}');

  value = read_json (text->str, text->len, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (value), ==, 5000);
  g_assert_true (g_variant_lookup (value, "key7", "x", &number));
  g_assert_cmpint (number, ==, 5007);
  json = write_json (value, &error);
  g_assert_true (g_str_has_prefix (json, "{\"key0\":5000,\"key1\":5001,"));

  g_clear_pointer (&value, g_variant_unref);
  g_string_assign (text, "0.");
  for (guint i = 0; i < 1000000; i++)
    g_string_append_c (text, '7');
  value = read_json (text->str, text->len, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (g_variant_get_double (value), ==, 7.0 / 9.0);
}

/* A random value of what JSON can hold. */
static GVariant *
random_value (guint depth)
{
  GVariantBuilder builder;
  char            text[3] = { (char) g_test_rand_int_range (1, 0x7f), 'x', '\0' };

  switch (g_test_rand_int_range (0, depth < 5 ? 7 : 5))
    {
    case 0:
      return g_variant_new_boolean (g_test_rand_int () & 1);

    case 1:
      return g_variant_new_int64 ((gint64) g_test_rand_int () *
                                  g_test_rand_int_range (1, G_MAXINT32));

    case 2:
      return g_variant_new_double (g_test_rand_double_range (-1e6, 1e6));

    case 3:
      return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);

    case 4:
      return g_variant_new_string (text);

    case 5:
      g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
      for (int i = g_test_rand_int_range (0, 5); i > 0; i--)
        g_variant_builder_add (&builder, "v", random_value (depth + 1));
      return g_variant_builder_end (&builder);

    default:
      g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sv}"));
      for (int i = g_test_rand_int_range (0, 5); i > 0; i--)
        {
          text[1] = (char) ('0' + i);
          g_variant_builder_add (&builder, "{sv}", text, random_value (depth + 1));
        }
      return g_variant_builder_end (&builder);
    }
}

static void
test_round_trip (void)
{
  g_test_summary ("What is written reads back equal, also with some of its bytes changed at random"
                  " if it is still JSON");

  for (int i = 0; i < 500; i += stride ())
    {
      g_autoptr (GVariant) value = g_variant_ref_sink (random_value (0));
      g_autoptr (GError) error = NULL;
      g_autofree char *json = write_json (value, &error);
      gsize            length = strlen (json);
      g_autoptr (GVariant) again = read_json (json, length, &error);

      g_assert_no_error (error);
      g_assert_cmpvariant (again, value);

      for (guint j = 0; j < 10; j++)
        {
          g_autoptr (GVariant) changed = NULL;

          json[g_test_rand_int_range (0, (gint32) length)] = (char) g_test_rand_int ();
          changed = read_json (json, length, NULL);
          if (changed != NULL)
            {
              g_autofree char *changed_json = write_json (changed, &error);
              g_autoptr (GVariant) third = NULL;

              g_assert_no_error (error);
              third = read_json (changed_json, strlen (changed_json), &error);
              g_assert_no_error (error);
              g_assert_cmpvariant (third, changed);
            }
        }
    }
}

static void
test_null_data (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = qs_json_read (NULL, 0, &error);

  g_test_summary ("No data at all is an error, not a crash");

  g_assert_null (value);
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_INVALID_DATA);
}

static void
test_speed (void)
{
  g_autoptr (GVariant) value =
      parse ("{'id': <int64 123456>, 'name': <'sensor-17'>, 'temperature': <21.5>, 'ok': <true>}");
  g_autoptr (GString) out = g_string_new (NULL);
  const guint n = 200000;
  double      ns;

  g_test_summary ("How long a small object takes");

  g_test_timer_start ();
  for (guint i = 0; i < n; i++)
    {
      g_string_truncate (out, 0);
      g_assert_true (qs_json_write (value, out, NULL));
    }
  ns = g_test_timer_elapsed () / n * 1e9;
  g_test_minimized_result (ns, "writing %s: %.0f ns", out->str, ns);

  g_test_timer_start ();
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GVariant) again = qs_json_read ((const guint8 *) out->str, out->len, NULL);

      g_assert_nonnull (again);
    }
  ns = g_test_timer_elapsed () / n * 1e9;
  g_test_minimized_result (ns, "reading it: %.0f ns", ns);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/json/doubles", test_doubles);
  g_test_add_func ("/json/doubles/read-back", test_doubles_read_back);
  g_test_add_func ("/json/write", test_write);
  g_test_add_func ("/json/write/unsupported", test_write_unsupported);
  g_test_add_func ("/json/write/strings", test_write_strings);
  g_test_add_func ("/json/write/depth", test_write_depth);
  g_test_add_func ("/json/read", test_read);
  g_test_add_func ("/json/read/broken", test_read_broken);
  g_test_add_func ("/json/read/truncated", test_read_truncated);
  g_test_add_func ("/json/read/depth", test_read_depth);
  g_test_add_func ("/json/read/large", test_read_large);
  g_test_add_func ("/json/read/null-data", test_null_data);
  g_test_add_func ("/json/round-trip", test_round_trip);
  if (g_test_perf ())
    g_test_add_func ("/json/speed", test_speed);

  return g_test_run ();
}
