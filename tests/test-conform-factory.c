/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource.h>

#include <glib/gstdio.h>

/*
 * A factory whose sources share their files: it begins with the usual removal of what is there.
 */

/* Files of a run. */
#define N_FILES 12

/* Sends the number of each file of a folder, and removes the file. */
#define TEST_TYPE_SPOOL (test_spool_get_type ())
G_DECLARE_FINAL_TYPE (TestSpool, test_spool, TEST, SPOOL, QsStatefulSource)

struct _TestSpool
{
  QsStatefulSource parent_instance;
  char            *path; /* of the folder */
};
G_DEFINE_FINAL_TYPE (TestSpool, test_spool, QS_TYPE_STATEFUL_SOURCE)

enum
{
  PROP_PATH = 1
};

/* Sends the file @number, if it is there and was not sent before. */
static gboolean
send_file (TestSpool *self, gint64 number, GError **error)
{
  QsSource *source = QS_SOURCE (self);
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);
  g_autofree char *path = g_strdup_printf ("%s/%02" G_GINT64_FORMAT, self->path, number);

  if (state == NULL)
    return FALSE;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;

  if (number > qs_state_get_int64 (state, "last", 0, NULL) &&
      (!qs_source_produce_value (source, NULL, g_variant_new_int64 (number), error) ||
       !qs_state_set (state, "last", g_variant_new_int64 (number), error) ||
       !qs_source_flush (source, -1, error)))
    return FALSE;

  g_remove (path);

  return TRUE;
}

static gboolean
test_spool_run (QsSource *source, GError **error)
{
  for (gint64 number = 1; number <= N_FILES && qs_source_get_running (source); number++)
    {
      if (!send_file (TEST_SPOOL (source), number, error))
        return FALSE;
    }

  return TRUE;
}

static void
test_spool_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  g_free (TEST_SPOOL (object)->path);
  TEST_SPOOL (object)->path = g_value_dup_string (value);
}

static void
test_spool_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_string (value, TEST_SPOOL (object)->path);
}

static void
test_spool_finalize (GObject *object)
{
  g_free (TEST_SPOOL (object)->path);

  G_OBJECT_CLASS (test_spool_parent_class)->finalize (object);
}

static void
test_spool_class_init (TestSpoolClass *klass)
{
  GObjectClass     *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  QS_SOURCE_CLASS (klass)->run = test_spool_run;
  object_class->set_property = test_spool_set_property;
  object_class->get_property = test_spool_get_property;
  object_class->finalize = test_spool_finalize;
  g_object_class_install_property (
      object_class, PROP_PATH, g_param_spec_string ("path", NULL, "The folder", NULL, flags));
}

static void
test_spool_init (TestSpool *self)
{
}

/* The folder, and all harnesses, which are kept as a language with a garbage collector might. */
typedef struct
{
  char      *path;
  GPtrArray *harnesses;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->path = g_dir_make_tmp ("test-conform-factory-XXXXXX", NULL);
  g_assert_nonnull (fixture->path);
  fixture->harnesses = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
empty_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name = NULL;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_remove (file);
    }
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_ptr_array_unref (fixture->harnesses);
  empty_folder (fixture->path);
  g_rmdir (fixture->path);
  g_free (fixture->path);
}

static QsHarness *
make_harness (gpointer user_data, GError **error)
{
  Fixture *fixture = user_data;
  g_autoptr (QsBaseSource) source =
      g_object_new (TEST_TYPE_SPOOL, "name", "spool", "path", fixture->path, NULL);
  QsHarness *harness = NULL;

  for (guint i = 0; i < fixture->harnesses->len; i++)
    g_assert_false (qs_harness_get_running (fixture->harnesses->pdata[i]));

  empty_folder (fixture->path);
  for (int number = 1; number <= N_FILES; number++)
    {
      g_autofree char *file = g_strdup_printf ("%s/%02d", fixture->path, number);

      g_assert_true (g_file_set_contents (file, "", 0, NULL));
    }

  harness = qs_harness_new (source);
  g_ptr_array_add (fixture->harnesses, g_object_ref (harness));

  return harness;
}

static gboolean
check_start (QsHarness *harness, gpointer user_data, GError **error)
{
  return qs_harness_start (harness, error);
}

static void
test_shared (Fixture *fixture, gconstpointer data)
{
  g_autoptr (QsConform) conform = qs_conform_new (make_harness, fixture, NULL);
  g_autoptr (QsReport) report = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) rules = NULL;

  g_test_summary ("The factory can replace the files that sources share, as no other source runs");

  qs_conform_set_kills (conform, 2);
  qs_conform_skip_rule (conform, "outage", "It takes its time", NULL);
  qs_conform_skip_rule (conform, "clear", "A file that was sent is gone", NULL);
  qs_conform_add_rule (conform, "starts", check_start, NULL, NULL);
  report = qs_conform_run (conform, &error);
  g_assert_no_error (error);

  rules = qs_report_dup_rules (report);
  for (guint i = 0; rules[i] != NULL; i++)
    g_test_message ("%s: %s", rules[i], qs_report_get_message (report, rules[i]));
  g_assert_true (qs_report_get_passed (report));
  g_assert_cmpint (qs_report_get_result (report, "repeatable"), ==, QS_RULE_RESULT_PASSED);
  g_assert_cmpint (qs_report_get_result (report, "kill"), ==, QS_RULE_RESULT_PASSED);
  for (guint i = 0; i < fixture->harnesses->len; i++)
    g_assert_false (qs_harness_get_running (fixture->harnesses->pdata[i]));
}

static void
test_one_rule (Fixture *fixture, gconstpointer rule)
{
  g_autoptr (QsConform) conform = qs_conform_new (make_harness, fixture, NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("So it is if a rule is the first one that runs");

  for (guint i = 0; i < 4; i++)
    {
      static const char *const needed[] = { "first-record", "stop", "repeatable", "restart" };

      if (!g_str_equal (needed[i], rule))
        g_assert_true (qs_conform_skip_rule (conform, needed[i], "Only one is tried", NULL));
    }
  g_assert_true (qs_conform_check (conform, rule, &error));
  g_assert_no_error (error);
  g_assert_cmpint (
      qs_report_get_result (qs_conform_get_report (conform), rule), ==, QS_RULE_RESULT_PASSED);
}

int
main (int argc, char **argv)
{
  g_autoptr (QsBaseSource) source = g_object_new (TEST_TYPE_SPOOL, "name", "spool", NULL);

  qs_harness_serve (source);
  g_test_init (&argc, &argv, NULL);
  g_test_add (
      "/conform-factory/shared", Fixture, NULL, fixture_set_up, test_shared, fixture_tear_down);
  g_test_add ("/conform-factory/repeatable",
              Fixture,
              "repeatable",
              fixture_set_up,
              test_one_rule,
              fixture_tear_down);
  g_test_add ("/conform-factory/restart",
              Fixture,
              "restart",
              fixture_set_up,
              test_one_rule,
              fixture_tear_down);

  return g_test_run ();
}
