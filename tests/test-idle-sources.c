/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <glib/gstdio.h>
#include <qsource.h>

#include "qs-admin-private.h"
#include "qs-test-kafka.h"
#include "run-application.h"

/* Sources that pause for longer than the brokers remember a transactional id. */

#define DEADLINE 90

/* Seconds; three times what the broker remembers. */
#define PAUSE 12.0

/* The broker of all these tests; NULL where there can be none. */
static QsTestKafka *kafka;

/* Both kinds of sources do this, once: the application restarts none. */
static gboolean
produce_and_pause (QsSource *source, GError **error)
{
  for (int i = 0; i < 2; i++)
    {
      if (!qs_source_produce_data (source, NULL, 0, (guint8 *) "x", 1, 0, error) ||
          !qs_source_flush (source, -1, error) ||
          !qs_base_source_wait (QS_BASE_SOURCE (source), i == 0 ? PAUSE : 0))
        return FALSE;
    }

  return TRUE;
}

#define TEST_TYPE_PLAIN (test_plain_get_type ())
G_DECLARE_FINAL_TYPE (TestPlain, test_plain, TEST, PLAIN, QsSource)

struct _TestPlain
{
  QsSource parent_instance;
};

G_DEFINE_FINAL_TYPE (TestPlain, test_plain, QS_TYPE_SOURCE)

static void
test_plain_class_init (TestPlainClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = produce_and_pause;
}

static void
test_plain_init (TestPlain *self)
{
}

#define TEST_TYPE_STATEFUL (test_stateful_get_type ())
G_DECLARE_FINAL_TYPE (TestStateful, test_stateful, TEST, STATEFUL, QsStatefulSource)

struct _TestStateful
{
  QsStatefulSource parent_instance;
};

G_DEFINE_FINAL_TYPE (TestStateful, test_stateful, QS_TYPE_STATEFUL_SOURCE)

static gboolean
test_stateful_run (QsSource *source, GError **error)
{
  QsStatefulSource *self = QS_STATEFUL_SOURCE (source);

  for (int i = 0; i < 2; i++)
    {
      g_autoptr (QsState) state = qs_stateful_source_get_state (self, error);

      if (state == NULL || !qs_state_set (state, "n", g_variant_new_int64 (i), error) ||
          !qs_source_flush (source, -1, error) ||
          !qs_base_source_wait (QS_BASE_SOURCE (source), i == 0 ? PAUSE : 0))
        return FALSE;
    }

  return TRUE;
}

static void
test_stateful_class_init (TestStatefulClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = test_stateful_run;
}

static void
test_stateful_init (TestStateful *self)
{
}

static void
add_source (QsApplication *app, GType type, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsBaseSource) source = g_object_new (type, "name", name, NULL);

  g_assert_nonnull (qs_application_add_source (app, source, NULL, &error));
  g_assert_no_error (error);
}

static void
test_pause (gconstpointer user_data)
{
  QsProcessingGuarantee guarantee = GPOINTER_TO_INT (user_data);
  g_autofree char      *group = qs_test_kafka_unique_name ("idle");
  g_autofree char      *dir = g_dir_make_tmp ("qsource-idle-XXXXXX", NULL);
  g_autofree char      *remove_line = NULL;
  g_autoptr (QsApplication) app = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A source may pause for longer than the brokers remember a transactional id");

  if (kafka == NULL)
    kafka = qs_test_kafka_new_forgetful ();
  if (kafka == NULL)
    return;

  app = qs_application_new (qs_test_kafka_get_address (kafka));
  g_object_set (app,
                "consumer-group",
                group,
                "state-dir",
                dir,
                "isolation",
                QS_ISOLATION_THREAD,
                "processing-guarantee",
                guarantee,
                NULL);
  add_source (app, TEST_TYPE_STATEFUL, "stateful");
  add_source (app, TEST_TYPE_PLAIN, "plain");
  run_application (app, NULL, DEADLINE, &error);
  g_assert_no_error (error);

  remove_line = g_strdup_printf ("rm -r -- '%s'", dir);
  g_assert_true (g_spawn_command_line_sync (remove_line, NULL, NULL, NULL, NULL));
}

static void
test_who_says_nothing (void)
{
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (QsEmbeddedBroker) broker = NULL;
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A broker that doesn't say what it remembers is taken for one as Kafka is");

  broker = qs_embedded_broker_new (1);
  config = qs_kafka_config_new (qs_embedded_broker_get_address (broker));
  admin = qs_admin_new (config, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (qs_admin_find_id_lifetime (admin, NULL), <, 0);
  g_assert_cmpfloat (config->id_lifetime, ==, 7 * 24 * 3600);
}

int
main (int argc, char **argv)
{
  int status = 0;

  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_test_add_func ("/idle-sources/embedded", test_who_says_nothing);
  g_test_add_data_func ("/idle-sources/at-least-once",
                        GINT_TO_POINTER (QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE),
                        test_pause);
  g_test_add_data_func ("/idle-sources/exactly-once",
                        GINT_TO_POINTER (QS_PROCESSING_GUARANTEE_EXACTLY_ONCE),
                        test_pause);
  status = g_test_run ();
  g_clear_pointer (&kafka, qs_test_kafka_free);

  return status;
}
