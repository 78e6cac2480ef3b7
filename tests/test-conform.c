/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "faulty-source.h"

#include <string.h>

/* Checks one fault, in a process of its own. */
#define FAULT_OPTION "--fault"

/* With a sanitizer, the rule `memory` is skipped. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_MEMORY_TESTED 0
#else
#define IS_MEMORY_TESTED 1
#endif

/* What is wrong, the one rule that finds it, and whether all others are tried as well. */
static const struct
{
  const char *fault;
  const char *rule; /* NULL: none */
  gboolean    is_alone;
  guint       n_kills;
} faults[] = {
  { "none", NULL, TRUE, 6 },
  { "deaf", "stop", TRUE, 2 },
  { "swallows", "errors", TRUE, 2 },
  { "counts-one-more", "restart", TRUE, 2 },
  { "own-file", "clear", TRUE, 2 },
  { "impatient", "outage", TRUE, 2 },
  { "commits-first", "kill", TRUE, 60 },
  { "leaks-files", "descriptors", TRUE, 2 },
#if IS_MEMORY_TESTED
  { "leaks-memory", "memory", TRUE, 2 },
#endif
  { "endless", NULL, TRUE, 2 },
  { "clings", "takeover", TRUE, 2 },
  { "kicks", "share", TRUE, 2 },
  { "shares", NULL, TRUE, 2 },
  { "mute", "first-record", FALSE, 2 },
  { "catches-up", "stop-blocked", FALSE, 2 },
  { "clock", "repeatable", FALSE, 2 },
  { "forgets", "restart", FALSE, 2 },
  { "counts-starts", "state", FALSE, 4 },
};

static QsHarness *
make_obscure (gpointer user_data, GError **error)
{
  g_autoptr (QsBaseSource) source = g_object_new (FAULTY_TYPE_OBSCURE, "name", "obscure", NULL);

  return qs_harness_new (source);
}

static QsConform *
make_conform (guint i)
{
  QsConform *conform = qs_conform_new (faulty_make_harness, (gpointer) faults[i].fault, NULL);
  g_autoptr (GError) error = NULL;

  qs_conform_set_seed (conform, 1);
  qs_conform_set_kills (conform, faults[i].n_kills);
  if (faults[i].rule == NULL || g_str_equal (faults[i].rule, "outage"))
    return conform;

  qs_conform_skip_rule (
      conform, "outage", "It takes its time, and is tried without a fault", &error);
  g_assert_no_error (error);
  /* The only ones that are waited for in vain. */
  if ((g_str_equal (faults[i].fault, "swallows") && qs_conform_check (conform, "stop", NULL)) ||
      (g_str_equal (faults[i].fault, "clings") && qs_conform_check (conform, "kill", NULL)))
    {
      qs_conform_set_timeout (conform, 5);
      qs_conform_check (conform, faults[i].rule, NULL);
      qs_conform_set_timeout (conform, 30);
    }

  return conform;
}

static void
check_fault (guint i)
{
  g_autoptr (QsConform) conform = make_conform (i);
  g_autoptr (GError) error = NULL;
  g_autoptr (QsReport) report = NULL;
  g_autofree char *failures = NULL;
  g_autofree char *expected =
      faults[i].rule != NULL ? g_strconcat (faults[i].rule, " ", NULL) : g_strdup ("");

  if (!faults[i].is_alone)
    {
      g_assert_false (qs_conform_check (conform, faults[i].rule, &error));
      g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
      report = g_object_ref (qs_conform_get_report (conform));
    }
  else
    {
      report = qs_conform_run (conform, &error);
      g_assert_no_error (error);
    }

  failures = faulty_list_failures (report);
  g_assert_cmpstr (failures, ==, expected);
  g_assert_cmpint (qs_report_get_passed (report), ==, faults[i].rule == NULL);
  if (IS_MEMORY_TESTED && g_str_equal (faults[i].fault, "endless"))
    g_assert_cmpint (qs_report_get_result (report, "memory"), ==, QS_RULE_RESULT_PASSED);
  if (g_str_equal (faults[i].fault, "shares"))
    g_assert_cmpint (qs_report_get_result (report, "share"), ==, QS_RULE_RESULT_PASSED);
  if (faults[i].rule == NULL)
    g_assert_cmpint (qs_report_get_result (report, "descriptors"), ==, QS_RULE_RESULT_PASSED);
}

/* A process for each fault, as most of the time is spent in waiting for other processes. Some more
 * than the one that is waited for run. */
#define N_AT_ONCE 4

static GSubprocess *checks[G_N_ELEMENTS (faults)];

static void
start_checks (guint from)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);

  for (guint i = from; i < MIN (from + N_AT_ONCE, G_N_ELEMENTS (faults)); i++)
    {
      g_autoptr (GError) error = NULL;

      if (checks[i] != NULL)
        continue;

      checks[i] = g_subprocess_launcher_spawn (
          launcher, &error, program, FAULT_OPTION, faults[i].fault, NULL);
      g_assert_no_error (error);
    }
}

static void
test_fault (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;

  g_test_summary ("Each fault has the source fail the one rule that is about it");

  start_checks (i);
  g_subprocess_communicate_utf8 (checks[i], NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%s", output);
  g_assert_true (g_subprocess_get_successful (checks[i]));
  g_clear_object (&checks[i]);
}

static void
test_counts (void)
{
  g_autoptr (QsConform) conform = qs_conform_new (faulty_make_harness, (gpointer) "none", NULL);
  g_autoptr (GError) error = NULL;
  QsReport *report = qs_conform_get_report (conform);

  g_test_summary ("The report has as many kills as were asked for, and what became of records");

  qs_conform_set_kills (conform, 3);
  g_assert_true (qs_conform_check (conform, "kill", &error));
  g_assert_no_error (error);
  g_assert_cmpint (qs_report_get_result (report, "kill"), ==, QS_RULE_RESULT_PASSED);
  g_assert_cmpuint (qs_report_get_kills (report), ==, 3);
  g_assert_cmpuint (qs_report_get_records (report), >=, FAULTY_LAST);
  g_assert_cmpuint (qs_report_get_lost (report), ==, 0);
}

static gboolean
check_name (QsHarness *harness, gpointer user_data, GError **error)
{
  const char *name = qs_base_source_get_name (qs_harness_get_source (harness));

  if (g_str_equal (name, user_data))
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Its name is %s", name);

  return FALSE;
}

static void
test_rules (void)
{
  g_autoptr (QsConform) conform = qs_conform_new (make_obscure, NULL, NULL);
  g_autoptr (GError) error = NULL;
  QsReport *report = qs_conform_get_report (conform);

  g_test_summary ("Rules can be added and skipped, and say why they fail");

  g_assert_false (qs_conform_check (conform, "properties", &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "'plain'"));
  g_clear_error (&error);

  qs_conform_add_rule (conform, "obscure", check_name, g_strdup ("obscure"), g_free);
  g_assert_true (qs_conform_check (conform, "obscure", &error));
  g_assert_no_error (error);
  g_assert_cmpint (qs_report_get_result (report, "obscure"), ==, QS_RULE_RESULT_PASSED);
  qs_conform_add_rule (conform, "clear-name", check_name, (gpointer) "clear", NULL);
  g_assert_false (qs_conform_check (conform, "clear-name", &error));
  g_assert_nonnull (strstr (error->message, "Its name is obscure"));
  g_clear_error (&error);

  g_assert_false (qs_conform_skip_rule (conform, "kil", "no matter", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "'kill'"));
  g_clear_error (&error);
  g_assert_true (qs_conform_skip_rule (conform, "stop", "it is deaf by design", &error));
  g_assert_true (qs_conform_check (conform, "stop", &error));
  g_assert_cmpint (qs_report_get_result (report, "stop"), ==, QS_RULE_RESULT_SKIPPED);
  g_assert_cmpstr (qs_report_get_message (report, "stop"), ==, "it is deaf by design");
}

static void
test_not_tested (void)
{
  g_autoptr (QsConform) conform = qs_conform_new (make_obscure, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) json = NULL;
  g_autoptr (GVariant) rules = NULL;
  g_autofree char *text = NULL;
  QsReport        *report = qs_conform_get_report (conform);
  const char      *name = NULL;

  g_test_summary ("What needs a state is skipped without one, and the report has the reason");

  g_assert_true (qs_conform_check (conform, "kill", &error));
  g_assert_no_error (error);
  g_assert_cmpint (qs_report_get_result (report, "repeatable"), ==, QS_RULE_RESULT_SKIPPED);
  g_assert_cmpint (qs_report_get_result (report, "kill"), ==, QS_RULE_RESULT_SKIPPED);
  g_assert_nonnull (strstr (qs_report_get_message (report, "kill"), "has no state"));

  text = qs_report_to_json (report);
  json = qs_json_from_string (text, &error);
  g_assert_no_error (error);
  g_assert_true (g_variant_lookup (json, "source", "&s", &name));
  g_assert_cmpstr (name, ==, "obscure");
  rules = g_variant_lookup_value (json, "rules", NULL);
  g_assert_cmpuint (g_variant_n_children (rules), ==, 6);
}

static QsHarness *
make_nothing (gpointer user_data, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "There is no door");

  return NULL;
}

static void
test_no_harness (void)
{
  g_autoptr (QsConform) conform = qs_conform_new (make_nothing, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A factory that fails is an error, and no source that failed");

  g_assert_null (qs_conform_run (conform, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "There is no door"));
}

int
main (int argc, char **argv)
{
  int status = 0;

  faulty_set_up (&argc, &argv);
  for (guint i = 0; argc == 3 && g_str_equal (argv[1], FAULT_OPTION) && i < G_N_ELEMENTS (faults);
       i++)
    {
      if (g_str_equal (argv[2], faults[i].fault))
        check_fault (i);
    }
  if (argc == 3 && g_str_equal (argv[1], FAULT_OPTION))
    return faulty_tear_down (), 0;

  /* First, so that several of them run at once from the beginning. */
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *path = g_strconcat ("/conform/faults/", faults[i].fault, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_fault);
    }
  g_test_add_func ("/conform/other/rules", test_rules);
  g_test_add_func ("/conform/other/not-tested", test_not_tested);
  g_test_add_func ("/conform/other/no-harness", test_no_harness);
  g_test_add_func ("/conform/other/counts", test_counts);

  status = g_test_run ();
  faulty_tear_down ();

  return status;
}
