/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <unistd.h>

#include "qs-base-source-private.h"
#include "qs-kafka-error.h"
#include "qs-producer-private.h"
#include "qs-source-error.h"
#include "qs-thread-worker-private.h"
#include "wait-for.h"
#include "worker-fixture.h"

/* A source whose name says what it does. */

#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_DERIVABLE_TYPE (TestSource, test_source, TEST, SOURCE, QsSource)

struct _TestSourceClass
{
  QsSourceClass parent_class;
};

typedef struct
{
  int in_run;     /* atomic */
  int n_stops;    /* atomic */
  int in_context; /* atomic: what was attached to run()'s context was called */
} TestSourcePrivate;

G_DEFINE_TYPE_WITH_PRIVATE (TestSource, test_source, QS_TYPE_SOURCE)

static TestSourcePrivate *
get_private (gpointer source)
{
  return test_source_get_instance_private (TEST_SOURCE (source));
}

static gboolean
in_context_cb (gpointer data)
{
  g_atomic_int_set (&get_private (data)->in_context, TRUE);
  return G_SOURCE_REMOVE;
}

static gboolean
test_source_setup (QsBaseSource *base, GError **error)
{
  if (!g_str_equal (qs_base_source_get_name (base), "setup-fails"))
    return TRUE;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_HOST_NOT_FOUND, "no such host");
  return FALSE;
}

static gboolean
test_source_run (QsSource *source, GError **error)
{
  QsBaseSource *base = QS_BASE_SOURCE (source);
  const char   *name = qs_base_source_get_name (base);

  g_atomic_int_set (&get_private (source)->in_run, TRUE);

  if (g_str_equal (name, "error"))
    {
      qs_base_source_set_error_detail (base, "more");
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "it was not there");
      return FALSE;
    }

  if (g_str_equal (name, "wait"))
    qs_base_source_wait (base, -1);

  if (g_str_equal (name, "stop"))
    WAIT_FOR (g_atomic_int_get (&get_private (source)->n_stops) > 0);

  if (g_str_equal (name, "default"))
    {
      g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
      g_autoptr (GSource) idle = g_idle_source_new ();

      g_source_set_callback (idle, in_context_cb, source, NULL);
      g_source_attach (idle, context);

      return QS_SOURCE_CLASS (test_source_parent_class)->run (source, error);
    }

  if (g_str_equal (name, "lost"))
    return qs_source_produce_data (source, NULL, 0, (const guint8 *) "x", 1, 0, error);

  return TRUE;
}

static void
test_source_stop (QsBaseSource *base)
{
  g_atomic_int_inc (&get_private (base)->n_stops);
}

static void
test_source_class_init (TestSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = test_source_run;
  QS_BASE_SOURCE_CLASS (klass)->setup = test_source_setup;
  QS_BASE_SOURCE_CLASS (klass)->stop = test_source_stop;
}

static void
test_source_init (TestSource *self)
{
}

typedef struct
{
  QsBaseSource *source;
  QsTopic      *topic;
  Run           run;
} Fixture;

static void
make (Fixture *fixture, GType type, const char *name)
{
  g_autoptr (QsKafkaConfig) config = make_config ();
  QsWorkerSettings settings = { 0 };

  if (g_str_equal (name, "lost"))
    config->broker_availability_timeout = 0.2;

  fixture->topic = qs_topic_new ("numbers");
  fixture->source = g_object_new (type, "name", name, "shutdown-timeout", 1.0, NULL);
  settings.config = config;
  run_init (&fixture->run, qs_thread_worker_new (fixture->source, fixture->topic, &settings));
}

static void
start (Fixture *fixture, const char *name)
{
  g_autoptr (GError) error = NULL;

  make (fixture, TEST_TYPE_SOURCE, name);
  g_assert_true (qs_worker_start (fixture->run.worker, &error));
  g_assert_no_error (error);
}

static void
finish (Fixture *fixture)
{
  iterate_until (run_has_ended, &fixture->run);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  run_clear (&fixture->run);
  g_assert_finalize_object (fixture->source);
  g_assert_finalize_object (fixture->topic);
}

static gboolean
is_in_run (gpointer data)
{
  return g_atomic_int_get (&get_private (data)->in_run);
}

static gboolean
is_in_context (gpointer data)
{
  return g_atomic_int_get (&get_private (data)->in_context);
}

static void
test_finish (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A source that ends by itself: each signal once, in order, statistics too");

  start (fixture, "finish");
  finish (fixture);

  g_assert_no_error (fixture->run.error);
  g_assert_cmpstr (fixture->run.story->str, ==, "started connected ended ");
  g_assert_cmpstr (fixture->run.statuses->str, ==, "starting running finished ");
  g_assert_cmpint (fixture->run.pid, ==, getpid ());
  g_assert_cmpuint (fixture->run.n_stats, >=, 1);
}

static void
test_error (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) kept = NULL;

  g_test_summary ("A failure is told as it is, with its detail");

  start (fixture, "error");
  finish (fixture);

  kept = qs_base_source_dup_error (fixture->source);
  g_assert_error (fixture->run.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_error (kept, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpstr (fixture->run.detail, ==, "more");
  g_assert_cmpstr (qs_base_source_get_error_detail (fixture->source), ==, "more");
  g_assert_cmpstr (fixture->run.statuses->str, ==, "starting running failed ");
}

static void
test_setup_fails (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A client that can't connect is told, and then the failure");

  start (fixture, "setup-fails");
  finish (fixture);

  g_assert_cmpstr (fixture->run.story->str, ==, "started connect-failed ended ");
  g_assert_error (fixture->run.connect_error, G_IO_ERROR, G_IO_ERROR_HOST_NOT_FOUND);
  g_assert_error (fixture->run.error, G_IO_ERROR, G_IO_ERROR_HOST_NOT_FOUND);
}

static void
test_stop (Fixture *fixture, gconstpointer user_data)
{
  const char *name = user_data;

  g_test_summary ("stop() ends what waits, and what its own stop() ends; that is called once");

  start (fixture, name);
  iterate_until (is_in_run, fixture->source);
  qs_worker_stop (fixture->run.worker);
  qs_worker_kill (fixture->run.worker);
  finish (fixture);

  g_assert_no_error (fixture->run.error);
  g_assert_cmpint (get_private (fixture->source)->n_stops, ==, 1);
  g_assert_true (g_str_has_suffix (fixture->run.statuses->str, "stopping finished "));
}

static void
test_stop_at_once (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("stop() right after start() ends it, wherever it is");

  start (fixture, "wait");
  qs_worker_stop (fixture->run.worker);
  finish (fixture);

  g_assert_no_error (fixture->run.error);
}

static void
test_context (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("The default run() iterates a main context of its own thread");

  start (fixture, "default");
  iterate_until (is_in_context, fixture->source);
  qs_worker_stop (fixture->run.worker);
  finish (fixture);

  g_assert_no_error (fixture->run.error);
}

static void
test_lost (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A producer that gives up ends the source, which fails with that error");

  start (fixture, "lost");
  finish (fixture);

  g_assert_error (fixture->run.error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE);
}

static void
test_javascript (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GType type = g_type_register_static_simple (TEST_TYPE_SOURCE,
                                              "Gjs_TestSource",
                                              sizeof (TestSourceClass),
                                              NULL,
                                              sizeof (TestSource),
                                              NULL,
                                              0);

  g_test_summary ("A source written in JavaScript is refused, as its code can't run there");

  make (fixture, type, "finish");
  g_assert_false (qs_worker_start (fixture->run.worker, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_NOT_STARTED);
  g_assert_nonnull (strstr (error->message, "isolation to process"));
  g_assert_cmpstr (fixture->run.statuses->str, ==, "starting failed ");
}

/* What ends a producer, when its source has ended already. */
static gpointer
fail_late_func (gpointer producer)
{
  g_autoptr (GError) error =
      g_error_new_literal (QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE, "too late");

  qs_producer_fail (producer, error);

  return NULL;
}

static gboolean
is_running (QsBaseSource *source)
{
  g_autoptr (QsSourceRun) run = qs_base_source_dup_run (source);

  return qs_source_run_get_phase (run) != QS_SOURCE_RUN_ENDED;
}

static void
test_late (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsProducer) producer = NULL;

  g_test_summary (
      "A failure of the producer after run() has returned finds nobody, and harms none");

  start (fixture, "finish");

  /* Nothing is told while this thread is busy: all of it comes after the end. */
  WAIT_FOR (g_atomic_int_get (&get_private (fixture->source)->in_run) != 0 &&
            !is_running (fixture->source));

  producer = g_object_ref (qs_base_source_get_producer (fixture->source));
  g_thread_join (g_thread_new ("late", fail_late_func, producer));
  iterate_until (run_has_ended, &fixture->run);
  while (g_main_context_iteration (NULL, FALSE))
    ;

  /* It may have come before the worker looked for the last time, but not after. */
  if (fixture->run.error != NULL)
    g_assert_error (fixture->run.error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE);
  g_assert_cmpstr (fixture->run.statuses->str,
                   ==,
                   fixture->run.error != NULL ? "starting running failed "
                                              : "starting running finished ");
  g_clear_object (&producer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  allow_warnings ();

#define add(path, data, func)                                                                      \
  g_test_add ("/thread-worker/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)

  add ("finish", NULL, test_finish);
  add ("error", NULL, test_error);
  add ("error/setup", NULL, test_setup_fails);
  add ("error/producer", NULL, test_lost);
  add ("stop/wait", "wait", test_stop);
  add ("stop/vfunc", "stop", test_stop);
  add ("stop/at-once", NULL, test_stop_at_once);
  add ("late", NULL, test_late);
  add ("context", NULL, test_context);
  add ("javascript", NULL, test_javascript);

#undef add

  return g_test_run ();
}
