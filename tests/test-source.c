/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>

#include <string.h>

#include "qs-base-source-private.h"
#include "qs-producer-private.h"
#include "qs-source-run-private.h"
#include "start-broker.h"

/* A source whose run() is a function of the test. */

typedef gboolean (*RunFunc) (QsSource *source, GError **error);

#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, QsSource)

struct _TestSource
{
  QsSource parent_instance;

  RunFunc  run;
  gboolean keeps_cleanup;  /* an own cleanup() that does nothing */
  gboolean fails_cleanup;  /* one that fails, with details */
  int      cleanup_failed; /* what it was told; -1 = it was not called */
};

G_DEFINE_FINAL_TYPE (TestSource, test_source, QS_TYPE_SOURCE)

static gboolean
test_source_run (QsSource *source, GError **error)
{
  TestSource *self = TEST_SOURCE (source);

  if (self->run == NULL)
    return QS_SOURCE_CLASS (test_source_parent_class)->run (source, error);

  return self->run (source, error);
}

static gboolean
test_source_cleanup (QsSource *source, gboolean failed, GError **error)
{
  TestSource *self = TEST_SOURCE (source);

  self->cleanup_failed = failed;
  if (self->keeps_cleanup)
    return TRUE;
  if (self->fails_cleanup)
    {
      qs_base_source_set_error_detail (QS_BASE_SOURCE (source), "of cleanup()");
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no cleaning up");
      return FALSE;
    }

  return QS_SOURCE_CLASS (test_source_parent_class)->cleanup (source, failed, error);
}

static void
test_source_class_init (TestSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = test_source_run;
  QS_SOURCE_CLASS (klass)->cleanup = test_source_cleanup;
}

static void
test_source_init (TestSource *self)
{
  self->cleanup_failed = -1;
}

typedef struct
{
  QsEmbeddedBroker *broker;
  TestSource       *test;
  QsSource         *source;
} Fixture;

static GLogWriterOutput
quiet_writer (GLogLevelFlags log_level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  return G_LOG_WRITER_HANDLED;
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  fixture->broker = start_broker ("numbers", 1);

  fixture->test = g_object_new (TEST_TYPE_SOURCE, "name", "test", "shutdown-timeout", 1.0, NULL);
  fixture->source = QS_SOURCE (fixture->test);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_assert_finalize_object (fixture->test);
  g_assert_finalize_object (fixture->broker);
}

/* Configures the source; @max_queued records fit into its queue (0: many). */
static void
configure (Fixture *fixture, guint max_queued)
{
  QsBaseSource *base = QS_BASE_SOURCE (fixture->source);
  g_autoptr (QsKafkaConfig) config =
      qs_kafka_config_new (qs_embedded_broker_get_address (fixture->broker));
  g_autoptr (QsTopic) topic = qs_topic_new ("numbers");
  g_autoptr (QsSourceRun) run = NULL;
  g_autoptr (QsProducer) producer = NULL;
  g_autoptr (GError) error = NULL;

  if (max_queued > 0)
    {
      g_autofree char *value = g_strdup_printf ("%u", max_queued);

      config->producer_config =
          g_variant_ref_sink (g_variant_new_parsed ("{'queue.buffering.max.messages': %s}", value));
    }

  qs_base_source_prepare (base, NULL, NULL, NULL);
  run = qs_base_source_dup_run (base);
  producer = qs_producer_new (config, "test", qs_source_run_get_grace (run), NULL, NULL, &error);
  g_assert_no_error (error);
  qs_base_source_configure (base, topic, producer, &error);
  g_assert_no_error (error);
}

static gboolean
start (Fixture *fixture, GError **error)
{
  return qs_base_source_start (QS_BASE_SOURCE (fixture->source), error);
}

static guint
count_arrived (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) messages =
      qs_embedded_broker_dup_messages (fixture->broker, "numbers", 10000, &error);

  g_assert_no_error (error);

  return messages->len;
}

static gboolean
produce_three (QsSource *source, GError **error)
{
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (QsMessage) message = NULL;

  qs_headers_append (headers, "name", empty);
  message = qs_source_serialize (
      source, g_variant_new_string ("key"), g_variant_new_int64 (1), headers, 1234, error);

  g_assert_true (qs_source_get_running (source));

  return message != NULL && qs_source_produce (source, message, error) &&
         qs_source_produce_bytes (source, NULL, empty, 0, error) &&
         qs_source_produce_value (source, NULL, NULL, error);
}

static void
test_deliver (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GError) error = NULL;
  QsMessage *message = NULL;

  g_test_summary ("Each way to produce delivers; null stays null and empty stays empty");

  fixture->test->run = produce_three;
  configure (fixture, 0);
  g_assert_true (start (fixture, &error));
  g_assert_no_error (error);
  g_assert_false (qs_source_get_running (fixture->source));
  g_assert_cmpint (fixture->test->cleanup_failed, ==, FALSE);

  messages = qs_embedded_broker_dup_messages (fixture->broker, "numbers", 10, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (messages->len, ==, 3);

  message = g_ptr_array_index (messages, 0);
  g_assert_cmpmem (g_bytes_get_data (qs_message_get_key (message), NULL),
                   g_bytes_get_size (qs_message_get_key (message)),
                   "key",
                   3);
  g_assert_cmpmem (g_bytes_get_data (qs_message_get_value (message), NULL),
                   g_bytes_get_size (qs_message_get_value (message)),
                   "1",
                   1);
  g_assert_cmpint (qs_message_get_timestamp (message), ==, 1234);
  g_assert_cmpstr (qs_headers_get_name (qs_message_get_headers (message), 0), ==, "name");

  message = g_ptr_array_index (messages, 1);
  g_assert_null (qs_message_get_key (message));
  g_assert_cmpuint (g_bytes_get_size (qs_message_get_value (message)), ==, 0);

  message = g_ptr_array_index (messages, 2);
  g_assert_null (qs_message_get_value (message));
}

static gboolean
produce_in_full (QsSource *source, GError **error)
{
  static const guint8 bytes[] = { 'a', 0, 'b' };
  g_autoptr (GBytes) tag = g_bytes_new_static (bytes, sizeof bytes);
  g_autoptr (QsHeaders) headers = qs_headers_new ();

  qs_headers_append (headers, "tag", tag);
  qs_headers_append (headers, "tag", NULL);

  return qs_source_produce_full (
             source, bytes, sizeof bytes, bytes, sizeof bytes, headers, 1234, 0, error) &&
         qs_source_produce_full (source, NULL, 0, (guint8 *) "", 0, NULL, 0, -1, error) &&
         qs_source_produce_full (source, (guint8 *) "k", 1, NULL, 0, NULL, 0, -1, error) &&
         !qs_source_produce_full (source, NULL, 0, NULL, 0, NULL, 0, 7, error);
}

static void
test_full (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GError) error = NULL;
  QsMessage *message = NULL;
  QsHeaders *headers = NULL;

  g_test_summary ("produce_full() takes all that a record has, byte for byte");

  fixture->test->run = produce_in_full;
  configure (fixture, 0);
  g_assert_false (start (fixture, &error));
  g_assert_nonnull (strstr (error->message, "partition 7"));
  g_clear_error (&error);

  messages = qs_embedded_broker_dup_messages (fixture->broker, "numbers", 10, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (messages->len, ==, 3);

  message = g_ptr_array_index (messages, 0);
  g_assert_cmpmem (g_bytes_get_data (qs_message_get_key (message), NULL),
                   g_bytes_get_size (qs_message_get_key (message)),
                   "a\0b",
                   3);
  g_assert_true (g_bytes_equal (qs_message_get_key (message), qs_message_get_value (message)));
  g_assert_cmpint (qs_message_get_timestamp (message), ==, 1234);
  headers = qs_message_get_headers (message);
  g_assert_cmpuint (qs_headers_get_length (headers), ==, 2);
  g_assert_true (g_bytes_equal (qs_headers_get_value (headers, 0), qs_message_get_key (message)));
  g_assert_null (qs_headers_get_value (headers, 1));

  message = g_ptr_array_index (messages, 1);
  g_assert_null (qs_message_get_key (message));
  g_assert_cmpuint (g_bytes_get_size (qs_message_get_value (message)), ==, 0);

  message = g_ptr_array_index (messages, 2);
  g_assert_null (qs_message_get_value (message));
}

static void
test_no_cleanup (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("What an overridden cleanup() forgets is flushed anyway");

  fixture->test->run = produce_three;
  fixture->test->keeps_cleanup = TRUE;
  configure (fixture, 0);
  g_assert_true (start (fixture, NULL));
  g_assert_cmpuint (
      qs_producer_get_n_in_flight (qs_base_source_get_producer (QS_BASE_SOURCE (fixture->source))),
      ==,
      0);
  g_assert_cmpuint (count_arrived (fixture), ==, 3);
}

static gboolean
produce_while_running (QsSource *source, GError **error)
{
  while (qs_source_get_running (source))
    if (!produce_three (source, error))
      return FALSE;

  return TRUE;
}

static void
test_max_records (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A source that has a limit is stopped in order when it has produced so much");

  fixture->test->run = produce_while_running;
  qs_source_set_max_records (fixture->source, 6);
  g_assert_cmpuint (qs_source_get_max_records (fixture->source), ==, 6);
  configure (fixture, 0);
  g_assert_true (start (fixture, NULL));
  g_assert_cmpint (fixture->test->cleanup_failed, ==, FALSE);
  g_assert_cmpuint (count_arrived (fixture), ==, 6);
}

static gboolean
produce_and_fail (QsSource *source, GError **error)
{
  g_assert_true (produce_three (source, error));
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "snap");

  return FALSE;
}

static void
test_run_fails (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("run()'s error is start()'s; what was queued before still arrives");

  fixture->test->run = produce_and_fail;
  configure (fixture, 0);
  g_assert_false (start (fixture, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
  g_assert_cmpint (fixture->test->cleanup_failed, ==, TRUE);
  g_assert_cmpuint (count_arrived (fixture), ==, 3);
}

static gboolean
fail_with_detail (QsSource *source, GError **error)
{
  qs_base_source_set_error_detail (QS_BASE_SOURCE (source), "of run()");
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "snap");

  return FALSE;
}

static void
test_both_fail (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("If cleanup() fails after run(), error and details are those of run()");

  fixture->test->run = fail_with_detail;
  fixture->test->fails_cleanup = TRUE;
  configure (fixture, 0);
  g_assert_false (start (fixture, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
  g_assert_cmpstr (
      qs_base_source_get_error_detail (QS_BASE_SOURCE (fixture->source)), ==, "of run()");
}

static gboolean
ignore_refused (QsSource *source, GError **error)
{
  g_autoptr (GError) refused = NULL;

  g_assert_true (produce_three (source, error));
  g_assert_false (
      qs_source_produce_value (source, g_variant_new_int64 (5), g_variant_new_int64 (1), &refused));
  g_assert_error (refused, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE);
  g_assert_true (produce_three (source, error));

  return TRUE;
}

static void
test_refused (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A refused record that run() ignores makes the source fail all the same");

  fixture->test->run = ignore_refused;
  configure (fixture, 0);
  g_assert_false (start (fixture, &error));
  g_assert_error (error, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE);
}

static gboolean
fill_queue_and_stop (QsSource *source, GError **error)
{
  for (int i = 0; i < 1000; i++)
    {
      if (i == 5)
        qs_base_source_stop (QS_BASE_SOURCE (source));
      if (!qs_source_produce_value (source, NULL, g_variant_new_int64 (i), error))
        return FALSE;
    }

  return TRUE;
}

static void
test_stop_full_queue (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  guint n_arrived = 0;

  g_test_summary ("A stop in a full queue ends the source as stopped; what was queued arrives");

  qs_embedded_broker_set_rtt (fixture->broker, 1, 0.1);
  fixture->test->run = fill_queue_and_stop;
  configure (fixture, 10);
  g_assert_true (start (fixture, &error));
  g_assert_no_error (error);

  qs_embedded_broker_set_rtt (fixture->broker, 1, 0);
  n_arrived = count_arrived (fixture);
  g_assert_cmpuint (n_arrived, >=, 10);
  g_assert_cmpuint (n_arrived, <, 1000);
}

static gboolean
stop_and_produce (QsSource *source, GError **error)
{
  qs_base_source_stop (QS_BASE_SOURCE (source));
  g_assert_false (qs_source_get_running (source));

  return qs_source_produce_value (source, NULL, g_variant_new_int64 (1), error);
}

static void
test_stop_goes_on (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A source that is stopping may produce what its round still needs");

  fixture->test->run = stop_and_produce;
  configure (fixture, 0);
  g_assert_true (start (fixture, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_arrived (fixture), ==, 1);
}

static gpointer
flush_thread_func (gpointer source)
{
  GError *error = NULL;

  g_assert_false (qs_source_flush (source, 1, &error));
  return error;
}

static gpointer
produce_thread_func (gpointer source)
{
  g_autoptr (GError) error = NULL;

  qs_source_produce_value (source, NULL, g_variant_new_int64 (1), &error);
  g_assert_no_error (error);
  return NULL;
}

static gboolean
use_threads (QsSource *source, GError **error)
{
  GThread *flusher = g_thread_new ("flusher", flush_thread_func, source);
  GThread *producer = g_thread_new ("producer", produce_thread_func, source);
  g_autoptr (GError) flush_error = g_thread_join (flusher);

  g_assert_error (flush_error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_INVALID_STATE);
  g_thread_join (producer);

  return qs_source_flush (source, 5, error);
}

static void
test_threads (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Any thread may produce, only run()'s may flush");

  fixture->test->run = use_threads;
  configure (fixture, 0);
  g_assert_true (start (fixture, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_arrived (fixture), ==, 1);
}

static void
test_not_configured (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Without a configuration everything says so");

  g_assert_false (qs_source_produce_data (fixture->source, NULL, 0, NULL, 0, 0, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_NOT_CONFIGURED);
  g_clear_error (&error);
  g_assert_false (qs_source_produce_value (fixture->source, NULL, g_variant_new_int64 (1), &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_NOT_CONFIGURED);
  g_clear_error (&error);
  g_assert_false (qs_source_flush (fixture->source, 1, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_NOT_CONFIGURED);
}

static gboolean
stop_cb (gpointer source)
{
  qs_base_source_stop (source);
  return G_SOURCE_REMOVE;
}

static void
test_default_run (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("The default run() iterates the main context until the source is stopped");

  configure (fixture, 0);
  g_idle_add (stop_cb, fixture->source);
  g_assert_true (start (fixture, &error));
  g_assert_no_error (error);
}

static gpointer
fail_thread_func (gpointer source)
{
  g_autoptr (GError) error =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "device unplugged");

  qs_base_source_set_error_detail (source, "Traceback");
  qs_base_source_fail (source, error);

  return NULL;
}

static gboolean
fail_in_thread_cb (gpointer source)
{
  g_thread_join (g_thread_new ("fail", fail_thread_func, source));
  return G_SOURCE_REMOVE;
}

static void
test_fail_default (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("The default run() ends with what a thread of the source's failed with");

  configure (fixture, 0);
  g_idle_add (fail_in_thread_cb, fixture->source);
  g_assert_false (start (fixture, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
  g_assert_cmpint (fixture->test->cleanup_failed, ==, TRUE);
  g_assert_cmpstr (
      qs_base_source_get_error_detail (QS_BASE_SOURCE (fixture->source)), ==, "Traceback");
}

static gboolean
fail_and_go_on (QsSource *source, GError **error)
{
  g_autoptr (GError) first = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "first");
  g_autoptr (GError) second = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "second");
  g_autoptr (GError) refused = NULL;

  g_assert_true (produce_three (source, error));
  qs_base_source_fail (QS_BASE_SOURCE (source), first);
  qs_base_source_fail (QS_BASE_SOURCE (source), second);

  g_assert_true (qs_base_source_is_stopping (QS_BASE_SOURCE (source)));
  g_assert_false (qs_source_get_running (source));
  g_assert_false (qs_base_source_wait (QS_BASE_SOURCE (source), 60));
  g_assert_false (qs_source_flush (source, -1, &refused));
  g_assert_error (refused, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);

  return TRUE;
}

static void
test_fail_ignored (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A run() that returns TRUE after a failure has failed; the first one counts");

  fixture->test->run = fail_and_go_on;
  configure (fixture, 0);
  g_assert_false (start (fixture, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
}

static gboolean
stop_and_fail (QsSource *source, GError **error)
{
  g_autoptr (GError) cancelled = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "c");

  qs_base_source_stop (QS_BASE_SOURCE (source));
  qs_base_source_fail (QS_BASE_SOURCE (source), cancelled);

  return TRUE;
}

static void
test_fail_stopping (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A callback that only saw the source stop has not failed");

  fixture->test->run = stop_and_fail;
  configure (fixture, 0);
  g_assert_true (start (fixture, &error));
  g_assert_no_error (error);
}

static void
test_fail_late (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) failure = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "late");
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) refused = NULL;

  g_test_summary ("A source that doesn't run can't fail, nor produce; the next run knows nothing");

  qs_base_source_fail (QS_BASE_SOURCE (fixture->source), failure);
  fixture->test->run = produce_three;
  configure (fixture, 0);
  g_assert_true (start (fixture, &error));
  g_assert_no_error (error);

  qs_base_source_fail (QS_BASE_SOURCE (fixture->source), failure);
  g_assert_false (qs_source_produce_bytes (fixture->source, NULL, NULL, 0, &refused));
  g_assert_error (refused, QS_SOURCE_ERROR, QS_SOURCE_ERROR_INVALID_STATE);

  configure (fixture, 0);
  g_assert_true (start (fixture, &error));
  g_assert_no_error (error);
}

static void
test_default_topic (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsTopic) topic = qs_base_source_default_topic (QS_BASE_SOURCE (fixture->source));

  g_test_summary ("The default topic has the source's name, JSON values and bytes as keys");

  g_assert_cmpstr (qs_topic_get_name (topic), ==, "test");
  g_assert_cmpstr (qs_serializer_get_content_type (qs_topic_get_value_serializer (topic)),
                   ==,
                   "application/json");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (quiet_writer, NULL, NULL);

#define add(path, func)                                                                            \
  g_test_add ("/source/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

  add ("deliver", test_deliver);
  add ("full", test_full);
  add ("no-cleanup", test_no_cleanup);
  add ("max-records", test_max_records);
  add ("run-fails", test_run_fails);
  add ("both-fail", test_both_fail);
  add ("refused", test_refused);
  add ("stop/full-queue", test_stop_full_queue);
  add ("stop/goes-on", test_stop_goes_on);
  add ("threads", test_threads);
  add ("not-configured", test_not_configured);
  add ("default/run", test_default_run);
  add ("default/topic", test_default_topic);
  add ("fail/default", test_fail_default);
  add ("fail/ignored", test_fail_ignored);
  add ("fail/stopping", test_fail_stopping);
  add ("fail/late", test_fail_late);

#undef add

  return g_test_run ();
}
