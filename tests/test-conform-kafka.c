/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "faulty-source.h"

#include "qs-test-kafka.h"

/* The rules about several instances, on brokers that fence. */

static QsHarness *
make_exact (gpointer user_data, GError **error)
{
  QsHarness *harness = faulty_make_harness (user_data, error);

  g_object_set (qs_harness_get_application (harness),
                "processing-guarantee",
                QS_PROCESSING_GUARANTEE_EXACTLY_ONCE,
                NULL);

  return harness;
}

static QsConform *
make_conform (QsHarnessFactory factory, const char *fault)
{
  QsConform *conform = qs_conform_new (factory, (gpointer) fault, NULL);

  qs_conform_set_seed (conform, 1);
  qs_conform_skip_rule (conform, "clear", "Only what is to be seen here is tried", NULL);
  qs_conform_skip_rule (conform, "kill", "Likewise", NULL);

  return conform;
}

static void
test_obeys (gconstpointer factory)
{
  g_autoptr (QsConform) conform = NULL;
  QsReport *report = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Two instances of a good source leave nothing out, and the older one ends");

  if (qs_test_kafka_shared () == NULL)
    return;

  conform = make_conform ((QsHarnessFactory) factory, "shares");
  report = qs_conform_get_report (conform);
  g_assert_true (qs_conform_check (conform, "share", &error));
  g_assert_no_error (error);
  g_test_message ("%s", qs_report_get_message (report, "takeover"));
  g_assert_cmpint (qs_report_get_result (report, "takeover"), ==, QS_RULE_RESULT_PASSED);
  g_test_message ("%s", qs_report_get_message (report, "share"));
  g_assert_cmpint (qs_report_get_result (report, "share"), ==, QS_RULE_RESULT_PASSED);
  g_assert_cmpuint (qs_report_get_lost (report), ==, 0);
}

static void
test_clings (gconstpointer factory)
{
  g_autoptr (QsConform) conform = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A source that ignores that it was fenced fails");

  if (qs_test_kafka_shared () == NULL)
    return;

  conform = make_conform ((QsHarnessFactory) factory, "clings");
  g_assert_false (qs_conform_check (conform, "takeover", &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  g_test_message ("%s", error->message);
}

int
main (int argc, char **argv)
{
  int status = 0;

  faulty_set_up (&argc, &argv);
  if (qs_test_kafka_shared () != NULL)
    g_setenv ("QSOURCE_TEST_BROKER", qs_test_kafka_shared (), TRUE);
  g_test_add_data_func ("/conform/kafka/at-least-once", faulty_make_harness, test_obeys);
  g_test_add_data_func ("/conform/kafka/exactly-once", make_exact, test_obeys);
  g_test_add_data_func ("/conform/kafka/clings", faulty_make_harness, test_clings);

  status = g_test_run ();
  faulty_tear_down ();

  return status;
}
