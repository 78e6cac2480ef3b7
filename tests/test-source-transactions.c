/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource.h>

#include "qs-admin-private.h"
#include "qs-base-source-private.h"
#include "qs-test-kafka.h"
#include "qs-worker-child-private.h"
#include "read-partition.h"

#define DEADLINE (20 * G_USEC_PER_SEC)

/* A source without a state: produces one record and sleeps until a reader has
 * seen it, then another one, and fails or ends. */
#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, QsSource)

struct _TestSource
{
  QsSource    parent_instance;
  const char *address;
  gboolean    fails;
  gboolean    was_seen;
};

G_DEFINE_FINAL_TYPE (TestSource, test_source, QS_TYPE_SOURCE)

static gboolean
collect_cb (const QsRecordView *record, gpointer user_data, GError **error)
{
  g_string_append_len (user_data, (const char *) record->value, record->value_length);

  return TRUE;
}

/* What a reader sees who waits for transactions to be committed. */
static char *
read_committed (const char *address, const char *topic)
{
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (address);
  GString *text = g_string_new (NULL);

  read_partition (config, topic, TRUE, collect_cb, text);

  return g_string_free (text, FALSE);
}

static gboolean
test_source_run (QsSource *source, GError **error)
{
  TestSource *self = TEST_SOURCE (source);
  const char *topic = qs_topic_get_name (qs_base_source_get_topic (QS_BASE_SOURCE (source)));
  gint64      deadline = g_get_monotonic_time () + DEADLINE;

  if (!qs_source_produce_data (source, NULL, 0, (guint8 *) "a", 1, 0, error))
    return FALSE;

  while (!self->was_seen && g_get_monotonic_time () < deadline)
    {
      g_autofree char *seen = read_committed (self->address, topic);

      self->was_seen = g_str_equal (seen, "a");
    }

  if (!qs_source_produce_data (source, NULL, 0, (guint8 *) "b", 1, 0, error))
    return FALSE;
  if (!self->fails)
    return TRUE;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "as it was told");
  return FALSE;
}

static void
test_source_class_init (TestSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = test_source_run;
}

static void
test_source_init (TestSource *self)
{
}

static void
test_timer (gconstpointer user_data)
{
  gboolean         fails = GPOINTER_TO_INT (user_data);
  const char      *address = qs_test_kafka_shared ();
  g_autofree char *name = NULL;
  g_autofree char *seen = NULL;
  g_autoptr (TestSource) source = g_object_new (TEST_TYPE_SOURCE, "name", "plain", NULL);
  g_autoptr (QsTopic) topic = NULL;
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (QsStateSettings) state = NULL;
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QsSourceRun) run = NULL;
  QsWorkerSetup setup = { 0 };

  g_test_summary ("Exactly once, what was produced is committed in time, and not if run() failed");

  if (address == NULL)
    return;

  name = qs_test_kafka_unique_name ("plain");
  config = qs_kafka_config_new (address);
  state = qs_state_settings_new ("/nonexistent", name);
  state->guarantee.processing = QS_PROCESSING_GUARANTEE_EXACTLY_ONCE;
  state->guarantee.commit_interval = 0.3;
  admin = qs_admin_new (config, &error);
  g_assert_true (qs_admin_create_topic (admin, name, 1, 1, NULL, NULL, &error));
  topic = qs_topic_new (name);
  source->address = address;
  source->fails = fails;

  qs_base_source_prepare (QS_BASE_SOURCE (source), NULL, NULL, NULL);
  run = qs_base_source_dup_run (QS_BASE_SOURCE (source));
  setup = (QsWorkerSetup){ .topic = topic, .config = config, .state = state };
  g_assert_cmpint (qs_worker_run_source (QS_BASE_SOURCE (source), run, &setup, &error), ==, !fails);

  g_assert_true (source->was_seen);
  seen = read_committed (address, name);
  g_assert_cmpstr (seen, ==, fails ? "a" : "ab");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/source-transactions/ends", GINT_TO_POINTER (FALSE), test_timer);
  g_test_add_data_func ("/source-transactions/fails", GINT_TO_POINTER (TRUE), test_timer);

  return g_test_run ();
}
