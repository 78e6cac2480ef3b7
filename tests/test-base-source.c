/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>

#include "qs-base-source-private.h"
#include "qs-producer-private.h"

/* A direct subclass that does as it is told. */

#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, QsBaseSource)

struct _TestSource
{
  QsBaseSource parent_instance;

  gboolean fails_silently;
  gboolean setup_fails;
  gboolean starts_again;
  GError  *second_error;
  int      n_stops; /* atomic */
};

G_DEFINE_FINAL_TYPE (TestSource, test_source, QS_TYPE_BASE_SOURCE)

static gboolean
test_source_setup (QsBaseSource *source, GError **error)
{
  if (!TEST_SOURCE (source)->setup_fails)
    return TRUE;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "no door");
  return FALSE;
}

static gboolean
test_source_start (QsBaseSource *source, GError **error)
{
  TestSource *self = TEST_SOURCE (source);

  if (self->fails_silently)
    return FALSE;

  if (self->starts_again)
    return !qs_base_source_start (source, &self->second_error);

  return qs_base_source_init_client (source, error);
}

static void
test_source_stop (QsBaseSource *source)
{
  g_atomic_int_inc (&TEST_SOURCE (source)->n_stops);
}

static void
test_source_finalize (GObject *object)
{
  g_clear_error (&TEST_SOURCE (object)->second_error);

  G_OBJECT_CLASS (test_source_parent_class)->finalize (object);
}

static void
test_source_class_init (TestSourceClass *klass)
{
  QsBaseSourceClass *source_class = QS_BASE_SOURCE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_source_finalize;
  source_class->setup = test_source_setup;
  source_class->start = test_source_start;
  source_class->stop = test_source_stop;
}

static void
test_source_init (TestSource *self)
{
}

/* One that forgot what every source must have. */

#define TEST_TYPE_EMPTY_SOURCE (test_empty_source_get_type ())
G_DECLARE_FINAL_TYPE (TestEmptySource, test_empty_source, TEST, EMPTY_SOURCE, QsBaseSource)

struct _TestEmptySource
{
  QsBaseSource parent_instance;
};

G_DEFINE_FINAL_TYPE (TestEmptySource, test_empty_source, QS_TYPE_BASE_SOURCE)

static void
test_empty_source_class_init (TestEmptySourceClass *klass)
{
}

static void
test_empty_source_init (TestEmptySource *self)
{
}

typedef struct
{
  TestSource   *test;
  QsBaseSource *source;
  QsTopic      *topic;
  QsProducer   *producer;
} Fixture;

static GLogWriterOutput
quiet_writer (GLogLevelFlags log_level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  return G_LOG_WRITER_HANDLED;
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new ("127.0.0.1:1");
  g_autoptr (GError) error = NULL;

  fixture->test = g_object_new (TEST_TYPE_SOURCE, "name", "test", NULL);
  fixture->source = QS_BASE_SOURCE (fixture->test);
  fixture->topic = qs_topic_new ("numbers");
  fixture->producer = qs_producer_new (config, "test", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_assert_finalize_object (fixture->test);
  g_assert_finalize_object (fixture->topic);
  g_assert_finalize_object (fixture->producer);
}

static void
configure (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  qs_base_source_configure (fixture->source, fixture->topic, fixture->producer, &error);
  g_assert_no_error (error);
}

static void
test_configure (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A configured source has its topic and producer, another has not");

  g_assert_null (qs_base_source_get_topic (fixture->source));
  g_assert_null (qs_base_source_get_producer (fixture->source));
  configure (fixture);
  g_assert_true (qs_base_source_get_topic (fixture->source) == fixture->topic);
  g_assert_true (qs_base_source_get_producer (fixture->source) == fixture->producer);
}

static void
test_start_not_configured (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A source has to be configured before each start");

  g_assert_false (qs_base_source_start (fixture->source, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_NOT_CONFIGURED);
  g_clear_error (&error);

  configure (fixture);
  g_assert_true (qs_base_source_start (fixture->source, NULL));
  g_assert_false (qs_base_source_start (fixture->source, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_NOT_CONFIGURED);
}

static void
test_start_twice (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A start() inside of start() is refused");

  fixture->test->starts_again = TRUE;
  configure (fixture);
  g_assert_true (qs_base_source_start (fixture->source, NULL));
  g_assert_error (fixture->test->second_error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_INVALID_STATE);
}

static void
test_start_fails_silently (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("FALSE without an error is an error that names source and function");

  fixture->test->fails_silently = TRUE;
  configure (fixture);
  g_assert_false (qs_base_source_start (fixture->source, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "start() of source 'test'"));
}

static void
test_start_fails_with_detail (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary (
      "What a binding could only keep as a detail is told in the error, by its first line");

  fixture->test->fails_silently = TRUE;
  configure (fixture);
  qs_base_source_set_error_detail (fixture->source, "the file is gone\nin line 5");
  g_assert_false (qs_base_source_start (fixture->source, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  g_assert_cmpstr (error->message, ==, "start() of source 'test' failed: the file is gone");
}

static void
test_must_have (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsBaseSource) empty = g_object_new (TEST_TYPE_EMPTY_SOURCE, "name", "empty", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A class without start() is told so");

  g_assert_true (qs_base_source_configure (empty, fixture->topic, fixture->producer, NULL));
  g_assert_false (qs_base_source_start (empty, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_NOT_IMPLEMENTED);
  g_assert_null (qs_base_source_default_topic (empty));
}

static void
count_cb (QsBaseSource *source, guint *n_calls)
{
  (*n_calls)++;
}

static void
count_notify_cb (QsBaseSource *source, GParamSpec *pspec, guint *n_calls)
{
  (*n_calls)++;
}

static gboolean
handle_cb (QsBaseSource *source, const GError *error, guint *n_calls)
{
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  (*n_calls)++;

  return TRUE;
}

static void
test_connect_success (Fixture *fixture, gconstpointer user_data)
{
  guint n_calls = 0;

  g_test_summary ("A setup() that succeeds is told once");

  g_signal_connect (fixture->source, "client-connect-success", G_CALLBACK (count_cb), &n_calls);
  configure (fixture);
  g_assert_true (qs_base_source_start (fixture->source, NULL));
  g_assert_cmpuint (n_calls, ==, 1);
}

static void
test_connect_failure (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A setup() that fails makes start() fail with its error");

  fixture->test->setup_fails = TRUE;
  configure (fixture);
  g_assert_false (qs_base_source_start (fixture->source, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

static void
test_connect_failure_handled (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  guint n_calls = 0;

  g_test_summary ("A handler that returns TRUE lets the source go on");

  fixture->test->setup_fails = TRUE;
  g_signal_connect (fixture->source, "client-connect-failure", G_CALLBACK (handle_cb), &n_calls);
  configure (fixture);
  g_assert_true (qs_base_source_start (fixture->source, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_calls, ==, 1);
}

static void
test_stop_before_start (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A stop before start is remembered, and the vfunc is called once");

  configure (fixture);
  g_assert_false (qs_base_source_is_stopping (fixture->source));
  qs_base_source_stop (fixture->source);
  qs_base_source_stop (fixture->source);
  g_assert_true (qs_base_source_is_stopping (fixture->source));
  g_assert_true (g_cancellable_is_cancelled (qs_base_source_get_cancellable (fixture->source)));
  g_assert_cmpint (g_atomic_int_get (&fixture->test->n_stops), ==, 1);

  qs_base_source_prepare (fixture->source, NULL, NULL, NULL);
  g_assert_false (qs_base_source_is_stopping (fixture->source));
}

static gpointer
stop_thread_func (gpointer source)
{
  qs_base_source_stop (source);
  return NULL;
}

static void
test_wait (Fixture *fixture, gconstpointer user_data)
{
  GThread *thread = NULL;

  g_test_summary ("wait() waits, and ends when the source is stopped from another thread");

  g_assert_true (qs_base_source_wait (fixture->source, 0));
  g_assert_true (qs_base_source_wait (fixture->source, 0.001));

  thread = g_thread_new ("stopper", stop_thread_func, fixture->source);
  g_assert_false (qs_base_source_wait (fixture->source, -1));
  g_thread_join (thread);
  g_assert_false (qs_base_source_wait (fixture->source, 60));
}

static void
test_error (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A failed source keeps its error and the detail until its next run");

  g_assert_null (qs_base_source_dup_error (fixture->source));
  qs_base_source_take_error (fixture->source, g_error_new (G_IO_ERROR, G_IO_ERROR_CLOSED, "gone"));
  qs_base_source_set_error_detail (fixture->source, "line 1\nline 2");
  qs_base_source_set_error_detail (fixture->source,
                                   qs_base_source_get_error_detail (fixture->source));
  error = qs_base_source_dup_error (fixture->source);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpstr (qs_base_source_get_error_detail (fixture->source), ==, "line 1\nline 2");

  qs_base_source_prepare (fixture->source, NULL, NULL, NULL);
  g_assert_null (qs_base_source_dup_error (fixture->source));
  g_assert_null (qs_base_source_get_error_detail (fixture->source));
}

static void
test_status (Fixture *fixture, gconstpointer user_data)
{
  guint n_calls = 0;

  g_test_summary ("A change of the status is notified, setting the same one is not");

  g_signal_connect (fixture->source, "notify::status", G_CALLBACK (count_notify_cb), &n_calls);
  g_assert_cmpint (qs_base_source_get_status (fixture->source), ==, QS_SOURCE_STATUS_IDLE);
  qs_base_source_set_status (fixture->source, QS_SOURCE_STATUS_RUNNING);
  g_assert_cmpint (qs_base_source_get_status (fixture->source), ==, QS_SOURCE_STATUS_RUNNING);
  qs_base_source_set_status (fixture->source, QS_SOURCE_STATUS_RUNNING);
  g_assert_cmpuint (n_calls, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (quiet_writer, NULL, NULL);

#define add(path, func)                                                                            \
  g_test_add ("/base-source/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

  add ("configure", test_configure);
  add ("start/not-configured", test_start_not_configured);
  add ("start/twice", test_start_twice);
  add ("start/fails-silently", test_start_fails_silently);
  add ("start/fails-with-detail", test_start_fails_with_detail);
  add ("start/must-have", test_must_have);
  add ("connect/success", test_connect_success);
  add ("connect/failure", test_connect_failure);
  add ("connect/failure-handled", test_connect_failure_handled);
  add ("stop/before-start", test_stop_before_start);
  add ("wait", test_wait);
  add ("error", test_error);
  add ("status", test_status);

#undef add

  return g_test_run ();
}
