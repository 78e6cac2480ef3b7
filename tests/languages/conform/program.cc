/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Sources under all rules of QsConform, in GoogleTest.
 * QSOURCE_CONFORM_SOURCE=good|broken program */

#include <gtest/gtest.h>
#include <qsource/qsource.h>

#include <algorithm>
#include <string>
#include <vector>

static const gint64 LAST = 40;

/* How much the position in the state is ahead of the record; any is too much. */
static const gint64 AHEAD = g_strcmp0 (g_getenv ("QSOURCE_CONFORM_SOURCE"), "good") == 0 ? 0 : 1;

#define MY_TYPE_NUMBERS (my_numbers_get_type ())
G_DECLARE_FINAL_TYPE (MyNumbers, my_numbers, MY, NUMBERS, QsStatefulSource)
struct _MyNumbers
{
  QsStatefulSource parent_instance;
};
G_DEFINE_FINAL_TYPE (MyNumbers, my_numbers, QS_TYPE_STATEFUL_SOURCE)

static gboolean
send_number (QsSource *source, gint64 number, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);

  return state != nullptr &&
         qs_state_set (state, "n", g_variant_new_int64 (number + AHEAD), error) &&
         qs_source_produce_value (source, nullptr, g_variant_new_int64 (number), error) &&
         qs_source_flush (source, -1, error);
}

static gboolean
my_numbers_run (QsSource *source, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
  gint64 number = state != nullptr ? qs_state_get_int64 (state, "n", 0, nullptr) + 1 : LAST + 1;

  for (; number <= LAST && qs_source_get_running (source); number++)
    {
      if (!send_number (source, number, error))
        return FALSE;
    }

  return state != nullptr;
}

static void
my_numbers_class_init (MyNumbersClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = my_numbers_run;
}

static void
my_numbers_init (MyNumbers *)
{
}

static QsHarness *
make_harness (gpointer, GError **)
{
  g_autoptr (QsBaseSource) source =
      QS_BASE_SOURCE (g_object_new (MY_TYPE_NUMBERS, "name", "numbers", nullptr));

  return qs_harness_new (source);
}

/* doc/testing.md shows what follows. */
static QsConform *conform = qs_conform_new (make_harness, nullptr, nullptr);

static std::vector<std::string>
list_rules ()
{
  g_auto (GStrv) rules = qs_conform_dup_rules (conform);

  return { rules, rules + g_strv_length (rules) };
}

static std::string
get_test_name (const testing::TestParamInfo<std::string> &info)
{
  std::string name = info.param;

  std::replace (name.begin (), name.end (), '-', '_');
  return name;
}

class Numbers : public testing::TestWithParam<std::string>
{
};

TEST_P (Numbers, Obeys)
{
  const char *rule = GetParam ().c_str ();
  QsReport *report = qs_conform_get_report (conform);
  g_autoptr (GError) error = nullptr;

  EXPECT_TRUE (qs_conform_check (conform, rule, &error)) << error->message;
  if (qs_report_get_result (report, rule) == QS_RULE_RESULT_SKIPPED)
    GTEST_SKIP () << qs_report_get_message (report, rule);
}

INSTANTIATE_TEST_SUITE_P (Rules, Numbers, testing::ValuesIn (list_rules ()), get_test_name);

int
main (int argc, char **argv)
{
  g_autoptr (QsBaseSource) source =
      QS_BASE_SOURCE (g_object_new (MY_TYPE_NUMBERS, "name", "numbers", nullptr));

  qs_harness_serve (source);
  testing::InitGoogleTest (&argc, argv);
  return RUN_ALL_TESTS ();
}
