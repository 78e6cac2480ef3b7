/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource.h>

#include <string.h>

#define TIMEOUT 60.0

/* Sends 1, 2, ... last, and keeps which was the last. */
G_DECLARE_FINAL_TYPE (TestCounter, test_counter, TEST, COUNTER, QsStatefulSource)
struct _TestCounter
{
  QsStatefulSource parent_instance;
  gint64           last; /* 0: without end */
  gboolean         is_failing;
  gboolean         is_describing;
};
G_DEFINE_FINAL_TYPE (TestCounter, test_counter, QS_TYPE_STATEFUL_SOURCE)

enum
{
  PROP_LAST = 1,
  PROP_FAILING,
  PROP_DESCRIBING
};

/* Sends one number, and remembers it: both are safe afterwards, or neither is. */
static gboolean
send_number (QsSource *source, gint64 number, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);

  return state != NULL && qs_state_set (state, "current", g_variant_new_int64 (number), error) &&
         qs_source_produce_value (
             source, g_variant_new_string ("n"), g_variant_new_int64 (number), error) &&
         qs_source_flush (source, -1, error);
}

/* Sends what it knows of its state. */
static gboolean
describe (QsSource *source, GError **error)
{
  QsStatefulSource *self = QS_STATEFUL_SOURCE (source);
  g_autofree char  *text = g_strdup_printf ("%s %d",
                                           qs_stateful_source_get_store_name (self),
                                           qs_stateful_source_get_n_partitions (self));

  return qs_source_produce_value (source, NULL, g_variant_new_string (text), error);
}

static gboolean
test_counter_run (QsSource *source, GError **error)
{
  TestCounter *self = TEST_COUNTER (source);
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
  gint64 number = 0;

  if (state == NULL)
    return FALSE;

  if (self->is_failing)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "This source fails");
      return FALSE;
    }

  if (self->is_describing)
    return describe (source, error);

  number = qs_state_get_int64 (state, "current", 0, NULL) + 1;
  for (; qs_source_get_running (source) && (self->last == 0 || number <= self->last); number++)
    {
      if (!send_number (source, number, error))
        return FALSE;
    }

  return TRUE;
}

static void
test_counter_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_LAST)
    TEST_COUNTER (object)->last = g_value_get_int64 (value);
  else if (id == PROP_DESCRIBING)
    TEST_COUNTER (object)->is_describing = g_value_get_boolean (value);
  else
    TEST_COUNTER (object)->is_failing = g_value_get_boolean (value);
}

static void
test_counter_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_LAST)
    g_value_set_int64 (value, TEST_COUNTER (object)->last);
  else if (id == PROP_DESCRIBING)
    g_value_set_boolean (value, TEST_COUNTER (object)->is_describing);
  else
    g_value_set_boolean (value, TEST_COUNTER (object)->is_failing);
}

static void
test_counter_class_init (TestCounterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  QS_SOURCE_CLASS (klass)->run = test_counter_run;
  object_class->set_property = test_counter_set_property;
  object_class->get_property = test_counter_get_property;
  g_object_class_install_property (
      object_class,
      PROP_LAST,
      g_param_spec_int64 ("last", NULL, "The last number", 0, G_MAXINT64, 0, G_PARAM_READWRITE));
  g_object_class_install_property (
      object_class,
      PROP_FAILING,
      g_param_spec_boolean ("failing", NULL, "Whether it fails", FALSE, G_PARAM_READWRITE));
  g_object_class_install_property (
      object_class,
      PROP_DESCRIBING,
      g_param_spec_boolean (
          "describing", NULL, "Whether it describes itself", FALSE, G_PARAM_READWRITE));
}

static void
test_counter_init (TestCounter *self)
{
}

static QsBaseSource *
make_source (gint64 last)
{
  return g_object_new (test_counter_get_type (), "name", "counter", "last", last, NULL);
}

static QsHarness *
make_harness (gint64 last)
{
  g_autoptr (QsBaseSource) source = make_source (last);

  return qs_harness_new (source);
}

/* No number is missing up to the last one. */
static void
assert_complete (QsHarness *harness)
{
  g_autoptr (GPtrArray) records = qs_harness_get_records (harness);
  gint64 next = 1;

  for (guint i = 0; i < records->len; i++)
    {
      gint64 number = g_variant_get_int64 (qs_record_get_value (records->pdata[i]));

      g_assert_cmpint (number, <=, next);
      next = MAX (next, number + 1);
    }
}

static gint64
get_current (QsHarness *harness)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) state = qs_harness_dup_state (harness, &error);
  gint64 current = 0;

  g_assert_no_error (error);
  g_assert_true (g_variant_lookup (state, "current", "x", &current));

  return current;
}

static void
test_pull (void)
{
  g_autoptr (QsHarness) harness = make_harness (3);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Records come in order, properties reach the worker, and the end is told");

  g_assert_true (qs_harness_start (harness, &error));
  g_assert_no_error (error);
  for (gint64 i = 1; i <= 3; i++)
    {
      g_autoptr (QsRecord) record = qs_harness_pull (harness, TIMEOUT, &error);

      g_assert_no_error (error);
      g_assert_cmpint (g_variant_get_int64 (qs_record_get_value (record)), ==, i);
    }
  g_assert_true (qs_harness_wait_ended (harness, TIMEOUT, &error));
  g_assert_no_error (error);
  g_assert_null (qs_harness_pull (harness, TIMEOUT, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_INVALID_STATE);
  g_assert_cmpint (get_current (harness), ==, 3);
  if (g_getenv ("QSOURCE_TEST_BROKER") == NULL)
    g_assert_nonnull (qs_harness_get_broker (harness));
}

static void
test_kill (void)
{
  g_autoptr (QsHarness) harness = make_harness (0);
  g_autoptr (GError) error = NULL;
  gint64 current = 0;

  g_test_summary ("A source that was killed goes on where its state is, and loses nothing");

  g_assert_true (qs_harness_start (harness, &error));
  g_assert_no_error (error);
  for (guint i = 1; i <= 3; i++)
    {
      g_autoptr (GPtrArray) records = NULL;

      g_assert_true (qs_harness_wait_records (harness, i * 20, TIMEOUT, &error));
      g_assert_no_error (error);
      g_assert_true (qs_harness_kill (harness, &error));
      g_assert_no_error (error);
      g_assert_false (qs_harness_get_running (harness));
      g_assert_cmpint (get_current (harness), >=, current);
      current = get_current (harness);
      g_assert_true (qs_harness_restart (harness, &error));
      g_assert_no_error (error);
    }
  g_assert_true (qs_harness_wait_records (harness, (guint) current + 10, TIMEOUT, &error));
  g_assert_true (qs_harness_stop (harness, &error));
  g_assert_no_error (error);
  assert_complete (harness);
}

static void
test_failure (void)
{
  g_autoptr (QsHarness) harness = make_harness (0);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A source that fails has its error returned to whoever waits");

  g_object_set (qs_harness_get_source (harness), "failing", TRUE, NULL);
  if (qs_harness_start (harness, &error))
    g_assert_null (qs_harness_pull (harness, TIMEOUT, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "This source fails"));
  g_clear_error (&error);

  g_assert_false (qs_harness_kill (harness, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_INVALID_STATE);
}

static void
test_identity (void)
{
  g_autoptr (QsBaseSource) source = g_object_new (test_counter_get_type (),
                                                  "name",
                                                  "counter",
                                                  "describing",
                                                  TRUE,
                                                  "store-name",
                                                  "mine",
                                                  "n-partitions",
                                                  2,
                                                  NULL);
  g_autoptr (QsHarness) harness = qs_harness_new (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (QsRecord) record = NULL;

  g_test_summary ("The worker knows what only the one who makes a source can set");

  g_assert_true (qs_harness_start (harness, &error));
  record = qs_harness_pull (harness, TIMEOUT, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_variant_get_string (qs_record_get_value (record), NULL), ==, "mine 2");
}

static void
test_thread (void)
{
  g_autoptr (QsHarness) harness = make_harness (0);
  g_autoptr (GError) error = NULL;

  g_test_summary ("In a thread the same goes, but for kill(), which is refused");

  g_object_set (qs_harness_get_application (harness), "isolation", QS_ISOLATION_THREAD, NULL);
  g_assert_true (qs_harness_start (harness, &error));
  g_assert_no_error (error);
  g_assert_true (qs_harness_wait_records (harness, 5, TIMEOUT, &error));
  g_assert_no_error (error);
  g_assert_false (qs_harness_kill (harness, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_INVALID_STATE);
  g_clear_error (&error);
  g_assert_true (qs_harness_stop (harness, &error));
  g_assert_no_error (error);
  assert_complete (harness);
}

static void
test_not_served (void)
{
  g_autoptr (QsBaseSource) source =
      g_object_new (test_counter_get_type (), "name", "another", NULL);
  g_autoptr (QsHarness) harness = qs_harness_new (source);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A source that isn't served is refused, and main() isn't run again");

  g_assert_false (qs_harness_start (harness, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_NOT_STARTED);
  g_assert_nonnull (strstr (error->message, "qs_harness_serve()"));
  g_assert_nonnull (strstr (error->message, "another"));
}

static void
test_crash_at (void)
{
  g_autoptr (QsHarness) harness = make_harness (20);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A kill point ends one worker; where there is none, the error says so");

  if (!qs_harness_crash_at (harness, "store-before", 5, &error))
    {
      g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_INVALID_STATE);
      g_assert_nonnull (strstr (error->message, "-Dkill_points=true"));
      return;
    }

  g_assert_true (qs_harness_start (harness, &error));
  g_assert_no_error (error);
  g_assert_false (qs_harness_wait_ended (harness, TIMEOUT, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_true (qs_harness_restart (harness, &error));
  g_assert_no_error (error);
  g_assert_true (qs_harness_wait_ended (harness, TIMEOUT, &error));
  g_assert_no_error (error);
  g_assert_true (qs_harness_wait_records (harness, 20, TIMEOUT, &error));
  g_assert_no_error (error);
  assert_complete (harness);
  g_assert_cmpint (get_current (harness), ==, 20);

  g_assert_false (qs_harness_crash_at (harness, "nowhere", 1, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_INVALID_STATE);
}

int
main (int argc, char **argv)
{
  g_autoptr (QsBaseSource) source = make_source (0);

  qs_harness_serve (source);

  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/harness/pull", test_pull);
  g_test_add_func ("/harness/kill", test_kill);
  g_test_add_func ("/harness/failure", test_failure);
  g_test_add_func ("/harness/identity", test_identity);
  g_test_add_func ("/harness/thread", test_thread);
  g_test_add_func ("/harness/not-served", test_not_served);
  g_test_add_func ("/harness/crash-at", test_crash_at);

  return g_test_run ();
}
