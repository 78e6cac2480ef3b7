/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource.h>

#include "qs-base-source-private.h"
#include "qs-kafka-config-private.h"
#include "qs-worker-child-private.h"
#include "start-broker.h"
#include "wait-for.h"

#define N_RECORDS 20

/* A source that does no more than the class must: it produces, and neither
 * flushes nor looks whether anything was delivered. */

#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, QsBaseSource)

struct _TestSource
{
  QsBaseSource parent_instance;

  guint    n_records;
  gboolean stops_itself;
  gboolean waits;   /* until it must stop */
  gboolean refused; /* by configure() */
  GError  *error;   /* start()'s; nullable. Owned. */
};

G_DEFINE_FINAL_TYPE (TestSource, test_source, QS_TYPE_BASE_SOURCE)

static gboolean
test_source_configure (QsBaseSource *base, QsTopic *topic, QsProducer *producer, GError **error)
{
  if (!TEST_SOURCE (base)->refused)
    return TRUE;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "not this topic");
  return FALSE;
}

static gboolean
test_source_start (QsBaseSource *base, GError **error)
{
  TestSource *self = TEST_SOURCE (base);
  g_autoptr (GBytes) value = g_bytes_new_static ("x", 1);

  for (guint i = 0; i < self->n_records; i++)
    {
      g_autoptr (QsMessage) message = qs_message_new (NULL, value, NULL, 0, -1);

      qs_producer_produce (
          qs_base_source_get_producer (base), qs_base_source_get_topic (base), message, NULL);
    }

  if (self->stops_itself)
    g_cancellable_cancel (qs_base_source_get_cancellable (base));

  if (self->waits)
    qs_base_source_wait (base, -1);

  if (self->error == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

static void
test_source_stop (QsBaseSource *base)
{
}

static void
test_source_finalize (GObject *object)
{
  g_clear_error (&TEST_SOURCE (object)->error);

  G_OBJECT_CLASS (test_source_parent_class)->finalize (object);
}

static void
test_source_class_init (TestSourceClass *klass)
{
  QsBaseSourceClass *base_class = QS_BASE_SOURCE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_source_finalize;
  base_class->configure = test_source_configure;
  base_class->start = test_source_start;
  base_class->stop = test_source_stop;
}

static void
test_source_init (TestSource *self)
{
}

typedef struct
{
  QsEmbeddedBroker *broker;
  QsKafkaConfig    *config;
  QsTopic          *topic;
  TestSource       *source;
  QsSourceRun      *run;
  GCancellable     *cancellable;
  QsWorkerSetup     setup;

  guint n_started;
  int   n_producer_failed; /* atomic */
} Fixture;

/* What those who watch a source do, though in a thread of theirs. */
static gboolean
event_cb (const QsSourceEvent *event, gpointer user_data)
{
  Fixture *fixture = user_data;

  if (event->type == QS_SOURCE_EVENT_STARTED)
    fixture->n_started++;

  if (event->type == QS_SOURCE_EVENT_STOPPING)
    {
      g_atomic_int_inc (&fixture->n_producer_failed);
      g_cancellable_cancel (fixture->cancellable);
    }

  return FALSE;
}

static gboolean
run (Fixture *fixture, GError **error)
{
  return qs_worker_run_source (
      QS_BASE_SOURCE (fixture->source), fixture->run, &fixture->setup, error);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  fixture->broker = start_broker ("numbers", 1);

  fixture->config = qs_kafka_config_new (qs_embedded_broker_get_address (fixture->broker));
  fixture->config->request_timeout = 30;
  fixture->config->topic_create_timeout = 30;
  fixture->config->broker_availability_timeout = 30;
  fixture->topic = qs_topic_new ("numbers");
  fixture->source =
      g_object_new (TEST_TYPE_SOURCE, "name", "careless", "shutdown-timeout", 0.4, NULL);
  fixture->source->n_records = N_RECORDS;
  qs_base_source_prepare (QS_BASE_SOURCE (fixture->source), event_cb, fixture, NULL);
  fixture->run = qs_base_source_dup_run (QS_BASE_SOURCE (fixture->source));
  fixture->cancellable = g_object_ref (qs_source_run_get_cancellable (fixture->run));
  fixture->setup = (QsWorkerSetup){ .topic = fixture->topic, .config = fixture->config };
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  qs_source_run_unref (fixture->run);
  g_assert_finalize_object (fixture->source);
  g_object_unref (fixture->cancellable);
  g_assert_finalize_object (fixture->topic);
  qs_kafka_config_unref (fixture->config);
  g_assert_finalize_object (fixture->broker);
}

static void
break_broker (Fixture *fixture)
{
  qs_embedded_broker_broker_down (fixture->broker, 1);
}

static guint64
get_n_acknowledged (Fixture *fixture)
{
  return qs_producer_get_n_acknowledged (
      qs_base_source_get_producer (QS_BASE_SOURCE (fixture->source)));
}

static void
test_flushes (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) before = qs_source_run_dup_stats (fixture->run);
  g_autoptr (GVariant) after = NULL;

  g_test_summary ("What a start() leaves in flight is waited for");

  g_assert_true (run (fixture, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (get_n_acknowledged (fixture), ==, N_RECORDS);
  g_assert_cmpuint (fixture->n_started, ==, 1);

  after = qs_source_run_dup_stats (fixture->run);
  g_assert_null (before);
  g_assert_true (g_variant_is_of_type (after, G_VARIANT_TYPE_VARDICT));
}

static void
test_lost (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A start() that didn't see its records lost fails all the same");

  break_broker (fixture);
  fixture->config->broker_availability_timeout = 0.2;

  g_assert_false (run (fixture, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE);

  /* Told by a thread of the producer, which may be behind. */
  WAIT_FOR (g_atomic_int_get (&fixture->n_producer_failed) > 0);
}

static void
test_lost_and_cancelled (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A start() that only saw itself cancelled fails with what cancelled it");

  break_broker (fixture);
  fixture->config->broker_availability_timeout = 0.2;
  fixture->source->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
  fixture->source->waits = TRUE;

  g_assert_false (run (fixture, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE);
}

static void
test_stopped (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A start() that fails as cancelled while stopping has not failed");

  fixture->source->stops_itself = TRUE;
  fixture->source->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");

  g_assert_true (run (fixture, &error));
  g_assert_no_error (error);
}

static void
test_stopped_too_late (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Records that can't be delivered while stopping are a failure, in time");

  break_broker (fixture);
  fixture->source->stops_itself = TRUE;

  g_assert_false (run (fixture, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT);
}

static void
test_stopped_before (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A source that is stopped before it starts doesn't start");

  qs_source_run_cancel (fixture->run);

  g_assert_true (run (fixture, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (fixture->n_started, ==, 0);
}

static void
test_configure (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A source that refuses its topic fails with that");

  fixture->source->refused = TRUE;

  g_assert_false (run (fixture, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_cmpuint (fixture->n_started, ==, 0);
}

static void
test_bad_config (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A producer that can't be made is the source's failure");

  fixture->config->producer_config =
      g_variant_ref_sink (g_variant_new_parsed ("{'no.such.setting': '1'}"));

  g_assert_false (run (fixture, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);

#define add(path, func)                                                                            \
  g_test_add ("/worker-child/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

  add ("flushes", test_flushes);
  add ("lost", test_lost);
  add ("lost-and-cancelled", test_lost_and_cancelled);
  add ("stopped", test_stopped);
  add ("stopped/too-late", test_stopped_too_late);
  add ("stopped/before", test_stopped_before);
  add ("configure", test_configure);
  add ("bad-config", test_bad_config);

#undef add

  return g_test_run ();
}
