/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>

#include "slowness.h"

#define MAX_MESSAGES 100

/* Of Kafka's protocol. */
#define API_PRODUCE 0
#define API_TXN_OFFSET_COMMIT 28
#define CODE_ILLEGAL_GENERATION 22
#define CODE_INVALID_RECORD 87

/* A source that produces one record for each of its texts, which is a header, too. */
G_DECLARE_FINAL_TYPE (TextSource, text_source, TEST, TEXT_SOURCE, QsSource)
struct _TextSource
{
  QsSource           parent_instance;
  const char *const *texts;
};
G_DEFINE_FINAL_TYPE (TextSource, text_source, QS_TYPE_SOURCE)

static gboolean
text_source_run (QsSource *source, GError **error)
{
  TextSource *self = TEST_TEXT_SOURCE (source);

  for (guint i = 0; self->texts[i] != NULL; i++)
    {
      g_autoptr (GBytes) key = g_bytes_new_static ("k", 1);
      g_autoptr (GBytes) value = g_bytes_new (self->texts[i], strlen (self->texts[i]));
      g_autoptr (QsHeaders) headers = qs_headers_new ();
      g_autoptr (QsMessage) message = NULL;

      qs_headers_append (headers, "text", value);
      message = qs_message_new (key, value, headers, 0, -1);
      if (!qs_source_produce (source, message, error))
        return FALSE;
    }

  return TRUE;
}

static void
text_source_class_init (TextSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = text_source_run;
}

static void
text_source_init (TextSource *self)
{
}

typedef struct
{
  QsApplication *app;
  TextSource    *source;
  QsTopic       *topic; /* source__texts */
  QsDataframe   *dataframe;
  GString       *seen;        /* values, by collect() */
  GString       *errors;      /* messages that signals told */
  gint           fail_at;     /* this value fails; 0 = none */
  gboolean       is_ignoring; /* what handlers of errors return */
  guint          n_processed;
  guint          n_looks; /* of look_cb() */
  gint64         last_offset;
  QsMessage     *undelivered;
} Fixture;

static gboolean
collect (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  Fixture *fixture = user_data;
  gint64   number = g_variant_get_int64 (value);

  if (fixture->fail_at != 0 && number == fixture->fail_at)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "not this one");
      return FALSE;
    }

  g_string_append_printf (fixture->seen, "%d ", (int) number);

  return TRUE;
}

static gboolean
collect_text (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  Fixture *fixture = user_data;

  g_string_append_printf (fixture->seen, "'%s' ", g_variant_get_string (value, NULL));

  return TRUE;
}

static GVariant *
negate (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  return g_variant_new_int64 (-g_variant_get_int64 (value));
}

static void
processed_cb (QsApplication *app, const char *topic, int partition, gint64 offset, Fixture *fixture)
{
  fixture->n_processed++;
  fixture->last_offset = offset;
}

static gboolean
processing_error_cb (QsApplication *app, QsRecord *record, GError *error, Fixture *fixture)
{
  g_assert_true (QS_IS_RECORD (record));
  g_string_append_printf (fixture->errors, "%s\n", error->message);

  return fixture->is_ignoring;
}

static gboolean
message_error_cb (QsApplication *app, QsMessage *message, GError *error, Fixture *fixture)
{
  g_set_object (&fixture->undelivered, message);
  g_string_append_printf (fixture->errors, "%s\n", error->message);

  return fixture->is_ignoring;
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  static const char *const texts[] = { "1", "2", "3", "4", "5", NULL };
  g_autoptr (GError) error = NULL;

  fixture->app = g_object_new (QS_TYPE_APPLICATION,
                               "broker-address",
                               "embedded",
                               "isolation",
                               QS_ISOLATION_THREAD,
                               "drain",
                               TRUE,
                               "run-timeout",
                               20.0,
                               NULL);
  fixture->source = g_object_new (text_source_get_type (), "name", "texts", NULL);
  fixture->source->texts = texts;
  fixture->seen = g_string_new (NULL);
  fixture->errors = g_string_new (NULL);
  g_signal_connect (fixture->app, "message-processed", G_CALLBACK (processed_cb), fixture);
  g_signal_connect (fixture->app, "processing-error", G_CALLBACK (processing_error_cb), fixture);
  g_signal_connect (fixture->app, "producer-error", G_CALLBACK (message_error_cb), fixture);
  g_signal_connect (fixture->app, "consumer-error", G_CALLBACK (message_error_cb), fixture);

  fixture->dataframe =
      qs_application_dataframe (fixture->app, NULL, QS_BASE_SOURCE (fixture->source), &error);
  g_assert_no_error (error);
  fixture->topic = qs_dataframe_get_topic (fixture->dataframe);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_clear_object (&fixture->undelivered);
  g_object_unref (fixture->dataframe);
  g_assert_finalize_object (fixture->app);
  g_assert_finalize_object (fixture->source);
  g_string_free (fixture->seen, TRUE);
  g_string_free (fixture->errors, TRUE);
}

static void
run (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (qs_application_run (fixture->app, NULL, &error));
  g_assert_no_error (error);
}

static void
test_consume_drain (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A dataframe sees all that its source produces, in order, and run() ends");

  qs_dataframe_sink (fixture->dataframe, collect, fixture, NULL);
  run (fixture);
  g_assert_cmpstr (fixture->seen->str, ==, "1 2 3 4 5 ");
  g_assert_cmpuint (fixture->n_processed, ==, 5);
  g_assert_cmpint (fixture->last_offset, ==, 4);

  run (fixture);
  g_assert_cmpstr (fixture->seen->str, ==, "1 2 3 4 5 1 2 3 4 5 ");
}

static void
test_consume_count (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("run-count ends after that many records, and the next run goes on there");

  g_object_set (fixture->app, "run-count", G_GUINT64_CONSTANT (3), NULL);
  qs_dataframe_sink (fixture->dataframe, collect, fixture, NULL);
  run (fixture);
  g_assert_cmpstr (fixture->seen->str, ==, "1 2 3 ");

  g_object_set (fixture->app, "run-count", G_GUINT64_CONSTANT (0), NULL);
  run (fixture);
  g_assert_cmpstr (fixture->seen->str, ==, "1 2 3 4 5 1 2 3 4 5 ");
}

/* Keeps every second record; at the first, somebody looks at its headers at once. */
static gboolean
keep (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  GPtrArray *kept = user_data;
  gint64     number = g_variant_get_int64 (value);

  if (number % 2 == 1)
    g_ptr_array_add (kept, g_object_ref (record));
  if (number == 1)
    g_assert_nonnull (qs_record_get_headers (record));

  return TRUE;
}

/* The values of the rows of the last run. */
static char *
dup_row_values (Fixture *fixture)
{
  g_autoptr (GPtrArray) rows = qs_application_dup_rows (fixture->app);
  GString *values = g_string_new (NULL);

  for (guint i = 0; i < rows->len; i++)
    g_string_append_printf (
        values, "%d ", (int) g_variant_get_int64 (qs_record_get_value (rows->pdata[i])));

  return g_string_free (values, FALSE);
}

static QsHeaders *
make_headers (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  g_autoptr (GBytes) data = g_bytes_new_static ("x", 1);
  QsHeaders *headers = qs_headers_new ();

  qs_headers_append (headers, "made", data);

  return headers;
}

static void
test_consume_rows (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *values = NULL;
  g_autofree char *more_values = NULL;
  g_autofree char *no_values = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  const guint8 *key = NULL;
  gsize         key_length = 0;
  QsRecord     *row = NULL;
  QsDataframe  *negated = qs_dataframe_apply (fixture->dataframe, negate, NULL, NULL);

  g_test_summary ("With collect, what came out of each branch is kept until the next run");

  qs_dataframe_set_headers (negated, make_headers, NULL, NULL);
  qs_dataframe_sink (fixture->dataframe, collect, fixture, NULL);
  g_object_set (fixture->app, "collect", TRUE, "run-count", G_GUINT64_CONSTANT (4), NULL);
  run (fixture);
  values = dup_row_values (fixture);
  g_assert_cmpstr (values, ==, "-1 1 -2 2 ");

  rows = qs_application_dup_rows (fixture->app);
  row = rows->pdata[2];
  g_assert_cmpint (qs_record_get_offset (row), ==, 1);
  g_assert_cmpstr (qs_record_get_topic (row), ==, "source__texts");
  key = g_variant_get_fixed_array (qs_record_get_key (row), &key_length, 1);
  g_assert_cmpmem (key, key_length, "k", 1);
  g_assert_nonnull (qs_headers_lookup (qs_record_get_headers (row), "made"));
  g_assert_nonnull (qs_headers_lookup (qs_record_get_headers (rows->pdata[3]), "text"));

  g_object_set (fixture->app, "run-count", G_GUINT64_CONSTANT (0), NULL);
  run (fixture);
  more_values = dup_row_values (fixture);
  g_assert_true (g_str_has_prefix (more_values, "-3 3 -4 4 -5 5 -1 1 "));

  g_object_set (fixture->app, "collect", FALSE, NULL);
  run (fixture);
  no_values = dup_row_values (fixture);
  g_assert_cmpstr (no_values, ==, "");
}

static void
test_consume_rows_failed (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *values = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What came out of a record that failed in another branch is no row");

  qs_dataframe_apply (fixture->dataframe, negate, NULL, NULL);
  qs_dataframe_sink (fixture->dataframe, collect, fixture, NULL);
  fixture->fail_at = 3;
  g_object_set (fixture->app, "collect", TRUE, NULL);
  g_assert_false (qs_application_run (fixture->app, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);

  values = dup_row_values (fixture);
  g_assert_cmpstr (values, ==, "-1 1 -2 2 ");
}

static void
test_consume_keep (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_object_unref);

  g_test_summary ("A record that a callback keeps stays what it is, while others come");

  qs_dataframe_sink (fixture->dataframe, keep, kept, NULL);
  run (fixture);

  g_assert_cmpuint (kept->len, ==, 3);
  for (guint i = 0; i < kept->len; i++)
    {
      QsRecord        *record = kept->pdata[i];
      QsHeaders       *headers = qs_record_get_headers (record);
      g_autofree char *text = g_strdup_printf ("%u", 2 * i + 1);
      g_autofree char *key = g_variant_print (qs_record_get_key (record), FALSE);
      g_autoptr (GBytes) value = g_bytes_new (text, strlen (text));

      g_assert_cmpint (g_variant_get_int64 (qs_record_get_value (record)), ==, 2 * i + 1);
      g_assert_cmpstr (key, ==, "[0x6b]");
      g_assert_cmpstr (qs_record_get_topic (record), ==, "source__texts");
      g_assert_cmpint (qs_record_get_offset (record), ==, 2 * i);
      g_assert_cmpint (qs_record_get_timestamp (record), >, 0);
      g_assert_cmpuint (qs_headers_get_length (headers), ==, 1);
      g_assert_true (g_bytes_equal (qs_headers_get_value (headers, 0), value));
    }
}

/* The first record meets a group that is about to change. */
static gboolean
disturb (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  static const int codes[] = { 22 /* ILLEGAL_GENERATION */, 27 /* REBALANCE_IN_PROGRESS */ };
  Fixture         *fixture = user_data;

  if (fixture->n_processed == 0)
    qs_embedded_broker_push_error (qs_application_get_embedded_broker (fixture->app),
                                   8 /* OffsetCommit */,
                                   codes,
                                   G_N_ELEMENTS (codes));

  return TRUE;
}

static void
test_consume_commit_again (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A commit that a change of the group refuses is made again, also at the end");

  g_object_set (fixture->app, "run-count", G_GUINT64_CONSTANT (3), NULL);
  qs_dataframe_update (fixture->dataframe, disturb, fixture, NULL);
  qs_dataframe_sink (fixture->dataframe, collect, fixture, NULL);
  run (fixture);
  g_assert_cmpstr (fixture->seen->str, ==, "1 2 3 ");

  g_object_set (fixture->app, "run-count", G_GUINT64_CONSTANT (0), NULL);
  run (fixture);
  g_assert_cmpstr (fixture->seen->str, ==, "1 2 3 4 5 1 2 3 4 5 ");
}

/* So often it looks again when all has been seen and the source has ended. */
#define N_LOOKS 10

static gboolean
look_cb (gpointer user_data)
{
  Fixture *fixture = user_data;
  gboolean is_running = FALSE;

  g_object_get (fixture->source, "running", &is_running, NULL);
  if (!is_running && g_str_has_suffix (fixture->seen->str, "5 ") && ++fixture->n_looks == N_LOOKS)
    qs_application_stop (fixture->app);

  return G_SOURCE_CONTINUE;
}

static void
test_consume_until_stopped (Fixture *fixture, gconstpointer user_data)
{
  guint timer = g_timeout_add (50, look_cb, fixture);

  g_test_summary ("Without drain, it goes on after its sources until it is stopped");

  g_object_set (fixture->app, "drain", FALSE, "run-timeout", -1.0, NULL);
  qs_dataframe_sink (fixture->dataframe, collect, fixture, NULL);
  run (fixture);
  g_source_remove (timer);
  g_assert_cmpuint (fixture->n_looks, >=, N_LOOKS);
  g_assert_cmpstr (fixture->seen->str, ==, "1 2 3 4 5 ");
}

static void
test_consume_to_topic (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsTopic) topic = qs_topic_new ("negated");
  g_autoptr (QsDataframe) second = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GBytes) key = g_bytes_new_static ("k", 1);
  g_autoptr (GError) error = NULL;

  g_test_summary ("What is produced to a topic is there, and is read by that one's dataframe");

  g_object_set (fixture->app, "processing-guarantee", GPOINTER_TO_INT (user_data), NULL);

  qs_dataframe_replace (fixture->dataframe, negate, NULL, NULL);
  qs_dataframe_to_topic (fixture->dataframe, topic);
  second = qs_application_dataframe (fixture->app, topic, NULL, &error);
  g_assert_no_error (error);
  qs_dataframe_sink (second, collect, fixture, NULL);
  run (fixture);

  g_assert_cmpstr (fixture->seen->str, ==, "-1 -2 -3 -4 -5 ");
  messages = qs_embedded_broker_dup_messages (
      qs_application_get_embedded_broker (fixture->app), "negated", MAX_MESSAGES, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (messages->len, ==, 5);
  g_assert_true (g_bytes_equal (qs_message_get_key (messages->pdata[0]), key));
}

/* As collect(), and has the next transaction fail that has the last one in it, once. */
static gboolean
collect_to_abort (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  Fixture  *fixture = user_data;
  const int code = CODE_ILLEGAL_GENERATION;

  if (g_variant_get_int64 (value) == 5 && fixture->n_processed < 5)
    qs_embedded_broker_push_error (
        qs_application_get_embedded_broker (fixture->app), API_TXN_OFFSET_COMMIT, &code, 1);

  return collect (value, record, user_data, error);
}

static void
test_consume_aborted (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsTopic) topic = qs_topic_new ("copy");
  g_autofree char *values = NULL;

  g_test_summary ("What was in a transaction that is aborted is read and dealt with again, and is "
                  "a row once");

  g_object_set (fixture->app,
                "processing-guarantee",
                QS_PROCESSING_GUARANTEE_EXACTLY_ONCE,
                "commit-interval",
                3600.0,
                "collect",
                TRUE,
                NULL);
  qs_dataframe_update (fixture->dataframe, collect_to_abort, fixture, NULL);
  qs_dataframe_to_topic (fixture->dataframe, topic);
  run (fixture);

  g_assert_cmpstr (fixture->seen->str, ==, "1 2 3 4 5 1 2 3 4 5 ");
  values = dup_row_values (fixture);
  g_assert_cmpstr (values, ==, "1 2 3 4 5 ");
}

/* Has the transaction fail in which the last record was just produced, once, and
 * gives the producer the time to hear of it. */
static gboolean
lose_transaction (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  Fixture  *fixture = user_data;
  const int code = CODE_INVALID_RECORD;

  if (g_variant_get_int64 (value) == 5 && fixture->n_processed < 5)
    {
      qs_embedded_broker_push_error (
          qs_application_get_embedded_broker (fixture->app), API_PRODUCE, &code, 1);
      g_usleep (G_USEC_PER_SEC); /* Sleeps: a step that is slow. */
    }

  return collect (value, record, user_data, error);
}

static void
test_consume_lost (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsTopic) topic = qs_topic_new ("copy");
  g_autoptr (QsTopic) late = qs_topic_new ("late-copy");

  g_test_summary ("A record that comes when its transaction has failed is read again, too");

  g_object_set (fixture->app,
                "processing-guarantee",
                QS_PROCESSING_GUARANTEE_EXACTLY_ONCE,
                "commit-interval",
                3600.0,
                NULL);
  qs_dataframe_to_topic (fixture->dataframe, topic);
  qs_dataframe_update (fixture->dataframe, lose_transaction, fixture, NULL);
  qs_dataframe_to_topic (fixture->dataframe, late);
  run (fixture);

  g_assert_cmpuint (qs_application_get_n_ignored (fixture->app), ==, 0);
  g_assert_cmpstr (fixture->seen->str, ==, "1 2 3 4 5 1 2 3 4 5 ");
}

/* Notes how many records the output has at this moment. */
static gboolean
note_output (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  Fixture *fixture = user_data;
  g_autoptr (GPtrArray) messages = NULL;

  messages = qs_embedded_broker_dup_messages (
      qs_application_get_embedded_broker (fixture->app), "copy", MAX_MESSAGES, error);
  if (messages == NULL)
    return FALSE;

  g_string_append_printf (fixture->seen, "%u ", messages->len);

  return TRUE;
}

static void
test_consume_no_room (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsTopic) topic = qs_topic_new ("copy");

  g_test_summary (
      "While a fifth of the queue of what is produced to a topic waits, nothing is read");

  g_object_set (fixture->app,
                "producer-config",
                g_variant_new_parsed ("{'queue.buffering.max.messages': '5', 'linger.ms': '20'}"),
                NULL);
  qs_dataframe_update (fixture->dataframe, note_output, fixture, NULL);
  qs_dataframe_to_topic (fixture->dataframe, topic);
  run (fixture);

  g_assert_cmpstr (fixture->seen->str, ==, "0 1 2 3 4 ");
}

static void
test_consume_fail (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A callback's error ends run(), and that record is read again in the next");

  fixture->fail_at = 3;
  qs_dataframe_sink (fixture->dataframe, collect, fixture, NULL);
  g_assert_false (qs_application_run (fixture->app, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "topic 'source__texts', partition 0, offset 2"));
  g_assert_cmpstr (fixture->seen->str, ==, "1 2 ");

  fixture->fail_at = 0;
  run (fixture);
  g_assert_cmpstr (fixture->seen->str, ==, "1 2 3 4 5 1 2 3 4 5 ");
}

static void
test_consume_ignore (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("An error that a handler ignores is counted, and the next record comes");

  fixture->fail_at = 3;
  fixture->is_ignoring = TRUE;
  qs_dataframe_sink (fixture->dataframe, collect, fixture, NULL);
  run (fixture);
  g_assert_cmpstr (fixture->seen->str, ==, "1 2 4 5 ");
  g_assert_cmpuint (qs_application_get_n_ignored (fixture->app), ==, 1);
  g_assert_cmpuint (fixture->n_processed, ==, 5);
}

static void
test_consume_bad_data (Fixture *fixture, gconstpointer user_data)
{
  static const char *const texts[] = { "1", "{", "3", NULL };

  g_test_summary ("A record that can't be deserialized is a consumer-error that names it");

  fixture->source->texts = texts;
  fixture->is_ignoring = TRUE;
  qs_dataframe_sink (fixture->dataframe, collect, fixture, NULL);
  run (fixture);
  g_assert_cmpstr (fixture->seen->str, ==, "1 3 ");
  g_assert_nonnull (strstr (fixture->errors->str, "'source__texts'"));
  g_assert_nonnull (strstr (fixture->errors->str, "partition 0"));
  g_assert_nonnull (strstr (fixture->errors->str, "offset 1"));
  g_assert_cmpint (qs_message_get_offset (fixture->undelivered), ==, 1);
}

/* The broker refuses the first record that is produced to 'negated'. */
static void
refuse_cb (QsApplication *app, const char *topic, int partition, gint64 offset, gpointer user_data)
{
  static const int codes[] = { 29 }; /* TOPIC_AUTHORIZATION_FAILED */

  if (offset == 0)
    qs_embedded_broker_push_error (qs_application_get_embedded_broker (app), 0, codes, 1);
}

static void
test_consume_undelivered (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsTopic) topic = qs_topic_new ("negated");
  g_autoptr (GError) error = NULL;
  gboolean is_ignoring = GPOINTER_TO_INT (user_data);

  g_test_summary ("A record that can't be delivered is a producer-error, ignored or not");

  fixture->is_ignoring = is_ignoring;
  /* No record is sent before the commit after it, that is, before the error waits for it; and
   * the source has nothing left to send that the error could meet. */
  g_object_set (fixture->app,
                "commit-every",
                1,
                "producer-config",
                g_variant_new_parsed ("{'linger.ms': '500'}"),
                NULL);
  qs_dataframe_replace (fixture->dataframe, negate, NULL, NULL);
  qs_dataframe_update (fixture->dataframe, collect, fixture, NULL);
  qs_dataframe_to_topic (fixture->dataframe, topic);
  g_signal_connect (fixture->app, "message-processed", G_CALLBACK (refuse_cb), NULL);

  g_assert_cmpint (qs_application_run (fixture->app, NULL, &error), ==, is_ignoring);
  g_assert_nonnull (strstr (fixture->errors->str, "topic 'negated'"));
  if (is_ignoring)
    {
      g_assert_no_error (error);
      g_assert_cmpstr (fixture->seen->str, ==, "-1 -2 -3 -4 -5 ");
      return;
    }

  g_assert_nonnull (strstr (error->message, "topic 'negated'"));
  g_assert_cmpstr (fixture->seen->str, ==, "-1 ");

  /* What wasn't delivered was not committed. */
  g_clear_error (&error);
  g_signal_handlers_disconnect_by_func (fixture->app, refuse_cb, NULL);
  run (fixture);
  g_assert_true (g_str_has_prefix (fixture->seen->str, "-1 -1 -2 -3 -4 -5 "));
}

/* The third is larger than the client takes. */
static GVariant *
swell (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  g_autofree char *text = g_strnfill (qs_record_get_offset (record) == 2 ? 5000 : 5, 'x');

  return g_variant_new_string (text);
}

static void
test_consume_refused (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsTopic) topic = qs_topic_new ("swollen");
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A record that is refused at once, and ignored, is told and counted once");

  fixture->is_ignoring = TRUE;
  g_object_set (fixture->app,
                "processing-guarantee",
                GPOINTER_TO_INT (user_data),
                "producer-config",
                g_variant_new_parsed ("{'message.max.bytes': '2000'}"),
                NULL);
  qs_dataframe_replace (fixture->dataframe, swell, NULL, NULL);
  qs_dataframe_to_topic (fixture->dataframe, topic);
  run (fixture);

  g_assert_cmpuint (qs_application_get_n_ignored (fixture->app), ==, 1);
  g_assert_cmpuint (g_bytes_get_size (qs_message_get_value (fixture->undelivered)), ==, 5002);
  messages = qs_embedded_broker_dup_messages (
      qs_application_get_embedded_broker (fixture->app), "swollen", MAX_MESSAGES, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (messages->len, ==, 4);
}

static void
test_consume_mistakes (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A dataframe of nothing is an error");

  g_assert_null (qs_application_dataframe (fixture->app, NULL, NULL, &error));
  g_assert_error (error, QS_APPLICATION_ERROR, QS_APPLICATION_ERROR_NOT_CONFIGURED);
}

static void
test_consume_idle (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("idle-timeout ends the run when no record has come for so long, and not before");

  /* It counts from when the dataframe can read, and the source is started only then. */
  g_object_set (
      fixture->app, "drain", FALSE, "run-timeout", -1.0, "idle-timeout", 3 * slowness (), NULL);
  qs_dataframe_sink (fixture->dataframe, collect, fixture, NULL);
  run (fixture);
  g_assert_cmpstr (fixture->seen->str, ==, "1 2 3 4 5 ");
}

static void
test_consume_twice (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsSerializer) text = qs_serializer_for_name ("str", NULL);
  g_autoptr (QsTopic) same = g_object_new (
      QS_TYPE_TOPIC, "name", qs_topic_get_name (fixture->topic), "value-serializer", text, NULL);
  g_autoptr (QsDataframe) second = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A topic may have two dataframes, each with the values in its own form");

  qs_dataframe_sink (fixture->dataframe, collect, fixture, NULL);
  second = qs_application_dataframe (fixture->app, same, NULL, &error);
  g_assert_no_error (error);
  qs_dataframe_sink (second, collect_text, fixture, NULL);
  run (fixture);
  g_assert_cmpstr (fixture->seen->str, ==, "1 '1' 2 '2' 3 '3' 4 '4' 5 '5' ");
  g_assert_cmpuint (fixture->n_processed, ==, 5);
}

static void
test_consume_config (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A bad key in consumer-config is an error that names it");

  g_object_set (fixture->app, "consumer-config", g_variant_new_parsed ("{'group.id': 'x'}"), NULL);
  g_assert_false (qs_application_run (fixture->app, NULL, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "'group.id' in consumer-config"));
}

static gboolean
stop_at (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  Fixture *fixture = user_data;

  qs_application_stop (fixture->app);

  return collect (value, record, user_data, error);
}

static void
test_consume_stop (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("stop() ends a run with dataframes, and what was dealt with is committed");

  g_object_set (fixture->app, "drain", FALSE, NULL);
  qs_dataframe_sink (fixture->dataframe, stop_at, fixture, NULL);
  run (fixture);
  g_assert_cmpuint (fixture->n_processed, >=, 1);
  g_string_truncate (fixture->seen, 0);

  g_object_set (fixture->app, "drain", TRUE, NULL);
  if (fixture->n_processed < 5)
    run (fixture);
}

#define ADD(name, data, function)                                                                  \
  g_test_add ("/consume/" name,                                                                    \
              Fixture,                                                                             \
              GINT_TO_POINTER (data),                                                              \
              fixture_set_up,                                                                      \
              function,                                                                            \
              fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Ignored errors are warned of. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);

  ADD ("drain", 0, test_consume_drain);
  ADD ("count", 0, test_consume_count);
  ADD ("rows", 0, test_consume_rows);
  ADD ("rows/failed", 0, test_consume_rows_failed);
  ADD ("keep", 0, test_consume_keep);
  ADD ("commit-again", 0, test_consume_commit_again);
  ADD ("until-stopped", 0, test_consume_until_stopped);
  ADD ("to-topic", QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE, test_consume_to_topic);
  ADD ("to-topic/exactly-once", QS_PROCESSING_GUARANTEE_EXACTLY_ONCE, test_consume_to_topic);
  ADD ("to-topic/lost", 0, test_consume_lost);
  ADD ("refused/exactly-once", QS_PROCESSING_GUARANTEE_EXACTLY_ONCE, test_consume_refused);
  ADD ("to-topic/no-room", 0, test_consume_no_room);
  ADD ("to-topic/aborted", 0, test_consume_aborted);
  ADD ("fail", 0, test_consume_fail);
  ADD ("ignore", 0, test_consume_ignore);
  ADD ("bad-data", 0, test_consume_bad_data);
  ADD ("undelivered", FALSE, test_consume_undelivered);
  ADD ("undelivered/ignored", TRUE, test_consume_undelivered);
  ADD ("refused", 0, test_consume_refused);
  ADD ("mistakes", 0, test_consume_mistakes);
  ADD ("idle", 0, test_consume_idle);
  ADD ("twice", 0, test_consume_twice);
  ADD ("config", 0, test_consume_config);
  ADD ("stop", 0, test_consume_stop);

  return g_test_run ();
}
