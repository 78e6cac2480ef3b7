/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-callback.h"
#include "qs-dataframe-private.h"
#include "qs-headers.h"
#include "qs-message-private.h"
#include "qs-printer-private.h"
#include "qs-record-private.h"
#include "qs-topic.h"

#include "fake-gjs.h"

typedef struct
{
  QsTopic     *topic;
  QsDataframe *dataframe;
  GString     *trace;     /* what was called, in order */
  guint        n_nothing; /* calls that return nothing before one that doesn't */
  gboolean     is_ignoring;
  GString     *ignored;   /* errors */
  GString     *results;   /* values that came out */
  guint        n_results; /* of the last record */
} Fixture;

static QsRecord *
new_record (GVariant *key, GVariant *value, QsHeaders *headers)
{
  g_autoptr (QsMessage) message =
      qs_message_new_received (NULL, NULL, headers, 1500, "numbers", 2, 7);

  return qs_record_new (message, key, value);
}

static gboolean
ignore_cb (QsRecord *record, QsMessage *undelivered, const GError *error, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_null (undelivered);
  g_string_append_printf (fixture->ignored, "%s\n", error->message);

  return TRUE;
}

static void
result_cb (QsRecord *record, GVariant *value, gpointer user_data)
{
  Fixture         *fixture = user_data;
  g_autofree char *text = g_variant_print (value, FALSE);

  g_string_append_printf (fixture->results, "%s ", text);
}

static gboolean
process (Fixture *fixture, gint64 value, GError **error)
{
  g_autoptr (QsRecord) record = new_record (NULL, g_variant_new_int64 (value), NULL);
  QsJourney journey = {
    .ignore = fixture->is_ignoring ? ignore_cb : NULL,
    .result = result_cb,
    .user_data = fixture,
  };
  gboolean ok = qs_dataframe_process (fixture->dataframe, record, &journey, error);

  fixture->n_results = journey.n_results;
  g_assert_null (journey.undelivered);

  return ok;
}

static GVariant *
add_one (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  Fixture *fixture = user_data;

  g_string_append_printf (fixture->trace, "apply %d ", (int) g_variant_get_int64 (value));
  if (fixture->n_nothing > 0)
    {
      fixture->n_nothing--;
      return NULL;
    }

  return g_variant_new_int64 (g_variant_get_int64 (value) + 1);
}

static QsVerdict
keep_small (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  Fixture *fixture = user_data;
  gint64   number = g_variant_get_int64 (value);

  g_string_append_printf (fixture->trace, "filter %d ", (int) number);
  if (number < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "it is negative");
      return QS_VERDICT_INVALID;
    }

  return number < 10 ? QS_VERDICT_KEEP : QS_VERDICT_DROP;
}

static gboolean
note (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  Fixture *fixture = user_data;

  g_assert_cmpint (qs_record_get_offset (record), ==, 7);
  g_string_append_printf (fixture->trace, "sink %d ", (int) g_variant_get_int64 (value));

  return TRUE;
}

static gboolean
fail_without_error (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  return FALSE;
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  fixture->topic = qs_topic_new ("numbers");
  fixture->dataframe = qs_dataframe_new (fixture->topic);
  fixture->trace = g_string_new (NULL);
  fixture->ignored = g_string_new (NULL);
  fixture->results = g_string_new (NULL);
  fake_gjs_is_there = FALSE;
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_assert_finalize_object (fixture->dataframe);
  g_assert_finalize_object (fixture->topic);
  g_string_free (fixture->trace, TRUE);
  g_string_free (fixture->ignored, TRUE);
  g_string_free (fixture->results, TRUE);
}

static void
test_dataframe_order (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  QsDataframe *added = NULL;
  QsDataframe *small = NULL;

  g_test_summary ("A record goes through the steps in their order, until it is dropped");

  added = qs_dataframe_apply (fixture->dataframe, add_one, fixture, NULL);
  g_assert_true (added != fixture->dataframe);
  g_assert_true (qs_dataframe_get_topic (added) == fixture->topic);
  small = qs_dataframe_filter (added, keep_small, fixture, NULL);
  g_assert_true (qs_dataframe_sink (small, note, fixture, NULL) == small);

  g_assert_true (process (fixture, 3, &error));
  g_assert_true (process (fixture, 9, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (fixture->trace->str, ==, "apply 3 filter 4 sink 4 apply 9 filter 10 ");
}

static void
test_dataframe_update (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("update() and sink() leave the value as it is");

  qs_dataframe_update (fixture->dataframe, note, fixture, NULL);
  qs_dataframe_sink (fixture->dataframe, note, fixture, NULL);
  g_assert_true (process (fixture, 3, &error));
  g_assert_cmpstr (fixture->trace->str, ==, "sink 3 sink 3 ");
}

static void
test_dataframe_failure (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A callback's error keeps its domain and code, and names record and step");

  qs_dataframe_update (fixture->dataframe, note, fixture, NULL);
  qs_dataframe_filter (fixture->dataframe, keep_small, fixture, NULL);
  qs_dataframe_sink (fixture->dataframe, note, fixture, NULL);
  g_assert_false (process (fixture, -1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_cmpstr (error->message,
                   ==,
                   "Cannot process the record of topic 'numbers', partition 2, offset 7 "
                   "in step 2 (filter): it is negative");

  g_clear_error (&error);
  g_assert_true (process (fixture, 1, &error));
}

static void
test_dataframe_again (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A callback that GJS has lost is called again, and only that one");

  qs_dataframe_update (fixture->dataframe, note, fixture, NULL);
  qs_dataframe_sink (
      qs_dataframe_apply (fixture->dataframe, add_one, fixture, NULL), note, fixture, NULL);
  fixture->n_nothing = 1;
  fake_gjs_is_there = TRUE;
  g_assert_false (process (fixture, 3, &error));
  g_clear_error (&error);
  g_string_truncate (fixture->trace, 0);

  qs_callback_guard (QS_TYPE_DATAFRAME, "step");
  fixture->n_nothing = 1;

  g_assert_true (process (fixture, 3, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (fixture->trace->str, ==, "sink 3 apply 3 apply 3 sink 4 ");
}

static void
test_dataframe_nothing (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A callback that returns nothing, twice in GJS, has failed: that is no verdict");

  qs_dataframe_sink (fixture->dataframe, fail_without_error, NULL, NULL);
  g_assert_false (process (fixture, 3, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);

  g_clear_error (&error);
  fake_gjs_is_there = TRUE;
  g_assert_false (process (fixture, 3, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "step 1 (sink): the callback returned nothing"));
}

static void
test_dataframe_branches (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  QsDataframe *added = NULL;

  g_test_summary ("Branches are nothing to each other, and are gone along in their order");

  qs_dataframe_sink (
      qs_dataframe_filter (fixture->dataframe, keep_small, fixture, NULL), note, fixture, NULL);
  added = qs_dataframe_apply (fixture->dataframe, add_one, fixture, NULL);
  qs_dataframe_sink (fixture->dataframe, note, fixture, NULL);
  qs_dataframe_sink (added, note, fixture, NULL);

  g_assert_true (process (fixture, 10, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (fixture->trace->str, ==, "filter 10 apply 10 sink 11 sink 10 ");
  g_assert_cmpstr (fixture->results->str, ==, "11 10 ");
  g_assert_cmpuint (fixture->n_results, ==, 2);

  g_string_truncate (fixture->trace, 0);
  g_assert_true (process (fixture, 1, &error));
  g_assert_cmpstr (fixture->trace->str, ==, "filter 1 sink 1 apply 1 sink 2 sink 1 ");
  g_assert_cmpuint (fixture->n_results, ==, 3);
}

static void
test_dataframe_replace (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  QsDataframe *before = NULL;
  QsDataframe *after = NULL;

  g_test_summary ("replace() counts for what is added after it, branches too");

  before = qs_dataframe_filter (fixture->dataframe, keep_small, fixture, NULL);
  g_assert_true (qs_dataframe_replace (fixture->dataframe, add_one, fixture, NULL) ==
                 fixture->dataframe);
  after = qs_dataframe_filter (fixture->dataframe, keep_small, fixture, NULL);
  qs_dataframe_replace (fixture->dataframe, add_one, fixture, NULL);
  qs_dataframe_sink (fixture->dataframe, note, fixture, NULL);
  qs_dataframe_sink (before, note, fixture, NULL);
  qs_dataframe_sink (after, note, fixture, NULL);

  g_assert_true (process (fixture, 1, &error));
  g_assert_cmpstr (
      fixture->trace->str, ==, "filter 1 sink 1 apply 1 filter 2 sink 2 apply 2 sink 3 ");
  g_assert_cmpstr (fixture->results->str, ==, "1 2 3 ");
}

static void
test_dataframe_diamond (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  QsDataframe *small = qs_dataframe_filter (fixture->dataframe, keep_small, fixture, NULL);
  QsDataframe *added = qs_dataframe_apply (fixture->dataframe, add_one, fixture, NULL);

  g_test_summary ("What comes along two branches that are joined goes on twice");

  qs_dataframe_sink (qs_dataframe_concat (small, added), note, fixture, NULL);
  g_assert_true (process (fixture, 3, &error));
  g_assert_cmpstr (fixture->trace->str, ==, "filter 3 sink 3 apply 3 sink 4 ");
  g_assert_cmpuint (fixture->n_results, ==, 2);

  g_string_truncate (fixture->trace, 0);
  g_assert_true (process (fixture, 30, &error));
  g_assert_cmpstr (fixture->trace->str, ==, "filter 30 apply 30 sink 31 ");
  g_assert_cmpuint (fixture->n_results, ==, 1);
}

static void
test_dataframe_ignored (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  QsDataframe *branch = NULL;

  g_test_summary ("An error that is ignored ends its branch only, and what follows in it");

  branch = qs_dataframe_apply (fixture->dataframe, add_one, fixture, NULL);
  qs_dataframe_sink (branch, fail_without_error, NULL, NULL);
  qs_dataframe_sink (branch, note, fixture, NULL);
  qs_dataframe_sink (
      qs_dataframe_filter (fixture->dataframe, keep_small, fixture, NULL), note, fixture, NULL);
  qs_dataframe_sink (fixture->dataframe, note, fixture, NULL);

  g_assert_false (process (fixture, -3, &error));
  g_assert_cmpstr (fixture->trace->str, ==, "apply -3 ");
  g_clear_error (&error);

  g_string_truncate (fixture->trace, 0);
  fixture->is_ignoring = TRUE;
  g_assert_true (process (fixture, -3, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (fixture->trace->str, ==, "apply -3 filter -3 sink -3 ");
  g_assert_cmpuint (fixture->n_results, ==, 1);
  g_assert_nonnull (strstr (fixture->ignored->str, "in step 2 (sink): the callback returned"));
  g_assert_nonnull (strstr (fixture->ignored->str, "in step 1 (filter): it is negative"));
}

static GVariant *
count_up (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  gint64          n = g_variant_get_int64 (value);
  GVariantBuilder builder;

  if (n > 100)
    return g_variant_new_string ("many");

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (gint64 i = 0; i < n; i++)
    g_variant_builder_add (&builder, "v", g_variant_new_int64 (i));

  return g_variant_builder_end (&builder);
}

static void
test_dataframe_expand (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  QsDataframe *items = qs_dataframe_expand (fixture->dataframe, count_up, NULL, NULL);

  g_test_summary ("Each item of an array goes on by itself; what is no array fails");

  qs_dataframe_sink (items, note, fixture, NULL);
  g_assert_true (process (fixture, 3, &error));
  g_assert_cmpstr (fixture->trace->str, ==, "sink 0 sink 1 sink 2 ");
  g_assert_cmpuint (fixture->n_results, ==, 3);
  g_assert_true (process (fixture, 0, &error));
  g_assert_cmpuint (fixture->n_results, ==, 0);

  g_assert_false (process (fixture, 101, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "(expand): Cannot expand a value of type 's'"));
}

static QsHeaders *
mark (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  QsHeaders *headers = qs_headers_new ();
  g_autoptr (GBytes) text = g_bytes_new_static ("x", 1);

  qs_headers_append (headers, "mark", text);

  return headers;
}

static gint64
value_as_time (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  return g_variant_get_int64 (value);
}

static gboolean
note_metadata (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  Fixture   *fixture = user_data;
  QsHeaders *headers = qs_record_get_headers (record);

  g_string_append_printf (fixture->trace,
                          "%d %s ",
                          (int) qs_record_get_timestamp (record),
                          headers != NULL ? qs_headers_get_name (headers, 0) : "-");

  return TRUE;
}

static void
test_dataframe_metadata (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  QsDataframe *marked = qs_dataframe_set_headers (fixture->dataframe, mark, NULL, NULL);
  QsDataframe *timed = qs_dataframe_set_timestamp (marked, value_as_time, NULL, NULL);

  g_test_summary ("Headers and timestamps are those of a branch; no timestamp is a failure");

  qs_dataframe_sink (marked, note_metadata, fixture, NULL);
  qs_dataframe_sink (timed, note_metadata, fixture, NULL);
  qs_dataframe_sink (fixture->dataframe, note_metadata, fixture, NULL);
  g_assert_true (process (fixture, 42, &error));
  g_assert_cmpstr (fixture->trace->str, ==, "42 mark 1500 mark 1500 - ");

  g_assert_false (process (fixture, 0, &error));
  g_assert_nonnull (
      strstr (error->message, "step 2 (set_timestamp): the callback returned nothing"));
}

static void
test_dataframe_deep (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  QsDataframe *last = fixture->dataframe;

  g_test_summary ("A chain of a thousand branches is no problem");

  for (guint i = 0; i < 1000; i++)
    last = qs_dataframe_filter (last, keep_small, fixture, NULL);
  g_assert_true (process (fixture, 1, &error));
  g_assert_cmpuint (fixture->n_results, ==, 1);
}

static void
test_dataframe_destroy (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsDataframe) dataframe = qs_dataframe_new (fixture->topic);
  guint n_destroyed = 0;

  g_test_summary ("The data of the callbacks is freed with the dataframe");

  qs_dataframe_apply (dataframe, add_one, &n_destroyed, (GDestroyNotify) g_atomic_int_inc);
  qs_dataframe_filter (dataframe, keep_small, &n_destroyed, (GDestroyNotify) g_atomic_int_inc);
  qs_dataframe_update (dataframe, note, &n_destroyed, (GDestroyNotify) g_atomic_int_inc);
  qs_dataframe_sink (dataframe, note, &n_destroyed, (GDestroyNotify) g_atomic_int_inc);
  g_clear_object (&dataframe);
  g_assert_cmpuint (n_destroyed, ==, 4);
}

static void
assert_printed (QsRecord   *record,
                GVariant   *value,
                gboolean    metadata,
                gboolean    for_terminal,
                const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  qs_printer_append (text, record, value, metadata, for_terminal);
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_printer (void)
{
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (GBytes) text = g_bytes_new_static ("\"x\"\n", 4);
  g_autoptr (GBytes) binary = g_bytes_new_static ("\xff\x00", 2);
  g_autoptr (QsRecord) record = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (1);
  g_autofree char *second = g_date_time_format (time, "%F %T");
  g_autofree char *lines = NULL;

  g_test_summary ("A record is printed in one line, with its metadata as one JSON object");

  qs_headers_append (headers, "a", text);
  qs_headers_append (headers, "a", binary);
  qs_headers_append (headers, "b", NULL);
  record =
      new_record (g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, "k\x1b", 2, 1), NULL, headers);
  value = g_variant_ref_sink (g_variant_new_parsed ("{'i': <int64 0>, 's': <'\n'>}"));

  assert_printed (record, value, FALSE, FALSE, "{\"i\":0,\"s\":\"\\n\"}\n");
  assert_printed (record, NULL, FALSE, TRUE, "null\n");
  assert_printed (record,
                  value,
                  TRUE,
                  FALSE,
                  "{\"key\":\"k\\u001b\",\"value\":{\"i\":0,\"s\":\"\\n\"},"
                  "\"timestamp\":1500,\"topic\":\"numbers\",\"partition\":2,\"offset\":7,"
                  "\"headers\":[[\"a\",\"\\\"x\\\"\\n\"],[\"a\",\"0xff00\"],[\"b\",null]]}\n");

  lines = g_strdup_printf ("numbers/2 @7  %s.500  key \"k\\u001b\"  headers "
                           "[[\"a\",\"\\\"x\\\"\\n\"],[\"a\",\"0xff00\"],[\"b\",null]]\n"
                           "    {\"i\":0,\"s\":\"\\n\"}\n",
                           second);
  assert_printed (record, value, TRUE, TRUE, lines);
}

/* Whatever is in a record, it is printed in one line, in characters that do nothing. */
static void
test_printer_hostile (void)
{
  static const char *const texts[] = {
    "",
    "a\xc2\x85z\x7f",            /* C1, DEL */
    "\xe2\x80\xaegpj.exe",       /* right-to-left override */
    "\xe2\x81\xa6x\xe2\x81\xa9", /* isolates */
    "\xe2\x80\xa8",              /* line separator */
    "\xff\xfe",                  /* not UTF-8 */
    "\xed\xa0\xbd",              /* a surrogate */
    "\x1b[2J",
  };
  g_autofree char *huge = g_strnfill (1024 * 1024, 'n');

  g_test_summary ("Hostile keys, values and headers are printed as harmless text");

  for (guint i = 0; i <= G_N_ELEMENTS (texts); i++)
    {
      const char *text = i < G_N_ELEMENTS (texts) ? texts[i] : huge;
      g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
      g_autoptr (QsHeaders) headers = qs_headers_new ();
      g_autoptr (QsRecord) record = NULL;
      g_autoptr (GVariant) value = NULL;

      qs_headers_append (headers, text, bytes);
      value = g_variant_ref_sink (g_variant_new_from_data (
          G_VARIANT_TYPE_BYTESTRING, text, strlen (text), TRUE, NULL, NULL));
      record = new_record (value, value, headers);

      for (guint how = 0; how < 4; how++)
        {
          g_autoptr (GString) out = g_string_new (NULL);
          guint n_lines = 0;

          qs_printer_append (out, record, value, how & 1, how & 2);
          g_assert_true (g_utf8_validate (out->str, out->len, NULL));
          for (const char *c = out->str; *c != '\0'; c = g_utf8_next_char (c))
            {
              gunichar code = g_utf8_get_char (c);

              n_lines += code == '\n';
              g_assert_true (code == '\n' || code >= ' ');
              g_assert_false (code >= 0x7f && code <= 0x9f);
              g_assert_false (code >= 0x2028 && code <= 0x202e);
              g_assert_false (code >= 0x2066 && code <= 0x2069);
            }
          g_assert_cmpuint (n_lines, ==, how == 3 ? 2 : 1);
        }
    }
}

#define ADD(name, function)                                                                        \
  g_test_add ("/dataframe/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("order", test_dataframe_order);
  ADD ("update", test_dataframe_update);
  ADD ("failure", test_dataframe_failure);
  ADD ("again", test_dataframe_again);
  ADD ("nothing", test_dataframe_nothing);
  ADD ("branches", test_dataframe_branches);
  ADD ("replace", test_dataframe_replace);
  ADD ("diamond", test_dataframe_diamond);
  ADD ("ignored", test_dataframe_ignored);
  ADD ("expand", test_dataframe_expand);
  ADD ("metadata", test_dataframe_metadata);
  ADD ("deep", test_dataframe_deep);
  ADD ("destroy", test_dataframe_destroy);
  g_test_add_func ("/dataframe/printer", test_printer);
  g_test_add_func ("/dataframe/printer-hostile", test_printer_hostile);

  return g_test_run ();
}
