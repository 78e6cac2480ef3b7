/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "faulty-source.h"

static void
test_kill_points (gconstpointer fault)
{
  g_autoptr (QsHarness) harness = faulty_make_harness ((gpointer) fault, NULL);
  g_autoptr (QsConform) conform = qs_conform_new (faulty_make_harness, (gpointer) fault, NULL);
  g_autoptr (QsReport) report = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *failures = NULL;

  g_test_summary (
      "A source that is wrong only at a kill point fails only the rule that tries them");

  if (!qs_harness_crash_at (harness, "produce-before", 1, &error))
    {
      g_test_skip (error->message);
      return;
    }

  qs_conform_set_seed (conform, 1);
  qs_conform_set_kills (conform, 1);
  report = qs_conform_run (conform, &error);
  g_assert_no_error (error);
  failures = faulty_list_failures (report);
  if (g_str_equal (fault, "none"))
    {
      g_assert_cmpstr (failures, ==, "");
      g_assert_cmpint (qs_report_get_result (report, "kill-points"), ==, QS_RULE_RESULT_PASSED);
      /* Produced, acknowledged, in the changelog and in the store; and one of the rule `kill`. */
      g_assert_cmpuint (qs_report_get_kills (report), >=, 8);
    }
  else
    g_assert_cmpstr (failures, ==, "kill-points ");
}

int
main (int argc, char **argv)
{
  int status = 0;

  faulty_set_up (&argc, &argv);
  g_test_add_data_func ("/conform/kill-points/none", "none", test_kill_points);
  g_test_add_data_func ("/conform/kill-points/marks", "marks", test_kill_points);

  status = g_test_run ();
  faulty_tear_down ();

  return status;
}
