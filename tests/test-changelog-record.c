/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qs-changelog-record-private.h"
#include "qs-headers.h"
#include "qs-state-error.h"
#include "qs-state-key-private.h"
#include "qs-state-value-private.h"

#define UUID "01234567-89ab-4cde-8f01-23456789abcd"

static const QsHeaderView family = { "__column_family__", (const guint8 *) "default", 7 };
static const QsHeaderView offsets = { "__processed_tp_offsets__", (const guint8 *) "null", 4 };

static void
set_data (QsRecordView *view, const char *key, const char *value)
{
  view->key = (const guint8 *) key;
  view->key_length = key != NULL ? strlen (key) : 0;
  view->value = (const guint8 *) value;
  view->value_length = value != NULL ? strlen (value) : 0;
}

/* Parses a record with these headers, and must succeed. */
static QsChangelogRecord
parse (const char *key, const char *value, const QsHeaderView *headers, guint n_headers)
{
  QsRecordView      view = { .offset = 12, .headers = headers, .n_headers = n_headers };
  QsChangelogRecord record;
  g_autoptr (GError) error = NULL;
  gboolean ok = FALSE;

  set_data (&view, key, value);
  ok = qs_changelog_record_parse (&record, &view, "log", &error);
  g_assert_no_error (error);
  g_assert_true (ok);

  return record;
}

/* The same, and must fail. */
static void
refuse (const char *key, const char *value, const QsHeaderView *headers, guint n_headers)
{
  QsRecordView view = { .partition = 3, .offset = 12, .headers = headers, .n_headers = n_headers };
  QsChangelogRecord record;
  g_autoptr (GError) error = NULL;

  set_data (&view, key, value);
  g_assert_false (qs_changelog_record_parse (&record, &view, "the-log", &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MALFORMED);
  g_assert_nonnull (strstr (error->message, "changelog 'the-log', partition 3, offset 12"));
}

static void
assert_bytes (GBytes *bytes, const char *expected)
{
  g_assert_nonnull (bytes);
  g_assert_cmpmem (
      g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected, strlen (expected));
}

static void
test_golden_headers (void)
{
  g_autoptr (QsHeaders) plain = qs_changelog_record_new_headers (0);
  g_autoptr (QsHeaders) expiring = qs_changelog_record_new_headers (61000);

  g_test_summary ("A record carries the two headers of Quix Streams, in its order and bytes");

  g_assert_cmpuint (qs_headers_get_length (plain), ==, 2);
  g_assert_cmpstr (qs_headers_get_name (plain, 0), ==, "__column_family__");
  assert_bytes (qs_headers_get_value (plain, 0), "\x64\x65\x66\x61\x75\x6c\x74");
  g_assert_cmpstr (qs_headers_get_name (plain, 1), ==, "__processed_tp_offsets__");
  assert_bytes (qs_headers_get_value (plain, 1), "\x6e\x75\x6c\x6c");

  /* One that expires has a third, which Quix Streams ignores. */
  g_assert_cmpuint (qs_headers_get_length (expiring), ==, 3);
  g_assert_cmpstr (qs_headers_get_name (expiring, 2), ==, "__qsource_expires__");
  assert_bytes (qs_headers_get_value (expiring, 2), "61000");
}

static void
test_golden_data (void)
{
  static const struct
  {
    const char *key;
    const char *value;
    const char *key_bytes;
    const char *value_bytes;
  } examples[] = {
    { "current", "5", "\x22\x63\x75\x72\x72\x65\x6e\x74\x22", "\x35" },
    { "\xc3\xa9/x",
      "{'a': <1.5>, 'b': <[<@mv nothing>, <true>]>, '\xc3\xbc': <'\xe6\x97\xa5'>}",
      "\x22\xc3\xa9\x2f\x78\x22",
      "{\"a\":1.5,\"b\":[null,true],\"\xc3\xbc\":\"\xe6\x97\xa5\"}" },
    { "nothing", "@mv nothing", "\"nothing\"", "\x6e\x75\x6c\x6c" },
    { "a\"b\\\n", "-0.0", "\"a\\\"b\\\\\\n\"", "-0.0" },
  };

  g_test_summary ("Keys and values are the bytes that Quix Streams writes");

  for (guint i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = g_variant_parse (NULL, examples[i].value, NULL, NULL, &error);
      g_autoptr (GByteArray) key = g_byte_array_new ();
      g_autoptr (GBytes) key_bytes = NULL;
      g_autoptr (GBytes) value_bytes = NULL;

      g_assert_no_error (error);
      qs_state_key_encode (key, (const guint8 *) examples[i].key, strlen (examples[i].key), &error);
      key_bytes = g_byte_array_free_to_bytes (g_steal_pointer (&key));
      g_assert_no_error (error);
      value_bytes = qs_state_value_encode (value, &error);
      g_assert_no_error (error);
      assert_bytes (key_bytes, examples[i].key_bytes);
      assert_bytes (value_bytes, examples[i].value_bytes);
    }
}

static void
test_worked_examples (void)
{
  const QsHeaderView both[] = { family, offsets };
  QsChangelogRecord  record;

  g_test_summary ("Every kind of record that Quix Streams writes is read as what it is");

  record = parse ("\"current\"", "5", both, 2);
  g_assert_cmpint (record.kind, ==, QS_CHANGELOG_ENTRY);
  g_assert_cmpmem (record.key, record.key_length, "\"current\"", 9);
  g_assert_cmpmem (record.value, record.value_length, "5", 1);
  g_assert_cmpint (record.time, ==, 0);

  /* A key of bytes, an integer, null as a value, a tombstone for a tuple. */
  record = parse ("raw-key", "\x01\x02", both, 2);
  g_assert_cmpmem (record.key, record.key_length, "raw-key", 7);
  record = parse ("7", "null", both, 2);
  g_assert_cmpmem (record.value, record.value_length, "null", 4);
  record = parse ("[\"t\",1]", NULL, both, 2);
  g_assert_null (record.value);

  /* What looks like their time-to-live is part of the value: never guess. */
  record = parse ("\"k\"", "\xff\xff\xff\xff\xff\xff\xff\xff\x31", both, 2);
  g_assert_cmpuint (record.value_length, ==, 9);
  g_assert_cmpint (record.time, ==, 0);

  /* An empty value is not a null one. */
  record = parse ("\"k\"", "", both, 2);
  g_assert_nonnull (record.value);
  g_assert_cmpuint (record.value_length, ==, 0);
}

static void
test_headers (void)
{
  const QsHeaderView unknown = { "__ttl_stamped__", (const guint8 *) "1", 1 };
  const QsHeaderView expires = { "__qsource_expires__", (const guint8 *) "61000", 5 };
  const QsHeaderView with_unknown[] = { unknown, family, unknown };
  const QsHeaderView with_expires[] = { family, offsets, expires };

  g_test_summary ("Missing offsets and unknown headers are accepted, and expiry is read");

  parse ("\"k\"", "1", &family, 1);
  parse ("\"k\"", "1", with_unknown, 3);
  g_assert_cmpint (parse ("\"k\"", "1", with_expires, 3).time, ==, 61000);
}

static void
test_own_records (void)
{
  const QsHeaderView both[] = { family, offsets };
  QsChangelogRecord  record;

  g_test_summary ("The library's own records are told from entries");

  record = parse ("__qsource_changelog_id__", UUID, both, 2);
  g_assert_cmpint (record.kind, ==, QS_CHANGELOG_IDENTITY);
  g_assert_cmpmem (record.value, record.value_length, UUID, 36);

  record = parse ("__qsource_now__", "1700000000000", both, 2);
  g_assert_cmpint (record.kind, ==, QS_CHANGELOG_NOW);
  g_assert_cmpint (record.time, ==, G_GINT64_CONSTANT (1700000000000));

  /* A state's own key of that name is a JSON string, and no such record. */
  record = parse ("\"__qsource_now__\"", "1", both, 2);
  g_assert_cmpint (record.kind, ==, QS_CHANGELOG_ENTRY);
}

static void
test_refused (void)
{
  static const char *const times[] = { "", "x", "-1", "0", "1.5", "99999999999999999999", " 5" };
  const QsHeaderView       both[] = { family, offsets };
  const QsHeaderView       empty_family = { "__column_family__", (const guint8 *) "", 0 };
  const QsHeaderView       null_family = { "__column_family__", NULL, 0 };
  const QsHeaderView       other_family = { "__column_family__", (const guint8 *) "other", 5 };
  const QsHeaderView       followed[] = {
          family, { "__processed_tp_offsets__", (const guint8 *) "{\"topic\":3}", 11 }
  };

  g_test_summary ("What can't be understood is an error that names topic, partition and offset");

  refuse (NULL, "1", both, 2);
  refuse ("\"k\"", "1", NULL, 0);
  refuse ("\"k\"", "1", &offsets, 1);
  refuse ("\"k\"", "1", &empty_family, 1);
  refuse ("\"k\"", "1", &null_family, 1);
  refuse ("\"k\"", "1", &other_family, 1);
  refuse ("\"k\"", "1", followed, 2);
  refuse ("__qsource_changelog_id__", "me", both, 2);
  refuse ("__qsource_changelog_id__", NULL, both, 2);
  refuse ("__qsource_now__", NULL, both, 2);
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      const QsHeaderView expires[] = {
        family,
        offsets,
        { "__qsource_expires__", (const guint8 *) times[i], strlen (times[i]) },
      };

      refuse ("\"k\"", "1", expires, 3);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/changelog-record/golden/headers", test_golden_headers);
  g_test_add_func ("/changelog-record/golden/data", test_golden_data);
  g_test_add_func ("/changelog-record/read/quix", test_worked_examples);
  g_test_add_func ("/changelog-record/read/headers", test_headers);
  g_test_add_func ("/changelog-record/read/own", test_own_records);
  g_test_add_func ("/changelog-record/refused", test_refused);

  return g_test_run ();
}
